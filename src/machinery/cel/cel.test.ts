/** What expressions mean: rows of cel-spec and of Kubernetes' libraries. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonOf } from "./admission.ts";
import {
  CelError,
  CompileError,
  InstantiationError,
  CostExceeded,
  compile,
  types,
  typeOfSchema,
  valueOfJson,
} from "./index.ts";

const inRow = (first: string, next: string, times: number): string => first + next.repeat(times);
const nested = (depth: number): string => "(".repeat(depth) + "1" + ")".repeat(depth);
const TOO_DEEP = "expression recursion limit exceeded: 250";

const JSON_VALUE = { name: "web", replicas: 3, ports: [{ port: 80 }, { port: 443 }], labels: { app: "web" } };
const variables = { object: types.DYN };
const run = (source: string): unknown =>
  compile(source, { variables, bindings: true }).run((name) =>
    name === "object" ? valueOfJson(JSON_VALUE) : undefined,
  );

/** Each of these is true. */
const TRUE = [
  "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9",
  "7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1",
  "0x10 == 16 && 3u + 4u == 7u && 1.5e3 == 1500.0",
  "dyn(1) == dyn(1.0) && dyn(1) == dyn(1u) && dyn(1) != dyn('1')",
  "1 < 2.5 && 3u > 2",
  "-9223372036854775808 < 0",
  "'a' + 'b' == 'ab' && 'abc'.size() == 3 && size('ü€😀') == 3",
  "r'\\d' == '\\\\d' && '''a\nb''' == 'a\\nb' && '\\x41\\u00fc' == 'Aü'",
  "b'\\xff'.size() == 1 && b'ü'.size() == 2 && string(b'abc') == 'abc'",
  "true ? 1 == 1 : false",
  "true || 1 / 0 == 1",
  "!(1 / 0 == 1 && false)",
  "[1, 2] + [3] == [1, 2, 3] && 2 in [1, 2] && !(5 in [1])",
  "{'a': 1}['a'] == 1 && 'a' in {'a': 1} && {'a': 1}.a == 1",
  "{1: 'x'}[dyn(1u)] == 'x'",
  "[1, 2, 3].all(x, x > 0) && [1, 2, 3].exists(x, x == 2) && [1, 2, 3].exists_one(x, x > 2)",
  "[1, 0].exists(x, 1 / x == 1)",
  "![0, 1].all(x, 1 / x > 5)",
  "[1, 2, 3].filter(x, x > 1) == [2, 3] && [1, 2].map(x, x * 2) == [2, 4] && [1, 2].map(x, x > 1, x * 3) == [6]",
  "{'a': 1, 'b': 2}.all(k, k < 'c') && {'a': 1}.exists(k, v, k == 'a' && v == 1)",
  "[5, 6].all(i, v, i < v) && [5, 6].transformList(i, v, i + v) == [5, 7]",
  "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2} && {'a': 'b'}.transformMapEntry(k, v, {v: k}) == {'b': 'a'}",
  "cel.bind(x, 2, x * x) == 4",
  "has(object.name) && !has(object.nope)",
  "object.?nope.orValue('x') == 'x' && object.?name.hasValue() && object[?'nope'] == optional.none()",
  "optional.of(1).optMap(x, x + 1).value() == 2 && optional.none().orValue(3) == 3",
  "[1, ?optional.none(), ?optional.of(2)] == [1, 2] && {?'a': optional.none()} == {}",
  "object.ports.map(p, p.port).sum() == 523 && object.replicas == 3",
  "object.labels.all(k, object.labels[k] == 'web')",
  "type(1) == int && type('a') == string && type([]) == list && type(null) == null_type",
  "int('12') == 12 && int(3.9) == 3 && double('1.5') == 1.5 && string(12) == '12' && bool('true')",
  "string(1.0) == '1' && string(1e30) == '1e+30'",
  "timestamp('2024-02-29T12:30:45.5Z').getMonth() == 1 && timestamp('2024-02-29T12:30:45Z').getDayOfYear() == 59",
  "timestamp('2024-01-01T23:00:00Z').getDate('+02:00') == 2",
  "timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z') == duration('24h')",
  "duration('90s').getMinutes() == 1 && string(duration('90s')) == '90s' && duration('1h') > duration('59m')",
  "string(timestamp('2024-01-01T00:30:00.5+05:30')) == '2024-01-01T00:30:00.5+05:30'",
  "timestamp('2024-01-01T00:30:00+05:30').getHours() == 19 && timestamp('2024-01-01T00:30:00+05:30').getDate() == 31",
  "string(timestamp('2024-01-01T00:30:00-00:30') + duration('1h')) == '2024-01-01T01:30:00-00:30'",
  "timestamp('2024-01-01T01:00:00+01:00') == timestamp('2024-01-01T00:00:00Z') && string(timestamp(0)) == '1970-01-01T00:00:00Z'",
  "timestamp('2024-07-01T12:00:00Z').getHours('America/New_York') == 8 && timestamp('2024-01-01T12:00:00Z').getHours('US/Eastern') == 7",
  "timestamp('2024-01-01T00:00:00Z').getMinutes('-01:30') == 30 && timestamp('0001-02-01T00:00:00Z').getDayOfYear() == 31",
  "string(duration('9223372036854775807ns')) == '9223372036.854776s' && string(duration('1ns')) == '0.000000001s'",
  "duration('9223372036854775807ns') - duration('9223372036854775806ns') == duration('1ns') && string(duration('-1.5h')) == '-5400s'",
  "'hello'.contains('ell') && 'hello'.startsWith('he') && 'hello'.endsWith('lo') && 'hello'.matches('^h.*o$')",
  "'a,b,c'.split(',') == ['a', 'b', 'c'] && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && ['a', 'b'].join('-') == 'a-b'",
  "'hello'.substring(1, 3) == 'el' && 'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3 && 'abc'.charAt(1) == 'b'",
  "'aXb'.lowerAscii() == 'axb' && ' x '.trim() == 'x' && 'aaa'.replace('a', 'b', 2) == 'bba'",
  "'%s is %d or %.2f, %x'.format(['x', 3, 1.5, 255]) == 'x is 3 or 1.50, ff'",
  "'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1b22'.find('[0-9]+') == '1'",
  "lists.range(3) == [0, 1, 2] && [1, 2, 3].slice(1, 3) == [2, 3] && [3, 1, 2].sort() == [1, 2, 3]",
  "['bb', 'a'].sortBy(e, size(e)) == ['a', 'bb'] && [1, 2, 1].distinct() == [1, 2] && [1, 2].reverse() == [2, 1]",
  "[[1], [2]].flatten() == [1, 2] && [[[1]], [[2]]].flatten(2) == [1, 2] && [1, 2].first().value() == 1",
  "[optional.of(1), optional.none()].unwrapOpt() == [1] && [].last() == optional.none()",
  "object.?labels.?app == optional.of('web') && object.?nope.?app.orValue('x') == 'x'",
  "duration('1h2m3s4ms').getMilliseconds() == 3723004 && type(ip('::1')) == net.IP",
  "timestamp('2011-08-18T19:03:37.010+01:00') == timestamp('2011-08-18T18:03:37Z') + duration('10ms')",
  "'%e'.format([3.14]) == '3.140000×10⁰⁰' && '%s %d'.format(['a', 1]) == 'a 1'",
  "url('https://a/b c?d e=f g#h').getQuery() == {'d e': ['f g']} && url('https://a/b c').getEscapedPath() == '/b%20c'",
  "!isURL('https://a:b:c/') && url('a:b').getHostname() == '' && optional.ofNonZeroValue(duration('0s')) == optional.none()",
  "[duration('1s')].filter(d, false).sum() == duration('0s') && [1u].filter(u, false).sum() == 0u",
  "[1, 2, 3].isSorted() && [3, 1].min() == 1 && [1, 2].max() == 2 && ['a', 'b', 'a'].lastIndexOf('a') == 2",
  "sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])",
  "ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('10.0.0.256') && ip('127.0.0.1').isLoopback() && ip('::1') == ip('0:0:0:0:0:0:0:1')",
  "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
  "quantity('1Gi') == quantity('1024Mi') && quantity('500m').isLessThan(quantity('1')) && quantity('1').add(2).asInteger() == 3",
  "url('https://a.example:8443/x?k=v&k=w').getHostname() == 'a.example' && url('https://a:1/').getPort() == '1' && url('/p?k=v').getQuery() == {'k': ['v']} && !isURL('x y')",
  "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0')) && semver('v1.2', true).minor() == 2",
  "object.replicas.orValue(1) == 3 && [dyn(1), dyn('a')].max() == 1 && [dyn(2), dyn('a')].isSorted()",
  "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('a_b').hasValue() && format.named('nope') == optional.none()",
];
for (const source of TRUE) test(`holds: ${source}`, () => assert.equal(run(source), true));

