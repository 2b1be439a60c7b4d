/** Functions of texts: upstream's rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../index.ts";

const run = (source: string): unknown => compile(source, { variables: {} }).run(() => undefined);

test.suite("what a format gives", () => {
  const rows: [source: string, text: string][] = [
    ['"no substitution".format([])', "no substitution"],
    ['"str is %s and some more".format(["filler"])', "str is filler and some more"],
    ['"%% and also %%".format([])', "% and also %"],
    ['"%%%s%%".format(["text"])', "%text%"],
    ['"%s%%".format(["percent on the right"])', "percent on the right%"],
    ['"%%%s".format(["percent on the left"])', "%percent on the left"],
    [
      '"%d %d %d, %s %s %s, %d %d %d, %s %s %s".format([1, 2, 3, "A", "B", "C", 4, 5, 6, "D", "E", "F"])',
      "1 2 3, A B C, 4 5 6, D E F",
    ],
    ['"%%escaped %s%%".format(["percent"])', "%escaped percent%"],
    ['"%.3f".format([1.2345])', "1.234"],
    ['"this is 5 in binary: %b".format([5])', "this is 5 in binary: 101"],
    ['"this is -5 in binary: %b".format([-5])', "this is -5 in binary: -101"],
    ['"unsigned 64 in binary: %b".format([uint(64)])', "unsigned 64 in binary: 1000000"],
    ['"bit set from bool: %b".format([true])', "bit set from bool: 1"],
    ['"%o".format([11])', "13"],
    ['"%o".format([-11])', "-13"],
    ['"this is an unsigned octal: %o".format([uint(65535)])', "this is an unsigned octal: 177777"],
    ['"%x is 30 in hexadecimal".format([30])', "1e is 30 in hexadecimal"],
    ['"%X is 20 in hexadecimal".format([30])', "1E is 20 in hexadecimal"],
    ['"%x is -30 in hexadecimal".format([-30])', "-1e is -30 in hexadecimal"],
    ['"%X is 6000 in hexadecimal".format([uint(6000)])', "1770 is 6000 in hexadecimal"],
    ['"%x".format(["Hello world!"])', "48656c6c6f20776f726c6421"],
    ['"%X".format(["Hello world!"])', "48656C6C6F20776F726C6421"],
    ['"%x".format([b"byte string"])', "6279746520737472696e67"],
    ['"%x".format([b"\\x00\\x00byte string\\x00"])', "00006279746520737472696e6700"],
    ['"%X".format([b"byte string"])', "6279746520737472696E67"],
    ['"%.6e".format([1052.032911275])', "1.052033×10⁰³"],
    ['"%f".format([2.71828])', "2.718280"],
    ['"%e".format([2.71828])', "2.718280×10⁰⁰"],
    ['"%s".format([2.71])', "2.71"],
    ['"%s".format([[2.71]])', "[2.710000]"],
    ['"%s".format([0.000000002])', "2e-09"],
    ['"%s".format([[0.000000002]])', "[0.000000]"],
    [
      '"unescaped unicode: %e, escaped unicode: %e".format([2.71828, 2.71828])',
      "unescaped unicode: 2.718280×10⁰⁰, escaped unicode: 2.718280×10⁰⁰",
    ],
    ['"%f".format(["NaN"])', "NaN"],
    ['"%f".format(["Infinity"])', "∞"],
    ['"%f".format(["-Infinity"])', "-∞"],
    ['"%s".format([double("NaN")])', "NaN"],
    ['"%s".format([double("Inf")])', "+Inf"],
    ['"%s".format([double("-Inf")])', "-Inf"],
    ['"%s".format([[double("NaN"),double("+Inf"), double("-Inf")]])', '["NaN", "+Inf", "-Inf"]'],
    ['"%d".format([uint(64)])', "64"],
    ['"null: %s".format([null])', "null: null"],
    ['"%s".format([999999999999])', "999999999999"],
    ['"some bytes: %s".format([b"xyz"])', "some bytes: xyz"],
    ['"type is %s".format([type("test string")])', "type is string"],
    ['"%s".format([timestamp("2023-02-03T23:31:20+00:00")])', "2023-02-03T23:31:20Z"],
    ['"%s".format([duration("1h45m47s")])', "6347s"],
    ['"%s".format([duration("2ns")])', "0.000000002s"],
    [
      '"%s".format([["abc", 3.14, null, [9, 8, 7, 6], timestamp("2023-02-03T23:31:20Z")]])',
      '["abc", 3.140000, null, [9, 8, 7, 6], timestamp("2023-02-03T23:31:20Z")]',
    ],
    [
      '"map with multiple key types: %s".format([{1: "value1", uint(2): "value2", true: double("NaN")}])',
      'map with multiple key types: {1:"value1", 2:"value2", true:"NaN"}',
    ],
    ['"true bool: %s, false bool: %s".format([true, false])', "true bool: true, false bool: false"],
    ["'%.2f'.format([-1234567.891])", "-1,234,567.89"],
  ];
  for (const [source, text] of rows) test(source, () => assert.equal(run(source), text));
});

test.suite("a format that is wrong, when compiled and when run", () => {
  const rows: [template: string, args: string, says: string][] = [
    ['"%a"', "1", 'could not parse formatting clause: unrecognized formatting clause "a"'],
    ['"%d %d %d"', "0, 1", "index 2 out of range"],
    [
      '"string is %b"',
      '"abc"',
      "error during formatting: only integers and bools can be formatted as binary, was given string",
    ],
    [
      '"%d"',
      'duration("30m2s")',
      "error during formatting: decimal clause can only be used on integers, was given google.protobuf.Duration",
    ],
    [
      '"octal: %o"',
      '"a string"',
      "error during formatting: octal clause can only be used on integers, was given string",
    ],
    [
      '"double is %x"',
      "0.5",
      "error during formatting: only integers, byte buffers, and strings can be formatted as hex, was given double",
    ],
    ['"double is %E"', "0.5", 'could not parse formatting clause: unrecognized formatting clause "E"'],
    ['"null: %d"', "null", "error during formatting: decimal clause can only be used on integers, was given null_type"],
    [
      '"null: %e"',
      "null",
      "error during formatting: scientific clause can only be used on doubles, was given null_type",
    ],
    [
      '"null: %f"',
      "null",
      "error during formatting: fixed-point clause can only be used on doubles, was given null_type",
    ],
    [
      '"null: %x"',
      "null",
      "error during formatting: only integers, byte buffers, and strings can be formatted as hex, was given null_type",
    ],
    [
      '"null: %X"',
      "null",
      "error during formatting: only integers, byte buffers, and strings can be formatted as hex, was given null_type",
    ],
    [
      '"null: %b"',
      "null",
      "error during formatting: only integers and bools can be formatted as binary, was given null_type",
    ],
    ['"null: %o"', "null", "error during formatting: octal clause can only be used on integers, was given null_type"],
    ['"%s %s"', '"abc"', "index 1 out of range"],
    ['"filler %"', "", "unexpected end of string"],
    ['"%j"', "123", 'could not parse formatting clause: unrecognized formatting clause "j"'],
    ['"int is %d"', "5.2", "error during formatting: decimal clause can only be used on integers"],
    ['"double is %f"', "true", "error during formatting: fixed-point clause can only be used on doubles"],
    [
      '"double is %.34"',
      "5.0",
      "could not parse formatting clause: error while parsing precision: could not find end of precision specifier",
    ],
    ['"double is %e"', "true", "error during formatting: scientific clause can only be used on doubles"],
    ['"string is %b"', '"a string"', "error during formatting: only integers and bools can be formatted as binary"],
    [
      '"%x is a double"',
      "2.5",
      "error during formatting: only integers, byte buffers, and strings can be formatted as hex",
    ],
    [
      '"%X is a double"',
      "2.5",
      "error during formatting: only integers, byte buffers, and strings can be formatted as hex",
    ],
    ['"an octal: %o"', "3.14", "error during formatting: octal clause can only be used on integers"],
  ];
  for (const [template, args, says] of rows) {
    test(`${template} of ${args}`, () => {
      for (const list of [`[${args}]`, `dyn([${args}])`]) {
        assert.throws(
          () => run(`${template}.format(${list})`),
          (error: Error) => error.message.includes(says),
        );
      }
    });
  }

  test("it points at what does not fit", () => {
    const source = "'%d %s'.format([1, [2, ip('::1')]])";
    assert.throws(
      () => run(source),
      /^Error: ERROR: <input>:1:26: error during formatting: string clause .*, was given net\.IP\n/,
    );
    assert.throws(
      () => run("'%s'.format([1, 2])"),
      /<input>:1:12: too many arguments supplied to string\.format \(expected 1, got 2\)/,
    );
  });
});

for (const source of [
  "'tacocat'.charAt(7) == '' && '©αT'.charAt(1) == 'α'",
  "'tacocat'.indexOf('', 3) == 3 && 'tacocat'.indexOf('a', 30) == -1 && 'ta©o©αT'.indexOf('©αT', 3) == 4",
  "'tacocat'.lastIndexOf('') == 7 && 'tacocat'.lastIndexOf('', 3) == 3 && 'tacocat'.lastIndexOf('a', 30) == -1",
  "''.lastIndexOf('@@') == -1 && 'bananananana'.lastIndexOf('nana', 7) == 6 && 'ta©o©αT'.lastIndexOf('©', 3) == 2",
  "'hello hello'.replace('', '_') == '_h_e_l_l_o_ _h_e_l_l_o_' && 'a b c'.split(' ', 1) == ['a b c']",
  "'\\u0085\\u00a0\\u1680text\\u2000\\u3000'.trim() == 'text' && '\\ufefftext\\u200b'.trim() == '\\ufefftext\\u200b'",
  "'TacoCÆt Xii'.lowerAscii() == 'tacocÆt xii' && 'tacoCαt'.upperAscii() == 'TACOCαT'",
  "strings.quote('a\\a\\b\\f\\n\\r\\t\\v\\\\\"ÿ') == r'\"a\\a\\b\\f\\n\\r\\t\\v\\\\\\\"ÿ\"'",
  "[].join('-') == '' && ['x', 'y'].join('-') == 'x-y'",
  "'baaac'.findAll('a*') == ['', 'aaa', ''] && 'abc'.findAll('', 2) == ['', ''] && 'abc 123'.findAll('[0-9]', 0) == []",
  "string(1234567.0) == '1.234567e+06' && string(100000.0) == '100000' && string(-0.0045) == '-0.0045'",
]) {
  test(`holds: ${source}`, () => assert.equal(run(source), true));
}

for (const [source, message] of [
  ["'tacocat'.charAt(30)", "index out of range: 30"],
  ["'tacocat'.indexOf('a', -1)", "index out of range: -1"],
  ["'tacocat'.lastIndexOf('a', -1)", "index out of range: -1"],
  ["'tacocat'.substring(40)", "index out of range: 40"],
  ["'tacocat'.substring(49, 50)", "index out of range: 49"],
  ["'tacocat'.substring(50, 49)", "invalid substring range. start: 50, end: 49"],
  ["[dyn('a'), dyn(1)].join()", "join: invalid input: 1"],
] as const) {
  test(`fails: ${source}`, () => assert.throws(() => run(source), { message }));
}
