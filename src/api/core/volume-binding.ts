/** Which volume a claim may have, and the marks by which the two belong to each other. */
import { quote } from "../../machinery/go-text.ts";
import { compareQuantity } from "../../machinery/quantity.ts";
import { compileSelector } from "../../machinery/selectors.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "./index.ts";

/** On a claim: the binding is complete; whoever finds it without a volume has lost data. */
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
/** On a claim or a volume: it was us who chose the other one, not its author. */
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
/** On a claim whose class waits for its first pod: where that pod will run. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
export const PROVISIONERS = [
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-provisioner",
];
const CLASS = "volume.beta.kubernetes.io/storage-class";

export const classOf = ({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string =>
  metadata.annotations?.[CLASS] ?? spec.storageClassName ?? "";

/** It has said so, be it that it wants none. */
export const hasClass = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  metadata.annotations?.[CLASS] !== undefined || spec.storageClassName !== undefined;

/** The volume names this very claim, or the one of this name that is still to come. */
export function isFor({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return !claimRef.uid || claimRef.uid === metadata.uid;
}

/** The volume that was made for the claim; else the smallest that is free and does, of those with the fewest modes of access. */
export function bestVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
): PersistentVolume | undefined {
  const selected = compileSelector(claim.spec.selector);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (isFor(volume, claim)) {
      if (unfit(volume, claim, true) === undefined) return volume;
      continue;
    }
    if (volume.spec.claimRef !== undefined || volume.status.phase !== "Available") continue;
    if (claim.spec.selector !== undefined && !selected(volume.metadata.labels)) continue;
    if (unfit(volume, claim) !== undefined) continue;
    if (best === undefined || isSmaller(volume, best)) best = volume;
  }
  return best;
}

/** Why the claim cannot have the volume. One that was made for it may be of `anyClass`. */
export function unfit(volume: PersistentVolume, claim: PersistentVolumeClaim, anyClass = false): string | undefined {
  const { name, deletionTimestamp } = volume.metadata;
  if (deletionTimestamp !== undefined) return `the volume is marked for deletion ${quote(name)}`;
  const wanted = claim.spec.resources?.requests?.["storage"];
  if (wanted !== undefined && compareQuantity(sizeOf(volume), wanted) < 0) return "requested PV is too small";
  if (!anyClass && classOf(volume) !== classOf(claim)) return "storageClassName does not match";
  if ((volume.spec.volumeAttributesClassName ?? "") !== (claim.spec.volumeAttributesClassName ?? "")) {
    return "volumeAttributesClassName does not match";
  }
  if ((volume.spec.volumeMode ?? "Filesystem") !== (claim.spec.volumeMode ?? "Filesystem")) {
    return "incompatible volumeMode";
  }
  const modes = volume.spec.accessModes ?? [];
  if (!(claim.spec.accessModes ?? []).every((mode) => modes.includes(mode))) return "incompatible accessMode";
  return undefined;
}

const sizeOf = ({ spec }: PersistentVolume): string => spec.capacity?.["storage"] ?? "0";

function isSmaller(a: PersistentVolume, b: PersistentVolume): boolean {
  const modes = (a.spec.accessModes?.length ?? 0) - (b.spec.accessModes?.length ?? 0);
  return modes !== 0 ? modes < 0 : compareQuantity(sizeOf(a), sizeOf(b)) < 0;
}
