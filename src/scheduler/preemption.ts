/**
 * Makes room for a pod by evicting less important ones: finds the node where that costs least, as upstream's
 * DefaultPreemption. Only looks at what leaves with a pod on the node itself: its requests and host ports.
 */
import type { Failure } from "./placement.ts";
import type { Cluster } from "./cluster.ts";
import { NodeState } from "./node-state.ts";
import { insufficient } from "./plugins/node-resources-fit.ts";
import type { PodState } from "./pod-state.ts";

export interface Preemption {
  readonly node: NodeState;
  readonly victims: readonly PodState[];
}

/** A preemption, or the text that says why there is none. */
export function preempt(pod: PodState, failure: Failure, cluster: Cluster): Preemption | string {
  if (pod.pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const candidates = failure.resolvable.flatMap((node) => {
    const victims = victimsOn(node, pod);
    return victims ? [{ node, victims }] : [];
  });
  const [best] = candidates.toSorted(byCost);
  return best ?? explain(failure, cluster);
}

/** The fewest and least important pods whose leaving makes room; undefined where even all of them would not do. */
function victimsOn(node: NodeState, pod: PodState): PodState[] | undefined {
  const lower = [...node.pods.values()].filter((each) => each.priority < pod.priority);
  if (lower.length === 0) return undefined;
  const trial = new NodeState(node.node, node.index);
  for (const each of node.pods.values()) if (each.priority >= pod.priority) trial.add(each);
  if (!fits(pod, trial)) return undefined;
  const victims: PodState[] = [];
  // The more important ones are put back first, where they still fit.
  for (const each of lower.toSorted((a, b) => b.priority - a.priority || startOf(a) - startOf(b))) {
    trial.add(each);
    if (fits(pod, trial)) continue;
    trial.remove(each);
    victims.push(each);
  }
  return victims;
}

function fits(pod: PodState, node: NodeState): boolean {
  return insufficient(pod, node) === undefined && !pod.hostPorts.some((port) => node.usesPort(port));
}

function startOf({ pod }: PodState): number {
  return Date.parse(pod.status?.startTime ?? pod.metadata.creationTimestamp);
}

/** Least important victims first, then the smallest sum, then the fewest, then those that ran shortest. */
function byCost(a: Preemption, b: Preemption): number {
  const highest = ({ victims }: Preemption): number => Math.max(...victims.map(({ priority }) => priority));
  const sum = ({ victims }: Preemption): number =>
    victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  const earliest = ({ victims }: Preemption): number => Math.min(...victims.map(startOf));
  return highest(a) - highest(b) || sum(a) - sum(b) || a.victims.length - b.victims.length || earliest(b) - earliest(a);
}

function explain({ nodes, resolvable }: Failure, cluster: Cluster): string {
  const helpless = cluster.size - resolvable.length;
  const parts: string[] = [];
  if (resolvable.length > 0) parts.push(`${resolvable.length} No preemption victims found for incoming pod`);
  if (helpless > 0) parts.push(`${helpless} Preemption is not helpful for scheduling`);
  return `0/${nodes} nodes are available: ${parts.toSorted().join(", ")}.`;
}
