import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { toJson } from "./exact-json.ts";
import { formatYaml, parseYaml, parseYamlDocuments, yamlToJson } from "./yaml.ts";

const scalars: [text: string, value: unknown][] = [
  ["yes", true],
  ["off", false],
  ["n", false],
  ["0777", 511],
  ["0x1F", 31],
  ["-0b11", -3],
  ["0x_", "0x_"],
  ["9007199254740993", 9007199254740993n],
  ["0x7fff_ffff_ffff_ffff", 9223372036854775807n],
  ["-01000000000000000000000", -9223372036854775808n],
  ["0xffffffffffffffff", 2 ** 64],
  ["1_000", 1000],
  ["08", 8],
  ["1e3", 1000],
  [".5", 0.5],
  ["~", null],
  ["2024-01-01", "2024-01-01"],
  ["'yes'", "yes"],
  ["1.2.3", "1.2.3"],
  ["12e", "12e"],
];
for (const [text, value] of scalars) {
  test(`${text} reads as ${toJson(value)}`, () => assert.deepEqual(parseYaml(`a: ${text}`).value, { a: value }));
}

test("keys become text, merges are done", () => {
  assert.deepEqual(JSON.parse(yamlToJson("1: a\nx: &x {q: 1}\nz: {<<: *x, r: 2}").json), {
    1: "a",
    x: { q: 1 },
    z: { q: 1, r: 2 },
  });
});

test("of two equal keys the later wins, and both are a problem for strict readers", () => {
  const { json, problems } = yamlToJson("a: 1\nb:\n  x: 1\n  x: 2\na: 3\n");
  assert.deepEqual(JSON.parse(json), { a: 3, b: { x: 2 } });
  assert.deepEqual(problems, [
    'yaml: unmarshal errors:\n  line 4: key "x" already set in map\n  line 5: key "a" already set in map',
  ]);
});

for (const [rule, text, value] of [
  ["the first document is the text", "a: 1\n---\nb: 2\n", { a: 1 }],
  ["what comes behind it may be anything", "# c\n---\na: 1\n---\n{]\n", { a: 1 }],
  ["an end is an end", "a: 1\n...\n}}\n", { a: 1 }],
  ["an empty one is the first, too", "---\n---\na: 1\n", null],
  ["dashes inside of a text are no end", "a: |\n  ---\n  x\nb: x ---\n", { a: "---\nx\n", b: "x ---" }],
] as const) {
  test(rule, () => assert.deepEqual(JSON.parse(yamlToJson(text).json), value));
}

test("empty documents of a stream are skipped", () => {
  assert.deepEqual(parseYamlDocuments("# c\n---\na: 1\n---\n\n---\nb: 2\n"), [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(parseYamlDocuments(""), []);
});

test("broken text is told in Go-YAML's words", () => {
  assert.throws(() => parseYaml("a: b: c"), { message: "yaml: mapping values are not allowed in this context" });
});

test("aliases of aliases do not unfold without end", () => {
  const lines = ["a0: &a0 [x]"];
  for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(",")}]`);
  assert.throws(() => yamlToJson(lines.join("\n")), { message: "yaml: document contains excessive aliasing" });
});

test("objects are printed as kubectl prints them", () => {
  const object = {
    kind: "K",
    b: ["x", { z: 1, a: [] }],
    a: { t: "true", n: "1", s: "*", e: "", m: "x\ny\n", d: "2026-01-02T03:04:05Z" },
  };
  assert.equal(
    formatYaml(object),
    `a:\n  d: "2026-01-02T03:04:05Z"\n  e: ""\n  m: |\n    x\n    y\n  "n": "1"\n  s: '*'\n  t: "true"\nb:\n- x\n- a: []\n  z: 1\nkind: K\n`,
  );
});

test("what is printed reads as the same value", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..." :#-'\"\n\ta1&*!|>%@`{}[],?") }));
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(text, tie("any"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (v) =>
      assert.deepEqual(parseYaml(formatYaml({ v })).value, { v: JSON.parse(JSON.stringify(v)) }),
    ),
    { numRuns: 500 },
  );
});