const ERRORS: [source: string, message: string][] = [
  ["1 / 0", "division by zero"],
  ["5 % 0", "modulus by zero"],
  ["9223372036854775807 + 1", "integer overflow"],
  ["0u - 1u", "unsigned integer overflow"],
  ["object.nope", "no such key: nope"],
  ["object.ports[7]", "index out of bounds: 7"],
  ["{'a': 1}['b']", "no such key: b"],
  ["object.name + 1", "no such overload"],
  ["object.replicas && true", "no such overload"],
  ["optional.none().value()", "optional.none() dereference"],
  ["[1 / 0].all(x, x > 0)", "division by zero"],
  ["timestamp('2024-01-01T00:00:00Z').getHours('Mars/Base')", "unknown time zone Mars/Base"],
  ["timestamp('2024-01-01T00:00:00Z').getHours('x:00')", 'strconv.Atoi: parsing "x": invalid syntax'],
  ["object.replicas.nope", "no such key: nope"],
  ["[dyn('d'), dyn(3)].sort()", "list elements must have the same type"],
  ["[dyn([1]), dyn(3)].sort()", "list elements must be comparable"],
  ["[].min()", "min called on empty list"],
  ["[[1]].flatten(-1)", "level must be non-negative"],
  ["object.ports.nope", "unsupported index type 'string' in list"],
  ["object.ports[0.5]", "unsupported index value 0.5 in list"],
  ["object.ports[-1]", "index out of bounds: -1"],
  ["object < 1", "no such overload: _<_"],
  ["object.ports < 1", "no such overload: _<_"],
  ["object.replicas < object.name", "no such overload"],
  ["size(object.replicas)", "no such overload: size"],
  ["object.replicas.lowerAscii()", "no such overload: lowerAscii(int)"],
  ["object.name.replace(object.replicas, 'a')", "no such overload: replace(string, int, string)"],
  ["object.ports.join('a')", "no such overload: join(list, string)"],
  ["int(object.ports)", "no such overload: int(list)"],
  ["object.replicas.flatten()", "no such overload: int.flatten()"],
  ["object.replicas.find('a')", "no such overload"],
  ["object.replicas.all(x, true)", "got 'types.Int', expected iterable type"],
  ["object.name.all(i, x, true)", "unsupported comprehension range type: types.String"],
  ["[[1]].flatten(object.name)", "internal error: interface conversion: ref.Val is types.String, not types.Int"],
];
for (const [source, message] of ERRORS) {
  test(`fails: ${source}`, () => assert.throws(() => run(source), { constructor: CelError, message }));
}

