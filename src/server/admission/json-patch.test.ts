/** What upstream's library says of operations that cannot be done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PatchFailed, patchedBy } from "./json-patch.ts";

const OBJECT = { a: { b: 1 }, list: [1, 2], none: null };
const INDEX = "Unable to access invalid index: 5: invalid index referenced";
const NUMBER = 'strconv.Atoi: parsing "x": invalid syntax';

for (const [operation, says] of [
  [{ op: "add", value: 1 }, "add operation failed to decode path: missing value"],
  [{ op: "add", path: "a" }, 'add operation does not apply: doc is missing path: "a": missing value'],
  [{ op: "add", path: "/none/b" }, 'add operation does not apply: doc is missing path: "/none/b": missing value'],
  [{ op: "add", path: "/a/b/c" }, 'add operation does not apply: doc is missing path: "/a/b/c": missing value'],
  [{ op: "add", path: "/list/5" }, `error in add for path: '/list/5': ${INDEX}`],
  [
    { op: "add", path: "/list/x" },
    `error in add for path: '/list/x': value was not a proper array index: 'x': ${NUMBER}`,
  ],
  [{ op: "remove" }, "remove operation failed to decode path: missing value"],
  [{ op: "remove", path: "/x/y" }, 'remove operation does not apply: doc is missing path: "/x/y": missing value'],
  [
    { op: "remove", path: "/a/x" },
    "error in remove for path: '/a/x': Unable to remove nonexistent key: x: missing value",
  ],
  [{ op: "remove", path: "/list/5" }, `error in remove for path: '/list/5': ${INDEX}`],
  [{ op: "remove", path: "/list/x" }, `error in remove for path: '/list/x': ${NUMBER}`],
  [{ op: "replace" }, "replace operation failed to decode path: operation missing path field: missing value"],
  [{ op: "replace", path: "", value: 1 }, "replace operation value must be object or array: %!w(<nil>)"],
  [
    { op: "replace", path: "/x/y", value: 1 },
    "replace operation does not apply: doc is missing path: /x/y: missing value",
  ],
  [
    { op: "replace", path: "/list/5", value: 1 },
    "replace operation does not apply: doc is missing key: /list/5: missing value",
  ],
  [{ op: "move", path: "/x" }, "move operation failed to decode from: operation, missing from field: missing value"],
  [
    { op: "move", from: "/x/y", path: "/x" },
    "move operation does not apply: doc is missing from path: /x/y: missing value",
  ],
  [{ op: "move", from: "/list/5", path: "/x" }, `error in move for path: '5': ${INDEX}`],
  [
    { op: "move", from: "/a/x", path: "/x" },
    "error in move for path: 'x': Unable to remove nonexistent key: x: missing value",
  ],
  [
    { op: "move", from: "/a", path: "/a/x" },
    "move operation does not apply: doc is missing destination path: /a/x: missing value",
  ],
  [
    { op: "move", from: "/list/0", path: "/list/2" },
    "error in move for path: '/list/2': Unable to access invalid index: 2: invalid index referenced",
  ],
  [
    { op: "copy", from: "/x/y", path: "/x" },
    "copy operation does not apply: doc is missing from path: /x/y: missing value",
  ],
  [{ op: "copy", from: "/list/5", path: "/x" }, `error in copy for from: '/list/5': ${INDEX}`],
  [
    { op: "copy", from: "/a", path: "/x/y" },
    "copy operation does not apply: doc is missing destination path: /x/y: missing value",
  ],
  [{ op: "copy", from: "/a", path: "/list/5" }, `error while adding value during copy: ${INDEX}`],
  [{ op: "test", path: "/x/y", value: 1 }, "test operation does not apply: is missing path: /x/y: missing value"],
  [{ op: "test", path: "/list/5", value: 1 }, `error in test for path: '/list/5': ${INDEX}`],
  [{ op: "test", path: "/a/x", value: 1 }, "testing value /a/x failed: test failed"],
  [{ op: "increase", path: "/a/b" }, "Unexpected kind: increase"],
  [{ path: "/a" }, "Unexpected kind: unknown"],
  [null, "Unexpected kind: unknown"],
] as const) {
  test(`${JSON.stringify(operation)}: ${says}`, () => {
    const before = { op: "add", path: "/before", value: {} };
    assert.throws(
      () => patchedBy([before, operation], OBJECT),
      (error) =>
        error instanceof PatchFailed && error.message === says && error.tested === says.endsWith("test failed"),
    );
  });
}
