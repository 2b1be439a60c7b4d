/**
 * How large each ReplicaSet of a Deployment should be next. Every function gives the new sizes of those that change.
 */
import type { Deployment, ReplicaSet } from "../../api/apps/index.ts";
import {
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  byAge,
  isRolling,
  limits,
  numberIn,
  older,
  sum,
  wanted,
} from "./replica-sets.ts";

export type Sizes = Map<ReplicaSet, number>;

/** How many pods the new set may have now: as many as the surge leaves room for. */
export function newSetSize(deployment: Deployment, present: number, all: readonly ReplicaSet[]): number {
  const replicas = wanted(deployment);
  if (!isRolling(deployment)) return replicas;
  const total = sum(all, wanted);
  const room = replicas + limits(deployment).surge - total;
  if (room <= 0) return present;
  return present + Math.min(room, replicas - present);
}

/** Pods of old sets go as new ones become available; those that never ran go first. */
export function shrinkOld(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): Sizes {
  const sizes: Sizes = new Map();
  const all = [...old, fresh];
  if (sum(old, wanted) === 0) return sizes;
  const least = wanted(deployment) - limits(deployment).unavailable;
  const freshMissing = wanted(fresh) - (fresh.status.availableReplicas ?? 0);
  const most = sum(all, wanted) - least - freshMissing;
  if (most <= 0) return sizes;

  let cleaned = 0;
  for (const set of byAge(old)) {
    const unhealthy = wanted(set) - (set.status.availableReplicas ?? 0);
    if (cleaned >= most) break;
    if (wanted(set) === 0 || unhealthy <= 0) continue;
    const count = Math.min(most - cleaned, unhealthy);
    sizes.set(set, wanted(set) - count);
    cleaned += count;
  }
  let spare = sum(all, ({ status }) => status.availableReplicas) - least;
  for (const set of byAge(old)) {
    if (spare <= 0) break;
    const present = sizes.get(set) ?? wanted(set);
    const count = Math.min(present, spare);
    if (count <= 0) continue;
    sizes.set(set, present - count);
    spare -= count;
  }
  return sizes;
}

/** The Deployment's own size changed: spread the difference over its sets in proportion to theirs. */
export function rescale(deployment: Deployment, fresh: ReplicaSet | undefined, old: readonly ReplicaSet[]): Sizes {
  const sizes: Sizes = new Map();
  const replicas = wanted(deployment);
  const all = fresh === undefined ? [...old] : [...old, fresh];
  const active = all.filter((set) => wanted(set) > 0);
  const only = active.length > 1 ? undefined : (active[0] ?? fresh ?? byAge(old).at(-1));
  if (only !== undefined) {
    if (wanted(only) !== replicas) sizes.set(only, replicas);
    return sizes;
  }
  if (fresh !== undefined && isSaturated(deployment, fresh)) {
    for (const set of old) if (wanted(set) > 0) sizes.set(set, 0);
    return sizes;
  }
  return isRolling(deployment) ? inProportion(deployment, active) : sizes;
}

function inProportion(deployment: Deployment, active: readonly ReplicaSet[]): Sizes {
  const replicas = wanted(deployment);
  const allowed = replicas > 0 ? replicas + limits(deployment).surge : 0;
  const difference = allowed - sum(active, wanted);
  const largest = active.toSorted((a, b) => wanted(b) - wanted(a) || (difference > 0 ? older(b, a) : older(a, b)));
  const sizes: Sizes = new Map();
  let added = 0;
  for (const set of largest) {
    const share = difference === 0 || difference === added ? 0 : shareOf(set, deployment, difference - added);
    sizes.set(set, wanted(set) + share);
    added += share;
  }
  const first = largest[0];
  if (first !== undefined && difference !== added) {
    sizes.set(first, Math.max(0, sizes.get(first)! + difference - added));
  }
  return sizes;
}

/** What one set gains or loses, never more than is left. */
function shareOf(set: ReplicaSet, deployment: Deployment, left: number): number {
  const replicas = wanted(deployment);
  if (replicas === 0) return Math.max(-wanted(set), left);
  const before = numberIn(set.metadata.annotations, MAX_REPLICAS) || (deployment.status.replicas ?? 0);
  const target = replicas + limits(deployment).surge;
  const share = before === 0 ? 0 : Math.round((wanted(set) * target) / before) - wanted(set);
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}

export function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const replicas = wanted(deployment);
  return (
    wanted(set) === replicas &&
    numberIn(set.metadata.annotations, DESIRED_REPLICAS) === replicas &&
    set.status.availableReplicas === replicas
  );
}

/** A set was last sized for another Deployment size than the present one. */
export function isScaling(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => {
    const desired = numberIn(set.metadata.annotations, DESIRED_REPLICAS);
    return wanted(set) > 0 && desired !== undefined && desired !== wanted(deployment);
  });
}
