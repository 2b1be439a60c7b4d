/** Rules on PersistentVolumes, and on the volumes that an attachment describes inline. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, immutable, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import { signOf } from "../../machinery/quantity.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { shownDifference } from "../difference.ts";
import { goSources, goStruct } from "../go-struct.ts";
import type { Errors } from "../rules.ts";
import { NOT_POSITIVE, add, present, same } from "../rules.ts";
import { checkNodeSelector } from "./affinity.validation.ts";
import { VOLUME_MODES, checkAccessModes, checkBasicAmount } from "./persistent-volume-claim-spec.validation.ts";
import type { CSIPersistentVolumeSource } from "./persistent-volume-sources.ts";
import { PersistentVolumeSpec } from "./persistent-volume.ts";
import * as systems from "./volume-sources.validation.ts";
import { VolumeNodeAffinity } from "./node-selector.ts";

interface VolumeParts {
  readonly metadata: { readonly name: string };
  readonly spec: PersistentVolumeSpec;
}

const SPEC = path("spec");
const RECLAIM_POLICIES: ReadonlySet<string> = new Set(["Delete", "Recycle", "Retain"]);
const CONTEXT = "in the context of inline volumes";
const INLINE = `may not be specified ${CONTEXT}`;

export function validatePersistentVolume(
  { metadata, spec }: VolumeParts,
  { subresource, previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  checkVolumeSpec(errors, SPEC, spec, metadata.name);
  // Upstream says once more of a change what it said of the volume as it is.
  if (previous !== undefined) checkVolumeSpec(errors, SPEC, spec, metadata.name);
  return errors;
}

/** Without a name: part of a VolumeAttachment, which knows no claims and no classes. */
export function checkVolumeSpec(errors: Errors, at: Path, spec: PersistentVolumeSpec, name?: string): void {
  const inline = name === undefined;
  if (inline) checkInline(errors, at, spec);
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(required(at.child("accessModes")));
  checkAccessModes(errors, at, modes);
  if (inline) checkInlinePlace(errors, at, spec);
  else {
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
  checkSources(errors, at, spec, name ?? "");
  checkRecycling(errors, at, spec);
  if (inline) checkInlineClasses(errors, at, spec);
  else checkClasses(errors, at, spec);
  checkAttributes(errors, at, spec);
}

function checkInline(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const { claimRef, capacity, csi } = spec;
  if (claimRef !== undefined) errors.push(forbidden(at.child("claimRef"), INLINE));
  if (capacity !== undefined) errors.push(forbidden(at.child("capacity"), INLINE));
  if (csi === undefined) errors.push(required(at.child("csi"), `has to be specified ${CONTEXT}`));
}

function checkInlinePlace(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const { persistentVolumeReclaimPolicy: policy, nodeAffinity } = spec;
  if (policy && policy !== "Retain") {
    errors.push(forbidden(at.child("persistentVolumeReclaimPolicy"), `may only be Retain ${CONTEXT}`));
  }
  if (nodeAffinity !== undefined) errors.push(forbidden(at.child("nodeAffinity"), INLINE));
}

function checkInlineClasses(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const { storageClassName, volumeMode } = spec;
  if (storageClassName) errors.push(forbidden(at.child("storageClassName"), INLINE));
  if (volumeMode !== undefined && volumeMode !== "Filesystem") {
    errors.push(forbidden(at.child("volumeMode"), `may not specify volumeMode other than Filesystem ${CONTEXT}`));
  }
}

function checkCapacity(errors: Errors, at: Path, capacity: Readonly<Record<string, string>>): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required(at));
  if (capacity["storage"] === undefined || names.length > 1) errors.push(notSupported(at, capacity, ["storage"]));
  for (const name of names) {
    const amount = capacity[name]!;
    checkBasicAmount(errors, at.key(name), amount);
    if (signOf(amount) <= 0) errors.push(invalid(at.key(name), amount, NOT_POSITIVE));
  }
}

type Check = (errors: Errors, at: Path, source: never, volume: string) => void;

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
  iscsi: (errors, at, source: Parameters<typeof systems.checkISCSI>[2], volume) =>
    systems.checkISCSI(errors, at, source, volume),
  cinder: (errors, at, source: Parameters<typeof systems.checkCinder>[2]) =>
    systems.checkCinder(errors, at, source, true),
  fc: systems.checkFC,
  flexVolume: systems.checkFlex,
  azureFile: systems.checkAzureFile,
  vsphereVolume: systems.checkVsphere,
  photonPersistentDisk: systems.checkPhoton,
  portworxVolume: systems.checkPortworx,
  azureDisk: systems.checkAzureDisk,
  scaleIO: systems.checkScaleIO,
  local: systems.checkLocal,
  storageos: (errors, at, source: Parameters<typeof systems.checkStorageOS>[2]) =>
    systems.checkStorageOS(errors, at, source, true),
  csi: checkCSI,
};

