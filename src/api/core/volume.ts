import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import {
  bool,
  embedded,
  field,
  int32,
  int64,
  list,
  map,
  message,
  quantity,
  string,
} from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PersistentVolumeClaimTemplate } from "./persistent-volume-claim-spec.ts";
import { LocalObjectReference, ObjectFieldSelector, ResourceFieldSelector } from "./references.ts";
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  CephFSVolumeSource,
  CinderVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  GlusterfsVolumeSource,
  ISCSIVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from "./volume-sources.ts";

export const CSIVolumeSource = message("io.k8s.api.core.v1.CSIVolumeSource", {
  driver: field(1, string()).required(),
  readOnly: field(2, bool()).keepEmpty(),
  fsType: field(3, string()).keepEmpty(),
  volumeAttributes: field(4, map(string())),
  nodePublishSecretRef: field(5, LocalObjectReference),
});
export type CSIVolumeSource = TypeOf<typeof CSIVolumeSource>;

export const ClusterTrustBundleProjection = message("io.k8s.api.core.v1.ClusterTrustBundleProjection", {
  name: field(1, string()).keepEmpty(),
  signerName: field(2, string()).keepEmpty(),
  labelSelector: field(3, LabelSelector),
  path: field(4, string()).required(),
  optional: field(5, bool()).keepEmpty(),
});
export type ClusterTrustBundleProjection = TypeOf<typeof ClusterTrustBundleProjection>;

export const KeyToPath = message("io.k8s.api.core.v1.KeyToPath", {
  key: field(1, string()).required(),
  path: field(2, string()).required(),
  mode: field(3, int32()).keepEmpty(),
});
export type KeyToPath = TypeOf<typeof KeyToPath>;

export const ConfigMapProjection = message("io.k8s.api.core.v1.ConfigMapProjection", {
  ...embedded(1, { name: field(1, string().default("")) }),
  items: field(2, list(KeyToPath).atomic()),
  optional: field(4, bool()).keepEmpty(),
});
export type ConfigMapProjection = TypeOf<typeof ConfigMapProjection>;

export const ConfigMapVolumeSource = message("io.k8s.api.core.v1.ConfigMapVolumeSource", {
  ...embedded(1, { name: field(1, string().default("")) }),
  items: field(2, list(KeyToPath).atomic()),
  defaultMode: field(3, int32().silentDefault(420)).keepEmpty(),
  optional: field(4, bool()).keepEmpty(),
});
export type ConfigMapVolumeSource = TypeOf<typeof ConfigMapVolumeSource>;

export const DownwardAPIVolumeFile = message("io.k8s.api.core.v1.DownwardAPIVolumeFile", {
  path: field(1, string()).required(),
  fieldRef: field(2, ObjectFieldSelector),
  resourceFieldRef: field(3, ResourceFieldSelector),
  mode: field(4, int32()).keepEmpty(),
});
export type DownwardAPIVolumeFile = TypeOf<typeof DownwardAPIVolumeFile>;

export const DownwardAPIProjection = message("io.k8s.api.core.v1.DownwardAPIProjection", {
  items: field(1, list(DownwardAPIVolumeFile).atomic()),
});
export type DownwardAPIProjection = TypeOf<typeof DownwardAPIProjection>;

export const DownwardAPIVolumeSource = message("io.k8s.api.core.v1.DownwardAPIVolumeSource", {
  items: field(1, list(DownwardAPIVolumeFile).atomic()),
  defaultMode: field(2, int32().silentDefault(420)).keepEmpty(),
});
export type DownwardAPIVolumeSource = TypeOf<typeof DownwardAPIVolumeSource>;

export const EmptyDirVolumeSource = message("io.k8s.api.core.v1.EmptyDirVolumeSource", {
  medium: field(1, string()),
  sizeLimit: field(2, quantity()),
});
export type EmptyDirVolumeSource = TypeOf<typeof EmptyDirVolumeSource>;

export const EphemeralVolumeSource = message("io.k8s.api.core.v1.EphemeralVolumeSource", {
  volumeClaimTemplate: field(1, PersistentVolumeClaimTemplate),
});
export type EphemeralVolumeSource = TypeOf<typeof EphemeralVolumeSource>;

export const GitRepoVolumeSource = message("io.k8s.api.core.v1.GitRepoVolumeSource", {
  repository: field(1, string()).required(),
  revision: field(2, string()),
  directory: field(3, string()),
});
export type GitRepoVolumeSource = TypeOf<typeof GitRepoVolumeSource>;

