/** Rules on the volumes of a pod: each has one source, and each source its own rules. */
import type { Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, required } from "../../machinery/field-errors.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import { signOf } from "../../machinery/quantity.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf, present } from "../rules.ts";
import { checkDownwardFile } from "./field-references.validation.ts";
import { checkFileMode, checkKeyToPath, checkLocalFreePath } from "./paths.validation.ts";
import { checkClaimSpec } from "./persistent-volume-claim-spec.validation.ts";
import { checkProjections } from "./projected-volume.validation.ts";
import { checkTemplateMeta } from "./template-meta.validation.ts";
import * as systems from "./volume-sources.validation.ts";
import type { CSIVolumeSource, EphemeralVolumeSource, ImageVolumeSource, Volume } from "./volume.ts";
import type { ConfigMapVolumeSource, SecretVolumeSource } from "./projected-volume.ts";

/** The sources that containers may mount, by name; undefined for a volume that is itself wrong. */
export type Volumes = ReadonlyMap<string, Volume>;

export interface VolumeContext {
  /** A pod, not a template. */
  readonly isPod: boolean;
  /** The picture of a pod that its node has from elsewhere. */
  readonly isMirror?: boolean;
  /** It had an init container already that a resize would restart. */
  readonly restartsInit?: boolean;
  readonly podName: string;
}

const PULL_POLICIES: ReadonlySet<string> = new Set(["Always", "IfNotPresent", "Never"]);

/** Gives the volumes that are right. */
export function checkVolumes(errors: Errors, at: Path, volumes: readonly Volume[], context: VolumeContext): Volumes {
  const good = new Map<string, Volume>();
  const made = claimsMadeFor(volumes, context.podName);
  for (let index = 0; index < volumes.length; index++) {
    const volume = volumes[index]!;
    const here = at.index(index);
    const before = errors.length;
    checkSource(errors, here, volume, context);
    if (volume.name === "") errors.push(required(here.child("name")));
    else {
      const texts = isDNS1123Label(volume.name);
      if (texts.length > 0) add(errors, here.child("name"), volume.name, texts);
    }
    if (good.has(volume.name)) errors.push(duplicate(here.child("name"), volume.name));
    if (errors.length === before) good.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && made?.has(claim) === true) {
      const text = "must not reference a PVC that gets created for an ephemeral volume";
      errors.push(invalid(here.child("persistentVolumeClaim", "claimName"), claim, text));
    }
  }
  return good;
}

/** Names of the claims that the pod's own volumes bring with them; undefined where there are none. */
function claimsMadeFor(volumes: readonly Volume[], podName: string): ReadonlySet<string> | undefined {
  if (podName === "" || !volumes.some(({ ephemeral }) => ephemeral !== undefined)) return undefined;
  return new Set(volumes.flatMap(({ name, ephemeral }) => (ephemeral === undefined ? [] : [`${podName}-${name}`])));
}

type SourceName = Exclude<keyof Volume, "name">;
type Checks = {
  readonly [K in SourceName]: (
    errors: Errors,
    at: Path,
    source: NonNullable<Volume[K]>,
    context: VolumeContext,
  ) => void;
};

/** In upstream's order, which is the order of the errors. */
const CHECKS: Checks = {
  emptyDir: (errors, at, { sizeLimit }) => {
    if (sizeLimit !== undefined && signOf(sizeLimit) < 0) {
      errors.push(forbidden(at.child("sizeLimit"), "SizeLimit field must be a valid resource quantity"));
    }
  },
  hostPath: systems.checkHostPath,
  gitRepo: (errors, at, { repository, directory = "" }) => {
    present(errors, at, "repository", repository);
    checkLocalFreePath(errors, at.child("directory"), directory);
  },
  gcePersistentDisk: systems.checkGCE,
  awsElasticBlockStore: systems.checkAWS,
  secret: (errors, at, source) => checkKeyed(errors, at, "secretName", source.secretName, source),
  nfs: systems.checkNFS,
  iscsi: (errors, at, source) => systems.checkISCSI(errors, at, source),
  glusterfs: systems.checkGlusterfs,
  flocker: systems.checkFlocker,
  persistentVolumeClaim: (errors, at, { claimName }) => void present(errors, at, "claimName", claimName),
  rbd: systems.checkRBD,
  cinder: (errors, at, source) => systems.checkCinder(errors, at, source),
  cephfs: systems.checkCephFS,
  quobyte: systems.checkQuobyte,
  downwardAPI: (errors, at, { defaultMode, items = [] }) => {
    checkFileMode(errors, at, "defaultMode", defaultMode);
    // Upstream does not say which file it is.
    for (const file of items) checkDownwardFile(errors, at, file);
  },
  fc: systems.checkFC,
  flexVolume: systems.checkFlex,
  configMap: (errors, at, source) => checkKeyed(errors, at, "name", source.name, source),
  azureFile: systems.checkAzureFile,
  vsphereVolume: systems.checkVsphere,
  photonPersistentDisk: systems.checkPhoton,
  portworxVolume: systems.checkPortworx,
  azureDisk: systems.checkAzureDisk,
  storageos: (errors, at, source) => systems.checkStorageOS(errors, at, source),
  projected: (errors, at, source) => {
    checkFileMode(errors, at, "defaultMode", source.defaultMode);
    checkProjections(errors, at, source);
  },
  scaleIO: systems.checkScaleIO,
  csi: (errors, at, source) => checkCSI(errors, at, source),
  ephemeral: (errors, at, source) => checkEphemeral(errors, at, source),
  image: (errors, at, source, context) => checkImage(errors, at, source, context),
};

