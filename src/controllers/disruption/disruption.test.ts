import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodDisruptionBudget } from "../../api/policy/index.ts";
import { decide } from "./disruption.ts";
import { NOW, pod, statusIn } from "../testing/objects.ts";
import type { PodSketch } from "../testing/objects.ts";

const budget = (spec: object, status: object = {}) =>
  ({ metadata: { name: "b", namespace: "default", generation: 3 }, spec, status }) as unknown as PodDisruptionBudget;

const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "rs", uid: "rs", controller: true };
const owned = (name: string, sketch: PodSketch = {}) => pod(name, { owner, ...sketch });
const ready = [owned("a"), owned("b"), owned("c"), owned("d")];
const plan = (object: PodDisruptionBudget, pods = ready, replicas = 4) =>
  decide({ object, pods, wantedBy: () => ({ uid: "rs", replicas }), now: NOW });

for (const { rule, spec, pods = ready, replicas = 4, status = {}, numbers } of [
  { rule: "what is above minAvailable may go", spec: { minAvailable: 3 }, numbers: [1, 4, 3, 4] },
  {
    rule: "maxUnavailable counts from what the controllers want",
    spec: { maxUnavailable: 1 },
    replicas: 5,
    numbers: [0, 4, 4, 5],
  },
  { rule: "percentages round up", spec: { minAvailable: "60%" }, numbers: [1, 4, 3, 4] },
  { rule: "maxUnavailable in percent rounds up too", spec: { maxUnavailable: "30%" }, numbers: [2, 4, 2, 4] },
  {
    rule: "a pod that is not ready is not healthy",
    spec: { minAvailable: 3 },
    pods: [...ready.slice(1), owned("x", { ready: false })],
    numbers: [0, 3, 3, 4],
  },
  {
    rule: "one that is leaving is not healthy",
    spec: { minAvailable: 3 },
    pods: [...ready.slice(1), owned("x", { deleting: true })],
    numbers: [0, 3, 3, 4],
  },
  {
    rule: "one whose eviction was just allowed counts as gone",
    spec: { minAvailable: 2 },
    status: { disruptedPods: { a: "2025-12-31T23:59:00Z", b: "2025-12-31T23:50:00Z" } },
    numbers: [1, 3, 2, 4],
  },
  {
    rule: "pods that nobody controls do not keep the others from being counted",
    spec: { maxUnavailable: 1 },
    pods: [...ready, pod("stray")],
    numbers: [2, 5, 3, 4],
  },
  { rule: "a budget that asks for nothing allows nothing", spec: {}, numbers: [0, 4, 0, 0] },
  { rule: "without pods nothing is allowed", spec: { maxUnavailable: 1 }, pods: [], numbers: [0, 0, 0, 0] },
]) {
  test(rule, () => {
    const found = statusIn(plan(budget(spec, status), pods, replicas));
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = found;
    assert.deepEqual([disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods], numbers);
  });
}

test("looks again when an allowed eviction runs out", () => {
  const status = { disruptedPods: { a: "2025-12-31T23:59:00Z" } };
  assert.equal(plan(budget({ minAvailable: 2 }, status)).recheckAt, NOW + 60_000);
});

const selector = { matchLabels: { app: "web" } };
for (const { rule, pods, status = {}, events } of [
  {
    rule: "tells of pods that nobody controls",
    pods: [pod("stray")],
    events: [
      "UnmanagedPods Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,}," +
        "MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be " +
        "calculated correctly, which may result in undefined behavior. To account for these pods please set " +
        '".spec.minAvailable" field of the PDB to an integer value.',
    ],
  },
  { rule: "tells that there are none", pods: [], events: ["NoPods No matching pods found"] },
  {
    rule: "tells of a pod whose eviction did not come",
    pods: ready,
    status: { disruptedPods: { a: "2025-12-31T23:50:00Z" } },
    events: ["NotDeleted Pod was expected by PDB default/default to be deleted but it wasn't (a)"],
  },
  {
    rule: "tells of pods whose controller wants no number",
    pods: [pod("d", { owner: { ...owner, kind: "DaemonSet" } })],
    events: [
      "CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: daemonsets.apps does not implement the scale subresource",
    ],
  },
]) {
  test(rule, () => {
    const told = plan(budget({ maxUnavailable: 1, selector }, status), pods).events ?? [];
    assert.deepEqual(
      told.map(({ reason, message, about }) => `${reason} ${message}${about ? ` (${about.metadata.name})` : ""}`),
      events,
    );
  });
}

test("a condition of somebody else stays", () => {
  const other = { type: "Other", status: "True" };
  const { conditions } = statusIn(plan(budget({ minAvailable: 3 }, { conditions: [other] })));
  assert.deepEqual(
    (conditions as readonly { readonly type: string }[]).map(({ type }) => type),
    ["Other", "DisruptionAllowed"],
  );
});

test("says so where the expected number cannot be told", () => {
  const object = budget({ maxUnavailable: 1 });
  const { status } = decide({ object, pods: ready, wantedBy: () => undefined, now: NOW });
  assert.deepEqual(
    (status as PodDisruptionBudget["status"]).conditions?.map(({ reason, message }) => [reason, message]),
    [["SyncFailed", 'found no controllers for pod "a"']],
  );
});
