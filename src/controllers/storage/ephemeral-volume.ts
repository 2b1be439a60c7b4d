/** Makes the claims of pods' ephemeral volumes; they go with their pods. */
import { PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { controllerOf } from "../runtime/owners.ts";
import { create, warning } from "../runtime/plan.ts";
import type { Plan, Told, Write } from "../runtime/plan.ts";

export interface EphemeralView {
  readonly claim: (name: string) => PersistentVolumeClaim | undefined;
}

export const ephemeralVolumeController = defineController<Pod, EphemeralView>({
  name: "ephemeral-volume-controller",
  component: "ephemeral_volume",
  kind: Pod,
  watches: [
    watch(PersistentVolumeClaim, ({ type, object }) => {
      const owner = type === "DELETED" ? controllerOf(object) : undefined;
      return owner?.kind === "Pod" ? [`${object.metadata.namespace}/${owner.name}`] : [];
    }),
  ],
  rbac: [
    right("get list watch", "core", "pods"),
    right("create get list watch", "core", "persistentvolumeclaims"),
    tellsEvents,
  ],
  observe: ({ metadata }, cache) => ({ claim: (name) => cache.get(PersistentVolumeClaim, name, metadata.namespace) }),
  decide,
});

export function decide({ object: pod, claim }: Observed<Pod> & EphemeralView): Plan {
  const { name, namespace, uid, deletionTimestamp } = pod.metadata;
  const writes: Write[] = [];
  const events: Told[] = [];
  for (const { name: volume, ephemeral } of pod.spec.volumes ?? []) {
    if (ephemeral === undefined || deletionTimestamp !== undefined) continue;
    const wanted = `${name}-${volume}`;
    const present = claim(wanted);
    if (present !== undefined) {
      if (controllerOf(present)?.uid !== uid) events.push(notOurs(wanted, pod));
      continue;
    }
    const { metadata, spec } = ephemeral.volumeClaimTemplate!;
    const { labels, annotations } = metadata ?? {};
    const owner = { apiVersion: "v1", kind: "Pod", name, uid, controller: true, blockOwnerDeletion: true };
    const object = { metadata: { name: wanted, namespace, labels, annotations, ownerReferences: [owner] }, spec };
    const failed = (error: Error): Told =>
      warning("EphemeralVolumeCreationFailed", `ephemeral volume ${volume}: create PVC ${wanted}: ${error.message}`);
    writes.push(create(PersistentVolumeClaim, object, { failed }));
  }
  return { writes, events };
}

function notOurs(claim: string, { metadata }: Pod): Told {
  const what = `PVC ${metadata.namespace}/${claim} was not created for pod ${metadata.namespace}/${metadata.name}`;
  return warning("EphemeralVolumeCreationFailed", `${what} (pod is not owner)`);
}
