/** Storage systems as a PersistentVolume names them, where they differ from how a pod does. */
import { bool, field, int32, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ObjectReference, SecretReference } from "./references.ts";

export const AzureFilePersistentVolumeSource = message("io.k8s.api.core.v1.AzureFilePersistentVolumeSource", {
  secretName: field(1, string()).required(),
  shareName: field(2, string()).required(),
  readOnly: field(3, bool()),
  secretNamespace: field(4, string()).orNull().keepEmpty(),
});
export type AzureFilePersistentVolumeSource = TypeOf<typeof AzureFilePersistentVolumeSource>;

export const CSIPersistentVolumeSource = message("io.k8s.api.core.v1.CSIPersistentVolumeSource", {
  driver: field(1, string()).required(),
  volumeHandle: field(2, string()).required(),
  readOnly: field(3, bool()),
  fsType: field(4, string()),
  volumeAttributes: field(5, map(string())),
  controllerPublishSecretRef: field(6, SecretReference),
  nodeStageSecretRef: field(7, SecretReference),
  nodePublishSecretRef: field(8, SecretReference),
  controllerExpandSecretRef: field(9, SecretReference),
  nodeExpandSecretRef: field(10, SecretReference),
});
export type CSIPersistentVolumeSource = TypeOf<typeof CSIPersistentVolumeSource>;

export const CephFSPersistentVolumeSource = message("io.k8s.api.core.v1.CephFSPersistentVolumeSource", {
  monitors: field(1, list(string()).atomic()).required(),
  path: field(2, string()),
  user: field(3, string()),
  secretFile: field(4, string()),
  secretRef: field(5, SecretReference),
  readOnly: field(6, bool()),
});
export type CephFSPersistentVolumeSource = TypeOf<typeof CephFSPersistentVolumeSource>;

export const CinderPersistentVolumeSource = message("io.k8s.api.core.v1.CinderPersistentVolumeSource", {
  volumeID: field(1, string()).required(),
  fsType: field(2, string()),
  readOnly: field(3, bool()),
  secretRef: field(4, SecretReference),
});
export type CinderPersistentVolumeSource = TypeOf<typeof CinderPersistentVolumeSource>;

export const FlexPersistentVolumeSource = message("io.k8s.api.core.v1.FlexPersistentVolumeSource", {
  driver: field(1, string()).required(),
  fsType: field(2, string()),
  secretRef: field(3, SecretReference),
  readOnly: field(4, bool()),
  options: field(5, map(string())),
});
export type FlexPersistentVolumeSource = TypeOf<typeof FlexPersistentVolumeSource>;

export const GlusterfsPersistentVolumeSource = message("io.k8s.api.core.v1.GlusterfsPersistentVolumeSource", {
  endpoints: field(1, string()).required(),
  path: field(2, string()).required(),
  readOnly: field(3, bool()),
  endpointsNamespace: field(4, string()).keepEmpty(),
});
export type GlusterfsPersistentVolumeSource = TypeOf<typeof GlusterfsPersistentVolumeSource>;

export const ISCSIPersistentVolumeSource = message("io.k8s.api.core.v1.ISCSIPersistentVolumeSource", {
  targetPortal: field(1, string()).required(),
  iqn: field(2, string()).required(),
  lun: field(3, int32()).required(),
  iscsiInterface: field(4, string().default("default")),
  fsType: field(5, string()),
  readOnly: field(6, bool()),
  portals: field(7, list(string()).atomic()),
  chapAuthDiscovery: field(8, bool()),
  secretRef: field(10, SecretReference),
  chapAuthSession: field(11, bool()),
  initiatorName: field(12, string()).keepEmpty(),
});
export type ISCSIPersistentVolumeSource = TypeOf<typeof ISCSIPersistentVolumeSource>;

export const RBDPersistentVolumeSource = message("io.k8s.api.core.v1.RBDPersistentVolumeSource", {
  monitors: field(1, list(string()).atomic()).required(),
  image: field(2, string()).required(),
  fsType: field(3, string()),
  pool: field(4, string().default("rbd")),
  user: field(5, string().default("admin")),
  keyring: field(6, string().default("/etc/ceph/keyring")),
  secretRef: field(7, SecretReference),
  readOnly: field(8, bool()),
});
export type RBDPersistentVolumeSource = TypeOf<typeof RBDPersistentVolumeSource>;

export const ScaleIOPersistentVolumeSource = message("io.k8s.api.core.v1.ScaleIOPersistentVolumeSource", {
  gateway: field(1, string()).required(),
  system: field(2, string()).required(),
  secretRef: field(3, SecretReference).required().orNull(),
  sslEnabled: field(4, bool()),
  protectionDomain: field(5, string()),
  storagePool: field(6, string()),
  storageMode: field(7, string().default("ThinProvisioned")),
  volumeName: field(8, string()),
  fsType: field(9, string().default("xfs")),
  readOnly: field(10, bool()),
});
export type ScaleIOPersistentVolumeSource = TypeOf<typeof ScaleIOPersistentVolumeSource>;

export const StorageOSPersistentVolumeSource = message("io.k8s.api.core.v1.StorageOSPersistentVolumeSource", {
  volumeName: field(1, string()),
  volumeNamespace: field(2, string()),
  fsType: field(3, string()),
  readOnly: field(4, bool()),
  secretRef: field(5, ObjectReference),
});
export type StorageOSPersistentVolumeSource = TypeOf<typeof StorageOSPersistentVolumeSource>;
