import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FieldSet } from "./field-set.ts";
import {
  along,
  difference,
  EMPTY,
  equals,
  fieldSet,
  intersection,
  pathsOf,
  recursiveDifference,
  union,
} from "./field-set.ts";

const path = fc.array(fc.constantFrom("f:a", "f:b", 'k:{"n":1}', 'v:"x"'), { minLength: 1, maxLength: 3 });
const set = fc.array(path, { maxLength: 6 }).map((paths) => paths.map(single).reduce(union, EMPTY));

function single(elements: readonly string[]): FieldSet {
  return elements.reduceRight<FieldSet>((below, element) => ({ [element]: below }), EMPTY);
}

const members = (of: FieldSet): Set<string> => new Set(pathsOf(of));

test("union, intersection and difference are those of the paths", () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const [left, right] = [members(a), members(b)];
      assert.deepEqual(members(union(a, b)), new Set([...left, ...right]));
      assert.deepEqual(members(intersection(a, b)), new Set([...left].filter((one) => right.has(one))));
      assert.deepEqual(members(difference(a, b)), new Set([...left].filter((one) => !right.has(one))));
    }),
  );
});

test("a recursive difference takes all below a member along", () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      const gone = [...members(b)];
      const kept = [...members(a)].filter(
        (own) =>
          !gone.some((other) => own === other || (/^[.[]/.test(own.slice(other.length)) && own.startsWith(other))),
      );
      assert.deepEqual(members(recursiveDifference(a, b)), new Set(kept));
    }),
  );
});

test("the form is the same whatever way a set came to be, and operands that stay are given back", () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      assert.equal(JSON.stringify(union(a, b)), JSON.stringify(union(b, a)));
      assert.ok(equals(union(difference(a, b), intersection(a, b)), a));
      assert.equal(union(a, intersection(a, b)), a);
      assert.equal(difference(a, difference(b, a)), a);
    }),
  );
});

test("elements are ordered as upstream orders them", () => {
  const paths = [["i:10"], ["i:9"], ['v:"b"'], ['v:"a"'], ['k:{"p":443}'], ['k:{"p":80}'], ["f:b"], ["f:a"]];
  const sorted = ["f:a", "f:b", 'k:{"p":80}', 'k:{"p":443}', 'v:"a"', 'v:"b"', "i:9", "i:10"];
  assert.deepEqual(Object.keys(paths.map(single).reduce(union, EMPTY)), sorted);
});

test("dotted paths make a set", () => {
  assert.deepEqual(fieldSet("status", "metadata.labels"), { "f:metadata": { "f:labels": {} }, "f:status": {} });
});

const ALONG: readonly [rule: string, set: FieldSet, kept: FieldSet][] = [
  ["below the end", fieldSet("a.b.c.d"), fieldSet("a.b.c.d")],
  ["the end itself", fieldSet("a.b.c"), fieldSet("a.b.c")],
  ["on the way", fieldSet("a", "a.b"), fieldSet("a", "a.b")],
  ["beside the way", fieldSet("a.x", "x", "a.b.x"), EMPTY],
  [
    "any item",
    { "f:l": { 'k:{"n":"1"}': { ".": {}, "f:r": {}, "f:x": {} } } },
    { "f:l": { 'k:{"n":"1"}': { ".": {}, "f:r": {} } } },
  ],
  ["an item of which nothing lies along", { "f:l": { 'k:{"n":"1"}': { "f:x": {} } } }, EMPTY],
];
for (const [rule, set, kept] of ALONG) {
  test(`along a way lies or does not lie: ${rule}`, () => {
    assert.deepEqual(along(set, union(fieldSet("a.b.c"), { "f:l": { "*": { "f:r": {} } } })), kept);
  });
}
