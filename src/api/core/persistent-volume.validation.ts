/** Rules on PersistentVolumes, and on the volumes that an attachment describes inline. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, immutable, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import { signOf } from "../../machinery/quantity.ts";
import { difference } from "../difference.ts";
import type { Errors } from "../rules.ts";
import { NOT_POSITIVE, add, present, same } from "../rules.ts";
import { checkNodeSelector } from "./affinity.validation.ts";
import { VOLUME_MODES, checkAccessModes } from "./persistent-volume-claim-spec.validation.ts";
import type { CSIPersistentVolumeSource } from "./persistent-volume-sources.ts";
import type { PersistentVolumeSpec } from "./persistent-volume.ts";
import * as systems from "./volume-sources.validation.ts";

interface VolumeParts {
  readonly spec: PersistentVolumeSpec;
}

const SPEC = path("spec");
const RECLAIM_POLICIES: ReadonlySet<string> = new Set(["Delete", "Recycle", "Retain"]);
const INLINE = "may not be specified in the context of inline volumes";

export function validatePersistentVolume({ spec }: VolumeParts, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource !== "status") checkVolumeSpec(errors, SPEC, spec, false);
  return errors;
}

/** `inline`: part of a VolumeAttachment, which knows no claims and no classes. */
export function checkVolumeSpec(errors: Errors, at: Path, spec: PersistentVolumeSpec, inline: boolean): void {
  if (inline) checkInline(errors, at, spec);
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(at.child("accessModes")));
  checkAccessModes(errors, at, modes);
  if (!inline) {
    checkCapacity(errors, at.child("capacity"), spec.capacity ?? {});
    const policy = spec.persistentVolumeReclaimPolicy as string;
    if (policy !== "" && !RECLAIM_POLICIES.has(policy)) {
      errors.push(notSupported(at.child("persistentVolumeReclaimPolicy"), policy, RECLAIM_POLICIES));
    }
    if (spec.nodeAffinity !== undefined) {
      const here = at.child("nodeAffinity", "required");
      const { required: selector } = spec.nodeAffinity;
      if (selector === undefined) errors.push(required(here, "must specify required node constraints"));
      else checkNodeSelector(errors, here, selector);
    }
  }
  checkSources(errors, at, spec);
  checkRecycling(errors, at, spec);
  if (!inline) checkClasses(errors, at, spec);
}

function checkInline(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const { claimRef, capacity, csi, storageClassName, nodeAffinity } = spec;
  if (claimRef !== undefined) errors.push(forbidden(at.child("claimRef"), INLINE));
  if (capacity !== undefined) errors.push(forbidden(at.child("capacity"), INLINE));
  if (csi === undefined) errors.push(required(at.child("csi"), "has to be specified in the context of inline volumes"));
  if (nodeAffinity !== undefined) errors.push(forbidden(at.child("nodeAffinity"), INLINE));
  if (storageClassName) errors.push(forbidden(at.child("storageClassName"), INLINE));
}

function checkCapacity(errors: Errors, at: Path, capacity: Readonly<Record<string, string>>): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required(at));
  if (capacity["storage"] === undefined || names.length > 1) errors.push(notSupported(at, capacity, ["storage"]));
  for (const name of names) {
    const amount = capacity[name]!;
    if (signOf(amount) < 0) errors.push(invalid(at.key(name), amount, "must be a valid resource quantity"));
    if (signOf(amount) <= 0) errors.push(invalid(at.key(name), amount, NOT_POSITIVE));
  }
}

type Check = (errors: Errors, at: Path, source: never, spec: PersistentVolumeSpec) => void;

/** In upstream's order, which is the order of the errors. */
const SOURCES: Readonly<Record<string, Check>> = {
  hostPath: systems.checkHostPath,
  gcePersistentDisk: systems.checkGCE,
  awsElasticBlockStore: systems.checkAWS,
  glusterfs: systems.checkGlusterfs,
  flocker: systems.checkFlocker,
  nfs: systems.checkNFS,
  rbd: systems.checkRBD,
  quobyte: systems.checkQuobyte,
  cephfs: systems.checkCephFS,
  iscsi: (errors, at, source: Parameters<typeof systems.checkISCSI>[2]) => systems.checkISCSI(errors, at, source, true),
  cinder: systems.checkCinder,
  fc: systems.checkFC,
  flexVolume: systems.checkFlex,
  azureFile: systems.checkAzureFile,
  vsphereVolume: systems.checkVsphere,
  photonPersistentDisk: systems.checkPhoton,
  portworxVolume: systems.checkPortworx,
  azureDisk: systems.checkAzureDisk,
  scaleIO: systems.checkScaleIO,
  local: (errors, at, source: { readonly path: string }, { nodeAffinity }) => {
    systems.checkLocal(errors, at, source);
    if (nodeAffinity?.required === undefined) {
      errors.push(required("metadata.annotations", "Local volume requires node affinity"));
    }
  },
  storageos: (errors, at, source: Parameters<typeof systems.checkStorageOS>[2]) =>
    systems.checkStorageOS(errors, at, source, true),
  csi: checkCSI,
};

