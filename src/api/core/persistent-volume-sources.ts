/** Storage systems as a PersistentVolume names them, where they differ from how a pod does. */
import { bool, field, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import {
  azureFileFields,
  cephFSFields,
  cinderFields,
  flexFields,
  glusterfsFields,
  iscsiFields,
  rbdFields,
  scaleIOFields,
  storageOSFields,
} from "./volume-sources.ts";
import { ObjectReference, SecretReference } from "./references.ts";

export const AzureFilePersistentVolumeSource = message(
  "io.k8s.api.core.v1.AzureFilePersistentVolumeSource",
  {
    ...azureFileFields,
    secretNamespace: field(4, string(), "Namespace of that Secret. The claim's when it is absent.")
      .orNull()
      .keepEmpty(),
  },
  { doc: "Which share, and how it is mounted." },
);
export type AzureFilePersistentVolumeSource = TypeOf<typeof AzureFilePersistentVolumeSource>;

export const CSIPersistentVolumeSource = message(
  "io.k8s.api.core.v1.CSIPersistentVolumeSource",
  {
    driver: field(1, string(), "The driver's name, as its CSIDriver has it.").required(),
    volumeHandle: field(
      2,
      string(),
      "The driver's identifier of the volume; one for each volume. Cannot be changed.",
    ).required(),
    readOnly: field(3, bool(), "Whether the volume is only attached for reading. False by default."),
    fsType: field(4, string(), "The file system, such as `ext4` or `xfs`; the driver's default when it is empty."),
    volumeAttributes: field(5, map(string()), "What else the driver must know about the volume, as names and values."),
    controllerPublishSecretRef: field(
      6,
      SecretReference,
      "Secret for attaching the volume to a node and detaching it.",
    ),
    nodeStageSecretRef: field(7, SecretReference, "Secret for preparing the volume on a node."),
    nodePublishSecretRef: field(8, SecretReference, "Secret for mounting the volume for a pod."),
    controllerExpandSecretRef: field(9, SecretReference, "Secret for growing the volume in the storage system."),
    nodeExpandSecretRef: field(10, SecretReference, "Secret for growing the volume on a node."),
  },
  { doc: "Which driver and volume, and what the driver needs to mount it." },
);
export type CSIPersistentVolumeSource = TypeOf<typeof CSIPersistentVolumeSource>;

export const CephFSPersistentVolumeSource = message(
  "io.k8s.api.core.v1.CephFSPersistentVolumeSource",
  cephFSFields(SecretReference),
  { doc: "Which directory, and how it is mounted." },
);
export type CephFSPersistentVolumeSource = TypeOf<typeof CephFSPersistentVolumeSource>;

export const CinderPersistentVolumeSource = message(
  "io.k8s.api.core.v1.CinderPersistentVolumeSource",
  cinderFields(SecretReference),
  { doc: "Which volume, and how it is mounted." },
);
export type CinderPersistentVolumeSource = TypeOf<typeof CinderPersistentVolumeSource>;

export const FlexPersistentVolumeSource = message(
  "io.k8s.api.core.v1.FlexPersistentVolumeSource",
  flexFields(SecretReference),
  { doc: "Which program, and what it is given." },
);
export type FlexPersistentVolumeSource = TypeOf<typeof FlexPersistentVolumeSource>;

export const GlusterfsPersistentVolumeSource = message(
  "io.k8s.api.core.v1.GlusterfsPersistentVolumeSource",
  {
    ...glusterfsFields,
    endpointsNamespace: field(4, string(), "Namespace of the Endpoints. The claim's when it is absent.").keepEmpty(),
  },
  { doc: "Which volume, and how it is mounted." },
);
export type GlusterfsPersistentVolumeSource = TypeOf<typeof GlusterfsPersistentVolumeSource>;

export const ISCSIPersistentVolumeSource = message(
  "io.k8s.api.core.v1.ISCSIPersistentVolumeSource",
  iscsiFields(SecretReference),
  { doc: "Which disk, and how it is mounted. Only one node can write to it." },
);
export type ISCSIPersistentVolumeSource = TypeOf<typeof ISCSIPersistentVolumeSource>;

export const RBDPersistentVolumeSource = message(
  "io.k8s.api.core.v1.RBDPersistentVolumeSource",
  rbdFields(SecretReference),
  { doc: "Which image, and how it is mounted." },
);
export type RBDPersistentVolumeSource = TypeOf<typeof RBDPersistentVolumeSource>;

export const ScaleIOPersistentVolumeSource = message(
  "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource",
  scaleIOFields(SecretReference),
  { doc: "Which volume, and how it is mounted." },
);
export type ScaleIOPersistentVolumeSource = TypeOf<typeof ScaleIOPersistentVolumeSource>;

export const StorageOSPersistentVolumeSource = message(
  "io.k8s.api.core.v1.StorageOSPersistentVolumeSource",
  storageOSFields(ObjectReference),
  { doc: "Which volume, and how it is mounted." },
);
export type StorageOSPersistentVolumeSource = TypeOf<typeof StorageOSPersistentVolumeSource>;
