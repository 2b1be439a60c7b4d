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

export const PersistentVolumeSpec = message("io.k8s.api.core.v1.PersistentVolumeSpec", {
  capacity: field(1, map(quantity())),
  ...embedded(2, {
    gcePersistentDisk: field(1, GCEPersistentDiskVolumeSource),
    awsElasticBlockStore: field(2, AWSElasticBlockStoreVolumeSource),
    hostPath: field(3, HostPathVolumeSource),
    glusterfs: field(4, GlusterfsPersistentVolumeSource),
    nfs: field(5, NFSVolumeSource),
    rbd: field(6, RBDPersistentVolumeSource),
    iscsi: field(7, ISCSIPersistentVolumeSource),
    cinder: field(8, CinderPersistentVolumeSource),
    cephfs: field(9, CephFSPersistentVolumeSource),
    fc: field(10, FCVolumeSource),
    flocker: field(11, FlockerVolumeSource),
    flexVolume: field(12, FlexPersistentVolumeSource),
    azureFile: field(13, AzureFilePersistentVolumeSource),
    vsphereVolume: field(14, VsphereVirtualDiskVolumeSource),
    quobyte: field(15, QuobyteVolumeSource),
    azureDisk: field(16, AzureDiskVolumeSource),
    photonPersistentDisk: field(17, PhotonPersistentDiskVolumeSource),
    portworxVolume: field(18, PortworxVolumeSource),
    scaleIO: field(19, ScaleIOPersistentVolumeSource),
    local: field(20, LocalVolumeSource),
    storageos: field(21, StorageOSPersistentVolumeSource),
    csi: field(22, CSIPersistentVolumeSource),
  }),
  accessModes: field(
    3,
    list(string().enum("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")).atomic(),
  ),
  claimRef: field(4, ObjectReference).granular(),
  persistentVolumeReclaimPolicy: field(5, string().enum("Delete", "Recycle", "Retain").silentDefault("Retain")),
  storageClassName: field(6, string()),
  mountOptions: field(7, list(string()).atomic()),
  volumeMode: field(8, string().enum("Block", "Filesystem").silentDefault("Filesystem")).keepEmpty(),
  nodeAffinity: field(9, VolumeNodeAffinity),
  volumeAttributesClassName: field(10, string()).keepEmpty(),
});
export type PersistentVolumeSpec = TypeOf<typeof PersistentVolumeSpec>;

export const PersistentVolumeStatus = message("io.k8s.api.core.v1.PersistentVolumeStatus", {
  phase: field(1, string().enum("Available", "Bound", "Failed", "Pending", "Released").silentDefault("Pending")),
  message: field(2, string()),
  reason: field(3, string()),
  lastPhaseTransitionTime: field(4, time()),
});
export type PersistentVolumeStatus = TypeOf<typeof PersistentVolumeStatus>;

export const PersistentVolume = defineKind({
  group: "",
  version: "v1",
  kind: "PersistentVolume",
  definition: "io.k8s.api.core.v1.PersistentVolume",
  names: { plural: "persistentvolumes", short: ["pv"] },
  scope: "Cluster",
  generation: false,
  doc: "A piece of storage in the cluster.",
  subresources: { ...STATUS },
  fields: { spec: field(2, PersistentVolumeSpec).always(), status: field(3, PersistentVolumeStatus).always() },
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
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: volumeWarnings,
});
export type PersistentVolume = ObjectOf<typeof PersistentVolume>;
