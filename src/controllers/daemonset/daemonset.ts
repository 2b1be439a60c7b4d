/**
 * Runs one pod of each DaemonSet on each node that fits, and moves them to a new template node by node.
 */
import { ControllerRevision, DaemonSet } from "../../api/apps/index.ts";
import { Node, Pod } from "../../api/core/index.ts";
import { scaledValue } from "../../machinery/int-or-string.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { claim, matcherOf } from "../runtime/owners.ts";
import { create, normal, remove, warning } from "../runtime/plan.ts";
import type { Plan, Told, Write } from "../runtime/plan.ts";
import { isAvailable, isFinished, isReady, nextAvailability, podFrom } from "../runtime/pods.ts";
import { REVISION_HASH, historyOf, spentRevisions } from "../runtime/revisions.ts";
import type { History } from "../runtime/revisions.ts";
import { FailedPods } from "./failed-pods.ts";
import { fitOf, nodeOf, templateFor } from "./node-fit.ts";
import type { Fit } from "./node-fit.ts";

/** The most pods one round may create or delete. */
const BURST = 250;

export interface DaemonSetView {
  readonly pods: Iterable<Pod>;
  readonly revisions: Iterable<ControllerRevision>;
  readonly nodes: Iterable<Node>;
  /** What is remembered of pods that failed. */
  readonly failed: FailedPods;
}

/** Those of one cluster: a copy of it has sets with the same uids, and perhaps another time. */
const failedOf = new WeakMap<Cache, FailedPods>();

export const daemonSetController = defineController<DaemonSet, DaemonSetView>({
  name: "daemon-set-controller",
  component: "daemonset-controller",
  kind: DaemonSet,
  owns: [Pod, ControllerRevision],
  selector: ({ spec }) => spec.selector,
  watches: [
    watch(Node, function* ({ type, object, previous }, cache) {
      const same =
        type === "MODIFIED" &&
        equivalent(object.metadata.labels, previous?.metadata.labels) &&
        equivalent(object.spec.taints, previous?.spec.taints);
      if (same) return;
      for (const { metadata } of cache.of(DaemonSet).list()) yield `${metadata.namespace}/${metadata.name}`;
    }),
  ],
  rbac: [
    right("get list watch", "apps extensions", "daemonsets"),
    right("update", "apps extensions", "daemonsets/status daemonsets/finalizers"),
    right("list watch", "core", "nodes"),
    right("create delete list patch watch", "core", "pods"),
    right("create", "core", "pods/binding"),
    right("create delete get list patch update watch", "apps", "controllerrevisions"),
    tellsEvents,
  ],
  // A round looks at all nodes.
  pace: ({ status }) => Math.min(100, status.desiredNumberScheduled / 10),
  observe: (set, cache) => ({
    pods: cache.claimable(Pod, set),
    revisions: cache.claimable(ControllerRevision, set),
    nodes: cache.of(Node).list(),
    failed: failedIn(cache),
  }),
  decide,
});

function failedIn(cache: Cache): FailedPods {
  let failed = failedOf.get(cache);
  if (failed === undefined) failedOf.set(cache, (failed = new FailedPods()));
  return failed;
}

interface Place {
  readonly name: string;
  readonly fit: Fit;
  readonly pods: Pod[];
}

export function decide(observed: Observed<DaemonSet> & DaemonSetView): Plan {
  const { object: set, now } = observed;
  const matches = matcherOf(set.spec.selector);
  if (equivalent(set.spec.selector, {})) {
    return {
      writes: [],
      events: [warning("SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.")],
    };
  }
  const kind = DaemonSet as Kind;
  const pods = claim(set, kind, Pod, matches, observed.pods);
  const revisions = claim(set, kind, ControllerRevision, matches, observed.revisions);
  const claims = [...pods.writes, ...revisions.writes];
  if (set.metadata.deletionTimestamp !== undefined) return { writes: claims };
  const history = historyOf(set, kind, revisions.owned);
  const places = placesOf(set, observed.nodes, pods.owned);
  const { writes: placing, events, retryAt } = place(set, places, history, observed.failed, now);
  const rolling = placing.length === 0 && set.spec.updateStrategy.type === "RollingUpdate";
  const writes = rolling ? roll(set, places, history, now) : placing;
  const used = new Set(pods.owned.map(({ metadata }) => metadata.labels?.[REVISION_HASH] ?? ""));
  const spent = spentRevisions(history, set.spec.revisionHistoryLimit ?? 10, used);
  const available = nextAvailability(pods.owned, set.spec.minReadySeconds ?? 0, now);
  const recheckAt = Math.min(available ?? Infinity, retryAt);
  return {
    writes: [...claims, ...history.writes, ...writes, ...spent],
    status: statusOf(set, places, history, now),
    events,
    ...(recheckAt !== Infinity && { recheckAt }),
  };
}

