import type { Column, KubeObject } from "../../machinery/kind.ts";
import { UNSET, ageColumn, nameColumn } from "../columns.ts";

type Amounts = Readonly<Record<string, string>>;

interface VolumeParts extends KubeObject {
  readonly spec: {
    readonly capacity?: Amounts;
    readonly accessModes?: readonly string[];
    readonly persistentVolumeReclaimPolicy?: string;
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
    readonly storageClassName?: string;
    readonly volumeAttributesClassName?: string;
    readonly volumeMode?: string;
  };
  readonly status: { readonly phase?: string; readonly reason?: string };
}

export const persistentVolumeColumns: readonly Column<VolumeParts>[] = [
  nameColumn,
  {
    name: "Capacity",
    type: "string",
    doc: "capacity is the description of the persistent volume's resources and capacity. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#capacity",
    value: ({ spec }) => spec.capacity?.["storage"] ?? "0",
  },
  {
    name: "Access Modes",
    type: "string",
    doc: "accessModes contains all ways the volume can be mounted. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes",
    value: ({ spec }) => accessModes(spec.accessModes),
  },
  {
    name: "Reclaim Policy",
    type: "string",
    doc: "persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim. Valid options are Retain (default for manually created PersistentVolumes), Delete (default for dynamically provisioned PersistentVolumes), and Recycle (deprecated). Recycle must be supported by the volume plugin underlying this PersistentVolume. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#reclaiming",
    value: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "",
  },
  {
    name: "Status",
    type: "string",
    doc: "phase indicates if a volume is available, bound to a claim, or released by a claim. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#phase",
    value: phase,
  },
  {
    name: "Claim",
    type: "string",
    doc: "claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim. Expected to be non-nil when bound. claim.VolumeName is the authoritative bind between PV and PVC. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#binding",
    value: ({ spec }) => claimText(spec.claimRef),
  },
  { name: "StorageClass", type: "string", doc: "StorageClass of the pv", value: storageClass },
  {
    name: "VolumeAttributesClass",
    type: "string",
    doc: "VolumeAttributesClass of the pv",
    value: ({ spec }) => spec.volumeAttributesClassName ?? UNSET,
  },
  {
    name: "Reason",
    type: "string",
    doc: "reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.",
    value: ({ status }) => status.reason ?? "",
  },
  ageColumn,
  {
    name: "VolumeMode",
    type: "string",
    doc: "volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state. Value of Filesystem is implied when not included in spec.",
    priority: 1,
    value: ({ spec }) => spec.volumeMode ?? UNSET,
  },
];

interface ClaimParts extends KubeObject {
  readonly spec: {
    readonly volumeName?: string;
    readonly storageClassName?: string;
    readonly volumeAttributesClassName?: string;
    readonly volumeMode?: string;
  };
  readonly status: { readonly phase?: string; readonly capacity?: Amounts; readonly accessModes?: readonly string[] };
}

/** What a claim has got is told once it is bound. */
export const persistentVolumeClaimColumns: readonly Column<ClaimParts>[] = [
  nameColumn,
  { name: "Status", type: "string", doc: "phase represents the current phase of PersistentVolumeClaim.", value: phase },
  {
    name: "Volume",
    type: "string",
    doc: "volumeName is the binding reference to the PersistentVolume backing this claim.",
    value: ({ spec }) => spec.volumeName ?? "",
  },
  {
    name: "Capacity",
    type: "string",
    doc: "capacity represents the actual resources of the underlying volume.",
    value: ({ spec, status }) => (spec.volumeName ? (status.capacity?.["storage"] ?? "0") : ""),
  },
  {
    name: "Access Modes",
    type: "string",
    doc: "accessModes contains the actual access modes the volume backing the PVC has. More info: https://kubernetes.io/docs/concepts/storage/persistent-volumes#access-modes-1",
    value: ({ spec, status }) => (spec.volumeName ? accessModes(status.accessModes) : ""),
  },
  { name: "StorageClass", type: "string", doc: "StorageClass of the pvc", value: storageClass },
  {
    name: "VolumeAttributesClass",
    type: "string",
    doc: "VolumeAttributesClass of the pvc",
    value: ({ spec }) => spec.volumeAttributesClassName ?? UNSET,
  },
  ageColumn,
  {
    name: "VolumeMode",
    type: "string",
    doc: "volumeMode defines what type of volume is required by the claim. Value of Filesystem is implied when not included in claim spec.",
    priority: 1,
    value: ({ spec }) => spec.volumeMode ?? UNSET,
  },
];

const MODES: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

function accessModes(modes: readonly string[] | undefined): string {
  return MODES.filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

function phase({ metadata, status }: KubeObject & { readonly status: { readonly phase?: string } }): string {
  return metadata.deletionTimestamp === undefined ? (status.phase ?? "") : "Terminating";
}

function claimText(claim: { readonly namespace?: string; readonly name?: string } | undefined): string {
  return claim === undefined ? "" : `${claim.namespace ?? ""}/${claim.name ?? ""}`;
}

/** The annotation is from before the field, and still wins. */
function storageClass({
  metadata,
  spec,
}: KubeObject & { readonly spec: { readonly storageClassName?: string } }): string {
  return metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec.storageClassName ?? "";
}
