import { MAX_SCORE, SKIP, definePlugin } from "../framework.ts";
import type { Resources } from "../pod-state.ts";

/**
 * Prefers nodes on which the pod brings the use of CPU and memory nearer to each other, so that neither is left over alone:
 * 75 where nothing changes, up to 100 for the better and down to 50 for the worse.
 */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: "NodeResourcesBalancedAllocation",
  dependsOn: "node and its pods",
  retryOn: [],
  prepare: ({ requests }) => (requests.cpu > 0 || requests.memory > 0 ? undefined : SKIP),
  score: ({ pod, node: { requested, allocatable } }) => {
    const after = balance(requested.cpu + pod.requests.cpu, requested.memory + pod.requests.memory, allocatable);
    const before = balance(requested.cpu, requested.memory, allocatable);
    return MAX_SCORE / 2 + Math.trunc((MAX_SCORE / 2 + after - before) / 2);
  },
});

/** Of two numbers the standard deviation is half of their distance; one alone has none. */
function balance(cpu: number, memory: number, capacity: Resources): number {
  if (capacity.cpu === 0 || capacity.memory === 0) return MAX_SCORE;
  const distance = Math.min(1, cpu / capacity.cpu) - Math.min(1, memory / capacity.memory);
  return Math.floor((1 - Math.abs(distance / 2)) * MAX_SCORE);
}
