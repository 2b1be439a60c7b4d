/** Rules on the storage systems that a volume or persistent volume names directly. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required, tooLong } from "../../machinery/field-errors.ts";
import { isDNS1123Label, isDNS1123Subdomain, rangeError } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import { checkNoBacksteps } from "./paths.validation.ts";
import type * as sources from "./volume-sources.ts";
import type { HostPathVolumeSource, NFSVolumeSource } from "./volume.ts";

type Check<T> = (errors: Errors, at: Path, source: T) => void;

const HOST_PATH_TYPES: ReadonlySet<string> = new Set([
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
]);

export const checkHostPath: Check<HostPathVolumeSource> = (errors, at, { path, type }) => {
  if (path === "") {
    errors.push(required(at.child("path")));
    return;
  }
  checkNoBacksteps(errors, at.child("path"), path);
  if (type !== undefined && !HOST_PATH_TYPES.has(type)) {
    errors.push(notSupported(at.child("type"), type, HOST_PATH_TYPES));
  }
};

export const checkNFS: Check<NFSVolumeSource> = (errors, at, { server, path }) => {
  present(errors, at, "server", server);
  present(errors, at, "path", path);
  if (!path.startsWith("/")) errors.push(invalid(at.child("path"), path, "must be an absolute path"));
};

function checkPartition(errors: Errors, at: Path, partition = 0): void {
  if (partition >= 0 && partition <= 255) return;
  // Zero is none, and none of the disk's own.
  errors.push(invalid(at.child("partition"), partition, rangeError(1, 255)));
}

export const checkGCE: Check<sources.GCEPersistentDiskVolumeSource> = (errors, at, { pdName, partition }) => {
  present(errors, at, "pdName", pdName);
  checkPartition(errors, at, partition);
};

export const checkAWS: Check<sources.AWSElasticBlockStoreVolumeSource> = (errors, at, { volumeID, partition }) => {
  present(errors, at, "volumeID", volumeID);
  checkPartition(errors, at, partition);
};

const ISCSI_FORMS: readonly (readonly [string, RegExp])[] = [
  ["iqn", /^iqn\.\d{4}-\d{2}\.[a-z0-9-.]+:[^,;*&$|\s]+$/i],
  ["eui", /^eui.[a-z0-9]{16}$/i],
  ["naa", /^naa.[a-z0-9]{32}$/i],
];

/** Of persistent volumes (`anywhere`) upstream does not say how it begins. */
function checkInitiator(errors: Errors, at: Path, name: string, anywhere: boolean): void {
  const form = ISCSI_FORMS.find(([prefix]) => name.startsWith(prefix));
  if (form === undefined) {
    const start = anywhere ? "" : " starting with iqn, eui, or naa";
    errors.push(invalid(at, name, `must be valid format${start}`));
  } else if (!form[1].test(name)) errors.push(invalid(at, name, "must be valid format"));
}

interface SecretNamed {
  readonly secretRef?: { readonly name?: string; readonly namespace?: string };
}

type ISCSI = Omit<sources.ISCSIVolumeSource, "secretRef"> & SecretNamed;

export const ISCSI_TOO_LONG =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

/** Both become part of one name. */
export function isLongForISCSI(name: string, { initiatorName, targetPortal }: ISCSI): boolean {
  return initiatorName !== undefined && `${name}:${targetPortal}`.length > 64;
}

/** Persistent volumes have the name `volume` and a Secret of any namespace, pods a Secret of their own. */
export function checkISCSI(errors: Errors, at: Path, source: ISCSI, volume?: string): void {
  const anywhere = volume !== undefined;
  present(errors, at, "targetPortal", source.targetPortal);
  if (anywhere && isLongForISCSI(volume, source)) {
    errors.push(invalid(at.child("targetportal"), source.targetPortal, ISCSI_TOO_LONG));
  }
  if (present(errors, at, "iqn", source.iqn)) checkInitiator(errors, at.child("iqn"), source.iqn, anywhere);
  if (source.lun < 0 || source.lun > 255) {
    errors.push(invalid(at.child("lun"), source.lun, "must be between 0 and 255, inclusive"));
  }
  if (source.chapAuthDiscovery === true || source.chapAuthSession === true) {
    if (source.secretRef === undefined) errors.push(required(at.child("secretRef")));
  }
  if (anywhere && source.secretRef !== undefined) {
    present(errors, at.child("secretRef"), "name", source.secretRef.name);
  }
  if (source.initiatorName !== undefined) {
    checkInitiator(errors, at.child("initiatorname"), source.initiatorName, anywhere);
  }
}

