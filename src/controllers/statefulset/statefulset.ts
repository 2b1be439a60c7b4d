/**
 * Runs the pods of each StatefulSet under fixed names, with claims of their own: created from the lowest number up,
 * deleted and updated from the highest down, one at a time unless the set is Parallel.
 */
import { ControllerRevision, StatefulSet } from "../../api/apps/index.ts";
import { PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import type { Kind, OwnerReference } from "../../machinery/kind.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { claim, controllerReference, matcherOf, refersTo } from "../runtime/owners.ts";
import { create, normal, remove, update, warning } from "../runtime/plan.ts";
import type { Plan, Told, Write } from "../runtime/plan.ts";
import { isAvailable, isFinished, isReady, nextAvailability } from "../runtime/pods.ts";
import { REVISION_HASH, historyOf, spentRevisions } from "../runtime/revisions.ts";
import { POD_NAME, claimName, claimsOf, identityLabels, ordinalOf, podName, podOf } from "./identity.ts";

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
  watches: [
    watch(PersistentVolumeClaim, ({ type, object }, cache) => (type === "DELETED" ? setsOf(object, cache) : [])),
  ],
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

/** A pod is not made while a claim of its name is leaving. */
function* setsOf({ metadata: { name, namespace } }: PersistentVolumeClaim, cache: Cache): Iterable<string> {
  for (const { metadata, spec } of cache.of(StatefulSet).list(namespace)) {
    const own = spec.volumeClaimTemplates?.some((template) =>
      name.startsWith(`${template.metadata.name}-${metadata.name}-`),
    );
    if (own === true) yield `${namespace}/${metadata.name}`;
  }
}

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
  const { writes, events } = step(moment);
  return {
    writes: [...claims, ...history.writes, ...retention(moment), ...writes, ...spent],
    events,
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

interface Work {
  readonly writes: Write[];
  readonly events: Told[];
}

/** What is next: in order the first thing that is not yet as it should be, in parallel all of them. */
function step(moment: Moment): Work {
  const { set, pods, now } = moment;
  const parallel = set.spec.podManagementPolicy === "Parallel";
  const available = (pod: Pod): boolean => isAvailable(pod, set.spec.minReadySeconds ?? 0, now) && !isLeaving(pod);
  const work: Work = { writes: [], events: [] };
  const { writes } = work;
  for (const ordinal of ordinals(moment)) {
    const pod = pods.get(ordinal);
    const blocked = pod === undefined || !available(pod);
    if (pod === undefined) startPod(moment, ordinal, work);
    else if (isFinished(pod)) writes.push(...(isLeaving(pod) ? [] : [deleting(pod)]));
    else {
      if (pod.status.phase === "Pending") writes.push(...missingClaims(moment, ordinal));
      if (parallel || !blocked) writes.push(...naming(set, ordinal, pod));
    }
    if (!parallel && blocked) return work;
  }
  const surplus = condemned(moment).map(([, pod]) => pod);
  // In order nothing is taken away while something else is broken: only the lowest of the broken ones may go as it is.
  const broken = surplus.findLast((pod) => !available(pod));
  for (const pod of surplus) {
    const waits = !parallel && pod !== broken && !available(pod);
    if (!isLeaving(pod) && !waits) writes.push(deleting(pod));
    if (!parallel) return work;
  }
  if (writes.length === 0) writes.push(...rolling(moment, available));
  return work;
}

function startPod(moment: Moment, ordinal: number, { writes, events }: Work): void {
  const { set, revisions, claim: claimed } = moment;
  const wanted = claimsOf(set, ordinal).flatMap(({ metadata }) => claimed(metadata.name!) ?? []);
  // The claims of the pod that had the place before go with it.
  if (wanted.some((claim) => isLeftover(claim, set, ordinal))) return;
  const failed = (why: string): Told =>
    warning("FailedCreate", `${text("Create", podName(set, ordinal), set.metadata.name)} failed error: ${why}`);
  const leaving = wanted.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (leaving.length > 0) {
    const whys = leaving.map(({ metadata }) => `pvc ${metadata.name} is being deleted`);
    events.push(failed(whys.length === 1 ? whys[0]! : `[${whys.join(", ")}]`));
    return;
  }
  const revision = revisionFor(moment, ordinal);
  const remembered = revisions.find(({ metadata }) => metadata.name === revision);
  writes.push(
    ...missingClaims(moment, ordinal, failed),
    create(Pod, podOf(set, ordinal, revision, remembered), {
      onlyIfAllWent: true,
      done: () => told("Create", podName(set, ordinal), set.metadata.name),
      failed: (error) => failed(error.message),
    }),
  );
}

/** Of a pod of the same name that is no more, which was to take its claims along. */
function isLeftover({ metadata }: PersistentVolumeClaim, set: StatefulSet, ordinal: number): boolean {
  const keeps = set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete";
  return !keeps && metadata.ownerReferences?.some((owner) => isOf(owner, Pod as Kind, podName(set, ordinal))) === true;
}

function missingClaims({ set, claim: claimed }: Moment, ordinal: number, failed?: (why: string) => Told): Write[] {
  const pod = podName(set, ordinal);
  return claimsOf(set, ordinal)
    .filter(({ metadata }) => claimed(metadata.name!) === undefined)
    .map((object) => {
      const { name } = object.metadata;
      const where = `in StatefulSet ${set.metadata.name}`;
      return create(PersistentVolumeClaim, object, {
        mayExist: true,
        done: () => normal("SuccessfulCreate", `Create Claim ${name} Pod ${pod} ${where} success`),
        failed: ({ message }) => [
          warning("FailedCreate", `Create Claim ${name} for Pod ${pod} ${where} failed error: ${message}`),
          ...(failed === undefined ? [] : [failed(`failed to create PVC ${name}: ${message}`)]),
        ],
      });
    });
}

/** A pod says by its labels which one of the set it is. */
function naming(set: StatefulSet, ordinal: number, pod: Pod): Write[] {
  const labels = identityLabels(set, ordinal);
  if (pod.metadata.labels?.[POD_NAME] === labels[POD_NAME]) return [];
  const named = { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...labels } } };
  const { name } = pod.metadata;
  return [
    update(Pod, named, {
      done: () => told("Update", name, set.metadata.name),
      failed: ({ message }) =>
        warning("FailedUpdate", `${text("Update", name, set.metadata.name)} failed error: ${message}`),
    }),
  ];
}

