/**
 * Runs one pod of each DaemonSet on each node that fits, and moves them to a new template node by node.
 */
import { ControllerRevision, DaemonSet } from "../../api/apps/index.ts";
import { TEMPLATE_GENERATION } from "../../api/apps/daemon-set.ts";
import { Node, Pod } from "../../api/core/index.ts";
import { scaledValue } from "../../machinery/int-or-string.ts";
import { compareText } from "../../machinery/go-text.ts";
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
  /** Oldest first, without those that are finished and being deleted. */
  readonly pods: readonly Pod[];
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
  const { places, lost } = placesOf(set, observed.nodes, pods.owned);
  const { writes: placing, events, retryAt } = place(set, places, lost, history, observed.failed, now);
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

/** `lost` were made for nodes that are gone, and will be scheduled nowhere: nobody else deletes those. */
function placesOf(
  set: DaemonSet,
  nodes: Iterable<Node>,
  pods: readonly Pod[],
): { readonly places: readonly Place[]; readonly lost: readonly Pod[] } {
  const byNode = Map.groupBy(pods.toSorted(olderFirst), ({ spec }) => nodeOf(spec));
  const places: Place[] = [];
  for (const node of nodes) {
    const { name } = node.metadata;
    const there = (byNode.get(name) ?? []).filter((pod) => !(isFinished(pod) && isLeaving(pod)));
    places.push({ name, fit: fitOf(node, set.spec.template), pods: there });
    byNode.delete(name);
  }
  byNode.delete(undefined);
  return { places, lost: [...byNode.values()].flat().filter((pod) => !pod.spec.nodeName && !isLeaving(pod)) };
}

