import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment, DeploymentStatus } from "../../api/apps/index.ts";
import { conditionAt, isHalfway } from "./status.ts";

const progressing = (status: string, reason: string) => conditionAt(0, "Progressing", status, reason, "");
const available = (status: string) => conditionAt(0, "Available", status, "", "");
const begun: DeploymentStatus = {
  observedGeneration: 1,
  conditions: [available("False"), progressing("True", "NewReplicaSetCreated")],
};
const moving: DeploymentStatus = {
  observedGeneration: 1,
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 1,
  conditions: [progressing("True", "ReplicaSetUpdated"), available("False")],
};

const rows: readonly { rule: string; before: DeploymentStatus; after: DeploymentStatus; halfway: boolean }[] = [
  { rule: "some pods further", before: begun, after: moving, halfway: true },
  { rule: "all pods available", before: moving, after: { ...moving, availableReplicas: 3 }, halfway: false },
  { rule: "a pod less", before: moving, after: { ...moving, availableReplicas: 0 }, halfway: false },
  { rule: "a spec just seen", before: {}, after: begun, halfway: false },
  { rule: "a collision", before: begun, after: { ...begun, collisionCount: 1 }, halfway: false },
  {
    rule: "enough pods",
    before: begun,
    after: { ...moving, conditions: [available("True"), progressing("True", "ReplicaSetUpdated")] },
    halfway: false,
  },
  {
    rule: "a deadline passed",
    before: moving,
    after: { ...moving, conditions: [available("False"), progressing("False", "ProgressDeadlineExceeded")] },
    halfway: false,
  },
];
for (const { rule, before, after, halfway } of rows) {
  test(`${rule}: the status ${halfway ? "may wait" : "is told at once"}`, () => {
    const deployment = { metadata: { generation: 1 }, spec: { replicas: 3 }, status: before } as unknown as Deployment;
    assert.equal(isHalfway(deployment, after), halfway);
  });
}
