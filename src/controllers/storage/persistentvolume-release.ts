/**
 * Keeps the phase of volumes: free, or released once their claim is gone. What is to be deleted then is the business of
 * whoever provisioned it; a volume that nobody provisioned is told of and kept.
 */
import { PersistentVolume, PersistentVolumeClaim } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { ObjectKey, ReconcileContext } from "../runtime/controller.ts";
import { BOUND_BY_CONTROLLER, PROVISIONED_BY } from "../../api/core/volume-binding.ts";

export const persistentVolumeRelease = defineController<PersistentVolume>({
  name: "persistentvolume-release-controller",
  account: "persistent-volume-binder",
  component: "persistentvolume-controller",
  kind: PersistentVolume,
  watches: [
    watch(PersistentVolumeClaim, ({ type, object }) =>
      type === "DELETED" && object.spec.volumeName ? [object.spec.volumeName] : [],
    ),
  ],
  rbac: [
    right("get", "core", "persistentvolumeclaims"),
    right("get list update watch", "core", "persistentvolumes"),
    right("update", "core", "persistentvolumes/status"),
    tellsEvents,
  ],
  reconcile,
});

async function reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<void> {
  const volume = context.cache.get(PersistentVolume, name);
  if (volume === undefined) return;
  if (!volume.spec.claimRef?.uid) return phase(volume, "Available", context);
  const { phase: now } = volume.status;
  if (now === "Released" || now === "Failed") return;
  const claim = await claimOf(volume, context);
  if (claim !== undefined && (!claim.spec.volumeName || claim.spec.volumeName === name)) return;
  if (claim !== undefined && !isSurplus(volume)) return letGo(volume, context);
  const { persistentVolumeReclaimPolicy: policy } = volume.spec;
  if (policy === "Recycle") {
    const why = "No recycler plugin found for the volume!";
    context.events.event(volume, "Warning", "VolumeFailedRecycle", why);
    return phase(volume, "Failed", context, why);
  }
  if (policy !== "Delete" || volume.metadata.annotations?.[PROVISIONED_BY]) return phase(volume, "Released", context);
  const message = `error getting deleter volume plugin for volume "${name}": no deletable volume plugin matched`;
  context.events.event(volume, "Warning", "VolumeFailedDelete", message);
  return phase(volume, "Failed", context, message);
}

/** Made for a claim that has another one by now. */
const isSurplus = ({ metadata, spec }: PersistentVolume): boolean =>
  metadata.annotations?.[PROVISIONED_BY] !== undefined && spec.persistentVolumeReclaimPolicy === "Delete";

/** The cache may be behind, and a wrong step here loses data. */
async function claimOf(
  { spec }: PersistentVolume,
  { cache, client }: ReconcileContext,
): Promise<PersistentVolumeClaim | undefined> {
  const { name = "", namespace, uid } = spec.claimRef!;
  const known = cache.get(PersistentVolumeClaim, name, namespace);
  if (known?.metadata.uid === uid) return known;
  try {
    const live = await client.get(PersistentVolumeClaim, name, namespace);
    return live.metadata.uid === uid ? live : undefined;
  } catch (error) {
    if (isReason(error, "NotFound")) return undefined;
    throw error;
  }
}

/** Its claim took another volume. What its author has written into it stays. */
async function letGo(volume: PersistentVolume, context: ReconcileContext): Promise<void> {
  const { [BOUND_BY_CONTROLLER]: ours, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec;
  const { uid: _, resourceVersion: __, ...named } = claimRef!;
  const free = {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: ours === undefined ? { ...spec, claimRef: named } : spec,
  };
  await phase(await context.client.update(PersistentVolume, free), "Available", context);
}

async function phase(
  volume: PersistentVolume,
  to: "Available" | "Released" | "Failed",
  { client }: ReconcileContext,
  message?: string,
): Promise<void> {
  if (volume.status.phase === to) return;
  const { message: _, ...rest } = volume.status;
  const status = { ...rest, phase: to, ...(message && { message }) } as PersistentVolume["status"];
  await client.update(PersistentVolume, { ...volume, status }, { subresource: "status" });
}
