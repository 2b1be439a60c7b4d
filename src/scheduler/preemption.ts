/**
 * Makes room for a pod by evicting less important ones: finds the node where that costs least, as upstream's
 * DefaultPreemption. All plugins are asked whether the pod would fit, with the cluster as it would be then.
 */
import type { Failure } from "./placement.ts";
import type { Cluster } from "./cluster.ts";
import type { Plugin, Rejection } from "./framework.ts";
import { isRejection, SKIP } from "./framework.ts";
import type { NodeState } from "./node-state.ts";
import type { PodState } from "./pod-state.ts";

export interface Preemption {
  readonly node: NodeState;
  readonly victims: readonly PodState[];
  /** How many of them a disruption budget would keep. */
  readonly violations: number;
}

/** Why nobody is evicted. */
export interface Refusal {
  readonly message: string;
  /** The room that is kept for the pod already is waited for. */
  readonly waits: boolean;
}

/** Nodes looked at for one pod: this share of those in question, and no fewer than so many. */
const SHARE = 0.1;
const FEWEST = 100;

/** `random` chooses with which node the search begins. */
export function preempt(
  pod: PodState,
  failure: Failure,
  cluster: Cluster,
  plugins: readonly Plugin[],
  random: () => number,
): Preemption | Refusal {
  if (pod.pod.spec.preemptionPolicy === "Never") return refuse("not eligible due to preemptionPolicy=Never.", true);
  if (isAwaited(pod, failure, cluster)) {
    return refuse("not eligible due to a terminating pod on the nominated node.", true);
  }
  const { resolvable } = failure;
  const most = Math.max(FEWEST, Math.ceil(resolvable.length * SHARE));
  const from = Math.floor(random() * resolvable.length);
  const candidates: Preemption[] = [];
  const reasons = new Map<string, number>();
  const count = (reason: string, by = 1): unknown => reasons.set(reason, (reasons.get(reason) ?? 0) + by);
  for (let at = 0; at < resolvable.length && candidates.length < most; at++) {
    const node = resolvable[(from + at) % resolvable.length]!;
    const found = victimsOn(node, pod, cluster, plugins);
    if (isRejection(found)) for (const reason of found.reasons) count(reason);
    else if (found.victims.length === 0) count("No preemption victims found for incoming pod");
    else candidates.push(found);
  }
  const [best] = candidates.toSorted(byCost);
  if (best !== undefined) return best;
  const helpless = cluster.size - resolvable.length;
  if (helpless > 0) count("Preemption is not helpful for scheduling", helpless);
  const parts = [...reasons].map(([reason, nodes]) => `${nodes} ${reason}`).toSorted();
  return refuse(`0/${failure.nodes} nodes are available: ${parts.join(", ")}.`, false);
}

const refuse = (message: string, waits: boolean): Refusal => ({ message, waits });

/** Pods were evicted for this one already, and one of them is still there. */
function isAwaited(pod: PodState, { resolvable }: Failure, cluster: Cluster): boolean {
  const name = pod.pod.status?.nominatedNodeName;
  const node = name ? cluster.node(name) : undefined;
  if (node === undefined || !resolvable.includes(node)) return false;
  return [...node.pods.values()].some((each) => each.priority < pod.priority && isVictim(each));
}

function isVictim({ pod: { metadata, status } }: PodState): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  const target = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  return target?.status === "True" && target.reason === "PreemptionByScheduler";
}

/** The fewest and least important pods whose leaving makes room; why not even all of them would do; or none there are. */
function victimsOn(
  node: NodeState,
  pod: PodState,
  cluster: Cluster,
  plugins: readonly Plugin[],
): Preemption | Rejection {
  const lower = [...node.pods.values()]
    .filter((each) => each.priority < pod.priority)
    .toSorted((a, b) => b.priority - a.priority || startOf(a) - startOf(b));
  if (lower.length === 0) return { node, victims: lower, violations: 0 };
  const kept = cluster.budgets.violating(lower);
  const refused = (): Rejection | undefined => rejectionOf(pod, node, cluster, plugins);
  return cluster.without(node, lower, ({ putBack, takeOut }) => {
    const rejection = refused();
    if (rejection) return rejection;
    const victims: PodState[] = [];
    // Those that a budget would keep are put back first, then the more important ones, where they still fit.
    for (const each of [...lower.filter((one) => kept.has(one)), ...lower.filter((one) => !kept.has(one))]) {
      putBack(each);
      if (!refused()) continue;
      takeOut(each);
      victims.push(each);
    }
    return { node, victims, violations: victims.filter((each) => kept.has(each)).length };
  });
}

function rejectionOf(
  pod: PodState,
  node: NodeState,
  cluster: Cluster,
  plugins: readonly Plugin[],
): Rejection | undefined {
  for (const { prepare, filter } of plugins) {
    if (filter === undefined) continue;
    const state = prepare?.(pod, cluster);
    if (state === SKIP) continue;
    const rejection = isRejection(state) ? state : filter({ pod, node, state });
    if (rejection) return rejection;
  }
  return undefined;
}

function startOf({ pod }: PodState): number {
  return Date.parse(pod.status?.startTime ?? pod.metadata.creationTimestamp);
}

/** Fewest violated budgets first, then the least important victims, then the smallest sum, then the fewest, then where the most important ran shortest. */
function byCost(a: Preemption, b: Preemption): number {
  const sum = ({ victims }: Preemption): number =>
    victims.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    earliest(b) - earliest(a)
  );
}

const highest = ({ victims }: Preemption): number => Math.max(...victims.map(({ priority }) => priority));

function earliest(preemption: Preemption): number {
  const top = highest(preemption);
  return Math.min(...preemption.victims.filter(({ priority }) => priority === top).map(startOf));
}
