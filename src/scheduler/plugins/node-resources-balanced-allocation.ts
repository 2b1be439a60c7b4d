import { MAX_SCORE, SKIP, definePlugin } from "../framework.ts";

/** Prefers nodes whose CPU and memory would be used alike, so that neither is left over alone. */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: "NodeResourcesBalancedAllocation",
  dependsOn: "node and its pods",
  retryOn: [],
  prepare: ({ requests }) => (requests.cpu > 0 || requests.memory > 0 ? undefined : SKIP),
  score: ({ pod, node: { requested, allocatable } }) => {
    const cpu = share(requested.cpu + pod.requests.cpu, allocatable.cpu);
    const memory = share(requested.memory + pod.requests.memory, allocatable.memory);
    // Of two numbers the standard deviation is half of their distance.
    return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE);
  },
});

function share(used: number, capacity: number): number {
  return capacity === 0 ? 1 : Math.min(1, used / capacity);
}
