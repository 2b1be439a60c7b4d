/** What rules may cost at most: numbers that decide which definitions are accepted, so each is upstream's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileAdmission } from "./admission.ts";
import { compile, typeOfSchema } from "./index.ts";
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
const cost = (source: string): number => compile(source, { variables, bindings: true }).estimate();

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

test("a question to the authorizer is a third of what one run may cost", () => {
  const ask = "authorizer.group('').resource('pods').check('get').allowed()";
  const { estimate } = compileAdmission(`${ask} || ${ask}`, { authorizer: true });
  assert.equal(estimate(), 2 * (1 + 1 + 1 + 350_000 + 1));
});

test("values that nothing limits are counted by what fits into a request", () => {
  assert.equal(mostValues(text()), 1_048_576);
  assert.equal(mostValues({ type: "object", required: ["name"], properties: { name: text() } }), 241_979);
});
