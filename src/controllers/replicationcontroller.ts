/** Keeps `spec.replicas` pods running for each ReplicationController: a ReplicaSet's elder, with a plain selector. */
import { Pod, ReplicationController } from "../api/core/index.ts";
import type { Kind } from "../machinery/kind.ts";
import { patienceOf, scale, scaledStatus } from "./replicaset/replica-scaler.ts";
import type { Scaled } from "./replicaset/replica-scaler.ts";
import { defineController, right, tellsEvents } from "./runtime/controller.ts";
import type { Observed } from "./runtime/controller.ts";
import { claim, matcherOf } from "./runtime/owners.ts";
import type { Plan } from "./runtime/plan.ts";
import { isActive, nextAvailability } from "./runtime/pods.ts";

export interface ReplicationControllerView {
  readonly pods: Iterable<Pod>;
  readonly crowd: (pod: Pod) => number;
}

/** Kept by selector map, so that it is compiled once. */
const selectors = new WeakMap<object, object>();

function selectorOf({ spec: { selector } }: ReplicationController): object | undefined {
  if (selector === undefined || Object.keys(selector).length === 0) return undefined;
  let made = selectors.get(selector);
  if (made === undefined) selectors.set(selector, (made = { matchLabels: selector }));
  return made;
}

export const replicationController = defineController<ReplicationController, ReplicationControllerView>({
  name: "replication-controller",
  kind: ReplicationController,
  owns: [Pod],
  selector: selectorOf,
  rbac: [
    right("get list update watch", "core", "replicationcontrollers"),
    right("update", "core", "replicationcontrollers/status replicationcontrollers/finalizers"),
    right("create delete list patch watch", "core", "pods"),
    tellsEvents,
  ],
  pace: ({ spec }) => Math.min(100, (spec.replicas ?? 1) / 10),
  patience: (controller, status) => patienceOf(controller as Scaled, status),
  observe: (owner, cache) => ({
    pods: cache.claimable(Pod, owner),
    crowd: ({ spec: { nodeName } }) =>
      cache.controlledBy(Pod, owner).filter((pod) => isActive(pod) && pod.spec.nodeName === nodeName).length,
  }),
  decide,
});

export function decide({
  object,
  pods,
  crowd,
  now,
}: Observed<ReplicationController> & ReplicationControllerView): Plan {
  const { template } = object.spec;
  if (template === undefined) return { writes: [] };
  const kind = ReplicationController as Kind;
  const claimed = claim(object, kind, Pod, matcherOf(selectorOf(object)), pods);
  const active = claimed.owned.filter(isActive);
  const deleting = object.metadata.deletionTimestamp !== undefined;
  const scaling = deleting ? [] : scale(object as Scaled, kind, template, active, crowd, now);
  const recheckAt = nextAvailability(active, object.spec.minReadySeconds ?? 0, now);
  return {
    writes: [...claimed.writes, ...scaling],
    status: (failures) => {
      const status = scaledStatus(object as Scaled, claimed.owned, active, template, now, failures);
      const { terminatingReplicas: _, ...known } = status as { readonly terminatingReplicas?: number };
      return known;
    },
    ...(recheckAt !== undefined && { recheckAt }),
  };
}