const refused: readonly (readonly [text: string, why: string])[] = [
  ['{"a": "}"', "line 1: did not find expected ',' or '}'"],
  ["a: [1, 2", "line 1: did not find expected ',' or ']'"],
  ["a: {b: [1}", "did not find expected ',' or ']'"],
  ["a: {b: [1], c", "line 1: did not find expected ',' or '}'"],
  ["[it's, {a", "line 1: did not find expected ',' or '}'"],
  ['["a\\"{", \'{\', b', "line 1: did not find expected ',' or ']'"],
  ["x: 1\ny: {a: b, c: d e: f}\n", "line 1: did not find expected ',' or '}'"],
  ["x: 1\ny: [a\nz: 2\n", "line 2: did not find expected ',' or ']'"],
  ["a: }\n", "did not find expected node content"],
  ["@a", "found character that cannot start any token"],
  ["a: `b", "found character that cannot start any token"],
  ["a: b\nc: %d", "line 2: found character that cannot start any token"],
  ["a: b: c\n", "mapping values are not allowed in this context"],
  ["x: 1\na: b: c\n", "line 2: mapping values are not allowed in this context"],
  ["a: - b\n", "block sequence entries are not allowed in this context"],
  ["a: b\nc\n", "line 3: could not find expected ':'"],
  ["a: |\n x\ny\n", "line 4: could not find expected ':'"],
  ["a:\n  b: c\n d: e\n", "line 2: did not find expected key"],
  ["a: b\n- c\n", "line 1: did not find expected key"],
  ["- a\nb: c\n", "line 1: did not find expected '-' indicator"],
  ['a: "b" c\n', "did not find expected key"],
  ["a:\n\tb: c\n", "line 2: found character that cannot start any token"],
  ["a: b\n\tc: d\n", "line 2: found a tab character that violates indentation"],
  ["a: |\n\tb\n", "line 2: found a tab character where an indentation space is expected"],
  ["x: 1\na: 'b\n", "line 3: found unexpected end of stream"],
  ['a: "b\n---\nc"\n', "line 2: found unexpected document indicator"],
  ['a: "\\q"\n', "found unknown escape character"],
  ['a: "\\xg0"\n', "did not find expected hexdecimal number"],
  ["a: &x b\nc: *y\n", "unknown anchor 'y' referenced"],
  ["a: b\u0001\n", "control characters are not allowed"],
  ["a: &x [*x]", "anchor 'x' value contains itself"],
  ["a: [", "line 1: did not find expected node content"],
  ["a: [1,\n", "line 1: did not find expected node content"],
  ["a: {b: ", "line 1: did not find expected node content"],
  ["a: }", "did not find expected node content"],
  ["]", "did not find expected node content"],
  ["a: b: c", "mapping values are not allowed in this context"],
  ["a: 1\n b: 2", "line 2: mapping values are not allowed in this context"],
  ["a\nb: c", "line 2: mapping values are not allowed in this context"],
  ["a:\n  b: 1\n c: d\n", "line 2: did not find expected key"],
  ["a:\n  - b\n c: d", "line 2: did not find expected key"],
  ["a:\n  - b\n  c: d", "line 2: did not find expected '-' indicator"],
  ["- a\nb: c", "line 1: did not find expected '-' indicator"],
  ["a: b\nc", "line 3: could not find expected ':'"],
  ["a: b\nc\nd: 1", "line 3: could not find expected ':'"],
  ["a: 'x\nb: 1", "line 2: found unexpected end of stream"],
  ["a:\n\tb: 1", "line 2: found character that cannot start any token"],
  ["\ta: 1", "found character that cannot start any token"],
];
for (const [text, why] of refused) {
  test(`${JSON.stringify(text)} is no YAML`, () => {
    assert.throws(() => parseYaml(text), { message: `yaml: ${why}` });
  });
}

test("quotes that do not close are read once", () => {
  const began = process.cpuUsage();
  // Each up to the end of the text, that took hours.
  const text = `[a ${String.raw`\"`.repeat(500_000)}`;
  assert.throws(() => parseYaml(text), { message: "yaml: line 1: did not find expected ',' or ']'" });
  assert.ok(process.cpuUsage(began).user < 5_000_000);
});

test("collections that lie in each other are read once, too", () => {
  const began = process.cpuUsage();
  assert.throws(() => parseYaml(`${"[".repeat(9000)}@`), /did not find|cannot start|deep/i);
  assert.throws(() => parseYaml(`a: 1\n${"b: 2\n".repeat(100_000)}c\n`), {
    message: "yaml: line 100003: could not find expected ':'",
  });
  assert.ok(process.cpuUsage(began).user < 5_000_000);
});
