/**
 * Keeps `spec.replicas` pods running for each ReplicaSet.
 *
 * `decide` sees one moment of the cluster and names the writes that bring it closer to the spec. It calls nothing and
 * reads no clock. The runtime does the writing: slow start, retries, and waiting until the cache has seen our own last
 * writes, so no rule here counts a pod twice.
 */
import { ReplicaSet } from "../../api/apps/index.ts";
import { Pod } from "../../api/core/index.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { claim, controllerOf, matcherOf } from "../runtime/owners.ts";
import type { Plan } from "../runtime/plan.ts";
import { isActive, nextAvailability } from "../runtime/pods.ts";
import { patienceOf, scale, scaledStatus } from "./replica-scaler.ts";
import type { Scaled } from "./replica-scaler.ts";

export interface ReplicaSetView {
  /** The set's own pods, and the namespace's orphans. */
  readonly pods: Iterable<Pod>;
  /** Of the node's pods, how many belong to this set or to others of the same owner. Asked only to scale down. */
  readonly crowd: (pod: Pod) => number;
}

export const replicaSetController = defineController<ReplicaSet, ReplicaSetView>({
  name: "replicaset-controller",
  kind: ReplicaSet,
  owns: [Pod],
  selector: (set) => set.spec.selector,
  rbac: [
    right("get list watch update", "apps extensions", "replicasets"),
    right("update", "apps extensions", "replicasets/status"),
    right("update", "apps extensions", "replicasets/finalizers"),
    right("create delete list patch watch", "core", "pods"),
    tellsEvents,
  ],
  // A round looks at all pods of the set, so a large one gathers their changes for longer.
  pace: ({ spec }) => Math.min(100, (spec.replicas ?? 1) / 10),
  patience: (set, status) => patienceOf(set as Scaled, status),
  observe: (set, cache) => ({ pods: cache.claimable(Pod, set), crowd: crowdOf(set, cache) }),
  decide,
});

export function decide({ object: set, pods, crowd, now }: Observed<ReplicaSet> & ReplicaSetView): Plan {
  const claimed = claim(set, ReplicaSet as Kind, Pod, matcherOf(set.spec.selector), pods);
  const active = claimed.owned.filter(isActive);
  const deleting = set.metadata.deletionTimestamp !== undefined;
  const scaling = deleting ? [] : scale(set as Scaled, ReplicaSet as Kind, set.spec.template, active, crowd, now);
  const recheckAt = nextAvailability(active, set.spec.minReadySeconds ?? 0, now);
  return {
    writes: [...claimed.writes, ...scaling],
    status: (failures) => scaledStatus(set as Scaled, claimed.owned, active, set.spec.template, now, failures),
    ...(recheckAt !== undefined && { recheckAt }),
  };
}

/** Counted once, and only when it is asked for. */
function crowdOf(set: ReplicaSet, cache: Cache): (pod: Pod) => number {
  let counts: Map<string, number> | undefined;
  return ({ spec: { nodeName = "" } }) => {
    counts ??= countByNode(set, cache);
    return counts.get(nodeName) ?? 0;
  };
}

function countByNode(set: ReplicaSet, cache: Cache): Map<string, number> {
  const counts = new Map<string, number>();
  for (const related of relatedSets(set, cache)) {
    for (const pod of cache.controlledBy(Pod, related)) {
      if (!isActive(pod)) continue;
      const { nodeName = "" } = pod.spec;
      counts.set(nodeName, (counts.get(nodeName) ?? 0) + 1);
    }
  }
  return counts;
}

function* relatedSets(set: ReplicaSet, cache: Cache): Iterable<ReplicaSet> {
  const owner = controllerOf(set);
  if (owner === undefined) {
    yield set;
    return;
  }
  for (const other of cache.of(ReplicaSet).list(set.metadata.namespace)) {
    if (controllerOf(other)?.uid === owner.uid) yield other;
  }
}
