import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfNew } from "../testing/said.ts";
import { RuntimeClass } from "./runtime-class.ts";

const tolerating = (...tolerations: object[]): object => ({ handler: "h", scheduling: { tolerations } });
const gone = { key: "a", operator: "Exists", effect: "NoExecute" };

test("a RuntimeClass tolerates each once, however long", () => {
  assert.deepEqual(saidOfNew(RuntimeClass, tolerating(gone, { ...gone, effect: "NoSchedule" })), []);
  assert.deepEqual(saidOfNew(RuntimeClass, tolerating({ ...gone, tolerationSeconds: 1 }, gone)), [
    'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoExecute","TolerationSeconds":null}',
  ]);
});
