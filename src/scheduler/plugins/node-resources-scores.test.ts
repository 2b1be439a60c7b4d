import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod } from "../../api/core/index.ts";
import { NodeState } from "../node-state.ts";
import { podState } from "../pod-state.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { nodeResourcesFit } from "./node-resources-fit.ts";

const pod = (name: string, cpu: string, memory: string) =>
  podState({
    metadata: { name, namespace: "default", uid: name },
    spec: { containers: [{ name: "c", resources: { requests: { cpu, memory } } }] },
  } as unknown as Pod);

for (const { rule, allocatable = { cpu: "10", memory: "10Gi" }, placed, wanted, balanced, least } of [
  { rule: "nothing changes between the two", wanted: ["1", "1Gi"], balanced: 75, least: 90 },
  { rule: "the pod takes only CPU", wanted: ["10", "0"], balanced: 50, least: 50 },
  { rule: "the pod makes up for another one", placed: ["0", "10Gi"], wanted: ["10", "0"], balanced: 100, least: 0 },
  { rule: "the pod makes it a little worse", placed: ["2", "2Gi"], wanted: ["2", "1Gi"], balanced: 72, least: 65 },
  { rule: "a node without memory", allocatable: { cpu: "10" }, wanted: ["2", "0"], balanced: 75, least: 80 },
] as const satisfies readonly object[] as unknown as readonly {
  readonly rule: string;
  readonly allocatable?: object;
  readonly placed?: readonly [string, string];
  readonly wanted: readonly [string, string];
  readonly balanced: number;
  readonly least: number;
}[]) {
  test(`${rule}: ${balanced} for balance, ${least} for room`, () => {
    const node = new NodeState({ metadata: { name: "n" }, spec: {}, status: { allocatable } } as unknown as Node, 0);
    if (placed !== undefined) node.add(pod("placed", ...placed));
    const view = { pod: pod("wanted", ...wanted), node, state: undefined };
    const scores = [nodeResourcesBalancedAllocation.score!(view), nodeResourcesFit.score!(view)];
    assert.deepEqual(scores, [balanced, least]);
  });
}

test("a node that does not say how many pods it takes has none", () => {
  const node = new NodeState({ metadata: { name: "n" }, spec: {}, status: {} } as unknown as Node, 0);
  assert.deepEqual(nodeResourcesFit.filter!({ pod: pod("p", "0", "0"), node, state: undefined })?.reasons, [
    "Too many pods",
  ]);
});
