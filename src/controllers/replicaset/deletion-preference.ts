/**
 * Which pods a ReplicaSet parts with first, upstream's order: without a node, then pending, then not ready, then the
 * cheapest by the pod-deletion-cost annotation, then those on nodes with many of their kind, then the ones ready or
 * made last, then those that restarted most. Pods of about the same age are as good as each other: the uid decides.
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

/** The same moment says nothing; two that are about as long ago are alike, and nothing after them counts. */
interface Moment {
  readonly at: number | undefined;
  readonly age: number;
}

/** Compared one by one; the smaller goes first. */
function rankOf(pod: Pod, crowd: number, now: number): readonly (number | Moment)[] {
  const ready = isReady(pod);
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASES[pod.status.phase ?? "Pending"] ?? 0,
    ready ? 1 : 0,
    deletionCost(pod),
    -crowd,
    ready ? momentOf(conditionOf(pod, "Ready")?.lastTransitionTime, now) : 0,
    -restarts(pod.status.containerStatuses),
    -restarts(sidecarsOf(pod)),
    momentOf(pod.metadata.creationTimestamp, now),
  ];
}

function compare(a: readonly (number | Moment)[], b: readonly (number | Moment)[]): number {
  for (let at = 0; at < a.length; at++) {
    const [one, other] = [a[at]!, b[at]!];
    if (typeof one === "number" || typeof other === "number") {
      if (one !== other) return Number(one) - Number(other);
    } else if (one.at !== other.at) return one.age - other.age;
  }
  return 0;
}

function deletionCost({ metadata: { annotations } }: Pod): number {
  const text = annotations?.[DELETION_COST];
  return text !== undefined && /^(?:0|-?[1-9]\d{0,9})$/.test(text) ? Number(text) : 0;
}

/** Younger first, but on a logarithmic scale. */
function momentOf(time: string | null | undefined, now: number): Moment {
  const at = timeOf(time ?? undefined);
  if (at === undefined) return { at, age: -1 };
  const age = now - at;
  return { at, age: age <= 0 ? 0 : Math.floor(Math.log2(age * 1e6)) };
}

type Containers = Pod["status"]["containerStatuses"];

function restarts(containers: Containers = []): number {
  let most = 0;
  for (const { restartCount } of containers) most = Math.max(most, restartCount ?? 0);
  return most;
}

function sidecarsOf({ spec, status }: Pod): Containers {
  const names = (spec.initContainers ?? []).flatMap(({ name, restartPolicy }) =>
    restartPolicy === "Always" ? [name] : [],
  );
  return status.initContainerStatuses?.filter(({ name }) => names.includes(name));
}
