import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { count, EMPTY, fromSorted, get, range, remove, set } from "./tree.ts";
import type { Keyed, Tree } from "./tree.ts";

interface Item extends Keyed {
  readonly value: number;
}

/** Few letters, so that prefixes, neighbours and equal keys are common. */
const key = fc.string({ unit: fc.constantFrom("a", "b", "/", "\uffff"), maxLength: 6 });
const change = fc.record({ key, value: fc.integer(), gone: fc.boolean() });

test("whatever is set and removed, the map equals a sorted array of what was left", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 600, size: "max" }), key, key, (changes, prefix, after) => {
      let root: Tree<Item> = EMPTY;
      const model = new Map<string, Item>();
      for (const { key, value, gone } of changes) {
        if (gone) {
          root = remove(root, key);
          model.delete(key);
        } else {
          root = set(root, { key, value });
          model.set(key, { key, value });
        }
      }
      const sorted = sort([...model.values()]);
      assert.deepEqual([...range(root, "")], sorted);
      assert.equal(root.size, sorted.length);
      for (const { key } of changes) assert.deepEqual(get(root, key), model.get(key));
      for (const from of [undefined, after]) {
        const expected = sorted.filter(
          (item) => item.key.startsWith(prefix) && (from === undefined || item.key > from),
        );
        assert.deepEqual([...range(root, prefix, from)], expected);
        assert.equal(count(root, prefix, from), expected.length);
      }
      assert.deepEqual([...range(fromSorted(sorted), prefix)], [...range(root, prefix)]);
    }),
  );
});

test("thousands of keys in random order, then removed again in another: every step keeps order and size", () => {
  const keys = Array.from({ length: 5000 }, (_, i) => `/core/pods/${i % 7}/${(i * 7919) % 5000}`);
  let root: Tree<Item> = EMPTY;
  for (const [value, key] of keys.entries()) root = set(root, { key, value });
  assert.equal(root.size, 5000);
  const half = root;
  for (const [i, key] of keys.toSorted().entries()) {
    if (i % 2 === 0) root = remove(root, key);
  }
  assert.equal(root.size, 2500);
  assert.deepEqual(
    [...range(root, "")].map((item) => item.key),
    keys.toSorted().filter((_, i) => i % 2 === 1),
  );
  for (const key of keys) root = remove(root, key);
  assert.equal(root, root.children === undefined ? root : assert.fail("an empty map is one leaf"));
  assert.deepEqual([...range(root, "")], []);
  assert.equal(count(half, "/core/pods/3/"), [...range(half, "/core/pods/3/")].length);
});

test("an old root does not notice what is done to newer ones", () => {
  const old = fromSorted(sort(Array.from({ length: 1000 }, (_, value) => ({ key: `k${value}`, value }))));
  const before = [...range(old, "")];
  let root: Tree<Item> = old;
  for (let i = 0; i < 1000; i++) root = i % 3 === 0 ? remove(root, `k${i}`) : set(root, { key: `k${i}`, value: -i });
  assert.deepEqual([...range(old, "")], before);
});

test("removing a key that is not there gives the very same root", () => {
  const root = fromSorted([{ key: "a" }, { key: "b" }]);
  assert.equal(remove(root, "c"), root);
});

function sort<T extends Keyed>(items: T[]): T[] {
  return items.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
