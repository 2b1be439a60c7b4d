/** What workload controllers ask of a pod. */
import type { Pod, PodCondition } from "../../api/core/index.ts";
import type { PodTemplateSpec } from "../../api/core/pod-template-spec.ts";
import type { NewObject } from "../../client/client.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { timeOf } from "../../machinery/time.ts";
import { controllerReference } from "./owners.ts";

/** Neither finished nor being deleted. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isFinished({ status: { phase } }: Pod): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/** Being deleted, and not finished yet. */
export function isTerminating(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp !== undefined;
}

export function conditionOf(pod: Pod, type: string): PodCondition | undefined {
  return pod.status.conditions?.find((condition) => condition.type === type);
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod, "Ready")?.status === "True";
}

/** Milliseconds since the epoch at which a ready pod is (or will be) available; undefined while it is not ready. */
export function availableFrom(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = conditionOf(pod, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return -Infinity;
  const since = timeOf(ready.lastTransitionTime ?? undefined);
  return since === undefined ? undefined : since + minReadySeconds * 1000;
}

export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const from = availableFrom(pod, minReadySeconds);
  return from !== undefined && from <= now;
}

/** The earliest moment after `now` at which one more of them is available. */
export function nextAvailability(pods: Iterable<Pod>, minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  let next: number | undefined;
  for (const pod of pods) {
    const from = availableFrom(pod, minReadySeconds);
    if (from !== undefined && from > now && (next === undefined || from < next)) next = from;
  }
  return next;
}

/** A pod from a template, controlled by its owner; named by the server unless a name is given. */
export function podFrom(template: PodTemplateSpec, kind: Kind, owner: KubeObject, name?: string): NewObject<Pod> {
  const { labels, annotations, finalizers } = template.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(name === undefined ? { generateName: `${owner.metadata.name}-` } : { name }),
      namespace: owner.metadata.namespace!,
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
      ...(finalizers !== undefined && { finalizers }),
      ownerReferences: [controllerReference(kind, owner)],
    },
    spec: template.spec,
  };
}
