import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodDisruptionBudget } from "../../api/policy/index.ts";
import { decide } from "./disruption.ts";
import { NOW, pod, statusIn } from "../testing/objects.ts";
import type { PodSketch } from "../testing/objects.ts";

const budget = (spec: object, status: object = {}) =>
  ({ metadata: { name: "b", generation: 3 }, spec, status }) as unknown as PodDisruptionBudget;

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
const shown = "&LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}";
for (const { rule, pods, told } of [
  { rule: "pods that nobody controls", pods: [pod("stray")], told: [["UnmanagedPods", `(selector: ${shown})`]] },
  { rule: "no pods at all", pods: [], told: [["NoPods", "No matching pods found"]] },
  { rule: "nothing where all pods are controlled", pods: ready, told: [] },
]) {
  test(`tells of ${rule}`, () => {
    const { events = [] } = plan(budget({ maxUnavailable: 1, selector }), pods);
    assert.deepEqual(
      events.map(({ reason, message }) => [reason, /\(.*?\)/.exec(message)?.[0] ?? message]),
      told,
    );
  });
}

test("says so where the expected number cannot be told", () => {
  const object = budget({ maxUnavailable: 1 });
  const { status } = decide({ object, pods: ready, wantedBy: () => undefined, now: NOW });
  assert.deepEqual(
    (status as PodDisruptionBudget["status"]).conditions?.map(({ reason, message }) => [reason, message]),
    [["SyncFailed", 'found no controllers for pod "a"']],
  );
});