function placesOf(set: DaemonSet, nodes: Iterable<Node>, pods: readonly Pod[]): Place[] {
  const places = new Map<string, Place>();
  for (const node of nodes) {
    const { name } = node.metadata;
    places.set(name, { name, fit: fitOf(node, set.spec.template), pods: [] });
  }
  for (const pod of pods) {
    const name = nodeOf(pod.spec);
    if (name === undefined) continue;
    let at = places.get(name);
    // The node is gone; so may its pods.
    if (at === undefined) places.set(name, (at = { name, fit: { run: false, stay: false }, pods: [] }));
    at.pods.push(pod);
  }
  return [...places.values()];
}

const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

interface Placing {
  readonly writes: Write[];
  readonly events: Told[];
  /** When a failed pod that must wait may go. */
  readonly retryAt: number;
}

/** Creates where none is, deletes where none may be, and what failed. */
function place(
  set: DaemonSet,
  places: readonly Place[],
  history: History,
  remembered: FailedPods,
  now: number,
): Placing {
  const creates: string[] = [];
  const doomed: Pod[] = [];
  const events: Told[] = [];
  let retryAt = Infinity;
  const surge = limitsOf(set, places).surge;
  for (const { name, fit, pods } of places) {
    const there = pods.filter((pod) => !isLeaving(pod));
    if (!fit.stay) {
      doomed.push(...there);
      continue;
    }
    for (const pod of there.filter(isFinished)) {
      const due = remembered.mayGo(`${set.metadata.uid}/${name}`, now);
      if (due !== true) {
        retryAt = Math.min(retryAt, due);
        continue;
      }
      const text = `Found failed daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${name}, will try to kill it`;
      events.push(warning("FailedDaemonPod", text));
      doomed.push(pod);
    }
    const alive = there.filter((pod) => !isFinished(pod));
    if (fit.run && pods.length === 0) creates.push(name);
    const allowed = surge > 0 && isHandingOver(alive, history) ? 2 : 1;
    if (alive.length > allowed) doomed.push(...bestFirst(alive, set, now).slice(allowed));
  }
  const writes = [
    ...creates.slice(0, BURST).map((name) => creating(set, name, history)),
    ...doomed.slice(0, BURST).map(deleting),
  ];
  return { writes, events, retryAt };
}

const isHandingOver = (pods: readonly Pod[], history: History): boolean =>
  pods.some((pod) => isUpdated(pod, history)) && pods.some((pod) => !isUpdated(pod, history));

/** The ones to keep in front: running, ready, oldest. */
function bestFirst(pods: readonly Pod[], set: DaemonSet, now: number): Pod[] {
  const rank = (pod: Pod): number =>
    (pod.spec.nodeName ? 4 : 0) +
    (isReady(pod) ? 2 : 0) +
    (isAvailable(pod, set.spec.minReadySeconds ?? 0, now) ? 1 : 0);
  return pods.toSorted(
    (a, b) => rank(b) - rank(a) || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1),
  );
}

function creating(set: DaemonSet, node: string, { hash }: History): Write {
  const template = templateFor(node, set.spec.template, {
    [REVISION_HASH]: hash,
    "pod-template-generation": String(set.metadata.generation ?? 1),
  });
  return create(Pod, podFrom(template, DaemonSet as Kind, set), {
    done: (pod) => normal("SuccessfulCreate", `Created pod: ${pod?.metadata.name}`),
    failed: (error) => warning("FailedCreate", `Error creating: ${error.message}`),
  });
}

