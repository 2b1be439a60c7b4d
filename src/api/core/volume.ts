import { bool, embedded, field, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PersistentVolumeClaimTemplate } from "./persistent-volume-claim-spec.ts";
import {
  ConfigMapVolumeSource,
  DownwardAPIVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
} from "./projected-volume.ts";
import { LocalObjectReference } from "./references.ts";
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

export const CSIVolumeSource = message(
  "io.k8s.api.core.v1.CSIVolumeSource",
  {
    driver: field(
      1,
      string(),
      "The driver's name, as its CSIDriver has it; that must allow the mode Ephemeral.",
    ).required(),
    readOnly: field(2, bool(), "Whether it is only mounted for reading. False by default.").keepEmpty(),
    fsType: field(
      3,
      string(),
      "The file system, such as `ext4` or `xfs`; the driver's default when it is empty.",
    ).keepEmpty(),
    volumeAttributes: field(4, map(string()), "What the driver must know about the volume, as names and values."),
    nodePublishSecretRef: field(5, LocalObjectReference, "Secret for mounting the volume."),
  },
  { doc: "Which driver, and what it needs to make and mount the volume." },
);
export type CSIVolumeSource = TypeOf<typeof CSIVolumeSource>;

export const EmptyDirVolumeSource = message(
  "io.k8s.api.core.v1.EmptyDirVolumeSource",
  {
    medium: field(
      1,
      string(),
      "What it is kept on: the node's disk when it is empty, Memory (which counts as the container's memory), HugePages or HugePages with a size.",
    ),
    sizeLimit: field(
      2,
      quantity(),
      "The most it may hold; the pod is evicted beyond. No limit by default; in memory, at most the sum of the containers' memory limits.",
    ),
  },
  { doc: "What the directory is kept on, and how much it may hold." },
);
export type EmptyDirVolumeSource = TypeOf<typeof EmptyDirVolumeSource>;

export const EphemeralVolumeSource = message(
  "io.k8s.api.core.v1.EphemeralVolumeSource",
  {
    volumeClaimTemplate: field(
      1,
      PersistentVolumeClaimTemplate,
      "What the claim looks like. Its name is that of the pod, a dash, and that of the volume; a claim of this name that is not the pod's keeps the pod from starting.",
    ),
  },
  { doc: "The claim to be made." },
);
export type EphemeralVolumeSource = TypeOf<typeof EphemeralVolumeSource>;

export const GitRepoVolumeSource = message(
  "io.k8s.api.core.v1.GitRepoVolumeSource",
  {
    repository: field(1, string(), "The repository's address.").required(),
    revision: field(2, string(), "The commit to check out."),
    directory: field(3, string(), "The directory to clone into; `.` for the volume's root. Without `..`."),
  },
  {
    doc: "Which repository and commit. To do without, clone into an `emptyDir` in an init container.",
  },
);
export type GitRepoVolumeSource = TypeOf<typeof GitRepoVolumeSource>;

