/**
 * Rolls a pod template out over ReplicaSets: one for each template, the new one growing as the old ones shrink.
 *
 * A round does the first of these that is needed, writes the status, and is woken again by what it wrote:
 * pause or resume, let the new set have its revision, follow a change of size, create the new set, move pods
 * from old sets to the new one, and at last drop sets beyond the history limit.
 */
import { Deployment, ReplicaSet } from "../../api/apps/index.ts";
import { Pod } from "../../api/core/index.ts";
import type { Kind } from "../../machinery/kind.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Cache } from "../runtime/cache.ts";
import { WHILE_PODS_START, defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { claim, controllerOf, controllerReference, matcherOf, refersTo } from "../runtime/owners.ts";
import { create, normal, remove, update, warning } from "../runtime/plan.ts";
import type { Failure, Plan, Told, Write } from "../runtime/plan.ts";
import { isFinished } from "../runtime/pods.ts";
import { templateHash } from "../runtime/template-hash.ts";
import {
  HASH_LABEL,
  REVISION,
  handedDown,
  isRolling,
  newSet,
  newSetAnnotations,
  revisionOf,
  sizeAnnotations,
  wanted,
} from "./replica-sets.ts";
import { isScaling, newSetSize, rescale, shrinkOld } from "./scaling.ts";
import type { Sizes } from "./scaling.ts";
import {
  conditionAt,
  countedStatus,
  deadlineOf,
  hasDeadline,
  isComplete,
  isHalfway,
  rolloutStatus,
  withCondition,
} from "./status.ts";
import type { Rollout } from "./status.ts";

export interface DeploymentView {
  /** Its ReplicaSets, and the namespace's orphans. */
  readonly sets: Iterable<ReplicaSet>;
  /** Pods of a set; only Recreate looks at them. */
  readonly podsOf: (set: ReplicaSet) => readonly Pod[];
}

export const deploymentController = defineController<Deployment, DeploymentView>({
  name: "deployment-controller",
  kind: Deployment,
  owns: [ReplicaSet],
  selector: (deployment) => deployment.spec.selector,
  watches: [watch(Pod, deploymentOfGonePod)],
  rbac: [
    right("get list watch update", "apps extensions", "deployments"),
    right("update", "apps extensions", "deployments/status"),
    right("update", "apps extensions", "deployments/finalizers"),
    right("create delete get list patch update watch", "apps extensions", "replicasets"),
    right("get list update watch", "core", "pods"),
    tellsEvents,
  ],
  // Its sets count in steps anyway; a large one need not follow each of them.
  pace: ({ spec }) => Math.min(100, (spec.replicas ?? 1) / 10),
  patience: (deployment, status) => (isHalfway(deployment, status) ? WHILE_PODS_START : 0),
  observe: (deployment, cache) => ({
    sets: cache.claimable(ReplicaSet, deployment),
    podsOf: (set) => cache.controlledBy(Pod, set),
  }),
  decide,
});

/** A Deployment that recreates waits for its last old pod to be gone. */
function deploymentOfGonePod(
  { type, object }: { readonly type: string; readonly object: Pod },
  cache: Cache,
): readonly string[] {
  if (type !== "DELETED" && !isFinished(object)) return [];
  const { namespace } = object.metadata;
  const setReference = controllerOf(object);
  if (setReference === undefined || !refersTo(setReference, ReplicaSet as Kind)) return [];
  const set = cache.get(ReplicaSet, setReference.name, namespace);
  const reference = set === undefined ? undefined : controllerOf(set);
  if (reference === undefined || !refersTo(reference, Deployment as Kind)) return [];
  const deployment = cache.get(Deployment, reference.name, namespace);
  return deployment === undefined || isRolling(deployment) ? [] : [`${namespace}/${reference.name}`];
}

export function decide({ object: deployment, sets, podsOf, now }: Observed<Deployment> & DeploymentView): Plan {
  if (equivalent(deployment.spec.selector, {})) {
    const message = "This deployment is selecting all pods. A non-empty selector is required.";
    const { generation = 0 } = deployment.metadata;
    const observedGeneration = Math.max(generation, deployment.status.observedGeneration ?? 0);
    const status = { ...deployment.status, observedGeneration };
    return { writes: [], status, events: [warning("SelectingAll", message)] };
  }
  const matches = matcherOf(deployment.spec.selector);
  const { owned, writes } = claim(deployment, Deployment as Kind, ReplicaSet, matches, sets);
  const fresh = newSet(deployment, owned);
  const old = owned.filter((set) => set !== fresh);
  const rollout = { deployment, fresh, old, now };
  const plan = next(rollout, podsOf);
  return { ...plan, writes: [...writes, ...plan.writes] };
}

function next(rollout: Rollout, podsOf: DeploymentView["podsOf"]): Plan {
  const { deployment, fresh, old } = rollout;
  if (deployment.metadata.deletionTimestamp !== undefined) return { writes: [], status: countedStatus(rollout) };
  const paused = pausing(rollout);
  if (paused !== undefined) return { writes: [], status: paused };
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const syncing = fresh === undefined ? [] : syncRevision(deployment, fresh, revision);
  if (syncing.length > 0) return { writes: syncing, status: found(rollout) };
  if (deployment.spec.paused === true) return steady(rollout, true);
  if (isScaling(deployment, fresh === undefined ? old : [...old, fresh])) return steady(rollout, false);
  return isRolling(deployment) ? roll(rollout, revision) : recreate(rollout, revision, podsOf);
}

/** The status that says it was paused or resumed, when that is news. */
function pausing({ deployment, fresh, old, now }: Rollout): object | undefined {
  if (!hasDeadline(deployment)) return undefined;
  const conditions = deployment.status.conditions ?? [];
  const progress = conditions.find(({ type }) => type === "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded") return undefined;
  const paused = deployment.spec.paused === true;
  const said = progress?.reason === "DeploymentPaused";
  if (paused === said) return undefined;
  const condition = paused
    ? conditionAt(now, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
    : conditionAt(now, "Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed");
  const status = { ...deployment.status, conditions: withCondition(conditions, condition) };
  const counted = countedStatus({ deployment: { ...deployment, status }, fresh, old, now });
  // Not yet observed: the spec of this generation has not been acted upon.
  return { ...counted, observedGeneration: deployment.status.observedGeneration ?? 0 };
}

/** Paused, or its size changed: only sizes follow. */
function steady(rollout: Rollout, paused: boolean): Plan {
  const { deployment, fresh, old } = rollout;
  const sizes = rescale(deployment, fresh, old);
  const active = (fresh === undefined ? [...old] : [...old, fresh]).filter((set) => wanted(set) > 0);
  for (const set of active) if (!sizes.has(set)) sizes.set(set, wanted(set));
  const writes = resizing(deployment, sizes);
  const cleaning = paused && writes.length === 0 ? cleanUp(deployment, old) : [];
  return { writes: [...writes, ...cleaning], status: countedStatus(rollout) };
}

function roll(rollout: Rollout, revision: number): Plan {
  const { deployment, fresh, old } = rollout;
  if (fresh === undefined) return creating(rollout, revision);
  const size = growTo(deployment, fresh, old);
  const grown = size === wanted(fresh) ? [] : resizing(deployment, new Map([[fresh, size]]));
  const writes = grown.length > 0 ? grown : resizing(deployment, shrinkOld(deployment, fresh, old));
  return finish(rollout, writes);
}

function growTo(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): number {
  if (wanted(fresh) > wanted(deployment)) return wanted(deployment);
  if (wanted(fresh) === wanted(deployment)) return wanted(fresh);
  return newSetSize(deployment, wanted(fresh), [...old, fresh]);
}

/** All old pods must be gone before the first new one comes. */
function recreate(rollout: Rollout, revision: number, podsOf: DeploymentView["podsOf"]): Plan {
  const { deployment, fresh, old } = rollout;
  const shrinking: Sizes = new Map(old.filter((set) => wanted(set) > 0).map((set) => [set, 0]));
  if (shrinking.size > 0) return finish(rollout, resizing(deployment, shrinking));
  const running = old.some((set) => (set.status.replicas ?? 0) > 0 || podsOf(set).some((pod) => !isFinished(pod)));
  if (running) return finish(rollout, []);
  if (fresh === undefined) return creating(rollout, revision);
  const size = wanted(deployment);
  return finish(rollout, size === wanted(fresh) ? [] : resizing(deployment, new Map([[fresh, size]])));
}

/** Writes and status of an ordinary round; when all is done and quiet, the history is trimmed. */
function finish(rollout: Rollout, writes: readonly Write[]): Plan {
  const { deployment, old } = rollout;
  const status = rolloutStatus(rollout);
  const cleaning = writes.length === 0 && isComplete(deployment, status) ? cleanUp(deployment, old) : [];
  const deadline = hasDeadline(deployment) ? deadlineOf({ ...deployment, status }) : undefined;
  return {
    writes: [...writes, ...cleaning],
    status,
    ...(deadline !== undefined && { recheckAt: deadline + 1000 }),
  };
}

/** The first round of a new template. */
function creating(rollout: Rollout, revision: number): Plan {
  const { deployment, old } = rollout;
  const hash = templateHash(deployment.spec.template, deployment.status.collisionCount ?? 0);
  const name = `${deployment.metadata.name}-${hash}`;
  const size = newSetSize(deployment, 0, old);
  const done =
    size > 0 ? () => normal("ScalingReplicaSet", `Scaled up replica set ${name} from 0 to ${size}`) : undefined;
  const failed = (error: Error): Told | readonly Told[] =>
    isReason(error, "AlreadyExists") ? [] : warning("ReplicaSetCreateError", failedText(name, error));
  const write = create(ReplicaSet, setFrom(deployment, name, hash, size, revision), { ...(done && { done }), failed });
  return {
    writes: [write, ...numbering(deployment, revision)],
    status: (failures) => createdStatus(rollout, name, failures),
  };
}

/** The Deployment shows the revision it rolls out. */
function numbering(deployment: Deployment, revision: number): Write[] {
  if (deployment.metadata.annotations?.[REVISION] === String(revision)) return [];
  const annotations = { ...deployment.metadata.annotations, [REVISION]: String(revision) };
  return [update(Deployment, { ...deployment, metadata: { ...deployment.metadata, annotations } })];
}

function createdStatus(rollout: Rollout, name: string, failures: readonly Failure[]): object {
  const { deployment, now } = rollout;
  const status = countedStatus(rollout);
  const failure = failures.find(({ write }) => write.verb === "create")?.error;
  if (failure !== undefined && isReason(failure, "AlreadyExists")) {
    // Another template has the same hash, or a set that is not ours has the name: the next round tries another one.
    return { ...status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 };
  }
  if (!hasDeadline(deployment)) return status;
  const condition =
    failure === undefined
      ? conditionAt(now, "Progressing", "True", "NewReplicaSetCreated", `Created new replica set "${name}"`)
      : conditionAt(now, "Progressing", "False", "ReplicaSetCreateError", failedText(name, failure));
  return { ...status, conditions: withCondition(status.conditions ?? [], condition) };
}

const failedText = (name: string, { message }: Error): string =>
  `Failed to create new replica set "${name}": ${message}`;

function setFrom(deployment: Deployment, name: string, hash: string, replicas: number, revision: number) {
  const { namespace } = deployment.metadata;
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata.labels, [HASH_LABEL]: hash };
  return {
    metadata: {
      name,
      namespace,
      labels,
      annotations: { ...handedDown(deployment), ...sizeAnnotations(deployment), [REVISION]: String(revision) },
      ownerReferences: [controllerReference(Deployment as Kind, deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Brings revision, handed-down annotations and minReadySeconds of the new set up to date, and the Deployment's number. */
function syncRevision(deployment: Deployment, fresh: ReplicaSet, revision: number): Write[] {
  const annotations = newSetAnnotations(deployment, fresh, revision);
  const { minReadySeconds = 0 } = deployment.spec;
  const same =
    equivalent(annotations, fresh.metadata.annotations) && minReadySeconds === (fresh.spec.minReadySeconds ?? 0);
  const number = Number(annotations[REVISION] ?? revision);
  if (same) return numbering(deployment, number);
  const updated = {
    ...fresh,
    metadata: { ...fresh.metadata, annotations },
    spec: { ...fresh.spec, minReadySeconds },
  };
  return [update(ReplicaSet, updated), ...numbering(deployment, number)];
}

/** A rollout back to a template that has a set already. */
function found(rollout: Rollout): object {
  const { deployment, fresh, now } = rollout;
  const status = countedStatus(rollout);
  const known = deployment.status.conditions?.some(({ type }) => type === "Progressing") === true;
  if (known || !hasDeadline(deployment) || fresh === undefined) return status;
  const message = `Found new replica set "${fresh.metadata.name}"`;
  const condition = conditionAt(now, "Progressing", "True", "FoundNewReplicaSet", message);
  return { ...status, conditions: withCondition(status.conditions ?? [], condition) };
}

/** Sets whose size, or what they say of the Deployment's size, is to change. */
function resizing(deployment: Deployment, sizes: Sizes): Write[] {
  const writes: Write[] = [];
  const annotated = sizeAnnotations(deployment);
  for (const [set, size] of sizes) {
    const annotations = { ...set.metadata.annotations, ...annotated };
    const before = wanted(set);
    if (size === before && equivalent(annotations, set.metadata.annotations)) continue;
    const resized = { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas: size } };
    const text = `Scaled ${size > before ? "up" : "down"} replica set ${set.metadata.name} from ${before} to ${size}`;
    writes.push(
      update(ReplicaSet, resized, size === before ? undefined : { done: () => normal("ScalingReplicaSet", text) }),
    );
  }
  return writes;
}

/** Old sets beyond `revisionHistoryLimit`, the lowest revisions first; none that still has or expects pods. */
function cleanUp(deployment: Deployment, old: readonly ReplicaSet[]): Write[] {
  const { revisionHistoryLimit = 10 } = deployment.spec;
  const alive = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const extra = alive.length - revisionHistoryLimit;
  if (extra <= 0) return [];
  return alive
    .toSorted((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, extra)
    .filter(isSpent)
    .map((set) => remove(ReplicaSet, set));
}

function isSpent(set: ReplicaSet): boolean {
  const { metadata, status } = set;
  return (
    (status.replicas ?? 0) === 0 && wanted(set) === 0 && (metadata.generation ?? 0) <= (status.observedGeneration ?? 0)
  );
}