function deleting(pod: Pod): Write {
  return remove(Pod, pod, {
    done: () => normal("SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`),
    failed: (error) => warning("FailedDelete", `Error deleting: ${error.message}`),
  });
}

const isUpdated = ({ metadata }: Pod, { hash }: History): boolean => metadata.labels?.[REVISION_HASH] === hash;

function limitsOf(set: DaemonSet, places: readonly Place[]): { readonly surge: number; readonly unavailable: number } {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type !== "RollingUpdate") return { surge: 0, unavailable: 0 };
  const total = places.filter(({ fit }) => fit.run).length;
  const surge = scaledValue(rollingUpdate?.maxSurge ?? 0, total, "up");
  const unavailable = scaledValue(rollingUpdate?.maxUnavailable ?? 1, total, "up");
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Replaces pods of older templates, no more at a time than may be missing (or doubled). */
function roll(set: DaemonSet, places: readonly Place[], history: History, now: number): Write[] {
  const { surge, unavailable } = limitsOf(set, places);
  const available = (pod: Pod): boolean => isAvailable(pod, set.spec.minReadySeconds ?? 0, now) && !isLeaving(pod);
  const running = places.filter(({ fit }) => fit.run);
  return surge > 0
    ? rollBySurge(set, running, history, surge, available)
    : rollByDeleting(running, history, unavailable, available);
}

function rollByDeleting(
  places: readonly Place[],
  history: History,
  most: number,
  available: (pod: Pod) => boolean,
): Write[] {
  let missing = places.filter(({ pods }) => !pods.some(available)).length;
  const broken: Pod[] = [];
  const working: Pod[] = [];
  for (const { pods } of places) {
    const old = pods.find((pod) => !isLeaving(pod) && !isUpdated(pod, history));
    if (old !== undefined) (available(old) ? working : broken).push(old);
  }
  const doomed = broken;
  for (const pod of working) {
    if (missing >= most) break;
    missing++;
    doomed.push(pod);
  }
  return doomed.map(deleting);
}

function rollBySurge(
  set: DaemonSet,
  places: readonly Place[],
  history: History,
  most: number,
  available: (pod: Pod) => boolean,
): Write[] {
  const doomed: Pod[] = [];
  const waiting: string[] = [];
  let surging = 0;
  for (const { name, pods } of places) {
    const fresh = pods.find((pod) => !isLeaving(pod) && isUpdated(pod, history));
    const old = pods.filter((pod) => !isLeaving(pod) && !isUpdated(pod, history));
    if (old.length === 0) continue;
    if (fresh === undefined) waiting.push(name);
    else if (available(fresh)) doomed.push(...old);
    else surging++;
    if (fresh === undefined && !old.some(available)) doomed.push(...old);
  }
  const creates = waiting.slice(0, Math.max(0, most - surging)).map((name) => creating(set, name, history));
  return [...creates, ...doomed.map(deleting)];
}

function statusOf(set: DaemonSet, places: readonly Place[], history: History, now: number): object {
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const { fit, pods } of places) {
    const alive = pods.filter((pod) => !isLeaving(pod));
    if (!fit.run) {
      if (alive.length > 0) count.misscheduled++;
      continue;
    }
    count.desired++;
    if (alive.length === 0) continue;
    count.current++;
    const [best] = bestFirst(alive, set, now);
    if (isReady(best!)) count.ready++;
    if (isAvailable(best!, set.spec.minReadySeconds ?? 0, now)) count.available++;
    if (isUpdated(best!, history)) count.updated++;
  }
  return {
    ...set.status,
    currentNumberScheduled: count.current,
    numberMisscheduled: count.misscheduled,
    desiredNumberScheduled: count.desired,
    numberReady: count.ready,
    observedGeneration: set.metadata.generation ?? 0,
    updatedNumberScheduled: count.updated,
    numberAvailable: count.available,
    numberUnavailable: count.desired - count.available,
  };
}
