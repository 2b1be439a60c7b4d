/** What is said of values that do not fit their schema, in upstream's words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText } from "../field-errors.ts";
import { embeddedErrors } from "./embedded.ts";
import { listTypeErrors } from "./lists.ts";
import { ruleErrors } from "./rules.ts";
import type { StructuralSchema } from "./schema.ts";
import { valueErrors } from "./values.ts";

const whole = (v: StructuralSchema): StructuralSchema => ({ type: "object", properties: { v } });

const VALUES: [rule: string, schema: StructuralSchema, value: unknown, said: string][] = [
  ["type", { type: "string" }, 1, 'v: Invalid value: "integer": v in body must be of type string: "integer"'],
  [
    "a number is no integer",
    { type: "integer" },
    1.5,
    'v: Invalid value: "number": v in body must be of type integer: "number"; <nil>: Invalid value: "": Checked value must be of type integer (default format) in v',
  ],
  ["an integer is a number", { type: "number" }, 1, ""],
  [
    "int32 has an end",
    { type: "integer", format: "int32" },
    2 ** 31,
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in v',
  ],
  [
    "a format takes the type's place",
    { type: "string", format: "date" },
    1,
    'v: Invalid value: "int64": v in body must be of type date: "int64"',
  ],
  [
    "int64 has an end",
    { type: "integer", format: "int64" },
    1e19,
    'v: Invalid value: "float64": v in body must be of type int64: "float64"; <nil>: Invalid value: "": Checked value must be of type integer with format int64 in v',
  ],
  [
    "float has an end",
    { type: "number", format: "float" },
    1e39,
    '<nil>: Invalid value: "": Checked value must be of type number with format float in v',
  ],
  [
    "limits are numbers of the type, too",
    { type: "integer", maximum: 1.5 },
    1,
    '<nil>: Invalid value: "": Maximum boundary value must be of type integer (default format) in v',
  ],
  [
    "a format that nobody knows says nothing",
    { type: "string", format: "x" },
    1,
    'v: Invalid value: "integer": v in body must be of type string: "integer"',
  ],
  [
    "short names",
    { type: "string", format: "k8s-short-name" },
    "a-",
    'v: Invalid value: "a-": v in body must be of type k8s-short-name: "a-"',
  ],
  [
    "of alternatives the one that fits best is told, the first of equals",
    { anyOf: [{ type: "boolean" }, { type: "object", required: ["a"] }, { type: "object", required: ["b"] }] },
    {},
    '<nil>: Invalid value: "": "v" must validate at least one schema (anyOf); v.a: Required value',
  ],
  [
    "an object can be too small in two ways",
    { type: "object", minProperties: 1, required: ["a"] },
    {},
    "v: Invalid value: 0: v in body should have at least 1 properties; v.a: Required value",
  ],
  ["null", { type: "string" }, null, 'v: Invalid value: "null": v in body must be of type string: "null"'],
  ["null where it may be", { type: "string", nullable: true }, null, ""],
  ["enum", { enum: ["a"] }, "b", 'v: Unsupported value: "b": supported values: "a"'],
  ["maximum", { type: "integer", maximum: 1 }, 2, "v: Invalid value: 2: v in body should be less than or equal to 1"],
  [
    "exclusive",
    { type: "integer", minimum: 1, exclusiveMinimum: true },
    1,
    "v: Invalid value: 1: v in body should be greater than 1",
  ],
  ["a multiple is one in decimals", { type: "number", multipleOf: 0.1 }, 0.3, ""],
  ["pattern", { type: "string", pattern: "^a" }, "b", `v: Invalid value: "b": v in body should match '^a'`],
  ["patterns are RE2's", { type: "string", pattern: "(?i)^ABC\\z" }, "abc", ""],
  ["length in characters", { type: "string", maxLength: 1 }, "😀", ""],
  ["too long", { type: "string", maxLength: 1 }, "ab", "v: Too long: may not be more than 1 byte"],
  [
    "a whole number and a factor below one",
    { type: "number", multipleOf: 0.5 },
    3,
    "v: Invalid value: 0: factor MultipleOf declared for v must be positive: 0",
  ],
  [
    "format",
    { type: "string", format: "ipv4" },
    "1.2.3",
    'v: Invalid value: "1.2.3": v in body must be of type ipv4: "1.2.3"',
  ],
  [
    "a member too many",
    { type: "object", additionalProperties: false },
    { x: 1 },
    'v: Invalid value: "x": v.x in body is a forbidden property',
  ],
  ["required", { type: "object", required: ["x"] }, {}, "v.x: Required value"],
  [
    "too many items",
    { type: "array", maxItems: 1, items: { type: "integer" } },
    [1, 2],
    "v: Too many: 2: must have at most 1 item",
  ],
  [
    "an item",
    { type: "array", items: { type: "integer" } },
    ["x"],
    'v[0]: Invalid value: "string": v[0] in body must be of type integer: "string"',
  ],
  [
    "int or string",
    { "x-kubernetes-int-or-string": true },
    true,
    'v: Invalid value: "boolean": v in body must be of type integer,string: "boolean"',
  ],
  [
    "oneOf",
    { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    { a: 1, b: 1 },
    '<nil>: Invalid value: "": "v" must validate one and only one schema (oneOf). Found 2 valid alternatives',
  ],
  ["not", { not: { required: ["a"] } }, { a: 1 }, '<nil>: Invalid value: "": "v" must not validate the schema (not)'],
];
for (const [rule, schema, value, said] of VALUES) {
  test(`value: ${rule}`, () => {
    assert.equal(valueErrors(whole(schema), { v: value }).map(errorText).join("; "), said);
  });
}

const keyed: StructuralSchema = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
  items: { type: "object", properties: { name: { type: "string" }, size: { type: "integer", maximum: 3 } } },
};

test("what did not change is not checked again; items are told apart by their keys", () => {
  const old = { v: [{ name: "a", size: 9 }] };
  const value = {
    v: [
      { name: "b", size: 8 },
      { name: "a", size: 9 },
    ],
  };
  assert.deepEqual(
    valueErrors(whole(keyed), value, { old }).map(({ field }) => field),
    ["v[0].size"],
  );
});

test("lists of type set and map hold nothing twice", () => {
  const set: StructuralSchema = { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } };
  assert.deepEqual(listTypeErrors(whole(set), { v: ["a", "b", "a", "a"] }).map(errorText), [
    'v[2]: Duplicate value: "a"',
  ]);
  const twice = { v: [{ name: "a", size: 1 }, { name: "a" }] };
  assert.deepEqual(listTypeErrors(whole(keyed), twice).map(errorText), ['v[1]: Duplicate value: {"name":"a"}']);
});

test("lists of type map hold objects", () => {
  assert.deepEqual(listTypeErrors(whole(keyed), { v: [null, "a"] }).map(errorText), [
    'v[1]: Invalid value: "a": must be an object for an array of list-type map',
  ]);
});

test("what is wrong with a part stands where the part is", () => {
  const schema: StructuralSchema = { type: "integer", not: { minimum: 1 } };
  assert.deepEqual(
    valueErrors(schema, 1.5, { at: "status" }).map(({ field }) => field),
    ["status", "status", "status"],
  );
});

test("an embedded object needs a type", () => {
  const schema: StructuralSchema = { type: "object", "x-kubernetes-embedded-resource": true };
  const said = embeddedErrors(whole(schema), { v: { kind: "a b" } }).map(({ field }) => field);
  assert.deepEqual(said, ["v.apiVersion", "v.kind"]);
});

const ruled = (rule: object): StructuralSchema =>
  whole({ type: "integer", "x-kubernetes-validations": [rule as { rule: string }] });
const RULES: [about: string, schema: StructuralSchema, value: unknown, old: unknown, said: string[]][] = [
  ["one that does not hold", ruled({ rule: "self > 1" }), 1, undefined, ["v: Invalid value: 1: failed rule: self > 1"]],
  ["its message", ruled({ rule: "self > 1", message: "more" }), 1, undefined, ["v: Invalid value: 1: more"]],
  [
    "a message made",
    ruled({ rule: "self > 1", messageExpression: "'got ' + string(self)" }),
    1,
    undefined,
    ["v: Invalid value: 1: got 1"],
  ],
  [
    "its reason",
    ruled({ rule: "false", reason: "FieldValueForbidden", message: "no" }),
    1,
    undefined,
    ["v: Forbidden: no"],
  ],
  ["a transition on create", ruled({ rule: "self >= oldSelf" }), 1, undefined, []],
  ["a transition", ruled({ rule: "self >= oldSelf" }), 1, 2, ["v: Invalid value: 1: failed rule: self >= oldSelf"]],
  [
    "an optional old value",
    ruled({ rule: "oldSelf.hasValue() || self > 5", optionalOldSelf: true }),
    1,
    undefined,
    ["v: Invalid value: 1: failed rule: oldSelf.hasValue() || self > 5"],
  ],
  ["what did not change", ruled({ rule: "self > 1" }), 1, 1, []],
  ["a transition from null", ruled({ rule: "self >= oldSelf" }), 1, null, []],
  [
    "what cannot be compiled, also where nothing changed",
    ruled({ rule: "nope" }),
    1,
    1,
    [
      "v: Invalid value: \"integer\": rule compile error: compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope\n | ^",
    ],
  ],
  [
    "what fails, also where nothing changed, by its message",
    ruled({ rule: "1 / self > 0", message: "no zero" }),
    0,
    0,
    ['v: Invalid value: "integer": division by zero evaluating rule: no zero'],
  ],
  ["null", ruled({ rule: "self > 1" }), null, undefined, []],
  [
    "one that fails",
    ruled({ rule: "1 / self > 0" }),
    0,
    undefined,
    ['v: Invalid value: "integer": division by zero evaluating rule: 1 / self > 0'],
  ],
];
for (const [about, schema, value, old, said] of RULES) {
  test(`rule: ${about}`, () => {
    const before = old === undefined ? undefined : { v: old };
    assert.deepEqual(ruleErrors(schema, { v: value }, before, []).map(errorText), said);
  });
}

test("what is let through for being as it was is warned of", () => {
  const items: StructuralSchema = { type: "integer", "x-kubernetes-validations": [{ rule: "self > 1" }] };
  const schema = whole({ type: "array", items });
  const warned: string[] = [];
  const said = (value: unknown, old: unknown): string[] =>
    ruleErrors(schema, { v: value }, { v: old }, [], (text) => warned.push(text)).map(errorText);
  // Its items cannot be told apart, but the list can.
  assert.deepEqual(said([1, 2], [1, 2]), []);
  assert.deepEqual(warned, ["v[0]: Invalid value: 1: failed rule: self > 1"]);
  assert.deepEqual(said([1, 3], [1, 2]), ["v[0]: Invalid value: 1: failed rule: self > 1"]);
});

test("the type of a whole object is held to rules even where it is as it was", () => {
  const kind: StructuralSchema = { type: "string", "x-kubernetes-validations": [{ rule: "self == 'A'" }] };
  const schema: StructuralSchema = {
    type: "object",
    properties: { kind, v: { type: "object", properties: { kind } } },
  };
  const value = { kind: "B", v: { kind: "B" } };
  assert.deepEqual(
    ruleErrors(schema, value, value, []).map(({ field }) => field),
    ["kind"],
  );
});

test("a fieldPath goes along the schema", () => {
  const schema = whole({
    type: "object",
    properties: { "a.b": { type: "object", additionalProperties: { type: "integer" } } },
    "x-kubernetes-validations": [{ rule: "false", fieldPath: "['a.b']['c']", reason: "FieldValueRequired" }],
  });
  assert.deepEqual(ruleErrors(schema, { v: {} }, undefined, []).map(errorText), [
    "v.a.b[c]: Required value: failed rule: false",
  ]);
});
