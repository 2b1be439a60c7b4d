/**
 * Runs the pods of each StatefulSet under fixed names, with claims of their own: created from the lowest number up,
 * deleted and updated from the highest down, one at a time unless the set is Parallel.
 */
import { ControllerRevision, StatefulSet } from "../../api/apps/index.ts";
import { PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { scaledValue } from "../../machinery/int-or-string.ts";
import type { Kind, KubeObject, OwnerReference } from "../../machinery/kind.ts";
import { apiVersionOf } from "../../machinery/scheme.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { claim, matcherOf } from "../runtime/owners.ts";
import { create, normal, remove, update, warning } from "../runtime/plan.ts";
import type { Plan, Write } from "../runtime/plan.ts";
import { isAvailable, isFinished, isReady, nextAvailability } from "../runtime/pods.ts";
import { REVISION_HASH, historyOf, spentRevisions } from "../runtime/revisions.ts";
import { claimName, claimsOf, ordinalOf, podName, podOf } from "./identity.ts";

export interface StatefulSetView {
  readonly pods: Iterable<Pod>;
  readonly revisions: Iterable<ControllerRevision>;
  readonly claim: (name: string) => PersistentVolumeClaim | undefined;
}

export const statefulSetController = defineController<StatefulSet, StatefulSetView>({
  name: "statefulset-controller",
  kind: StatefulSet,
  owns: [Pod, ControllerRevision],
  selector: ({ spec }) => spec.selector,
  watches: [watch(PersistentVolumeClaim, () => [])],
  rbac: [
    right("list watch create delete get patch update", "core", "pods"),
    right("get list watch", "apps", "statefulsets"),
    right("update", "apps", "statefulsets/status statefulsets/finalizers"),
    right("create delete get list patch update watch", "apps", "controllerrevisions"),
    right("create get list watch delete update", "core", "persistentvolumeclaims"),
    tellsEvents,
  ],
  observe: (set, cache) => ({
    pods: cache.claimable(Pod, set),
    revisions: cache.claimable(ControllerRevision, set),
    claim: (name) => cache.get(PersistentVolumeClaim, name, set.metadata.namespace),
  }),
  decide,
});

interface Moment {
  readonly set: StatefulSet;
  readonly first: number;
  readonly wanted: number;
  readonly pods: ReadonlyMap<number, Pod>;
  readonly current: string;
  readonly updated: string;
  readonly revisions: readonly ControllerRevision[];
  readonly claim: StatefulSetView["claim"];
  readonly now: number;
}

export function decide(observed: Observed<StatefulSet> & StatefulSetView): Plan {
  const { object: set, now } = observed;
  const kind = StatefulSet as Kind;
  const matches = matcherOf(set.spec.selector);
  const pods = claim(set, kind, Pod, (labels) => matches(labels), named(set, observed.pods));
  const revisions = claim(set, kind, ControllerRevision, matches, observed.revisions);
  const history = historyOf(set, kind, revisions.owned);
  const byOrdinal = new Map(pods.owned.map((pod) => [ordinalOf(pod, set)!, pod]));
  const known = revisions.owned.some(({ metadata }) => metadata.name === set.status.currentRevision);
  const moment: Moment = {
    set,
    first: set.spec.ordinals?.start ?? 0,
    wanted: set.spec.replicas ?? 1,
    pods: byOrdinal,
    current: known ? set.status.currentRevision! : history.name,
    updated: history.name,
    revisions: revisions.owned,
    claim: observed.claim,
    now,
  };
  const claims = [...pods.writes, ...revisions.writes];
  const status = statusOf(moment);
  if (set.metadata.deletionTimestamp !== undefined) return { writes: claims, status };
  const used = new Set(pods.owned.map(({ metadata }) => metadata.labels?.[REVISION_HASH] ?? ""));
  used.add(moment.current);
  const spent = spentRevisions(history, set.spec.revisionHistoryLimit ?? 10, used);
  const recheckAt = nextAvailability(pods.owned, set.spec.minReadySeconds ?? 0, now);
  return {
    writes: [...claims, ...history.writes, ...retention(moment), ...step(moment), ...spent],
    status,
    ...(recheckAt !== undefined && { recheckAt }),
  };
}

/** A pod is only ours with a name of ours. */
function* named(set: StatefulSet, pods: Iterable<Pod>): Iterable<Pod> {
  for (const pod of pods) if (ordinalOf(pod, set) !== undefined) yield pod;
}

const revisionOf = ({ metadata }: Pod): string | undefined => metadata.labels?.[REVISION_HASH];
const isLeaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;

function ordinals({ first, wanted }: Moment): number[] {
  return Array.from({ length: wanted }, (_, at) => first + at);
}

/** Pods beyond the wanted ones, the highest first. */
function condemned({ first, wanted, pods }: Moment): [number, Pod][] {
  return [...pods].filter(([ordinal]) => ordinal < first || ordinal >= first + wanted).toSorted(([a], [b]) => b - a);
}

/** What is next: in order the first thing that is not yet as it should be, in parallel all of them. */
function step(moment: Moment): Write[] {
  const { set, pods, now } = moment;
  const parallel = set.spec.podManagementPolicy === "Parallel";
  const available = (pod: Pod): boolean => isAvailable(pod, set.spec.minReadySeconds ?? 0, now) && !isLeaving(pod);
  const writes: Write[] = [];
  for (const ordinal of ordinals(moment)) {
    const pod = pods.get(ordinal);
    if (pod === undefined) writes.push(...creating(moment, ordinal));
    else if (isFinished(pod) && !isLeaving(pod)) writes.push(deleting(pod));
    if (!parallel && !(pod !== undefined && available(pod))) return writes;
  }
  const surplus = condemned(moment).map(([, pod]) => pod);
  // In order nothing is taken away while something else is broken: only the lowest of the broken ones may go as it is.
  const broken = surplus.findLast((pod) => !available(pod));
  for (const pod of surplus) {
    const waits = !parallel && pod !== broken && !available(pod);
    if (!isLeaving(pod) && !waits) writes.push(deleting(pod));
    if (!parallel) return writes;
  }
  if (writes.length > 0) return writes;
  return rolling(moment, available);
}

function creating(moment: Moment, ordinal: number): Write[] {
  const { set, claim: claimed, revisions } = moment;
  const revision = revisionFor(moment, ordinal);
  const remembered = revisions.find(({ metadata }) => metadata.name === revision);
  const claims = claimsOf(set, ordinal)
    .filter(({ metadata }) => claimed(metadata.name!) === undefined)
    .map((object) => create(PersistentVolumeClaim, object, { mayExist: true }));
  const pod = podOf(set, ordinal, revision, remembered);
  return [
    ...claims,
    create(Pod, pod, {
      done: () => told("SuccessfulCreate", set, ordinal, "create", "successful"),
      failed: (error) => warning("FailedCreate", `${text(set, ordinal, "create")} failed error: ${error.message}`),
    }),
  ];
}

/** Below the partition pods keep the former template. */
function revisionFor({ set, first, current, updated }: Moment, ordinal: number): string {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  return type === "RollingUpdate" && ordinal < first + (rollingUpdate?.partition ?? 0) ? current : updated;
}

function text({ metadata: { name } }: StatefulSet, ordinal: number, verb: string): string {
  return `${verb} Pod ${name}-${ordinal} in StatefulSet ${name}`;
}

function told(reason: string, set: StatefulSet, ordinal: number, verb: string, end: string) {
  return normal(reason, `${text(set, ordinal, verb)} ${end}`);
}

function deleting(pod: Pod): Write {
  const set = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.name ?? "";
  const about = `delete Pod ${pod.metadata.name} in StatefulSet ${set}`;
  return remove(Pod, pod, {
    done: () => normal("SuccessfulDelete", `${about} successful`),
    failed: (error) => warning("FailedDelete", `${about} failed error: ${error.message}`),
  });
}

/** Replaces pods of the former template, the highest first, as long as not too many are missing. */
function rolling(moment: Moment, available: (pod: Pod) => boolean): Write[] {
  const { set, first, wanted, pods, updated } = moment;
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type !== "RollingUpdate") return [];
  const most = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, wanted, "up"));
  const lowest = first + (rollingUpdate?.partition ?? 0);
  let missing = ordinals(moment).filter((ordinal) => !pods.has(ordinal) || !available(pods.get(ordinal)!)).length;
  const writes: Write[] = [];
  for (const ordinal of ordinals(moment).toReversed()) {
    if (ordinal < lowest) break;
    const pod = pods.get(ordinal);
    if (pod === undefined || revisionOf(pod) === updated || isLeaving(pod)) continue;
    const broken = !available(pod);
    if (!broken && missing >= most) break;
    if (!broken) missing++;
    writes.push(deleting(pod));
  }
  return writes;
}

