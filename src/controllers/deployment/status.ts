/** The status of a Deployment: counts from its ReplicaSets, and how its rollout goes. */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "../../api/apps/index.ts";
import { formatTime, timeOf } from "../../machinery/time.ts";
import { limits, sum, wanted } from "./replica-sets.ts";

/** What `progressDeadlineSeconds` is when there is none. */
const NO_DEADLINE = 2 ** 31 - 1;

export interface Rollout {
  readonly deployment: Deployment;
  readonly fresh: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly now: number;
}

/** Counts and the Available condition; the others are carried over. */
export function countedStatus({ deployment, fresh, old, now }: Rollout): DeploymentStatus {
  const all = fresh === undefined ? old : [...old, fresh];
  const available = sum(all, ({ status }) => status.availableReplicas);
  const terminating = sum(all, ({ status }) => status.terminatingReplicas);
  const enough = available >= wanted(deployment) - limits(deployment).unavailable;
  const { collisionCount, conditions = [] } = deployment.status;
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(all, ({ status }) => status.replicas),
    updatedReplicas: fresh?.status.replicas ?? 0,
    readyReplicas: sum(all, ({ status }) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(all, wanted) - available),
    terminatingReplicas: terminating,
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(
      conditions,
      enough
        ? conditionAt(now, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        : conditionAt(
            now,
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
          ),
    ),
  };
}

/** The whole status while nothing else is to be said of the rollout. */
export function rolloutStatus(rollout: Rollout): DeploymentStatus {
  const { deployment, fresh, old } = rollout;
  const status = countedStatus(rollout);
  let conditions = status.conditions ?? [];
  const progress = deployment.status.conditions?.find(({ type }) => type === "Progressing");
  if (!hasDeadline(deployment)) {
    conditions = without(conditions, "Progressing");
  } else {
    const rests = status.replicas === status.updatedReplicas && progress?.reason === "NewReplicaSetAvailable";
    if (!rests) conditions = progressed(rollout, status, progress, conditions);
  }
  const failure = [fresh, ...old]
    .flatMap((set) => set?.status.conditions ?? [])
    .find(({ type }) => type === "ReplicaFailure");
  conditions =
    failure === undefined
      ? without(conditions, "ReplicaFailure")
      : withCondition(conditions, { ...failure, lastUpdateTime: failure.lastTransitionTime } as DeploymentCondition);
  return { ...status, conditions };
}

function progressed(
  rollout: Rollout,
  status: DeploymentStatus,
  present: DeploymentCondition | undefined,
  conditions: readonly DeploymentCondition[],
): readonly DeploymentCondition[] {
  const { deployment, fresh, now } = rollout;
  const about =
    fresh === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${fresh.metadata.name}"`;
  const say = (value: string, reason: string, message: string): DeploymentCondition =>
    conditionAt(now, "Progressing", value, reason, `${about} ${message}.`);
  if (isComplete(deployment, status)) {
    return withCondition(conditions, say("True", "NewReplicaSetAvailable", "has successfully progressed"));
  }
  if (isProgressing(deployment.status, status)) {
    const news = say("True", "ReplicaSetUpdated", "is progressing");
    const since = present?.status === "True" ? { lastTransitionTime: present.lastTransitionTime } : undefined;
    return [...without(conditions, "Progressing"), { ...news, ...since }];
  }
  if (timedOut(deployment, now)) {
    return withCondition(conditions, say("False", "ProgressDeadlineExceeded", "has timed out progressing"));
  }
  return conditions;
}

export function hasDeadline({ spec: { progressDeadlineSeconds } }: Deployment): boolean {
  return progressDeadlineSeconds !== undefined && progressDeadlineSeconds !== NO_DEADLINE;
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = wanted(deployment);
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** Whether a status tells of a rollout only that it is some pods further, and not that it is done. */
export function isHalfway(deployment: Deployment, status: DeploymentStatus): boolean {
  const { status: before } = deployment;
  const verdicts = ({ conditions = [] }: DeploymentStatus): string =>
    conditions
      .map((condition) => `${condition.type}=${condition.status}`)
      .toSorted()
      .join();
  return (
    !isComplete(deployment, status) &&
    status.observedGeneration === before.observedGeneration &&
    status.collisionCount === before.collisionCount &&
    (status.availableReplicas ?? 0) >= (before.availableReplicas ?? 0) &&
    verdicts(status) === verdicts(before)
  );
}

function isProgressing(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number => replicas - updatedReplicas;
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function timedOut(deployment: Deployment, now: number): boolean {
  const progress = deployment.status.conditions?.find(({ type }) => type === "Progressing");
  if (progress === undefined || progress.reason === "NewReplicaSetAvailable") return false;
  return progress.reason === "ProgressDeadlineExceeded" || now > (deadlineOf(deployment) ?? Infinity);
}

/** When a rollout that does not move counts as stuck; undefined where none is under way or watched. */
export function deadlineOf({ spec, status }: Deployment): number | undefined {
  const progress = status.conditions?.find(({ type }) => type === "Progressing");
  if (progress === undefined || progress.reason === "NewReplicaSetAvailable") return undefined;
  if (progress.reason === "ProgressDeadlineExceeded" || progress.reason === "DeploymentPaused") return undefined;
  const updated = timeOf(progress.lastUpdateTime ?? undefined);
  return updated === undefined ? undefined : updated + (spec.progressDeadlineSeconds ?? NO_DEADLINE) * 1000;
}

export function conditionAt(
  now: number,
  type: string,
  status: string,
  reason: string,
  message: string,
): DeploymentCondition {
  const time = formatTime(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
}

/** Replaces the condition of that type; one that says the same by status and reason stays as it was. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  news: DeploymentCondition,
): readonly DeploymentCondition[] {
  const present = conditions.find(({ type }) => type === news.type);
  if (present?.status === news.status && present.reason === news.reason) return conditions;
  const since = present?.status === news.status ? { lastTransitionTime: present.lastTransitionTime } : undefined;
  return [...without(conditions, news.type), { ...news, ...since }];
}

function without(conditions: readonly DeploymentCondition[], gone: string): readonly DeploymentCondition[] {
  return conditions.filter(({ type }) => type !== gone);
}