const SOURCES = Object.keys(CHECKS) as SourceName[];
const RANK = new Map(SOURCES.map((name, rank) => [name, rank]));

/** Looks only at what the volume has; nearly all have one source. */
function checkSource(errors: Errors, at: Path, volume: Volume, context: VolumeContext): void {
  let found: SourceName[] | undefined;
  let first: SourceName | undefined;
  for (const name in volume) {
    if (!RANK.has(name as SourceName) || volume[name as SourceName] === undefined) continue;
    if (first === undefined) first = name as SourceName;
    else (found ??= [first]).push(name as SourceName);
  }
  if (first === undefined) {
    errors.push(required(at, "must specify a volume type"));
    return;
  }
  if (found !== undefined) {
    found.sort((a, b) => RANK.get(a)! - RANK.get(b)!);
    first = found[0]!;
  }
  (CHECKS[first] as Checks["emptyDir"])(errors, systems.placeOf(at, first), volume[first] as never, context);
  if (first === "ephemeral") checkClaimName(errors, at, volume.name, context.podName);
  for (const other of found?.slice(1) ?? []) systems.forbidSecond(errors, at, other);
  if (volume.iscsi !== undefined && systems.isLongForISCSI(volume.name, volume.iscsi)) {
    errors.push(invalid(at.child("name"), volume.name, systems.ISCSI_TOO_LONG));
  }
}

function checkKeyed(
  errors: Errors,
  at: Path,
  field: string,
  name: string | undefined,
  { defaultMode, items }: SecretVolumeSource | ConfigMapVolumeSource,
): void {
  present(errors, at, field, name);
  checkFileMode(errors, at, "defaultMode", defaultMode);
  items?.forEach((item, index) => checkKeyToPath(errors, at.child("items").index(index), item));
}

function checkCSI(errors: Errors, at: Path, { driver, nodePublishSecretRef }: CSIVolumeSource): void {
  systems.checkCSIDriverName(errors, at.child("driver"), driver);
  const name = nodePublishSecretRef?.name;
  if (nodePublishSecretRef !== undefined && present(errors, at.child("nodePublishSecretRef"), "name", name)) {
    add(errors, at.child("name"), name, isDNS1123Subdomain(name));
  }
}

function checkEphemeral(errors: Errors, at: Path, { volumeClaimTemplate }: EphemeralVolumeSource): void {
  if (volumeClaimTemplate === undefined) {
    errors.push(required(at.child("volumeClaimTemplate")));
    return;
  }
  const template = at.child("volumeClaimTemplate");
  checkTemplateMeta(errors, template.child("metadata"), volumeClaimTemplate.metadata ?? {});
  checkClaimSpec(errors, template.child("spec"), volumeClaimTemplate.spec);
}

/** The claim of a volume is named after the pod and the volume. */
function checkClaimName(errors: Errors, at: Path, volume: string, pod: string): void {
  if (pod === "" || volume === "") return;
  for (const text of isDNS1123Subdomain(`${pod}-${volume}`)) {
    errors.push(invalid(at.child("name"), volume, `PVC name "${pod}-${volume}": ${text}`));
  }
}

function checkImage(
  errors: Errors,
  at: Path,
  { reference = "", pullPolicy }: ImageVolumeSource,
  { isPod }: VolumeContext,
): void {
  if (isPod && reference === "") errors.push(required(at.child("reference")));
  oneOf(errors, at, "pullPolicy", pullPolicy, PULL_POLICIES);
}
