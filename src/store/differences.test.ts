import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { differences } from "./differences.ts";
import { EMPTY, fromSorted, remove, set } from "./tree.ts";
import type { Keyed, Tree } from "./tree.ts";

interface Item extends Keyed {
  readonly value: number;
}

const key = fc.integer({ min: 0, max: 400 }).map((number) => `/core/pods/${String(number).padStart(3, "0")}`);
const changes = fc.array(fc.record({ key, value: fc.integer(), gone: fc.boolean() }), { maxLength: 300, size: "max" });

function apply(root: Tree<Item>, model: Map<string, Item>, made: readonly (Item & { gone: boolean })[]): Tree<Item> {
  for (const { key, value, gone } of made) {
    if (gone) {
      root = remove(root, key);
      model.delete(key);
      continue;
    }
    const item = { key, value };
    root = set(root, item);
    model.set(key, item);
  }
  return root;
}

test("what two maps with a common past differ in is what a comparison key by key finds", () => {
  fc.assert(
    fc.property(changes, changes, changes, (common, left, right) => {
      const shared = new Map<string, Item>();
      const root = apply(EMPTY, shared, common);
      const [a, b] = [new Map(shared), new Map(shared)];
      const [before, after] = [apply(root, a, left), apply(root, b, right)];
      const expected = [...new Set([...a.keys(), ...b.keys()])]
        .toSorted()
        .filter((each) => a.get(each) !== b.get(each))
        .map((each) => ({ key: each, before: a.get(each), after: b.get(each) }));
      assert.deepEqual([...differences(before, after)], expected);
    }),
  );
});

test("one change among 100,000 is found without looking at the others", () => {
  let looked = 0;
  const entries = Array.from({ length: 100_000 }, (_, i) => {
    const name = `/core/pods/${String(i).padStart(6, "0")}`;
    return {
      get key() {
        looked++;
        return name;
      },
      value: i,
    };
  });
  const before = fromSorted<Item>(entries);
  const after = remove(set(before, { key: entries[70_000]!.key, value: -1 }), entries[3]!.key);
  looked = 0;
  assert.deepEqual(
    [...differences(before, after)].map(({ before: old, after: now }) => [old?.value, now?.value]),
    [
      [3, undefined],
      [70_000, -1],
    ],
  );
  assert.ok(looked < 1000, `${looked} keys were looked at`);
});
