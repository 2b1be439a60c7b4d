/** Lets a claim that is being deleted go only when no scheduled pod uses it any more. */
import { PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { ObjectKey, ReconcileContext } from "../runtime/controller.ts";
import { claimsOf } from "../../api/core/claims-of.ts";

const FINALIZER = "kubernetes.io/pvc-protection";

export const pvcProtectionController = defineController<PersistentVolumeClaim>({
  name: "pvc-protection-controller",
  kind: PersistentVolumeClaim,
  watches: [
    watch(Pod, ({ type, object }) => {
      if (type !== "DELETED") return [];
      return claimsOf(object).map((name) => `${object.metadata.namespace}/${name}`);
    }),
  ],
  rbac: [
    right("get list update watch", "core", "persistentvolumeclaims"),
    right("update", "core", "persistentvolumeclaims/status"),
    right("get list watch", "core", "pods"),
    tellsEvents,
  ],
  reconcile,
});

/** No kubelet starts a pod on a claim that is being deleted, so only scheduled pods can be using it. */
function uses(pod: Pod, claim: string): boolean {
  return pod.spec.nodeName !== undefined && pod.spec.nodeName !== "" && claimsOf(pod).includes(claim);
}

async function reconcile({ name, namespace }: ObjectKey, { cache, client }: ReconcileContext): Promise<void> {
  const claim = cache.get(PersistentVolumeClaim, name, namespace);
  if (claim === undefined) return;
  const finalizers = claim.metadata.finalizers ?? [];
  const held = finalizers.includes(FINALIZER);
  const deleting = claim.metadata.deletionTimestamp !== undefined;
  if (held !== deleting) return;
  if (deleting) {
    for (const pod of cache.of(Pod).list(namespace)) if (uses(pod, name)) return;
    // The cache may be behind, and a wrong step here loses data.
    const { items } = await client.list(Pod, { namespace: namespace! });
    if (items.some((pod) => uses(pod, name))) return;
  }
  const next = deleting ? finalizers.filter((finalizer) => finalizer !== FINALIZER) : [...finalizers, FINALIZER];
  try {
    await client.update(PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, finalizers: next } });
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
  }
}
