import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonPath } from "./json-path.ts";

const object = {
  metadata: { labels: { "a.b/c": "x" } },
  spec: {
    size: 0,
    list: ["x", "y"],
    items: [
      { type: "Ready", status: "True" },
      { type: "Old", status: "False" },
    ],
  },
};

for (const [path, found] of [
  [".spec.size", [0]],
  ["$.spec.size", [0]],
  ["{.spec.size}", [0]],
  [".spec.missing.more", []],
  [".spec.list[*]", ["x", "y"]],
  [".spec.list[1]", ["y"]],
  [".spec.list[-1]", ["y"]],
  [".spec.list[7]", []],
  [".metadata.labels['a.b/c']", ["x"]],
  [String.raw`.metadata.labels.a\.b/c`, ["x"]],
  [`.spec.items[?(@.type=="Ready")].status`, ["True"]],
  [".spec.items[?(@.type != 'Ready')].status", ["False"]],
  [".spec.list.length", []],
] as const) {
  test(`${path} finds ${JSON.stringify(found)}`, () => assert.deepEqual(jsonPath(path)(object), found));
}

test("what is not understood is said", () => {
  assert.throws(() => jsonPath(".spec[?(@.a > 1)]"), /stops at \[\?/);
});
