import assert from "node:assert/strict";
import { test } from "node:test";
import { batchesOf } from "./batches.ts";

const LIMITS = { writes: 3, characters: 10 };

for (const { rule, sizes, batches } of [
  { rule: "nothing is no batch", sizes: [], batches: [] },
  { rule: "what fits goes together", sizes: [5, 5, 0], batches: [[5, 5, 0]] },
  { rule: "no more writes than the limit", sizes: [1, 1, 1, 1], batches: [[1, 1, 1], [1]] },
  { rule: "no more characters than the limit", sizes: [6, 4, 1], batches: [[6, 4], [1]] },
  { rule: "one that is larger by itself goes alone", sizes: [1, 20, 1], batches: [[1], [20], [1]] },
  { rule: "one that is larger by itself begins no empty batch", sizes: [20, 20], batches: [[20], [20]] },
]) {
  test(rule, () => {
    const writes = sizes.map((size) => ({ size, write: { key: String(size), expected: 0, object: undefined } }));
    const found = [...batchesOf(writes, LIMITS)].map((batch) => batch.map(({ key }) => Number(key)));
    assert.deepEqual(found, batches);
  });
}
