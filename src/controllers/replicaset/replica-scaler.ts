/**
 * Keeps a chosen number of pods running from one template: what ReplicaSets and ReplicationControllers share, since
 * one is the other's successor.
 */
import { Pod } from "../../api/core/index.ts";
import type { PodTemplateSpec } from "../../api/core/pod-template-spec.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
import { WHILE_PODS_START } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { isAvailable, isReady, isTerminating, podFrom } from "../runtime/pods.ts";
import { create, normal, remove, warning } from "../runtime/plan.ts";
import type { Failure, Write } from "../runtime/plan.ts";
import { byDeletionPreference } from "./deletion-preference.ts";

/** The most pods one round may create or delete, so that a very large set cannot starve the others. */
export const BURST = 500;

/** Milliseconds between pods that become ready together. */
const FOR_THE_NEXT_READY = 50;

export interface Scaled extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly minReadySeconds?: number };
  readonly status: ScaledStatus;
}

export interface ScaledStatus {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly terminatingReplicas?: number;
  readonly conditions?: readonly ScaledCondition[];
}

interface ScaledCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string | null;
  readonly reason?: string;
  readonly message?: string;
}

/** Creates what is missing or deletes what is too much. */
export function scale(
  owner: Scaled,
  kind: Kind,
  template: PodTemplateSpec,
  active: readonly Pod[],
  crowd: (pod: Pod) => number,
  now: number,
): Write[] {
  const missing = (owner.spec.replicas ?? 1) - active.length;
  if (missing > 0) {
    const say = {
      done: (pod: KubeObject | undefined) => normal("SuccessfulCreate", `Created pod: ${pod?.metadata.name}`),
      failed: (error: Error) => warning("FailedCreate", `Error creating: ${error.message}`),
    };
    return Array.from({ length: Math.min(missing, BURST) }, () => create(Pod, podFrom(template, kind, owner), say));
  }
  const doomed = missing === 0 ? [] : byDeletionPreference(active, crowd, now).slice(0, Math.min(-missing, BURST));
  return doomed.map((pod) =>
    remove(Pod, pod, {
      done: () => normal("SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`),
      failed: (error) => warning("FailedDelete", `Error deleting: ${error.message}`),
    }),
  );
}

/**
 * How long a status may wait, in milliseconds. One that tells only of pods that were made: until the first of them is ready.
 * One that tells of some more that are ready: a moment, since pods that were made together come up together; but no longer,
 * since a rollout moves by it. All that are wanted being ready, and whatever is less than before, is told at once.
 */
export function patienceOf({ spec, status: before }: Scaled, status: ScaledStatus): number {
  const more = (count: "replicas" | "readyReplicas" | "availableReplicas"): number =>
    (status[count] ?? 0) - (before[count] ?? 0);
  const growing =
    (status.readyReplicas ?? 0) < (spec.replicas ?? 1) &&
    Math.min(more("replicas"), more("readyReplicas"), more("availableReplicas")) >= 0 &&
    equivalent(status.terminatingReplicas, before.terminatingReplicas) &&
    equivalent(status.conditions, before.conditions);
  if (!growing) return 0;
  return more("readyReplicas") > 0 || more("availableReplicas") > 0 ? FOR_THE_NEXT_READY : WHILE_PODS_START;
}

/** Counts, and a ReplicaFailure condition while pods cannot be created or deleted. */
export function scaledStatus(
  owner: Scaled,
  pods: readonly Pod[],
  active: readonly Pod[],
  template: PodTemplateSpec,
  now: number,
  failures: readonly Failure[],
): object {
  const { minReadySeconds = 0, replicas: wanted = 1 } = owner.spec;
  const labels = Object.entries(template.metadata.labels ?? {});
  const failure = failureOf(failures, wanted > active.length, now);
  return {
    ...owner.status,
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value))
      .length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: owner.metadata.generation ?? 0,
    conditions: conditionsWith(owner.status.conditions ?? [], failure),
  };
}

function failureOf(failures: readonly Failure[], creating: boolean, now: number): ScaledCondition | undefined {
  const first = failures.find(({ write }) => write.verb === "create" || write.verb === "delete");
  if (first === undefined) return undefined;
  return {
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: formatTime(now),
    reason: creating ? "FailedCreate" : "FailedDelete",
    message: first.error.message,
  };
}

/** The first failure stays, whatever fails after it, until a round goes well. */
function conditionsWith(
  conditions: readonly ScaledCondition[],
  failure: ScaledCondition | undefined,
): ScaledCondition[] {
  const others = conditions.filter(({ type }) => type !== "ReplicaFailure");
  if (failure === undefined) return others;
  const known = conditions.find(({ type }) => type === "ReplicaFailure");
  return [...others, known ?? failure];
}
