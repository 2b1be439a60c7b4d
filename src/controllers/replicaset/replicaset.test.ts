import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplicaSet } from "../../api/apps/index.ts";
import type { Pod } from "../../api/core/index.ts";
import type { Kind } from "../../machinery/kind.ts";
import { controllerReference } from "../runtime/owners.ts";
import { NOW, pod, replicaSet, said, statusIn } from "../testing/objects.ts";
import { byDeletionPreference } from "./deletion-preference.ts";
import { decide } from "./replicaset.ts";

const owner = controllerReference(ReplicaSet as Kind, replicaSet(0));
const other = { ...owner, uid: "another" };
const own = (name: string, sketch: Parameters<typeof pod>[1] = {}) => pod(name, { owner, ...sketch });
const plan = (object: ReplicaSet, pods: readonly Pod[]) => decide({ object, pods, crowd: () => 0, now: NOW });

for (const { rule, object, pods, writes } of [
  { rule: "creates what is missing", object: replicaSet(3), pods: [own("a")], writes: ["create Pod", "create Pod"] },
  { rule: "rests when the count is right", object: replicaSet(1), pods: [own("a")], writes: [] },
  {
    rule: "replaces a failed pod",
    object: replicaSet(1),
    pods: [own("a", { phase: "Failed" })],
    writes: ["create Pod"],
  },
  {
    rule: "replaces a pod that is being deleted",
    object: replicaSet(1),
    pods: [own("a", { deleting: true })],
    writes: ["create Pod"],
  },
  {
    rule: "deletes one that is too much",
    object: replicaSet(1),
    pods: [own("a"), own("b", { node: "" })],
    writes: ["delete Pod b"],
  },
  {
    rule: "leaves another owner's pod alone",
    object: replicaSet(1),
    pods: [pod("a", { owner: other })],
    writes: ["create Pod"],
  },
  { rule: "adopts an orphan that matches", object: replicaSet(0), pods: [pod("a")], writes: ["patch Pod a"] },
  { rule: "leaves an orphan that does not match", object: replicaSet(0), pods: [pod("a", { labels: {} })], writes: [] },
  {
    rule: "lets go of its own that no longer matches",
    object: replicaSet(0),
    pods: [own("a", { labels: {} })],
    writes: ["patch Pod a"],
  },
  {
    rule: "creates at most 500 in one round",
    object: replicaSet(1000),
    pods: [],
    writes: Array.from({ length: 500 }, () => "create Pod"),
  },
  {
    rule: "does nothing to pods while it is being deleted",
    object: { ...replicaSet(3), metadata: { ...replicaSet(3).metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } },
    pods: [own("a"), pod("orphan")],
    writes: [],
  },
]) {
  test(rule, () => assert.deepEqual(said(plan(object, pods)), writes));
}

test("comes to rest after one round, whatever it started from", () => {
  for (const start of [[], [own("a")], [own("a"), own("b"), own("c"), own("d")]]) {
    const { writes } = plan(replicaSet(2), start);
    const doomed = new Set(writes.map((write) => write.verb === "delete" && write.object.metadata.name));
    const made = writes.filter(({ verb }) => verb === "create").map((_, at) => own(`new-${at}`));
    const after = [...start.filter(({ metadata }) => !doomed.has(metadata.name)), ...made];
    assert.deepEqual(said(plan(replicaSet(2), after)), []);
  }
});

test("counts ready and available, and looks again when the next one becomes available", () => {
  const set = replicaSet(3, { minReadySeconds: 60 });
  const decided = plan(set, [own("a"), own("b", { readySince: 20 }), own("c", { ready: false })]);
  const { replicas, readyReplicas, availableReplicas } = statusIn(decided);
  assert.deepEqual(
    { replicas, readyReplicas, availableReplicas },
    { replicas: 3, readyReplicas: 2, availableReplicas: 1 },
  );
  assert.equal(decided.recheckAt, NOW + 40_000);
});

test("the first failure stays in the condition until a round goes well", () => {
  const before = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" };
  const status = { replicas: 2, conditions: [before] };
  const decided = plan({ ...replicaSet(0), status } as ReplicaSet, [own("a")]);
  const told = decided.status as (failures: object[]) => ReplicaSet["status"];
  assert.deepEqual(told([{ write: decided.writes[0]!, error: new Error("locked") }]).conditions, [before]);
  assert.deepEqual(told([]).conditions, []);
});

test("says ReplicaFailure while pods cannot be created", () => {
  const decided = plan(replicaSet(1), []);
  const status = (decided.status as (failures: object[]) => ReplicaSet["status"])([
    { write: decided.writes[0]!, error: new Error("quota") },
  ]);
  assert.deepEqual(
    status.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message]),
    [["ReplicaFailure", "True", "FailedCreate", "quota"]],
  );
});

function withSidecar(base: Pod, restartCount: number): Pod {
  return {
    ...base,
    spec: { ...base.spec, initContainers: [{ name: "side", restartPolicy: "Always" }] },
    status: { ...base.status, initContainerStatuses: [{ name: "side", restartCount }] },
  } as unknown as Pod;
}

for (const { rule, first, second } of [
  { rule: "a pod without a node", first: own("z", { node: "" }), second: own("a") },
  { rule: "a pending pod", first: own("z", { phase: "Pending" }), second: own("a") },
  { rule: "a pod that is not ready", first: own("z", { ready: false }), second: own("a") },
  {
    rule: "the cheaper one by pod-deletion-cost",
    first: own("z", { annotations: { "controller.kubernetes.io/pod-deletion-cost": "-5" } }),
    second: own("a"),
  },
  { rule: "one on a crowded node", first: own("z", { node: "crowded" }), second: own("a") },
  {
    rule: "one that became ready much later",
    first: own("z", { readySince: 5 }),
    second: own("a", { readySince: 5000 }),
  },
  {
    rule: "of two that are ready about as long the one with the lesser uid, whatever they restarted",
    first: own("a", { readySince: 5000 }),
    second: own("z", { readySince: 5001, restarts: 4 }),
  },
  {
    rule: "one whose sidecar restarted more",
    first: withSidecar(own("z"), 3),
    second: withSidecar(own("a"), 1),
  },
  { rule: "one that restarted more", first: own("z", { restarts: 4 }), second: own("a", { restarts: 1 }) },
]) {
  test(`deletes first ${rule}`, () => {
    const crowd = ({ spec }: Pod) => (spec.nodeName === "crowded" ? 3 : 1);
    const names = byDeletionPreference([second, first], crowd, NOW).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, [first.metadata.name, second.metadata.name]);
  });
}