export const HostPathVolumeSource = message("io.k8s.api.core.v1.HostPathVolumeSource", {
  path: field(1, string()).required(),
  type: field(
    2,
    string()
      .enum("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
      .silentDefault(""),
  ).keepEmpty(),
});
export type HostPathVolumeSource = TypeOf<typeof HostPathVolumeSource>;

export const ImageVolumeSource = message("io.k8s.api.core.v1.ImageVolumeSource", {
  reference: field(1, string()),
  pullPolicy: field(2, string().enum("Always", "IfNotPresent", "Never")),
});
export type ImageVolumeSource = TypeOf<typeof ImageVolumeSource>;

export const LocalVolumeSource = message("io.k8s.api.core.v1.LocalVolumeSource", {
  path: field(1, string()).required(),
  fsType: field(2, string()).keepEmpty(),
});
export type LocalVolumeSource = TypeOf<typeof LocalVolumeSource>;

export const NFSVolumeSource = message("io.k8s.api.core.v1.NFSVolumeSource", {
  server: field(1, string()).required(),
  path: field(2, string()).required(),
  readOnly: field(3, bool()),
});
export type NFSVolumeSource = TypeOf<typeof NFSVolumeSource>;

export const PersistentVolumeClaimVolumeSource = message("io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource", {
  claimName: field(1, string()).required(),
  readOnly: field(2, bool()),
});
export type PersistentVolumeClaimVolumeSource = TypeOf<typeof PersistentVolumeClaimVolumeSource>;

export const PodCertificateProjection = message("io.k8s.api.core.v1.PodCertificateProjection", {
  signerName: field(1, string()).required().droppedWhenEmpty(),
  keyType: field(2, string()).required().droppedWhenEmpty(),
  maxExpirationSeconds: field(3, int32()).keepEmpty(),
  credentialBundlePath: field(4, string()),
  keyPath: field(5, string()),
  certificateChainPath: field(6, string()),
  userAnnotations: field(7, map(string())),
});
export type PodCertificateProjection = TypeOf<typeof PodCertificateProjection>;

export const SecretProjection = message("io.k8s.api.core.v1.SecretProjection", {
  ...embedded(1, { name: field(1, string().default("")) }),
  items: field(2, list(KeyToPath).atomic()),
  optional: field(4, bool()).keepEmpty(),
});
export type SecretProjection = TypeOf<typeof SecretProjection>;

export const ServiceAccountTokenProjection = message("io.k8s.api.core.v1.ServiceAccountTokenProjection", {
  audience: field(1, string()),
  expirationSeconds: field(2, int64().silentDefault(3600)).keepEmpty(),
  path: field(3, string()).required(),
});
export type ServiceAccountTokenProjection = TypeOf<typeof ServiceAccountTokenProjection>;

export const VolumeProjection = message("io.k8s.api.core.v1.VolumeProjection", {
  secret: field(1, SecretProjection),
  downwardAPI: field(2, DownwardAPIProjection),
  configMap: field(3, ConfigMapProjection),
  serviceAccountToken: field(4, ServiceAccountTokenProjection),
  clusterTrustBundle: field(5, ClusterTrustBundleProjection),
  podCertificate: field(6, PodCertificateProjection),
});
export type VolumeProjection = TypeOf<typeof VolumeProjection>;

export const ProjectedVolumeSource = message("io.k8s.api.core.v1.ProjectedVolumeSource", {
  sources: field(1, list(VolumeProjection).atomic()).orNull(),
  defaultMode: field(2, int32().silentDefault(420)).keepEmpty(),
});
export type ProjectedVolumeSource = TypeOf<typeof ProjectedVolumeSource>;

export const SecretVolumeSource = message("io.k8s.api.core.v1.SecretVolumeSource", {
  secretName: field(1, string()),
  items: field(2, list(KeyToPath).atomic()),
  defaultMode: field(3, int32().silentDefault(420)).keepEmpty(),
  optional: field(4, bool()).keepEmpty(),
});
export type SecretVolumeSource = TypeOf<typeof SecretVolumeSource>;

export const Volume = message("io.k8s.api.core.v1.Volume", {
  name: field(1, string()).required(),
  ...embedded(2, {
    hostPath: field(1, HostPathVolumeSource),
    emptyDir: field(2, EmptyDirVolumeSource),
    gcePersistentDisk: field(3, GCEPersistentDiskVolumeSource),
    awsElasticBlockStore: field(4, AWSElasticBlockStoreVolumeSource),
    gitRepo: field(5, GitRepoVolumeSource),
    secret: field(6, SecretVolumeSource),
    nfs: field(7, NFSVolumeSource),
    iscsi: field(8, ISCSIVolumeSource),
    glusterfs: field(9, GlusterfsVolumeSource),
    persistentVolumeClaim: field(10, PersistentVolumeClaimVolumeSource),
    rbd: field(11, RBDVolumeSource),
    flexVolume: field(12, FlexVolumeSource),
    cinder: field(13, CinderVolumeSource),
    cephfs: field(14, CephFSVolumeSource),
    flocker: field(15, FlockerVolumeSource),
    downwardAPI: field(16, DownwardAPIVolumeSource),
    fc: field(17, FCVolumeSource),
    azureFile: field(18, AzureFileVolumeSource),
    configMap: field(19, ConfigMapVolumeSource),
    vsphereVolume: field(20, VsphereVirtualDiskVolumeSource),
    quobyte: field(21, QuobyteVolumeSource),
    azureDisk: field(22, AzureDiskVolumeSource),
    photonPersistentDisk: field(23, PhotonPersistentDiskVolumeSource),
    portworxVolume: field(24, PortworxVolumeSource),
    scaleIO: field(25, ScaleIOVolumeSource),
    projected: field(26, ProjectedVolumeSource),
    storageos: field(27, StorageOSVolumeSource),
    csi: field(28, CSIVolumeSource),
    ephemeral: field(29, EphemeralVolumeSource),
    image: field(30, ImageVolumeSource),
  }),
});
export type Volume = TypeOf<typeof Volume>;
