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
  { name: "Capacity", type: "string", value: ({ spec }) => spec.capacity?.["storage"] ?? "0" },
  { name: "Access Modes", type: "string", value: ({ spec }) => accessModes(spec.accessModes) },
  { name: "Reclaim Policy", type: "string", value: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? "" },
  { name: "Status", type: "string", value: phase },
  { name: "Claim", type: "string", value: ({ spec }) => claimText(spec.claimRef) },
  { name: "StorageClass", type: "string", value: storageClass },
  { name: "VolumeAttributesClass", type: "string", value: ({ spec }) => spec.volumeAttributesClassName || UNSET },
  { name: "Reason", type: "string", value: ({ status }) => status.reason ?? "" },
  ageColumn,
  { name: "VolumeMode", type: "string", priority: 1, value: ({ spec }) => spec.volumeMode ?? UNSET },
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
  { name: "Status", type: "string", value: phase },
  { name: "Volume", type: "string", value: ({ spec }) => spec.volumeName ?? "" },
  {
    name: "Capacity",
    type: "string",
    value: ({ spec, status }) => (spec.volumeName ? (status.capacity?.["storage"] ?? "0") : ""),
  },
  {
    name: "Access Modes",
    type: "string",
    value: ({ spec, status }) => (spec.volumeName ? accessModes(status.accessModes) : ""),
  },
  { name: "StorageClass", type: "string", value: storageClass },
  { name: "VolumeAttributesClass", type: "string", value: ({ spec }) => spec.volumeAttributesClassName || UNSET },
  ageColumn,
  { name: "VolumeMode", type: "string", priority: 1, value: ({ spec }) => spec.volumeMode ?? UNSET },
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