function sourcesOf(spec: PersistentVolumeSpec): string[] {
  const fields = spec as Readonly<Record<string, unknown>>;
  return Object.keys(SOURCES).filter((name) => fields[name] !== undefined);
}

function checkSources(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const [first, ...others] = sourcesOf(spec);
  if (first === undefined) {
    errors.push(required(at, "must specify a volume type"));
    return;
  }
  SOURCES[first]!(errors, at.child(first), spec[first as keyof PersistentVolumeSpec] as never, spec);
  for (const other of others) systems.forbidSecond(errors, at.child(other));
}

const SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

function checkCSI(errors: Errors, at: Path, source: CSIPersistentVolumeSource): void {
  systems.checkCSIDriverName(errors, at.child("driver"), source.driver);
  present(errors, at, "volumeHandle", source.volumeHandle);
  for (const name of SECRETS) {
    const secret = source[name];
    if (secret === undefined) continue;
    const here = at.child(name);
    const formed = name.endsWith("ExpandSecretRef");
    if (present(errors, here, "name", secret.name) && formed) {
      add(errors, here.child("name"), secret.name, isDNS1123Subdomain(secret.name!));
    }
    if (present(errors, here, "namespace", secret.namespace) && formed) {
      add(errors, here.child("namespace"), secret.namespace, isDNS1123Label(secret.namespace!));
    }
  }
}

/** Nobody wants the root of a machine wiped. */
function checkRecycling(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const { hostPath, persistentVolumeReclaimPolicy } = spec;
  if (hostPath === undefined || persistentVolumeReclaimPolicy !== "Recycle") return;
  if (hostPath.path.split("/").some((step) => step !== "" && step !== ".")) return;
  const text = "may not be 'recycle' for a hostPath mount of '/'";
  errors.push(forbidden(at.child("persistentVolumeReclaimPolicy"), text));
}

function checkClasses(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const { storageClassName, volumeMode, volumeAttributesClassName: attributes } = spec;
  if (storageClassName) {
    add(errors, at.child("storageClassName"), storageClassName, isDNS1123Subdomain(storageClassName));
  }
  if (volumeMode !== undefined && !VOLUME_MODES.has(volumeMode)) {
    errors.push(notSupported(at.child("volumeMode"), volumeMode, VOLUME_MODES));
  }
  if (attributes === undefined) return;
  add(errors, at.child("volumeAttributesClassName"), attributes, isDNS1123Subdomain(attributes));
  if (spec.csi === undefined) {
    errors.push(required(at.child("csi"), "has to be specified when using volumeAttributesClassName"));
  }
}

export function validatePersistentVolumeUpdate({ spec }: VolumeParts, { spec: before }: VolumeParts): FieldError[] {
  const errors: Errors = [];
  const next = sourceOf(spec, before);
  const old = sourceOf(before);
  if (!same(next, old)) {
    const text = "spec.persistentvolumesource is immutable after creation";
    errors.push(forbidden("spec.persistentvolumesource", `${text}\n${difference(old, next)}`));
  }
  if (spec.volumeMode !== before.volumeMode) errors.push(immutable("volumeMode", spec.volumeMode));
  if (before.nodeAffinity !== undefined && !same(spec.nodeAffinity, before.nodeAffinity)) {
    const text = "field is immutable, except for updating from beta label to GA";
    errors.push(invalid("nodeAffinity", spec.nodeAffinity ?? null, text));
  }
  return errors;
}

/** The sources; the Secrets for expanding a CSI volume may still be given where there were none. */
function sourceOf(spec: PersistentVolumeSpec, before?: PersistentVolumeSpec): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of sourcesOf(spec)) found[name] = spec[name as keyof PersistentVolumeSpec];
  if (spec.csi !== undefined && before?.csi !== undefined) {
    const csi: Record<string, unknown> = { ...spec.csi };
    for (const name of ["controllerExpandSecretRef", "nodeExpandSecretRef"] as const) {
      if (before.csi[name] === undefined) delete csi[name];
    }
    found["csi"] = csi;
  }
  return found;
}
