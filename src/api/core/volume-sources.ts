/** Storage systems that a pod may name directly; most of them are served by CSI drivers today. */
import { bool, field, int32, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { Schema, TypeOf } from "../../machinery/schema/schema.ts";
import { LocalObjectReference } from "./references.ts";

export const AWSElasticBlockStoreVolumeSource = message(
  "io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource",
  {
    volumeID: field(1, string(), "The disk's identifier in AWS.").required(),
    fsType: field(2, string(), "The file system, such as `ext4` (the default) or `xfs`."),
    partition: field(3, int32(), "The partition to mount, such as 1; the whole disk when it is 0."),
    readOnly: field(4, bool(), "Whether it is only mounted for reading. False by default."),
  },
  { doc: "Which disk, and how it is mounted. The node must be in its zone, and only one node can write to it." },
);
export type AWSElasticBlockStoreVolumeSource = TypeOf<typeof AWSElasticBlockStoreVolumeSource>;

export const AzureDiskVolumeSource = message(
  "io.k8s.api.core.v1.AzureDiskVolumeSource",
  {
    diskName: field(1, string(), "The disk's name.").required(),
    diskURI: field(2, string(), "The disk's address in Azure.").required(),
    cachingMode: field(
      3,
      string().enum("None", "ReadOnly", "ReadWrite").default("ReadWrite"),
      "How the host caches: None, ReadOnly or ReadWrite (the default).",
    ).keepEmpty(),
    fsType: field(4, string().default("ext4"), "The file system, such as `ext4` (the default) or `xfs`.").keepEmpty(),
    readOnly: field(5, bool().default(false), "Whether it is only mounted for reading. False by default.").keepEmpty(),
    kind: field(
      6,
      string().enum("Dedicated", "Managed", "Shared").default("Shared"),
      "Managed is a managed disk; Shared (the default, several in a storage account) and Dedicated (one in each) are blobs.",
    ).keepEmpty(),
  },
  { doc: "Which disk, and how it is mounted." },
);
export type AzureDiskVolumeSource = TypeOf<typeof AzureDiskVolumeSource>;

export const azureFileFields = {
  secretName: field(1, string(), "Secret with name and key of the storage account.").required(),
  shareName: field(2, string(), "The share's name.").required(),
  readOnly: field(3, bool(), "Whether it is only mounted for reading. False by default."),
};
export const AzureFileVolumeSource = message("io.k8s.api.core.v1.AzureFileVolumeSource", azureFileFields, {
  doc: "Which share, and how it is mounted.",
});
export type AzureFileVolumeSource = TypeOf<typeof AzureFileVolumeSource>;

export const cephFSFields = <T>(secret: Schema<T>) => ({
  monitors: field(1, list(string()).atomic(), "Addresses of the Ceph monitors.").required(),
  path: field(2, string(), "The directory; `/` by default."),
  user: field(3, string(), "The Ceph user; `admin` by default."),
  secretFile: field(4, string(), "Path of the user's key on the node; `/etc/ceph/user.secret` by default."),
  secretRef: field(5, secret, "Secret with the user's key, in place of `secretFile`."),
  readOnly: field(6, bool(), "Whether it is only mounted for reading. False by default."),
});
export const CephFSVolumeSource = message("io.k8s.api.core.v1.CephFSVolumeSource", cephFSFields(LocalObjectReference), {
  doc: "Which directory, and how it is mounted.",
});
export type CephFSVolumeSource = TypeOf<typeof CephFSVolumeSource>;

export const cinderFields = <T>(secret: Schema<T>) => ({
  volumeID: field(1, string(), "The volume's identifier in Cinder.").required(),
  fsType: field(2, string(), "The file system, such as `ext4` (the default) or `xfs`."),
  readOnly: field(3, bool(), "Whether it is only mounted for reading. False by default."),
  secretRef: field(4, secret, "Secret with the access to OpenStack."),
});
export const CinderVolumeSource = message("io.k8s.api.core.v1.CinderVolumeSource", cinderFields(LocalObjectReference), {
  doc: "Which volume, and how it is mounted.",
});
export type CinderVolumeSource = TypeOf<typeof CinderVolumeSource>;

export const FCVolumeSource = message(
  "io.k8s.api.core.v1.FCVolumeSource",
  {
    targetWWNs: field(1, list(string()).atomic(), "World wide names of the targets."),
    lun: field(2, int32(), "Number of the disk at the target.").keepEmpty(),
    fsType: field(3, string(), "The file system, such as `ext4` (the default) or `xfs`."),
    readOnly: field(4, bool(), "Whether it is only mounted for reading. False by default."),
    wwids: field(5, list(string()).atomic(), "World wide identifiers of the disk."),
  },
  { doc: "Which disk, told by `wwids`, or by `targetWWNs` and `lun`, and how it is mounted." },
);
export type FCVolumeSource = TypeOf<typeof FCVolumeSource>;

export const flexFields = <T>(secret: Schema<T>) => ({
  driver: field(1, string(), "Name of the program's driver.").required(),
  fsType: field(2, string(), "The file system; the driver's default when it is empty."),
  secretRef: field(3, secret, "Secret whose values are given to the program."),
  readOnly: field(4, bool(), "Whether it is only mounted for reading. False by default."),
  options: field(5, map(string()), "What else the program is given, as names and values."),
});
export const FlexVolumeSource = message("io.k8s.api.core.v1.FlexVolumeSource", flexFields(LocalObjectReference), {
  doc: "Which program, and what it is given.",
});
export type FlexVolumeSource = TypeOf<typeof FlexVolumeSource>;

export const FlockerVolumeSource = message(
  "io.k8s.api.core.v1.FlockerVolumeSource",
  {
    datasetName: field(1, string(), "The dataset's name. Deprecated: use `datasetUUID`."),
    datasetUUID: field(2, string(), "The dataset's identifier."),
  },
  { doc: "Which dataset: one of the two must be set." },
);
export type FlockerVolumeSource = TypeOf<typeof FlockerVolumeSource>;

export const GCEPersistentDiskVolumeSource = message(
  "io.k8s.api.core.v1.GCEPersistentDiskVolumeSource",
  {
    pdName: field(1, string(), "The disk's name in Compute Engine.").required(),
    fsType: field(2, string(), "The file system, such as `ext4` (the default) or `xfs`."),
    partition: field(3, int32(), "The partition to mount, such as 1; the whole disk when it is 0."),
    readOnly: field(4, bool(), "Whether it is only mounted for reading. False by default."),
  },
  { doc: "Which disk, and how it is mounted. The node must be in its zone; many can read it, one can write." },
);
export type GCEPersistentDiskVolumeSource = TypeOf<typeof GCEPersistentDiskVolumeSource>;

export const glusterfsFields = {
  endpoints: field(1, string(), "Name of the Endpoints that list the Gluster servers.").required(),
  path: field(2, string(), "The volume's name.").required(),
  readOnly: field(3, bool(), "Whether it is only mounted for reading. False by default."),
};
export const GlusterfsVolumeSource = message("io.k8s.api.core.v1.GlusterfsVolumeSource", glusterfsFields, {
  doc: "Which volume, and how it is mounted.",
});
export type GlusterfsVolumeSource = TypeOf<typeof GlusterfsVolumeSource>;

export const iscsiFields = <T>(secret: Schema<T>) => ({
  targetPortal: field(1, string(), "Address of the target, with the port if it is not 3260.").required(),
  iqn: field(2, string(), "The target's qualified name.").required(),
  lun: field(3, int32(), "Number of the disk at the target.").required(),
  iscsiInterface: field(4, string().default("default"), "The interface that is used; `default` is TCP."),
  fsType: field(5, string(), "The file system, such as `ext4` (the default) or `xfs`."),
  readOnly: field(6, bool(), "Whether it is only mounted for reading. False by default."),
  portals: field(7, list(string()).atomic(), "Further addresses of the target, for multipath."),
  chapAuthDiscovery: field(8, bool(), "Whether discovery is authenticated by CHAP."),
  secretRef: field(10, secret, "Secret with the CHAP credentials."),
  chapAuthSession: field(11, bool(), "Whether sessions are authenticated by CHAP."),
  initiatorName: field(
    12,
    string(),
    "The name the node goes by at the target. An interface `portal:volume` is made for it.",
  ).keepEmpty(),
});
export const ISCSIVolumeSource = message("io.k8s.api.core.v1.ISCSIVolumeSource", iscsiFields(LocalObjectReference), {
  doc: "Which disk, and how it is mounted. Only one node can write to it.",
});
export type ISCSIVolumeSource = TypeOf<typeof ISCSIVolumeSource>;

export const PhotonPersistentDiskVolumeSource = message(
  "io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource",
  {
    pdID: field(1, string(), "The disk's identifier.").required(),
    fsType: field(2, string(), "The file system, such as `ext4` (the default) or `xfs`."),
  },
  { doc: "Which disk, and how it is mounted." },
);
export type PhotonPersistentDiskVolumeSource = TypeOf<typeof PhotonPersistentDiskVolumeSource>;

export const PortworxVolumeSource = message(
  "io.k8s.api.core.v1.PortworxVolumeSource",
  {
    volumeID: field(1, string(), "The volume's identifier.").required(),
    fsType: field(2, string(), "The file system, such as `ext4` (the default) or `xfs`."),
    readOnly: field(3, bool(), "Whether it is only mounted for reading. False by default."),
  },
  { doc: "Which volume, and how it is mounted." },
);
export type PortworxVolumeSource = TypeOf<typeof PortworxVolumeSource>;

export const QuobyteVolumeSource = message(
  "io.k8s.api.core.v1.QuobyteVolumeSource",
  {
    registry: field(1, string(), "Addresses of the Quobyte registries, `host:port`, with commas between.").required(),
    volume: field(2, string(), "The volume's name.").required(),
    readOnly: field(3, bool(), "Whether it is only mounted for reading. False by default."),
    user: field(4, string(), "The user who has access; that of the service account by default."),
    group: field(5, string(), "The group that has access; none by default."),
    tenant: field(6, string(), "The owner of the volume in Quobyte. Set by the provisioner."),
  },
  { doc: "Which volume, and how it is mounted." },
);
export type QuobyteVolumeSource = TypeOf<typeof QuobyteVolumeSource>;

export const rbdFields = <T>(secret: Schema<T>) => ({
  monitors: field(1, list(string()).atomic(), "Addresses of the Ceph monitors.").required(),
  image: field(2, string(), "The image's name.").required(),
  fsType: field(3, string(), "The file system, such as `ext4` (the default) or `xfs`."),
  pool: field(4, string().default("rbd"), "The pool the image is in; `rbd` by default."),
  user: field(5, string().default("admin"), "The Ceph user; `admin` by default."),
  keyring: field(
    6,
    string().default("/etc/ceph/keyring"),
    "Path of the user's key ring on the node; `/etc/ceph/keyring` by default.",
  ),
  secretRef: field(7, secret, "Secret with the user's key, in place of `keyring`."),
  readOnly: field(8, bool(), "Whether it is only mounted for reading. False by default."),
});
export const RBDVolumeSource = message("io.k8s.api.core.v1.RBDVolumeSource", rbdFields(LocalObjectReference), {
  doc: "Which image, and how it is mounted.",
});
export type RBDVolumeSource = TypeOf<typeof RBDVolumeSource>;

export const scaleIOFields = <T>(secret: Schema<T>) => ({
  gateway: field(1, string(), "Address of the ScaleIO gateway.").required(),
  system: field(2, string(), "Name of the storage system.").required(),
  secretRef: field(3, secret, "Secret with the access to ScaleIO.").required().orNull(),
  sslEnabled: field(4, bool(), "Whether to speak TLS with the gateway. False by default."),
  protectionDomain: field(5, string(), "The protection domain."),
  storagePool: field(6, string(), "The pool in the protection domain."),
  storageMode: field(7, string().default("ThinProvisioned"), "ThickProvisioned or ThinProvisioned (the default)."),
  volumeName: field(8, string(), "The volume's name."),
  fsType: field(9, string().default("xfs"), "The file system, such as `ext4` or `xfs` (the default)."),
  readOnly: field(10, bool(), "Whether it is only mounted for reading. False by default."),
});
export const ScaleIOVolumeSource = message(
  "io.k8s.api.core.v1.ScaleIOVolumeSource",
  scaleIOFields(LocalObjectReference),
  { doc: "Which volume, and how it is mounted." },
);
export type ScaleIOVolumeSource = TypeOf<typeof ScaleIOVolumeSource>;

export const storageOSFields = <T>(secret: Schema<T>) => ({
  volumeName: field(1, string(), "The volume's name; unique in its namespace."),
  volumeNamespace: field(
    2,
    string(),
    "The volume's namespace in StorageOS. That of the pod or claim when it is empty.",
  ),
  fsType: field(3, string(), "The file system, such as `ext4` (the default) or `xfs`."),
  readOnly: field(4, bool(), "Whether it is only mounted for reading. False by default."),
  secretRef: field(5, secret, "Secret with the access to StorageOS."),
});
export const StorageOSVolumeSource = message(
  "io.k8s.api.core.v1.StorageOSVolumeSource",
  storageOSFields(LocalObjectReference),
  { doc: "Which volume, and how it is mounted." },
);
export type StorageOSVolumeSource = TypeOf<typeof StorageOSVolumeSource>;

export const VsphereVirtualDiskVolumeSource = message(
  "io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource",
  {
    volumePath: field(1, string(), "The disk's path in the data store.").required(),
    fsType: field(2, string(), "The file system, such as `ext4` (the default) or `xfs`."),
    storagePolicyName: field(3, string(), "Name of the storage policy it was made with."),
    storagePolicyID: field(4, string(), "Identifier of the storage policy it was made with."),
  },
  { doc: "Which disk, and how it is mounted." },
);
export type VsphereVirtualDiskVolumeSource = TypeOf<typeof VsphereVirtualDiskVolumeSource>;
