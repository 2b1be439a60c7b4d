/**
 * Which pods a ReplicaSet parts with first, upstream's order: without a node, then pending, then not ready, then the
 * cheapest by the pod-deletion-cost annotation, then those on nodes with many of their kind, then the ones ready or
 * made last, then those that restarted most.
 */
import type { Pod } from "../../api/core/index.ts";
import { timeOf } from "../../machinery/time.ts";
import { conditionOf, isReady } from "../runtime/pods.ts";

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** The pods, those to delete first in front. `crowd` says how many related pods share a pod's node. */
export function byDeletionPreference(pods: readonly Pod[], crowd: (pod: Pod) => number, now: number): Pod[] {
  const ranked = pods.map((pod) => ({ pod, rank: rankOf(pod, crowd(pod), now) }));
  ranked.sort((a, b) => compare(a.rank, b.rank) || (a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1));
  return ranked.map(({ pod }) => pod);
}

/** Compared number by number; the smaller goes first. */
function rankOf(pod: Pod, crowd: number, now: number): readonly number[] {
  const ready = isReady(pod);
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASES[pod.status.phase ?? "Pending"] ?? 0,
    ready ? 1 : 0,
    deletionCost(pod),
    -crowd,
    ready ? ageRank(conditionOf(pod, "Ready")?.lastTransitionTime, now) : 0,
    -restarts(pod),
    ageRank(pod.metadata.creationTimestamp, now),
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return 0;
}

function deletionCost({ metadata: { annotations } }: Pod): number {
  const text = annotations?.[DELETION_COST];
  return text !== undefined && /^(?:0|-?[1-9]\d{0,9})$/.test(text) ? Number(text) : 0;
}

/** Younger first, but on a logarithmic scale: pods of about the same age are as good as each other. */
function ageRank(time: string | null | undefined, now: number): number {
  const at = timeOf(time ?? undefined);
  if (at === undefined) return -1;
  const age = now - at;
  return age <= 0 ? 0 : Math.floor(Math.log2(age * 1e6));
}

function restarts({ status }: Pod): number {
  let most = 0;
  for (const { restartCount } of status.containerStatuses ?? []) most = Math.max(most, restartCount ?? 0);
  return most;
}