/** Those with a node come before all others. */
function olderFirst(a: Pod, b: Pod): number {
  return (
    Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) ||
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

interface Placing {
  readonly writes: Write[];
  readonly events: Told[];
  /** When a failed pod that must wait may go. */
  readonly retryAt: number;
}

/** Creates where none is, deletes where none may be, and what has ended. */
function place(
  set: DaemonSet,
  places: readonly Place[],
  lost: readonly Pod[],
  history: History,
  remembered: FailedPods,
  now: number,
): Placing {
  const creates: string[] = [];
  const doomed: Pod[] = [];
  const events: Told[] = [];
  let retryAt = Infinity;
  const surges = limitsOf(set, 1).surge > 0;
  for (const { name, fit, pods } of places) {
    const there = pods.filter((pod) => !isLeaving(pod));
    if (!fit.stay) {
      doomed.push(...there);
      continue;
    }
    if (fit.run && pods.length === 0) creates.push(name);
    for (const pod of there.filter(isFinished)) {
      const failed = pod.status.phase === "Failed";
      const due = failed ? remembered.mayGo(`${set.metadata.uid}/${name}`, now) : true;
      if (due !== true) {
        retryAt = Math.min(retryAt, due);
        continue;
      }
      events.push(endedEvent(pod, name, failed));
      doomed.push(pod);
    }
    const alive = there.filter((pod) => !isFinished(pod));
    if (surges && fit.run && pods.length > 0 && alive.length === 0) creates.push(name);
    doomed.push(...(surges ? surplusOfTwo(alive, set, history, now) : alive.slice(1)));
  }
  doomed.push(...lost);
  const writes = [
    ...creates.slice(0, BURST).map((name) => creating(set, name, history)),
    ...doomed.slice(0, BURST).map(deleting),
  ];
  return { writes, events, retryAt };
}

function endedEvent({ metadata: { name, namespace } }: Pod, node: string, failed: boolean): Told {
  const what = (how: string): string => `Found ${how} daemon pod ${namespace}/${name} on node ${node}, will try to`;
  return failed
    ? warning("FailedDaemonPod", `${what("failed")} kill it`)
    : normal("SucceededDaemonPod", `${what("succeeded")} delete it`);
}

/** One of each template may be there, as long as the old one is ready and the new one not yet available. */
function surplusOfTwo(pods: readonly Pod[], set: DaemonSet, history: History, now: number): readonly Pod[] {
  const fresh = pods.filter((pod) => isUpdated(pod, history));
  const old = pods.filter((pod) => !isUpdated(pod, history));
  const surplus = [...fresh.slice(1), ...old.slice(1)];
  const [newest, oldest] = [fresh[0], old[0]];
  if (newest === undefined || oldest === undefined) return surplus;
  const over = !isReady(oldest) || isAvailable(newest, set.spec.minReadySeconds ?? 0, now);
  return over ? [...surplus, oldest] : surplus;
}

function creating(set: DaemonSet, node: string, { hash }: History): Write {
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION];
  const template = templateFor(node, set.spec.template, {
    ...(generation !== undefined && { "pod-template-generation": generation }),
    [REVISION_HASH]: hash,
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

/** Of so many nodes. */
function limitsOf(set: DaemonSet, total: number): { readonly surge: number; readonly unavailable: number } {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type !== "RollingUpdate") return { surge: 0, unavailable: 0 };
  const surge = scaledValue(rollingUpdate?.maxSurge ?? 0, total, "up");
  const unavailable = scaledValue(rollingUpdate?.maxUnavailable ?? 1, total, "up");
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** A node in a rollout: with more than one pod of a template it is left to the round that places. */
interface Rolling {
  readonly place: Place;
  readonly crowded: boolean;
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
}

/** Replaces pods of older templates, no more at a time than may be missing (or doubled). */
function roll(set: DaemonSet, places: readonly Place[], history: History, now: number): Write[] {
  const wanted = places.filter(({ fit }) => fit.run).length;
  const { surge, unavailable } = limitsOf(set, wanted);
  const available = (pod: Pod): boolean => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const nodes = places
    .filter(({ fit, pods }) => fit.run || pods.length > 0)
    .map((each): Rolling => {
      const there = each.pods.filter((pod) => !isLeaving(pod));
      const fresh = there.filter((pod) => isUpdated(pod, history));
      const old = there.filter((pod) => !isUpdated(pod, history));
      return { place: each, crowded: fresh.length > 1 || old.length > 1, fresh: fresh[0], old: old[0] };
    });
  return surge > 0
    ? rollBySurge(set, nodes, history, surge, wanted, available)
    : rollByDeleting(nodes, unavailable, available);
}

function rollByDeleting(nodes: readonly Rolling[], most: number, available: (pod: Pod) => boolean): Write[] {
  let missing = 0;
  const broken: Pod[] = [];
  const working: Pod[] = [];
  for (const { crowded, fresh, old } of nodes) {
    const one = fresh ?? old;
    if (crowded || one === undefined || (fresh !== undefined && old !== undefined)) missing++;
    else if (one === old && available(one)) working.push(one);
    else if (!available(one)) {
      missing++;
      if (one === old) broken.push(one);
    }
  }
  return [...broken, ...working.slice(0, Math.max(0, most - missing))].map(deleting);
}

function rollBySurge(
  set: DaemonSet,
  nodes: readonly Rolling[],
  history: History,
  most: number,
  wanted: number,
  available: (pod: Pod) => boolean,
): Write[] {
  const doomed: Pod[] = [];
  const leftover: Pod[] = [];
  const urgent: string[] = [];
  const waiting: string[] = [];
  let surging = 0;
  let working = 0;
  for (const { place: at, crowded, fresh, old } of nodes) {
    if (crowded) {
      surging++;
      continue;
    }
    const one = old ?? fresh;
    if (one !== undefined && available(one)) working++;
    if (old === undefined) continue;
    if (fresh !== undefined) {
      if (available(fresh)) doomed.push(old);
      else surging++;
    } else if (available(old)) {
      if (at.fit.run) waiting.push(at.name);
      else leftover.push(old);
    } else if (at.fit.run) urgent.push(at.name);
    else doomed.push(old);
  }
  // Where none is to run any more, one goes only when enough of them work elsewhere.
  doomed.push(...leftover.slice(0, Math.max(0, working - wanted)));
  const creates = [...urgent, ...waiting.slice(0, Math.max(0, most - surging))];
  return [...creates.map((name) => creating(set, name, history)), ...doomed.map(deleting)];
}

function statusOf(set: DaemonSet, places: readonly Place[], history: History, now: number): object {
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const { fit, pods } of places) {
    const [oldest] = pods;
    if (fit.run) count.desired++;
    if (oldest === undefined) continue;
    if (!fit.run) {
      count.misscheduled++;
      continue;
    }
    count.current++;
    if (isReady(oldest)) count.ready++;
    if (isAvailable(oldest, set.spec.minReadySeconds ?? 0, now)) count.available++;
    if (isUpdated(oldest, history)) count.updated++;
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