/** Claims go with the set, or with the pod, where the retention policy says so. */
function retention({ set, pods, claim: claimed, first, wanted }: Moment): Write[] {
  const policy = set.spec.persistentVolumeClaimRetentionPolicy;
  const templates = set.spec.volumeClaimTemplates ?? [];
  const writes: Write[] = [];
  if (templates.length === 0 || policy === undefined) return writes;
  for (const [ordinal, pod] of pods) {
    const surplus = ordinal < first || ordinal >= first + wanted;
    for (const template of templates) {
      const there = claimed(claimName(template, podName(set, ordinal)));
      if (there === undefined || there.metadata.deletionTimestamp !== undefined) continue;
      const owners = ownersOf(
        there,
        set,
        policy.whenDeleted === "Delete",
        pod,
        surplus && policy.whenScaled === "Delete",
      );
      if (owners === undefined) continue;
      writes.push(
        update(PersistentVolumeClaim, { ...there, metadata: { ...there.metadata, ownerReferences: owners } }),
      );
    }
  }
  return writes;
}

/** The claim's owners as they should be; undefined where they are. */
function ownersOf(
  { metadata: { ownerReferences = [] } }: KubeObject,
  set: StatefulSet,
  bySet: boolean,
  pod: Pod,
  byPod: boolean,
): OwnerReference[] | undefined {
  const { name, uid } = set.metadata;
  const setReference = { apiVersion: apiVersionOf(StatefulSet), kind: "StatefulSet", name, uid, controller: true };
  const podReference = {
    apiVersion: "v1",
    kind: "Pod",
    name: pod.metadata.name,
    uid: pod.metadata.uid,
    controller: true,
  };
  const others = ownerReferences.filter((owner) => owner.uid !== uid && owner.uid !== pod.metadata.uid);
  const wanted = byPod ? [...others, podReference] : bySet ? [...others, setReference] : others;
  const same =
    wanted.length === ownerReferences.length &&
    wanted.every((one) => ownerReferences.some((owner) => owner.uid === one.uid));
  return same ? undefined : wanted;
}

function statusOf(moment: Moment): object {
  const { set, pods, current, updated, now } = moment;
  const all = [...pods.values()];
  const alive = all.filter((pod) => !isLeaving(pod));
  const fresh = alive.filter((pod) => revisionOf(pod) === updated).length;
  const ready = all.filter(isReady).length;
  const { currentRevision: _, ...rest } = set.status;
  // All are of the new template: it is the current one from now on.
  const done =
    current !== updated && fresh === moment.wanted && ready === moment.wanted && all.length === moment.wanted;
  return {
    ...rest,
    observedGeneration: set.metadata.generation ?? 0,
    replicas: all.length,
    readyReplicas: ready,
    availableReplicas: all.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    currentReplicas: done ? fresh : alive.filter((pod) => revisionOf(pod) === current).length,
    updatedReplicas: fresh,
    currentRevision: done ? updated : current,
    updateRevision: updated,
    collisionCount: set.status.collisionCount ?? 0,
  };
}