export const HostPathVolumeSource = message(
  "io.k8s.api.core.v1.HostPathVolumeSource",
  {
    path: field(1, string(), "The path on the node. Links are followed.").required(),
    type: field(
      2,
      string()
        .enum("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
        .silentDefault(""),
      "What must be there: `Directory`, `File`, `Socket`, `CharDevice` or `BlockDevice`; the ones with OrCreate make it when it is missing. Nothing is checked when it is empty.",
    ).keepEmpty(),
  },
  { doc: "Where it is on the node, and what must be there." },
);
export type HostPathVolumeSource = TypeOf<typeof HostPathVolumeSource>;

export const ImageVolumeSource = message(
  "io.k8s.api.core.v1.ImageVolumeSource",
  {
    reference: field(
      1,
      string(),
      "The image or artifact, as in a container's `image`; it is pulled with the same credentials.",
    ),
    pullPolicy: field(
      2,
      string().enum("Always", "IfNotPresent", "Never"),
      "When it is pulled: Always, Never (it must be there) or IfNotPresent. Always by default when the tag is `latest` or missing, otherwise IfNotPresent.",
    ),
  },
  { doc: "Which image, and when it is pulled." },
);
export type ImageVolumeSource = TypeOf<typeof ImageVolumeSource>;

export const LocalVolumeSource = message(
  "io.k8s.api.core.v1.LocalVolumeSource",
  {
    path: field(1, string(), "The path on the node, of a directory or a block device.").required(),
    fsType: field(
      2,
      string(),
      "The file system of a block device; one is chosen when it is absent. Not for directories.",
    ).keepEmpty(),
  },
  { doc: "Where it is on the node." },
);
export type LocalVolumeSource = TypeOf<typeof LocalVolumeSource>;

export const NFSVolumeSource = message(
  "io.k8s.api.core.v1.NFSVolumeSource",
  {
    server: field(1, string(), "Name or address of the server.").required(),
    path: field(2, string(), "The directory, as exported.").required(),
    readOnly: field(3, bool(), "Whether it is only mounted for reading. False by default."),
  },
  { doc: "Which server and directory, and how it is mounted." },
);
export type NFSVolumeSource = TypeOf<typeof NFSVolumeSource>;

export const PersistentVolumeClaimVolumeSource = message(
  "io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource",
  {
    claimName: field(1, string(), "Name of the claim in the pod's namespace.").required(),
    readOnly: field(2, bool(), "Makes all mounts of the volume read-only. False by default."),
  },
  { doc: "Which claim, and how its volume is mounted." },
);
export type PersistentVolumeClaimVolumeSource = TypeOf<typeof PersistentVolumeClaimVolumeSource>;

export const Volume = message(
  "io.k8s.api.core.v1.Volume",
  {
    name: field(1, string(), "The volume's name, a DNS label, unique in the pod.").required(),
    ...embedded(2, {
      hostPath: field(
        1,
        HostPathVolumeSource,
        "A file or directory of the node. Gives great power over the node: avoid it.",
      ),
      emptyDir: field(2, EmptyDirVolumeSource, "A directory that is empty when the pod starts and gone when it is."),
      gcePersistentDisk: field(
        3,
        GCEPersistentDiskVolumeSource,
        "Deprecated: a disk of Google Compute Engine; served by the CSI driver pd.csi.storage.gke.io.",
      ),
      awsElasticBlockStore: field(
        4,
        AWSElasticBlockStoreVolumeSource,
        "Deprecated: a disk of Amazon's Elastic Block Store; served by the CSI driver ebs.csi.aws.com.",
      ),
      gitRepo: field(
        5,
        GitRepoVolumeSource,
        "Deprecated, and not allowed by kubelets unless they are told to: a clone of a Git repository.",
      ),
      secret: field(6, SecretVolumeSource, "Files with the values of a Secret."),
      nfs: field(7, NFSVolumeSource, "A directory that an NFS server exports."),
      iscsi: field(8, ISCSIVolumeSource, "A disk of an iSCSI target."),
      glusterfs: field(9, GlusterfsVolumeSource, "Deprecated: a Gluster volume. No longer supported."),
      persistentVolumeClaim: field(
        10,
        PersistentVolumeClaimVolumeSource,
        "The volume that a claim in the pod's namespace is bound to.",
      ),
      rbd: field(11, RBDVolumeSource, "Deprecated: an image in Ceph. No longer supported."),
      flexVolume: field(
        12,
        FlexVolumeSource,
        "Deprecated: storage that a program on the node mounts. Use a CSI driver.",
      ),
      cinder: field(
        13,
        CinderVolumeSource,
        "Deprecated: a volume of OpenStack Cinder; served by the CSI driver cinder.csi.openstack.org.",
      ),
      cephfs: field(14, CephFSVolumeSource, "Deprecated: a directory in a Ceph file system. No longer supported."),
      flocker: field(15, FlockerVolumeSource, "Deprecated: a Flocker dataset. No longer supported."),
      downwardAPI: field(16, DownwardAPIVolumeSource, "Files with facts about the pod, such as its labels."),
      fc: field(17, FCVolumeSource, "A disk on a Fibre Channel network."),
      azureFile: field(
        18,
        AzureFileVolumeSource,
        "Deprecated: a share of Azure Files; served by the CSI driver file.csi.azure.com.",
      ),
      configMap: field(19, ConfigMapVolumeSource, "Files with the values of a ConfigMap."),
      vsphereVolume: field(
        20,
        VsphereVirtualDiskVolumeSource,
        "Deprecated: a disk of vSphere; served by the CSI driver csi.vsphere.vmware.com.",
      ),
      quobyte: field(21, QuobyteVolumeSource, "Deprecated: a Quobyte volume. No longer supported."),
      azureDisk: field(
        22,
        AzureDiskVolumeSource,
        "Deprecated: a disk of Azure; served by the CSI driver disk.csi.azure.com.",
      ),
      photonPersistentDisk: field(
        23,
        PhotonPersistentDiskVolumeSource,
        "Deprecated: a disk of a Photon controller. No longer supported.",
      ),
      portworxVolume: field(
        24,
        PortworxVolumeSource,
        "Deprecated: a Portworx volume; served by the CSI driver pxd.portworx.com.",
      ),
      scaleIO: field(25, ScaleIOVolumeSource, "Deprecated: a ScaleIO volume. No longer supported."),
      projected: field(
        26,
        ProjectedVolumeSource,
        "Files from several sources, such as Secrets, ConfigMaps and tokens, in one directory.",
      ),
      storageos: field(27, StorageOSVolumeSource, "Deprecated: a StorageOS volume. No longer supported."),
      csi: field(28, CSIVolumeSource, "Storage of a CSI driver that lives and dies with the pod."),
      ephemeral: field(
        29,
        EphemeralVolumeSource,
        "A volume whose claim is made for the pod and deleted with it, with all that storage classes can do.",
      ),
      image: field(30, ImageVolumeSource, "The content of an OCI image or artifact, for reading only."),
    }),
  },
  { doc: "Storage that containers of a pod can mount. Exactly one source must be set; an `emptyDir` without one." },
);
export type Volume = TypeOf<typeof Volume>;