/** Below the partition pods keep the former template. */
function revisionFor({ set, first, current, updated }: Moment, ordinal: number): string {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  const kept = rollingUpdate === undefined ? (set.status.currentReplicas ?? 0) : (rollingUpdate.partition ?? 0);
  return type === "RollingUpdate" && ordinal < first + kept ? current : updated;
}

const text = (verb: string, pod: string, set: string): string => `${verb} Pod ${pod} in StatefulSet ${set}`;
const told = (verb: string, pod: string, set: string): Told =>
  normal(`Successful${verb}`, `${text(verb, pod, set)} successful`);

function deleting(pod: Pod): Write {
  const set = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.name ?? "";
  const { name } = pod.metadata;
  return remove(Pod, pod, {
    done: () => told("Delete", name, set),
    failed: ({ message }) => warning("FailedDelete", `${text("Delete", name, set)} failed error: ${message}`),
  });
}

/** Replaces pods of the former template one by one, the highest first, each when those above it work. */
function rolling(moment: Moment, available: (pod: Pod) => boolean): Write[] {
  const { set, first, pods, updated } = moment;
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type !== "RollingUpdate") return [];
  const lowest = first + (rollingUpdate?.partition ?? 0);
  for (const ordinal of ordinals(moment).toReversed()) {
    const pod = pods.get(ordinal);
    if (ordinal < lowest || pod === undefined) return [];
    if (revisionOf(pod) !== updated && !isLeaving(pod)) return [deleting(pod)];
    if (!available(pod)) return [];
  }
  return [];
}

/** Claims go with the set, or with the pod, where the retention policy says so. */
function retention({ set, pods, claim: claimed, first, wanted }: Moment): Write[] {
  const policy = set.spec.persistentVolumeClaimRetentionPolicy;
  const writes: Write[] = [];
  if (policy === undefined) return writes;
  for (const [ordinal, pod] of pods) {
    const surplus = ordinal < first || ordinal >= first + wanted;
    const owner =
      surplus && policy.whenScaled === "Delete" ? "pod" : policy.whenDeleted === "Delete" ? "set" : "nobody";
    const alone = policy.whenScaled !== "Delete" && policy.whenDeleted !== "Delete";
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const there = claimed(claimName(template, podName(set, ordinal)));
      if (there === undefined || there.metadata.deletionTimestamp !== undefined) continue;
      writes.push(...owning(there, set, pod, owner, !alone));
    }
  }
  return writes;
}

/** Makes the claim's owner the one that takes it along. One that somebody else controls is left to them. */
function owning(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: Pod,
  owner: "pod" | "set" | "nobody",
  minds: boolean,
): Write[] {
  const { name, ownerReferences = [] } = claim.metadata;
  const kind = StatefulSet as Kind;
  const ours = ownerReferences.filter(
    (one) => isOf(one, kind, set.metadata.name) || isOf(one, Pod as Kind, pod.metadata.name),
  );
  // Of a former set or pod of the same name: the garbage collector sees to it.
  if (ours.some(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid)) return [];
  const others = ownerReferences.filter((one) => !ours.includes(one));
  const rival = minds && others.some(({ controller }) => controller === true);
  const wanted: OwnerReference[] = [...others];
  if (!rival && owner === "pod") wanted.push(controllerReference(Pod as Kind, pod));
  if (!rival && owner === "set") wanted.push(controllerReference(kind, set));
  const same =
    wanted.length === ownerReferences.length &&
    ours.every(({ uid, controller }) => controller === true && wanted.some((one) => one.uid === uid));
  if (same) return [];
  const changed = { ...claim, metadata: { ...claim.metadata, ownerReferences: wanted } };
  const conflict = `PersistentVolumeClaim ${name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
  return [
    update(
      PersistentVolumeClaim,
      changed,
      rival ? { done: () => warning("ConflictingController", conflict) } : undefined,
    ),
  ];
}

const isOf = (owner: OwnerReference, kind: Kind, name: string): boolean => refersTo(owner, kind) && owner.name === name;

function statusOf(moment: Moment): object {
  const { set, pods, current, updated, now } = moment;
  const all = [...pods.values()];
  const alive = all.filter((pod) => !isLeaving(pod));
  const fresh = alive.filter((pod) => revisionOf(pod) === updated).length;
  const ready = all.filter((pod) => pod.status.phase === "Running" && isReady(pod));
  const { currentRevision: _, ...rest } = set.status;
  // All are of the new template: it is the current one from now on.
  const done =
    set.spec.updateStrategy.type === "RollingUpdate" &&
    [fresh, ready.length, all.length].every((count) => count === moment.wanted);
  return {
    ...rest,
    observedGeneration: set.metadata.generation ?? 0,
    replicas: all.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    currentReplicas: done ? fresh : alive.filter((pod) => revisionOf(pod) === current).length,
    updatedReplicas: fresh,
    currentRevision: done ? updated : current,
    updateRevision: updated,
    collisionCount: set.status.collisionCount ?? 0,
  };
}
