/** What a Deployment asks of its ReplicaSets: sizes, revisions, and which of them is the new one. */
import type { Deployment, ReplicaSet } from "../../api/apps/index.ts";
import { scaledValue } from "../../machinery/int-or-string.ts";
import { equivalent } from "../runtime/equivalent.ts";

export const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** Annotations that say something of the Deployment alone and are not handed down. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "deprecated.deployment.rollback.to",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
]);
/** How long the list of former revisions may get, in characters. */
const HISTORY_LENGTH = 2000;

export const wanted = ({ spec: { replicas = 1 } }: Deployment | ReplicaSet): number => replicas;
export const isRolling = ({ spec }: Deployment): boolean => spec.strategy.type !== "Recreate";

/** How many pods a rollout may have too many and too few. Both none cannot be, so one may then be missing. */
export function limits(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const replicas = wanted(deployment);
  if (!isRolling(deployment) || replicas === 0) return { surge: 0, unavailable: 0 };
  const { maxSurge = 0, maxUnavailable = 0 } = deployment.spec.strategy.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, "up");
  const unavailable = scaledValue(maxUnavailable, replicas, "down");
  if (surge === 0 && unavailable === 0) return { surge, unavailable: 1 };
  return { surge, unavailable: Math.min(unavailable, replicas) };
}

export function sum(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number | undefined): number {
  return sets.reduce((total, set) => total + (count(set) ?? 0), 0);
}

/** Oldest first; by name where they were made in the same second. */
export function byAge(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.toSorted(older);
}

export function older({ metadata: a }: ReplicaSet, { metadata: b }: ReplicaSet): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** The oldest one with the Deployment's template, were there ever two. */
export function newSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return byAge(sets).find((set) => hasTemplate(set, deployment));
}

export function hasTemplate({ spec: { template } }: ReplicaSet, deployment: Deployment): boolean {
  const { [HASH_LABEL]: _, ...labels } = template.metadata.labels ?? {};
  return equivalent({ ...template, metadata: { ...template.metadata, labels } }, withoutHash(deployment));
}

function withoutHash({ spec: { template } }: Deployment): object {
  const { [HASH_LABEL]: _, ...labels } = template.metadata.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** Its place in the rollout history; 0 where nothing is said. */
export function revisionOf({ metadata: { annotations } }: ReplicaSet | Deployment): number {
  return numberIn(annotations, REVISION) ?? 0;
}

export function numberIn(annotations: Readonly<Record<string, string>> | undefined, name: string): number | undefined {
  const text = annotations?.[name];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

type Annotations = Readonly<Record<string, string>>;

/** What a Deployment's sets say of its size, so that a later change of it is noticed. */
export function sizeAnnotations(deployment: Deployment): Annotations {
  const desired = wanted(deployment);
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + limits(deployment).surge) };
}

/** Annotations of the new set as it stands: the Deployment's, and revision and history when it became the newest. */
export function newSetAnnotations(deployment: Deployment, set: ReplicaSet, revision: number): Annotations {
  const present = set.metadata.annotations ?? {};
  const annotations: Record<string, string> = { ...present, ...handedDown(deployment) };
  const before = numberIn(present, REVISION);
  if ((before ?? 0) >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before === undefined) return annotations;
  const history = (present[REVISION_HISTORY] ?? "").split(",").filter((entry) => entry !== "");
  history.push(String(before));
  while (history.join(",").length > HISTORY_LENGTH) history.shift();
  annotations[REVISION_HISTORY] = history.join(",");
  return annotations;
}

export function handedDown({ metadata: { annotations = {} } }: Deployment): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !OWN_ANNOTATIONS.has(name)));
}