const REFUSED: [source: string, text: string][] = [
  ["nope == 1", "1:1: undeclared reference to 'nope' (in container '')"],
  ["'a' + 1", "1:5: found no matching overload for '_+_' applied to '(string, int)'"],
  ["'a'.startsWith(1)", "1:15: found no matching overload for 'startsWith' applied to 'string.(int)'"],
  ["1 == 'a'", "1:3: found no matching overload for '_==_' applied to '(int, string)'"],
  ["'a'.nope()", "1:9: undeclared reference to 'nope' (in container '')"],
  ["[1].all(x, 1)", "1:12: expected type 'bool' but found 'int'"],
  ["1 && true", "1:1: expected type 'bool' but found 'int'"],
  ["[1].filter(x, 1)", "1:11: found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"],
  ["[1].exists_one(x, 1)", "1:15: found no matching overload for '_?_:_' applied to '(int, int, int)'"],
  ["[?1]", "1:3: expected type 'optional_type(int)' but found 'int'"],
  ["[1].map(1, 2)", "1:9: argument is not an identifier"],
  ["[1].all(1, 2)", "1:9: argument must be a simple name"],
  ["[1].all(__result__, true)", "1:9: iteration variable overwrites accumulator variable"],
];
for (const [source, text] of REFUSED) {
  test(`does not compile: ${source}`, () => {
    assert.throws(
      () => run(source),
      (error) => error instanceof CompileError && error.message.startsWith(`ERROR: <input>:${text}\n | ${source}\n | `),
    );
  });
}

