import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { embedded, field, list, map, message, quantity, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { VolumeNodeAffinity } from "./node-selector.ts";
import {
  AzureFilePersistentVolumeSource,
  CSIPersistentVolumeSource,
  CephFSPersistentVolumeSource,
  CinderPersistentVolumeSource,
  FlexPersistentVolumeSource,
  GlusterfsPersistentVolumeSource,
  ISCSIPersistentVolumeSource,
  RBDPersistentVolumeSource,
  ScaleIOPersistentVolumeSource,
  StorageOSPersistentVolumeSource,
} from "./persistent-volume-sources.ts";
import { ObjectReference } from "./references.ts";
import { HostPathVolumeSource, LocalVolumeSource, NFSVolumeSource } from "./volume.ts";
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from "./volume-sources.ts";
import { persistentVolumeColumns } from "./volumes.columns.ts";
import { formatTime } from "../../machinery/time.ts";
import { validatePersistentVolume, validatePersistentVolumeUpdate } from "./persistent-volume.validation.ts";
import { volumeWarnings } from "./volume.warnings.ts";

export const PersistentVolumeSpec = message(
  "io.k8s.api.core.v1.PersistentVolumeSpec",
  {
    capacity: field(1, map(quantity()), "What the volume has, by resource: `storage`."),
    ...embedded(2, {
      gcePersistentDisk: field(
        1,
        GCEPersistentDiskVolumeSource,
        "Deprecated: a disk of Google Compute Engine; served by the CSI driver pd.csi.storage.gke.io.",
      ),
      awsElasticBlockStore: field(
        2,
        AWSElasticBlockStoreVolumeSource,
        "Deprecated: a disk of Amazon's Elastic Block Store; served by the CSI driver ebs.csi.aws.com.",
      ),
      hostPath: field(3, HostPathVolumeSource, "A directory of the node; for trying things out on a single node only."),
      glusterfs: field(4, GlusterfsPersistentVolumeSource, "Deprecated: a Gluster volume. No longer supported."),
      nfs: field(5, NFSVolumeSource, "A directory that an NFS server exports."),
      rbd: field(6, RBDPersistentVolumeSource, "Deprecated: an image in Ceph. No longer supported."),
      iscsi: field(7, ISCSIPersistentVolumeSource, "A disk of an iSCSI target."),
      cinder: field(
        8,
        CinderPersistentVolumeSource,
        "Deprecated: a volume of OpenStack Cinder; served by the CSI driver cinder.csi.openstack.org.",
      ),
      cephfs: field(
        9,
        CephFSPersistentVolumeSource,
        "Deprecated: a directory in a Ceph file system. No longer supported.",
      ),
      fc: field(10, FCVolumeSource, "A disk on a Fibre Channel network."),
      flocker: field(11, FlockerVolumeSource, "Deprecated: a Flocker dataset. No longer supported."),
      flexVolume: field(
        12,
        FlexPersistentVolumeSource,
        "Deprecated: storage that a program on the node mounts. Use a CSI driver.",
      ),
      azureFile: field(
        13,
        AzureFilePersistentVolumeSource,
        "Deprecated: a share of Azure Files; served by the CSI driver file.csi.azure.com.",
      ),
      vsphereVolume: field(
        14,
        VsphereVirtualDiskVolumeSource,
        "Deprecated: a disk of vSphere; served by the CSI driver csi.vsphere.vmware.com.",
      ),
      quobyte: field(15, QuobyteVolumeSource, "Deprecated: a Quobyte volume. No longer supported."),
      azureDisk: field(
        16,
        AzureDiskVolumeSource,
        "Deprecated: a disk of Azure; served by the CSI driver disk.csi.azure.com.",
      ),
      photonPersistentDisk: field(
        17,
        PhotonPersistentDiskVolumeSource,
        "Deprecated: a disk of a Photon controller. No longer supported.",
      ),
      portworxVolume: field(
        18,
        PortworxVolumeSource,
        "Deprecated: a Portworx volume; served by the CSI driver pxd.portworx.com.",
      ),
      scaleIO: field(19, ScaleIOPersistentVolumeSource, "Deprecated: a ScaleIO volume. No longer supported."),
      local: field(20, LocalVolumeSource, "A disk, partition or directory of one node. Needs `nodeAffinity`."),
      storageos: field(21, StorageOSPersistentVolumeSource, "Deprecated: a StorageOS volume. No longer supported."),
      csi: field(22, CSIPersistentVolumeSource, "Storage that a CSI driver mounts."),
    }),
    accessModes: field(
      3,
      list(string().enum("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")).atomic(),
      "All the ways the volume can be mounted: ReadWriteOnce (by one node), ReadOnlyMany, ReadWriteMany (by many nodes) or ReadWriteOncePod (by one pod).",
    ),
    claimRef: field(
      4,
      ObjectReference,
      "The claim the volume is bound to, or kept for. Its `uid` is empty until it is bound.",
    ).granular(),
    persistentVolumeReclaimPolicy: field(
      5,
      string().enum("Delete", "Recycle", "Retain").silentDefault("Retain"),
      "What happens when the claim is deleted: Retain keeps volume and data (the default for volumes made by hand), Delete removes both (the default of storage classes), Recycle is deprecated.",
    ),
    storageClassName: field(
      6,
      string(),
      "The StorageClass the volume is of; empty for none. Only claims of the same class are bound to it.",
    ),
    mountOptions: field(
      7,
      list(string()).atomic(),
      "Options of the mount, such as `ro` or `soft`. They are not checked: mounting fails if one is wrong.",
    ),
    volumeMode: field(
      8,
      string().enum("Block", "Filesystem").silentDefault("Filesystem"),
      "Filesystem (the default) or Block, a raw device. A claim must ask for the same.",
    ).keepEmpty(),
    nodeAffinity: field(
      9,
      VolumeNodeAffinity,
      "From which nodes the volume can be reached; from all when it is absent.",
    ),
    volumeAttributesClassName: field(
      10,
      string(),
      "The VolumeAttributesClass the volume has. A claim must ask for the same to be bound.",
    ).keepEmpty(),
  },
  {
    doc: "Settings of a volume. Exactly one of the storage systems must be set, and cannot be changed.",
  },
);
export type PersistentVolumeSpec = TypeOf<typeof PersistentVolumeSpec>;

export const PersistentVolumeStatus = message(
  "io.k8s.api.core.v1.PersistentVolumeStatus",
  {
    phase: field(
      1,
      string().enum("Available", "Bound", "Failed", "Pending", "Released").silentDefault("Pending"),
      "Pending, Available (free), Bound, Released (its claim is gone, but it was not reclaimed) or Failed (reclaiming did not work).",
    ),
    message: field(2, string(), "Why the volume is in this state, meant for people."),
    reason: field(3, string(), "A word in CamelCase for a failure, meant for programs."),
    lastPhaseTransitionTime: field(4, time(), "When `phase` last changed. Set by itself."),
  },
  { doc: "Phase of a volume." },
);
export type PersistentVolumeStatus = TypeOf<typeof PersistentVolumeStatus>;

export const PersistentVolume = defineKind({
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  definition: "io.k8s.api.core.v1.PersistentVolume",
  names: { plural: "persistentvolumes", short: ["pv"] },
  scope: "Cluster",
  generation: false,
  doc: "A piece of storage in the cluster, made by hand or for a claim. It outlives the pods that use it.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, PersistentVolumeSpec, "Where the storage is and how it may be used.").always(),
    status: field(3, PersistentVolumeStatus, "Where the volume is in its life. Read-only for users.").always(),
  },
  columns: persistentVolumeColumns,
  returnsDeleted: true,
  prepareForCreate({ status }, { now }) {
    status.lastPhaseTransitionTime = formatTime(now);
  },
  prepareForUpdate({ status }, { status: before }, { now, subresource }) {
    if (subresource !== "status") return;
    // Whoever changes the phase need not say when.
    if (status.phase === before.phase) {
      if (before.lastPhaseTransitionTime !== undefined) {
        status.lastPhaseTransitionTime ??= before.lastPhaseTransitionTime;
      }
    } else if ((status.lastPhaseTransitionTime ?? before.lastPhaseTransitionTime) === before.lastPhaseTransitionTime) {
      status.lastPhaseTransitionTime = formatTime(now);
    }
  },
  metadataOnUpdate: ["whole", "whole"],
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: volumeWarnings,
});
export type PersistentVolume = ObjectOf<typeof PersistentVolume>;
