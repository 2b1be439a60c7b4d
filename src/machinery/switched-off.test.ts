import assert from "node:assert/strict";
import { test } from "node:test";
import { dropSwitchedOff } from "./switched-off.ts";

const rows: readonly (readonly [
  rule: string,
  path: string,
  before: object | undefined,
  object: object,
  left: object,
])[] = [
  ["a field", "a.b", undefined, { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
  ["a field of each in a list", "a[].b", undefined, { a: [{ b: 1 }, { c: 2 }] }, { a: [{}, { c: 2 }] }],
  ["a field of each in a map", "a{}.b", undefined, { a: { x: { b: 1 }, y: { c: 2 } } }, { a: { x: {}, y: { c: 2 } } }],
  ["what nothing is left in", "a?.b", undefined, { a: { b: 1 } }, {}],
  ["what something is left in is kept", "a?.b", undefined, { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
  ["what was empty is kept", "a?.b", undefined, { a: {} }, { a: {} }],
  ["nothing where there is nothing", "a[].b", undefined, { c: 1 }, { c: 1 }],
  ["what is new to an object", "a.b", { a: {} }, { a: { b: 1 } }, { a: {} }],
  ["nothing where it was in use", "a[].b", { a: [{}, { b: 1 }] }, { a: [{ b: 2 }] }, { a: [{ b: 2 }] }],
];

for (const [rule, path, before, object, left] of rows) {
  test(`of a feature that is off is dropped: ${rule}`, () => {
    dropSwitchedOff(object, before, [[path]]);
    assert.deepEqual(object, left);
  });
}

test("a feature of several fields is in use with any of them", () => {
  const object = { a: 1, b: 2 };
  dropSwitchedOff(object, { b: 1 }, [["a", "b"]]);
  assert.deepEqual(object, { a: 1, b: 2 });
});
