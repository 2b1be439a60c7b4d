/** What is allowed in volumes and claims and on its way out, or no whole number of bytes. */
import { type Path, path } from "../../machinery/field-errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { isInteger } from "../../machinery/quantity.ts";
import type { PersistentVolumeClaimSpec } from "./persistent-volume-claim-spec.ts";
import type { PersistentVolumeSpec } from "./persistent-volume.ts";
import { nodeTermWarnings } from "./node-labels.warnings.ts";
import type { Volume } from "./volume.ts";

const SPEC = path("spec");
const ANNOTATIONS = path("metadata", "annotations");
const CLASS = "volume.beta.kubernetes.io/storage-class";
const OPTIONS = "volume.beta.kubernetes.io/mount-options";

/** Kinds of volumes that nobody mounts any more. */
export const OLD_VOLUMES: Partial<Record<keyof Volume, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

/** Upstream spells one of them in its own way. */
export const shownAs = (source: string): string => (source === "storageos" ? "storageOS" : source);

export function claimWarnings({ metadata, spec }: KubeObject & { readonly spec: PersistentVolumeClaimSpec }): string[] {
  return [...classWarnings(metadata), ...claimSpecWarnings(SPEC, spec)];
}

export function claimSpecWarnings(at: Path, { resources }: PersistentVolumeClaimSpec): string[] {
  return (["requests", "limits"] as const).flatMap((kind) =>
    fraction(at.child("resources", kind).key("storage"), resources?.[kind]?.["storage"]),
  );
}

export function volumeWarnings({ metadata, spec }: KubeObject & { readonly spec: PersistentVolumeSpec }): string[] {
  const out = classWarnings(metadata);
  if (metadata.annotations?.[OPTIONS] !== undefined) {
    out.push(`${ANNOTATIONS.key(OPTIONS)}: deprecated since v1.31; use "mountOptions" attribute instead`);
  }
  const terms = SPEC.child("nodeAffinity", "required", "nodeSelectorTerms");
  spec.nodeAffinity?.required?.nodeSelectorTerms.forEach((term, index) =>
    nodeTermWarnings(out, terms.index(index), term),
  );
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    const text =
      "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
    out.push(`${SPEC.child("persistentVolumeReclaimPolicy")}: ${text}`);
  }
  for (const source in spec) {
    const text = OLD_VOLUMES[source as keyof typeof OLD_VOLUMES];
    if (text !== undefined) out.push(`${SPEC.child(source)}: ${text}`);
  }
  out.push(...fraction(SPEC.child("capacity").key("storage"), spec.capacity?.["storage"]));
  return out;
}

function classWarnings({ annotations }: KubeObject["metadata"]): string[] {
  if (annotations?.[CLASS] === undefined) return [];
  return [`${ANNOTATIONS.key(CLASS)}: deprecated since v1.8; use "storageClassName" attribute instead`];
}

function fraction(at: Path, amount: string | undefined): string[] {
  if (amount === undefined || isInteger(amount)) return [];
  return [`${at}: fractional byte value "${amount}" is invalid, must be an integer`];
}