function sourcesOf(spec: PersistentVolumeSpec): string[] {
  const fields = spec as Readonly<Record<string, unknown>>;
  return Object.keys(SOURCES).filter((name) => fields[name] !== undefined);
}

function checkSources(errors: Errors, at: Path, spec: PersistentVolumeSpec, volume: string): void {
  const [first, ...others] = sourcesOf(spec);
  if (first === undefined) {
    errors.push(required(at, "must specify a volume type"));
    return;
  }
  const check = (name: string): void => {
    SOURCES[name]!(errors, systems.placeOf(at, name), spec[name as keyof PersistentVolumeSpec] as never, volume);
  };
  check(first);
  if (first === "local" && spec.nodeAffinity === undefined) {
    errors.push(required(at.child("nodeAffinity"), "Local volume requires node affinity"));
  }
  for (const other of others) {
    // Upstream takes this one in any company.
    if (other === "flexVolume") check(other);
    else systems.forbidSecond(errors, at, other);
  }
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
  const { storageClassName, volumeMode } = spec;
  if (storageClassName) {
    add(errors, at.child("storageClassName"), storageClassName, isDNS1123Subdomain(storageClassName));
  }
  if (volumeMode !== undefined && !VOLUME_MODES.has(volumeMode)) {
    errors.push(notSupported(at.child("volumeMode"), volumeMode, VOLUME_MODES));
  }
}

function checkAttributes(errors: Errors, at: Path, spec: PersistentVolumeSpec): void {
  const { volumeAttributesClassName: attributes } = spec;
  if (attributes === undefined) return;
  const here = at.child("volumeAttributesClassName");
  if (attributes === "") errors.push(required(here, "an empty string is disallowed"));
  else add(errors, here, attributes, isDNS1123Subdomain(attributes));
  if (spec.csi === undefined) {
    errors.push(required(at.child("csi"), "has to be specified when using volumeAttributesClassName"));
  }
}

export function validatePersistentVolumeUpdate(
  { spec }: VolumeParts,
  { spec: before }: VolumeParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const next = sourceOf(spec, before);
  const old = sourceOf(before);
  if (!same(next, old)) {
    const text = "spec.persistentvolumesource is immutable after creation";
    const schema = PersistentVolumeSpec as MessageSchema;
    const lines = shownDifference(goSources(schema, old), goSources(schema, next));
    errors.push(forbidden("spec.persistentvolumesource", `${text}\n${lines}`));
  }
  if (spec.volumeMode !== before.volumeMode) errors.push(immutable("volumeMode", spec.volumeMode));
  if (before.nodeAffinity !== undefined && !sameNodes(spec.nodeAffinity, before.nodeAffinity)) {
    const text = "field is immutable, except for updating from beta label to GA";
    errors.push(invalid("nodeAffinity", goStruct(VolumeNodeAffinity as MessageSchema, spec.nodeAffinity), text));
  }
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    errors.push(forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"));
  }
  return errors;
}

/** The sources; the Secret for expanding a CSI volume may still be given where there was none. */
function sourceOf(spec: PersistentVolumeSpec, before?: PersistentVolumeSpec): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const name of sourcesOf(spec)) found[name] = spec[name as keyof PersistentVolumeSpec];
  if (spec.csi !== undefined && before?.csi !== undefined && before.csi.controllerExpandSecretRef === undefined) {
    const { controllerExpandSecretRef: _, ...csi } = spec.csi;
    found["csi"] = csi;
  }
  return found;
}

/** Labels of nodes whose names have become others. */
const RENAMED: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
  "beta.kubernetes.io/os": "kubernetes.io/os",
  "beta.kubernetes.io/arch": "kubernetes.io/arch",
  "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
};

/** The same nodes, also where a label goes by its new name now. */
function sameNodes(next: Affinity, before: Affinity): boolean {
  const terms = next?.required?.nodeSelectorTerms ?? [];
  const renamed = before?.required?.nodeSelectorTerms?.map((term, index) => {
    const fields = (name: "matchExpressions" | "matchFields") =>
      term[name]?.map((each, place) => {
        const key = terms[index]?.[name]?.[place]?.key;
        return key !== undefined && RENAMED[each.key] === key ? { ...each, key } : each;
      });
    return { ...term, matchExpressions: fields("matchExpressions"), matchFields: fields("matchFields") };
  });
  return same(terms, renamed);
}

type Affinity = PersistentVolumeSpec["nodeAffinity"];