test("a missing operand says what could have stood there", () => {
  assert.throws(
    () => run("object.name =="),
    /^Error: ERROR: <input>:1:15: Syntax error: mismatched input '<EOF>' expecting \{'\[', /,
  );
});

test("a name is missing after a dot", () => {
  assert.throws(
    () => run("object."),
    /^Error: ERROR: <input>:1:8: Syntax error: no viable alternative at input '\.'\n \| object\.\n \| \.{7}\^$/,
  );
});

test("a run that takes too many steps is stopped", () => {
  const program = compile("[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, a * b > 0))", { variables });
  assert.throws(() => program.run(() => undefined, 100), CostExceeded);
  assert.equal(
    program.run(() => undefined),
    true,
  );
});

const schema = {
  type: "object",
  properties: {
    size: { type: "integer" },
    ratio: { type: "number" },
    at: { type: "string", format: "date-time" },
    "a-b": { type: "string" },
    tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
    either: { "x-kubernetes-int-or-string": true },
  },
} as const;
const self = { size: 1, ratio: 2, at: "2024-01-01T00:00:00Z", "a-b": "x", tags: ["p", "q"], either: "5%" };
const TYPED = [
  "self.ratio == 2.0 && self.size == 1",
  "self.at.getFullYear() == 2024",
  "self.a__dash__b == 'x'",
  "self.tags == ['q', 'p'] && self.tags + ['p', 'r'] == ['p', 'q', 'r']",
  "type(self.either) == string && self.either.endsWith('%')",
];
for (const source of TYPED) {
  test(`with a schema: ${source}`, () => {
    const program = compile(source, { variables: { self: typeOfSchema(schema) } });
    assert.equal(
      program.run((name) => (name === "self" ? valueOfJson(self, schema) : undefined)),
      true,
    );
  });
}

for (const [source, says] of [
  ["duration('1d') == duration('1s')", "<input>:1:10: invalid duration argument"],
  ["timestamp('1000-00-00T00:00:00Z') == timestamp(0)", "<input>:1:11: invalid timestamp argument"],
  ["'a'.matches('x++')", "<input>:1:13: invalid matches argument"],
  ["[1, 'a'].exists(x, true)", "<input>:1:5: expected type 'int' but found 'string'"],
  ["{'a': 1, 'b': 'c'} == {}", "<input>:1:15: expected type 'int' but found 'string'"],
  ["['a'].sum() == 'a'", "found no matching overload for 'sum' applied to 'list(string).()'"],
] as const) {
  test(`it is found when compiled: ${source}`, () => {
    assert.throws(
      () => run(source),
      (error) => error instanceof CompileError && error.message.includes(says),
    );
  });
}

for (const [source, reason] of [
  ["'a'.find('[')", "program instantiation failed: error parsing regexp: missing closing ]: `[`"],
  [
    "'a'.findAll('a**')",
    "program instantiation failed: error parsing regexp: invalid nested repetition operator: `**`",
  ],
  ["matches('a', '(')", "program instantiation failed: error parsing regexp: missing closing ): `(`"],
  ["int('x') == 1", "program instantiation failed: type conversion error from 'string' to 'int'"],
] as const) {
  test(`what is written out cannot be made: ${source}`, () => {
    assert.throws(
      () => run(source),
      (error) => error instanceof InstantiationError && error.reason === reason,
    );
  });
}

for (const source of ["math.abs(-1) == 1", "base64.encode(b'a') == ''", "'ab'.reverse() == 'ba'"]) {
  test(`Kubernetes does not have it: ${source}`, () => assert.throws(() => run(source), CompileError));
}

test("only those who say so may bind names", () => {
  assert.throws(() => compile("cel.bind(x, 1, x) == 1", { variables }), /undeclared reference to 'cel'/);
});

for (const { rule, fits, refused, says } of [
  {
    rule: "is no longer than 100,000 characters",
    fits: `'${"😀".repeat(99_998)}'`,
    refused: `'${"😀".repeat(99_999)}'`,
    says: "expression code point size exceeds limit: size: 100001, limit 100000",
  },
  { rule: "has brackets within reason", fits: nested(249), refused: nested(250), says: TOO_DEEP },
  { rule: "adds within reason", fits: inRow("1", " + 1", 248), refused: inRow("1", " + 1", 249), says: TOO_DEEP },
  {
    rule: "compares within reason",
    fits: inRow("true", " == true", 248),
    refused: inRow("true", " == true", 249),
    says: TOO_DEEP,
  },
  {
    rule: "goes into objects within reason",
    fits: inRow("object", ".a", 249),
    refused: inRow("object", "[0]", 250),
    says: TOO_DEEP,
  },
]) {
  test(`an expression ${rule}`, () => {
    compile(fits, { variables });
    assert.throws(() => compile(refused, { variables }), { message: `ERROR: <input>:-1:0: ${says}` });
  });
}

/** `v0` is made of one item, each further one of the one before, twice. */
const doubled = (first: string, times: number, whole: (name: string) => string, twice: (name: string) => string) => {
  let source = whole(`v${times}`);
  for (let n = times; n > 0; n--) source = `cel.bind(v${n}, ${twice(`v${n - 1}`)}, ${source})`;
  return `cel.bind(v0, ${first}, ${source})`;
};

test("long sets are equal in any order, and read once for that", () => {
  const tags = Array.from({ length: 100_000 }, (_, index) => `tag-${index}`);
  const lookUp = (name: string): unknown =>
    name === "self" ? valueOfJson({ tags }, schema) : valueOfJson({ tags: tags.toReversed() }, schema);
  const type = typeOfSchema(schema);
  const program = compile("self.tags == oldSelf.tags", { variables: { self: type, oldSelf: type } });
  assert.equal(program.run(lookUp), true);
});

test("JSON of an int is exact", () => {
  assert.deepEqual([jsonOf(5n), jsonOf(2n ** 53n + 1n)], [5, 2n ** 53n + 1n]);
});

test("lists and bytes that grow with each step are not copied, or cost what copying costs", () => {
  const size = (name: string): string => `${name}.size()`;
  const sum = (name: string): string => `${name} + ${name}`;
  assert.equal(run(doubled("[1]", 20, size, sum)), 2n ** 20n);
  assert.equal(run(doubled("[7, 8]", 4, (name) => `${name}[31] - ${name}[30] + ${name}.sum()`, sum)), 16n * 15n + 1n);
  assert.throws(() => run(doubled("[1]", 40, size, sum)), new CelError("list is too long"));
  assert.throws(() => run(doubled("b'a'", 40, size, sum)), CostExceeded);
  const value = run(
    doubled(
      "[1]",
      40,
      (name) => name,
      (name) => `[${name}, ${name}]`,
    ),
  );
  assert.throws(() => jsonOf(value), new CelError("value is too large for JSON"));
});

test("a list in which the same one stands twice, and so on, is not looked through to its end", () => {
  const twice = (name: string): string => `[${name}, ${name}]`;
  const inMap = (name: string): string => `{'a': ${name}, 'b': ${name}}`;
  for (const whole of ["indexOf(dyn(1))", "flatten(50)"]) {
    assert.throws(() => run(doubled("['']", 40, (name) => `dyn(${name}).${whole}`, twice)), CostExceeded, whole);
  }
  for (const each of [twice, inMap]) {
    assert.throws(() => run(doubled("['']", 40, (name) => `'%s'.format([${name}])`, each)), CostExceeded);
  }
});

test("two lists in which the same one stands twice, and so on, are compared once for each", () => {
  const twice = (name: string): string => `[${name}, ${name}]`;
  const inMap = (name: string): string => `{'a': ${name}, 'b': ${name}}`;
  const maybe = (name: string): string => `[optional.of(${name}), optional.of(${name})]`;
  for (const each of [twice, inMap, maybe]) {
    // The second one is made within the first one's names, and has the same.
    const compared = (first: string, other: string): unknown => {
      const both = (name: string): string =>
        `cel.bind(a, ${name}, ${doubled(other, 40, (last) => `dyn(a) == dyn(${last})`, each)})`;
      return run(doubled(first, 40, both, each));
    };
    assert.equal(compared("[1]", "[1.0]"), true);
    assert.equal(compared("[1]", "[2]"), false);
  }
});

test("texts are replaced as Go replaces them, and what is too long for a text is a failure of the expression", () => {
  assert.equal(
    run("'ab'.replace('', '-') + '|' + 'ab'.replace('', '-', 2) + '|' + 'aaa'.replace('a', 'b', 2)"),
    "-a-b-|-a-b|bba",
  );
  assert.equal(run("'😀'.replace('', '-', 9223372036854775807)"), "-😀-");
  assert.throws(() => run("'%.200f'.format([1.0])"), CelError);
});

test("sums stay within their type", () => {
  assert.throws(() => run("[9223372036854775807, 1].sum()"), new CelError("integer overflow"));
});

test("terms that are joined by `and` or `or` may be as many as fit", () => {
  assert.equal(run(inRow("true", " && true", 12_000)), true);
  assert.equal(run(inRow("1 / 0 == 1", " || false", 5000) + " || true"), true);
});

test("a slice lies within its list, and a range within what a run may cost", () => {
  assert.throws(() => run("[1].slice(0, 2) == []"), /cannot slice\(0, 2\), list is length 1/);
  assert.throws(() => run("lists.range(100000000).size() == 0"), CostExceeded);
});

test("what a schema does not tell the type of is no field, and a field that is null is absent", () => {
  const properties = {
    any: { "x-kubernetes-preserve-unknown-fields": true },
    text: { type: "string", nullable: true },
  };
  const self = { type: "object", properties };
  assert.throws(() => compile("has(self.any)", { variables: { self: typeOfSchema(self) } }), /undefined field 'any'/);
  const program = compile("has(self.text)", { variables: { self: typeOfSchema(self) } });
  assert.equal(
    program.run(() => valueOfJson({ text: null }, self)),
    false,
  );
});

test("whole numbers of JSON are ints as far as these go", () => {
  const value = { large: 2n ** 62n + 1n, larger: 1e30, ratio: 3n };
  const number = { type: "object", properties: { ratio: { type: "number" } } } as const;
  const source = "object.large == 4611686018427387905 && type(object.larger) == double";
  assert.equal(
    compile(source, { variables }).run(() => valueOfJson(value)),
    true,
  );
  const typed = compile("self.ratio + 0.5 == 3.5", { variables: { self: typeOfSchema(number) } });
  assert.equal(
    typed.run(() => valueOfJson(value, number)),
    true,
  );
});

test("a field that the schema does not have is no field", () => {
  assert.throws(() => compile("self.nope", { variables: { self: typeOfSchema(schema) } }), /undefined field 'nope'/);
});
