import type { Rejection } from "../framework.ts";
import { MAX_SCORE, definePlugin } from "../framework.ts";
import type { NodeState } from "../node-state.ts";
import type { PodState, Resources } from "../pod-state.ts";
import { add, empty } from "../pod-state.ts";

/** A pod goes where its requests still fit, and rather where most would be left (least allocated). */
export const nodeResourcesFit = definePlugin({
  name: "NodeResourcesFit",
  dependsOn: "node and its pods",
  retryOn: ["node/add", "node/update-allocatable", "pod/delete", "pod/update"],
  filter: ({ pod, node }) => insufficient(pod, node),
  score: ({ pod, node }) => {
    const { cpu, memory } = node.allocatable;
    const sum = leftOver(node.rankedCpu + pod.rankedCpu, cpu) + leftOver(node.rankedMemory + pod.rankedMemory, memory);
    // What a node does not have says nothing.
    const kinds = Number(cpu > 0) + Number(memory > 0);
    return kinds === 0 ? 0 : Math.floor(sum / kinds);
  },
});

function leftOver(used: number, capacity: number): number {
  return capacity === 0 || used > capacity ? 0 : Math.floor(((capacity - used) * MAX_SCORE) / capacity);
}

/** Everything that does not fit, in upstream's order; undefined where all does. */
function insufficient(pod: PodState, node: NodeState): Rejection | undefined {
  const { requests } = pod;
  const { allocatable } = node;
  const { requested, count } = node.nominated.size === 0 ? { requested: node.requested, count: 0 } : taken(pod, node);
  let reasons: string[] | undefined;
  let unresolvable = false;
  const check = (name: string, wanted: number, used: number, capacity: number): void => {
    if (wanted <= capacity - used || wanted === 0) return;
    (reasons ??= []).push(`Insufficient ${name}`);
    unresolvable ||= wanted > capacity;
  };
  if (node.pods.size + count + 1 > node.maxPods) (reasons ??= []).push("Too many pods");
  check("cpu", requests.cpu, requested.cpu, allocatable.cpu);
  check("memory", requests.memory, requested.memory, allocatable.memory);
  check("ephemeral-storage", requests.ephemeralStorage, requested.ephemeralStorage, allocatable.ephemeralStorage);
  for (const [name, wanted] of Object.entries(requests.others ?? {})) {
    check(name, wanted, requested.others?.[name] ?? 0, allocatable.others?.[name] ?? 0);
  }
  return reasons && { rejected: true, reasons, unresolvable };
}

/** What is not to be had for `pod`: taken, or kept for pods that come first. `count`: how many the latter are. */
function taken(pod: PodState, node: NodeState): { readonly requested: Resources; readonly count: number } {
  const requested = empty();
  add(requested, node.requested);
  let count = 0;
  for (const each of node.reservedBefore(pod)) {
    add(requested, each.requests);
    count++;
  }
  return { requested, count };
}
