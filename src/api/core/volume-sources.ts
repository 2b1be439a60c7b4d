/** Storage systems that a pod may name directly; most of them are served by CSI drivers today. */
import { bool, field, int32, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { LocalObjectReference } from "./references.ts";

export const AWSElasticBlockStoreVolumeSource = message("io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource", {
  volumeID: field(1, string()).required(),
  fsType: field(2, string()),
  partition: field(3, int32()),
  readOnly: field(4, bool()),
});
export type AWSElasticBlockStoreVolumeSource = TypeOf<typeof AWSElasticBlockStoreVolumeSource>;

export const AzureDiskVolumeSource = message("io.k8s.api.core.v1.AzureDiskVolumeSource", {
  diskName: field(1, string()).required(),
  diskURI: field(2, string()).required(),
  cachingMode: field(3, string().enum("None", "ReadOnly", "ReadWrite").default("ReadWrite")).keepEmpty(),
  fsType: field(4, string().default("ext4")).keepEmpty(),
  readOnly: field(5, bool().default(false)).keepEmpty(),
  kind: field(6, string().enum("Dedicated", "Managed", "Shared").default("Shared")).keepEmpty(),
});
export type AzureDiskVolumeSource = TypeOf<typeof AzureDiskVolumeSource>;

export const AzureFileVolumeSource = message("io.k8s.api.core.v1.AzureFileVolumeSource", {
  secretName: field(1, string()).required(),
  shareName: field(2, string()).required(),
  readOnly: field(3, bool()),
});
export type AzureFileVolumeSource = TypeOf<typeof AzureFileVolumeSource>;

export const CephFSVolumeSource = message("io.k8s.api.core.v1.CephFSVolumeSource", {
  monitors: field(1, list(string()).atomic()).required(),
  path: field(2, string()),
  user: field(3, string()),
  secretFile: field(4, string()),
  secretRef: field(5, LocalObjectReference),
  readOnly: field(6, bool()),
});
export type CephFSVolumeSource = TypeOf<typeof CephFSVolumeSource>;

export const CinderVolumeSource = message("io.k8s.api.core.v1.CinderVolumeSource", {
  volumeID: field(1, string()).required(),
  fsType: field(2, string()),
  readOnly: field(3, bool()),
  secretRef: field(4, LocalObjectReference),
});
export type CinderVolumeSource = TypeOf<typeof CinderVolumeSource>;

export const FCVolumeSource = message("io.k8s.api.core.v1.FCVolumeSource", {
  targetWWNs: field(1, list(string()).atomic()),
  lun: field(2, int32()).keepEmpty(),
  fsType: field(3, string()),
  readOnly: field(4, bool()),
  wwids: field(5, list(string()).atomic()),
});
export type FCVolumeSource = TypeOf<typeof FCVolumeSource>;

export const FlexVolumeSource = message("io.k8s.api.core.v1.FlexVolumeSource", {
  driver: field(1, string()).required(),
  fsType: field(2, string()),
  secretRef: field(3, LocalObjectReference),
  readOnly: field(4, bool()),
  options: field(5, map(string())),
});
export type FlexVolumeSource = TypeOf<typeof FlexVolumeSource>;

export const FlockerVolumeSource = message("io.k8s.api.core.v1.FlockerVolumeSource", {
  datasetName: field(1, string()),
  datasetUUID: field(2, string()),
});
export type FlockerVolumeSource = TypeOf<typeof FlockerVolumeSource>;

export const GCEPersistentDiskVolumeSource = message("io.k8s.api.core.v1.GCEPersistentDiskVolumeSource", {
  pdName: field(1, string()).required(),
  fsType: field(2, string()),
  partition: field(3, int32()),
  readOnly: field(4, bool()),
});
export type GCEPersistentDiskVolumeSource = TypeOf<typeof GCEPersistentDiskVolumeSource>;

export const GlusterfsVolumeSource = message("io.k8s.api.core.v1.GlusterfsVolumeSource", {
  endpoints: field(1, string()).required(),
  path: field(2, string()).required(),
  readOnly: field(3, bool()),
});
export type GlusterfsVolumeSource = TypeOf<typeof GlusterfsVolumeSource>;

export const ISCSIVolumeSource = message("io.k8s.api.core.v1.ISCSIVolumeSource", {
  targetPortal: field(1, string()).required(),
  iqn: field(2, string()).required(),
  lun: field(3, int32()).required(),
  iscsiInterface: field(4, string().default("default")),
  fsType: field(5, string()),
  readOnly: field(6, bool()),
  portals: field(7, list(string()).atomic()),
  chapAuthDiscovery: field(8, bool()),
  secretRef: field(10, LocalObjectReference),
  chapAuthSession: field(11, bool()),
  initiatorName: field(12, string()).keepEmpty(),
});
export type ISCSIVolumeSource = TypeOf<typeof ISCSIVolumeSource>;

export const PhotonPersistentDiskVolumeSource = message("io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource", {
  pdID: field(1, string()).required(),
  fsType: field(2, string()),
});
export type PhotonPersistentDiskVolumeSource = TypeOf<typeof PhotonPersistentDiskVolumeSource>;

export const PortworxVolumeSource = message("io.k8s.api.core.v1.PortworxVolumeSource", {
  volumeID: field(1, string()).required(),
  fsType: field(2, string()),
  readOnly: field(3, bool()),
});
export type PortworxVolumeSource = TypeOf<typeof PortworxVolumeSource>;

export const QuobyteVolumeSource = message("io.k8s.api.core.v1.QuobyteVolumeSource", {
  registry: field(1, string()).required(),
  volume: field(2, string()).required(),
  readOnly: field(3, bool()),
  user: field(4, string()),
  group: field(5, string()),
  tenant: field(6, string()),
});
export type QuobyteVolumeSource = TypeOf<typeof QuobyteVolumeSource>;

export const RBDVolumeSource = message("io.k8s.api.core.v1.RBDVolumeSource", {
  monitors: field(1, list(string()).atomic()).required(),
  image: field(2, string()).required(),
  fsType: field(3, string()),
  pool: field(4, string().default("rbd")),
  user: field(5, string().default("admin")),
  keyring: field(6, string().default("/etc/ceph/keyring")),
  secretRef: field(7, LocalObjectReference),
  readOnly: field(8, bool()),
});
export type RBDVolumeSource = TypeOf<typeof RBDVolumeSource>;

export const ScaleIOVolumeSource = message("io.k8s.api.core.v1.ScaleIOVolumeSource", {
  gateway: field(1, string()).required(),
  system: field(2, string()).required(),
  secretRef: field(3, LocalObjectReference).required().orNull(),
  sslEnabled: field(4, bool()),
  protectionDomain: field(5, string()),
  storagePool: field(6, string()),
  storageMode: field(7, string().default("ThinProvisioned")),
  volumeName: field(8, string()),
  fsType: field(9, string().default("xfs")),
  readOnly: field(10, bool()),
});
export type ScaleIOVolumeSource = TypeOf<typeof ScaleIOVolumeSource>;

export const StorageOSVolumeSource = message("io.k8s.api.core.v1.StorageOSVolumeSource", {
  volumeName: field(1, string()),
  volumeNamespace: field(2, string()),
  fsType: field(3, string()),
  readOnly: field(4, bool()),
  secretRef: field(5, LocalObjectReference),
});
export type StorageOSVolumeSource = TypeOf<typeof StorageOSVolumeSource>;

export const VsphereVirtualDiskVolumeSource = message("io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource", {
  volumePath: field(1, string()).required(),
  fsType: field(2, string()),
  storagePolicyName: field(3, string()),
  storagePolicyID: field(4, string()),
});
export type VsphereVirtualDiskVolumeSource = TypeOf<typeof VsphereVirtualDiskVolumeSource>;
