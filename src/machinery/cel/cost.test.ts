/** What rules may cost at most: numbers that decide which definitions are accepted, so each is upstream's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileAdmission } from "./admission.ts";
import { compile, typeOfSchema, types } from "./index.ts";
import { mostValues } from "./schema-sizes.ts";
import type { StructuralSchema } from "../structural/schema.ts";

const text = (maxLength?: number): StructuralSchema => ({
  type: "string",
  ...(maxLength !== undefined && { maxLength }),
});
const SCHEMA: StructuralSchema = {
  type: "object",
  properties: {
    n: { type: "integer" },
    short: text(10),
    long: text(4096),
    endless: text(),
    mode: { type: "string", enum: ["on", "off"] },
    at: { type: "string", format: "date-time" },
    tags: { type: "array", maxItems: 10, items: text(1) },
    open: { type: "array", items: { type: "object", required: ["name"], properties: { name: text() } } },
    labels: { type: "object", maxProperties: 5, additionalProperties: text(10) },
    weights: { type: "object", additionalProperties: { type: "number" } },
    either: { "x-kubernetes-int-or-string": true },
  },
};
const variables = { self: typeOfSchema(SCHEMA) };
const cost = (source: string): number => compile(source, { variables, bindings: true }).estimate().most;

test.suite("estimates", () => {
  const rows: [rule: string, source: string, cost: number][] = [
    ["a literal is free, a name or a field is a step", "true", 0],
    ["a value of a map that is written as a field reads something", "self.weights.x == 1.0", 4],
    ["types are compared at once", "type(self.either) == int", 4],
    ["types with long names, too", "type(self.at) == google.protobuf.Timestamp", 4],
    ["quantities are read, and compared at once", "quantity('1Gi') == quantity('1024Mi')", 3],
    ["a text of any length may be no quantity", "isQuantity(self.endless)", 314_573 + 2],
    [
      "what is in a list made on the way reads nothing",
      "self.tags.map(t, t).exists(t, t == 'a')",
      2 + 10 + 10 * 13 + 1 + 10 * 5 + 1,
    ],
    ["a comparison of numbers is a step", "self.n > 1", 3],
    ["equality of numbers from a schema reads nothing", "self.n == 1", 2],
    ["presence of a field is free", "has(self.n)", 1],
    ["texts are compared up to the shorter one", "self.long == self.short", 8],
    ["what a maximum length bounds, four bytes a character", "self.long.startsWith(self.short)", 8],
    ["an enumeration bounds a text", "self.mode.contains(self.mode)", 5],
    ["contains multiplies", "self.long.contains(self.long)", 1639 * 1639 + 4],
    ["a pattern counts by its length", "self.short.matches('abcd')", 7],
    ["a text without limits may fill the request", "self.endless.contains('ab')", 314_573 + 2],
    ["a fold multiplies by the list's limit", "self.tags.all(t, t.startsWith('a'))", 53],
    ["exists asks one step more a round", "self.tags.exists(t, t == 'a')", 10 * 6 + 3],
    ["a list is read through", "'a' in self.tags", 12],
    ["both sides of a condition: the dearer one", "self.n > 1 ? self.long.contains('a') : true", 3 + 1639 + 2],
    ["making a list", "[1, 2, 3].size() == 3", 10 + 1 + 1],
    ["map makes a list each round", "self.tags.map(t, t).size() > 0", 2 + 10 + 10 * 13 + 1 + 2],
    ["filter keeps or not", "self.tags.filter(t, t == 'a').size() > 0", 2 + 10 + 10 * (2 + 13) + 1 + 2],
    ["a map's keys have no size of their own", "self.labels.all(k, k.matches('abcd'))", 2 + 5 * (3 + 2) + 1],
    ["a map's values have", "self.labels.all(k, self.labels[k].matches('abcd'))", 2 + 5 * (3 + 9) + 1],
    ["binding makes an empty list", "cel.bind(x, self.n, x + x > 1)", 10 + 2 + 4],
    ["a list that nothing limits", "self.open.all(o, o.name == 'a')", 2 + 241_978 * (3 + 3) + 1],
    ["an int or string may be a text of the whole request", "self.either == 'a'", 3],
    ["items of a literal list are of unknown size", "['a'].isSorted()", 10 + 2 ** 64 / 10],
  ];
  for (const [rule, source, wanted] of rows) {
    test(`${rule}: ${source}`, () => assert.equal(cost(source), wanted));
  }
});

/** Rows of upstream's tables: `hints` say how large what lies at a path is. */
const HINTED: [
  source: string,
  types: Record<string, string>,
  hints: Record<string, number>,
  least: number,
  most: number,
][] = [
  ["input.all(x, x.all(y, true))", { input: "list<list<dyn>>" }, { input: 50, "input.@items": 10 }, 2, 1752],
  ["(x > 2 ? a : b).all(y, true)", { x: "int", a: "list<int>", b: "list<int>" }, { a: 1, b: 1 }, 4, 7],
  ["input.all(k, k.contains(k))", { input: "map<string, dyn>" }, { input: 5, "input.@keys": 10 }, 2, 32],
  [
    "input.all(k, input[k].all(k, true) && k.contains(k))",
    { input: "map<string, map<string, int>>" },
    { input: 2, "input.@values": 2, "input.@keys": 5 },
    2,
    34,
  ],
  ["(a + b).all(x, true)", { a: "list<int>", b: "list<int>" }, { a: 10, b: 10 }, 4, 64],
  ["'abcdefg'.contains(a + b)", { a: "string", b: "string" }, { a: 10, b: 10 }, 2, 6],
  [
    "[a, b].exists(l, l.exists(v, v.startsWith('hi')))",
    { a: "list<string>", b: "list<string>" },
    { a: 10, "a.@items": 64, b: 20, "b.@items": 128 },
    21,
    265,
  ],
  ["string(a) == string(b)", { a: "timestamp", b: "timestamp" }, {}, 5, 1844674407370955264],
  ["[1,2,3,4,5].filter(x, x % 2 == 0)", {}, {}, 41, 101],
  ["[1,2,3,4,5].map(x, x).exists(x, x == 5) == true", {}, {}, 108, 118],
  ["[1,2,3,4,5].map(x, x)[4]", {}, {}, 87, 87],
  ["[[1,2],[1,2],[1,2],[1,2],[1,2]][4]", {}, {}, 61, 61],
  ["{'a': [1,2], 'b': [1,2], 'c': [1,2], 'd': [1,2], 'e': [1,2]}.b", {}, {}, 81, 81],
  ["[[1, 1], [2, 2], [3, 3], [4, 4], [5, 5]].all(y, y.all(y, y == 1))", {}, {}, 76, 136],
  ["[1,2,3,4,5].map(x, [x, x]).all(y, y.all(y, y == 1))", {}, {}, 157, 217],
  ["['a', 'ab', 'abc', 'abcd', 'abcde'].map(x, [x, x]).all(y, y.all(y, y.startsWith('a')))", {}, {}, 157, 217],
  [
    "input.map(x, [x, x]).all(y, y.all(y, y.startsWith('a')))",
    { input: "list<string>" },
    { input: 5, "input.@items": 10 },
    13,
    208,
  ],
  ["[1,2,3,4,5].map(x, x).map(x, x) + [1]", {}, {}, 173, 173],
  ["[1,2,3].all(i, i in [1,2,3].map(j, j + j))", {}, {}, 20, 230],
  ["dyn([1,2,3]).all(i, i in dyn([1,2,3]).map(j, j + j))", {}, {}, 21, 234],
  ["{'hello': 'hi'}['hello'] != {'hello': 'bye'}['hello']", {}, {}, 63, 63],
  ["['hello', 'hi'][0] != ['hello', 'bye'][1]", {}, {}, 23, 23],
  ["type(1) == int", {}, {}, 3, 1844674407370955264],
  ["cel.bind(x, ['a', 'bb'], x.all(y, y.contains(y)))", {}, {}, 28, 34],
];
for (const [source, declared, hints, least, most] of HINTED) {
  test(`${least} to ${most}: ${source}`, () => {
    const program = compile(source, {
      variables: Object.fromEntries(Object.entries(declared).map(([name, type]) => [name, types.readType(type)])),
      sizes: (path) => {
        const hint = hints[path.join(".")];
        return hint === undefined ? undefined : { least: 0, most: hint };
      },
      bindings: true,
    });
    assert.deepEqual(program.estimate(), { least, most });
  });
}