export const checkGlusterfs: Check<{
  readonly endpoints: string;
  readonly path: string;
  readonly endpointsNamespace?: string;
}> = (errors, at, { endpoints, path, endpointsNamespace }) => {
  present(errors, at, "endpoints", endpoints);
  present(errors, at, "path", path);
  if (endpointsNamespace === "") {
    const text = "if the endpointnamespace is set, it must be a valid namespace name";
    errors.push(invalid(at.child("endpointsNamespace"), endpointsNamespace, text));
  } else if (endpointsNamespace !== undefined) {
    const texts = isDNS1123Label(endpointsNamespace);
    if (texts.length > 0) add(errors, at.child("endpointsNamespace"), endpointsNamespace, texts);
  }
};

export const checkFlocker: Check<sources.FlockerVolumeSource> = (
  errors,
  at,
  { datasetName = "", datasetUUID = "" },
) => {
  if (datasetName === "" && datasetUUID === "") {
    errors.push(required(at, "one of datasetName and datasetUUID is required"));
  }
  if (datasetName !== "" && datasetUUID !== "") {
    errors.push(invalid(at, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  }
  if (datasetName.includes("/")) {
    errors.push(invalid(at.child("datasetName"), datasetName, "must not contain '/'"));
  }
};

export const checkRBD: Check<{ readonly monitors: readonly string[]; readonly image: string }> = (
  errors,
  at,
  { monitors, image },
) => {
  if ((monitors ?? []).length === 0) errors.push(required(at.child("monitors")));
  present(errors, at, "image", image);
};

export function checkCinder(
  errors: Errors,
  at: Path,
  { volumeID, secretRef }: { readonly volumeID: string } & SecretNamed,
  anywhere = false,
): void {
  present(errors, at, "volumeID", volumeID);
  if (secretRef === undefined) return;
  present(errors, at.child("secretRef"), "name", secretRef.name);
  if (anywhere) present(errors, at.child("secretRef"), "namespace", secretRef.namespace);
}

export const checkCephFS: Check<{ readonly monitors: readonly string[] }> = (errors, at, { monitors }) => {
  if ((monitors ?? []).length === 0) errors.push(required(at.child("monitors")));
};

const HOST_AND_PORT = /^([^:[\]]*|\[[^[\]]*\]):[^:]*$/;

export const checkQuobyte: Check<sources.QuobyteVolumeSource> = (errors, at, { registry, tenant = "", volume }) => {
  const text = "must be a host:port pair or multiple pairs separated by commas";
  if (registry === "") errors.push(required(at.child("registry"), text));
  else if (tenant.length >= 65) {
    errors.push(required(at.child("tenant"), "must be a UUID and may not exceed a length of 64 characters"));
  } else {
    for (const pair of registry.split(",")) {
      if (!HOST_AND_PORT.test(pair)) errors.push(invalid(at.child("registry"), registry, text));
    }
  }
  present(errors, at, "volume", volume);
};

export const checkFC: Check<sources.FCVolumeSource> = (errors, at, { targetWWNs = [], wwids = [], lun }) => {
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(at.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both"));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(
      invalid(at.child("targetWWNs"), targetWWNs, "targetWWNs and wwids can not be specified simultaneously"),
    );
  }
  if (targetWWNs.length > 0) {
    if (lun === undefined) errors.push(required(at.child("lun"), "lun is required if targetWWNs is specified"));
    else if (lun < 0 || lun > 255) errors.push(invalid(at.child("lun"), lun, "must be between 0 and 255, inclusive"));
  }
};

export const checkFlex: Check<{ readonly driver: string; readonly options?: Readonly<Record<string, string>> }> = (
  errors,
  at,
  { driver, options },
) => {
  present(errors, at, "driver", driver);
  for (const key in options) {
    const own = `.${key.split("/", 1)[0]!.toLowerCase()}`;
    if (own.endsWith(".kubernetes.io") || own.endsWith(".k8s.io")) {
      const text = "kubernetes.io and k8s.io namespaces are reserved";
      errors.push(invalid(at.child("options").key(key), key, text));
    }
  }
};

export const checkAzureFile: Check<{
  readonly secretName: string;
  readonly shareName: string;
  readonly secretNamespace?: string;
}> = (errors, at, { secretName, shareName, secretNamespace }) => {
  present(errors, at, "secretName", secretName);
  present(errors, at, "shareName", shareName);
  if (secretNamespace === "") errors.push(required(at.child("secretNamespace")));
};

export const checkVsphere: Check<sources.VsphereVirtualDiskVolumeSource> = (errors, at, { volumePath }) => {
  present(errors, at, "volumePath", volumePath);
};

export const checkPhoton: Check<sources.PhotonPersistentDiskVolumeSource> = (errors, at, { pdID }) => {
  present(errors, at, "pdID", pdID);
};

export const checkPortworx: Check<sources.PortworxVolumeSource> = (errors, at, { volumeID }) => {
  present(errors, at, "volumeID", volumeID);
};

const AZURE_CACHING: ReadonlySet<string> = new Set(["None", "ReadOnly", "ReadWrite"]);
const AZURE_KINDS: ReadonlySet<string> = new Set(["Dedicated", "Managed", "Shared"]);

export const checkAzureDisk: Check<sources.AzureDiskVolumeSource> = (errors, at, source) => {
  const { diskName, diskURI, cachingMode, kind } = source;
  present(errors, at, "diskName", diskName);
  present(errors, at, "diskURI", diskURI);
  if (cachingMode !== undefined && !AZURE_CACHING.has(cachingMode)) {
    errors.push(notSupported(at.child("cachingMode"), cachingMode, AZURE_CACHING));
  }
  if (kind !== undefined && !AZURE_KINDS.has(kind)) errors.push(notSupported(at.child("kind"), kind, AZURE_KINDS));
  const managed = "/subscriptions/";
  const blob = "https://";
  if (kind === "Managed" && !diskURI.startsWith(managed)) {
    const form = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
    errors.push(notSupported(at.child("diskURI"), diskURI, [form]));
  }
  if (kind !== "Managed" && !diskURI.startsWith(blob)) {
    errors.push(
      notSupported(at.child("diskURI"), diskURI, [
        "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",
      ]),
    );
  }
};

interface StorageOS {
  readonly volumeName?: string;
  readonly volumeNamespace?: string;
  readonly secretRef?: { readonly name?: string; readonly namespace?: string };
}

export function checkStorageOS(errors: Errors, at: Path, source: StorageOS, anywhere = false): void {
  const { volumeName = "", volumeNamespace = "", secretRef } = source;
  if (volumeName === "") errors.push(required(at.child("volumeName")));
  else add(errors, at.child("volumeName"), volumeName, isDNS1123Label(volumeName));
  if (volumeNamespace !== "") {
    add(errors, at.child("volumeNamespace"), volumeNamespace, isDNS1123Label(volumeNamespace));
  }
  if (secretRef === undefined) return;
  present(errors, at.child("secretRef"), "name", secretRef.name);
  if (anywhere) present(errors, at.child("secretRef"), "namespace", secretRef.namespace);
}

interface ScaleIO {
  readonly gateway: string;
  readonly system: string;
  readonly volumeName?: string;
  readonly secretRef?: { readonly name?: string; readonly namespace?: string } | null;
}

export function checkScaleIO(errors: Errors, at: Path, source: ScaleIO): void {
  present(errors, at, "gateway", source.gateway);
  present(errors, at, "system", source.system);
  present(errors, at, "volumeName", source.volumeName);
}

export function checkLocal(errors: Errors, at: Path, { path }: { readonly path: string }): void {
  if (path === "") errors.push(required(at.child("path")));
  else checkNoBacksteps(errors, at.child("path"), path);
}

/** Names of CSI drivers: at most 63 characters of a domain in any case. */
export function checkCSIDriverName(errors: Errors, at: Path, driver: string): void {
  if (driver === "") {
    errors.push(required(at));
    return;
  }
  if (driver.length > 63) {
    errors.push(tooLong(at, 63));
  }
  add(errors, at, driver, isDNS1123Subdomain(driver.toLowerCase()));
}

/** Where upstream looks for what is wrong with a source, if not under its own name. */
const PLACES: Readonly<Record<string, string>> = { gcePersistentDisk: "persistentDisk" };

/** And under which name it refuses one beside another. */
const MISSPELT: Readonly<Record<string, string>> = { cephfs: "cephFS", downwardAPI: "downwarAPI" };

export const placeOf = (at: Path, source: string): Path => at.child(PLACES[source] ?? source);

export function forbidSecond(errors: Errors, at: Path, source: string): void {
  errors.push(forbidden(at.child(MISSPELT[source] ?? source), "may not specify more than 1 volume type"));
}
