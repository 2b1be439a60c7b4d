import assert from "node:assert/strict";
import { test } from "node:test";
import { patienceOf } from "./replica-scaler.ts";
import type { Scaled, ScaledStatus } from "./replica-scaler.ts";

const failure = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "no room" };
const rows: readonly { rule: string; before: ScaledStatus; after: ScaledStatus; waits: number }[] = [
  { rule: "pods were made", before: {}, after: { replicas: 3, readyReplicas: 0 }, waits: 1000 },
  { rule: "a generation was seen", before: { replicas: 1 }, after: { replicas: 1 }, waits: 1000 },
  { rule: "a pod is ready", before: { replicas: 3 }, after: { replicas: 3, readyReplicas: 1 }, waits: 50 },
  { rule: "all pods are ready", before: { replicas: 3 }, after: { replicas: 3, readyReplicas: 3 }, waits: 0 },
  {
    rule: "a ready pod is available",
    before: { replicas: 3, readyReplicas: 1 },
    after: { replicas: 3, readyReplicas: 1, availableReplicas: 1 },
    waits: 50,
  },
  { rule: "a pod is gone", before: { replicas: 3 }, after: { replicas: 2 }, waits: 0 },
  { rule: "a pod terminates", before: { replicas: 3 }, after: { replicas: 3, terminatingReplicas: 1 }, waits: 0 },
  { rule: "pods cannot be made", before: {}, after: { replicas: 0, conditions: [failure] }, waits: 0 },
  {
    rule: "all are ready, and there is nothing more to come",
    before: { replicas: 3, readyReplicas: 3 },
    after: { replicas: 4, readyReplicas: 3 },
    waits: 0,
  },
];
for (const { rule, before, after, waits } of rows) {
  test(`${rule}: the status waits ${waits} ms at most`, () => {
    const set = { metadata: {}, spec: { replicas: 3 }, status: before } as unknown as Scaled;
    assert.equal(patienceOf(set, after), waits);
  });
}