test("what is read in a loop overwrites its range, where both are one name longer than the item", () => {
  const item = {
    type: "object",
    properties: { l: { type: "array", maxItems: 100, items: text(7) }, n: { type: "integer" } },
  };
  const type = typeOfSchema({ type: "object", properties: { a: { type: "array", maxItems: 3, items: item } } });
  const estimate = (source: string): number => compile(source, { variables: { self: type } }).estimate().most;
  assert.equal(estimate("self.a.all(x, x.l.all(z, true))"), 2 + 3 * (3 + 2 + 100 * 3 + 1) + 1);
  assert.equal(estimate("self.a.all(x, x.l.all(z, x.n == 1))"), 2 + 3 * (3 + 2 + 0 + 1) + 1);
});

test("a question to the authorizer is a third of what one run may cost", () => {
  const ask = "authorizer.group('').resource('pods').check('get').allowed()";
  const { estimate } = compileAdmission(`${ask} || ${ask}`, { authorizer: true });
  assert.equal(estimate().most, 2 * (1 + 1 + 1 + 350_000 + 1));
});

test("values that nothing limits are counted by what fits into a request", () => {
  assert.equal(mostValues(text()), 1_048_576);
  assert.equal(mostValues({ type: "object", required: ["name"], properties: { name: text() } }), 241_979);
});
