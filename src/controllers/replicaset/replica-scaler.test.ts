import assert from "node:assert/strict";
import { test } from "node:test";
import { isGrowing } from "./replica-scaler.ts";
import type { Scaled, ScaledStatus } from "./replica-scaler.ts";

const failure = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "no room" };
const rows: readonly { rule: string; before: ScaledStatus; after: ScaledStatus; growing: boolean }[] = [
  { rule: "pods were made", before: {}, after: { replicas: 3, readyReplicas: 0 }, growing: true },
  { rule: "a generation was seen", before: { replicas: 1 }, after: { replicas: 1 }, growing: true },
  { rule: "a pod is ready", before: { replicas: 3 }, after: { replicas: 3, readyReplicas: 1 }, growing: false },
  {
    rule: "a ready pod is available",
    before: { replicas: 3, readyReplicas: 1 },
    after: { replicas: 3, readyReplicas: 1, availableReplicas: 1 },
    growing: false,
  },
  { rule: "a pod is gone", before: { replicas: 3 }, after: { replicas: 2 }, growing: false },
  { rule: "a pod terminates", before: { replicas: 3 }, after: { replicas: 3, terminatingReplicas: 1 }, growing: false },
  { rule: "pods cannot be made", before: {}, after: { replicas: 0, conditions: [failure] }, growing: false },
  {
    rule: "all are ready, and there is nothing more to come",
    before: { replicas: 3, readyReplicas: 3 },
    after: { replicas: 4, readyReplicas: 3 },
    growing: false,
  },
];
for (const { rule, before, after, growing } of rows) {
  test(`${rule}: the status ${growing ? "may wait" : "is told at once"}`, () => {
    assert.equal(
      isGrowing({ metadata: {}, spec: { replicas: 3 }, status: before } as unknown as Scaled, after),
      growing,
    );
  });
}
