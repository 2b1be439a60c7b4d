import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { TypedLocalObjectReference, TypedObjectReference } from "./references.ts";
import { VolumeResourceRequirements } from "./resource-requirements.ts";

export const PersistentVolumeClaimSpec = message(
  "io.k8s.api.core.v1.PersistentVolumeClaimSpec",
  {
    accessModes: field(
      1,
      list(string().enum("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")).atomic(),
      "How the volume must be mountable: ReadWriteOnce (by one node), ReadOnlyMany, ReadWriteMany (by many nodes) or ReadWriteOncePod (by one pod).",
    ),
    resources: field(
      2,
      VolumeResourceRequirements,
      "How much storage is needed. `requests.storage` can be raised when the storage class allows volumes to grow.",
    ).always(),
    volumeName: field(
      3,
      string(),
      "The PersistentVolume the claim is bound to. Filled in when it is bound; who sets it before asks for just that one.",
    ),
    selector: field(
      4,
      LabelSelector,
      "Labels of the volumes that may be bound. With a selector no volume is provisioned.",
    ),
    storageClassName: field(
      5,
      string(),
      "The StorageClass the volume is of. Empty asks for volumes without a class; when it is absent, the cluster's default class is filled in.",
    ).keepEmpty(),
    volumeMode: field(
      6,
      string().enum("Block", "Filesystem").silentDefault("Filesystem"),
      "Filesystem (the default) or Block, a raw device.",
    ).keepEmpty(),
    dataSource: field(
      7,
      TypedLocalObjectReference,
      "A VolumeSnapshot or PersistentVolumeClaim whose data the new volume starts with. Kept equal to `dataSourceRef` unless that is in another namespace.",
    ),
    dataSourceRef: field(
      8,
      TypedObjectReference,
      "An object whose data the new volume starts with: a snapshot, a claim, or whatever a volume populator knows. Also from another namespace, where that allows it.",
    ),
    volumeAttributesClassName: field(
      9,
      string(),
      "The VolumeAttributesClass with changeable settings of the volume, such as its speed. Can be changed, if the driver can do that; empty for none.",
    ).keepEmpty(),
  },
  { doc: "Properties of the storage; nearly all of them cannot be changed later." },
);
export type PersistentVolumeClaimSpec = TypeOf<typeof PersistentVolumeClaimSpec>;

export const PersistentVolumeClaimTemplate = message(
  "io.k8s.api.core.v1.PersistentVolumeClaimTemplate",
  {
    metadata: field(1, TemplateMeta, "Labels and annotations of the claim; nothing else is taken.").always(),
    spec: field(2, PersistentVolumeClaimSpec, "The specification of the claim, as it stands.").required(),
  },
  { doc: "What claims that are made for a pod look like." },
);
export type PersistentVolumeClaimTemplate = TypeOf<typeof PersistentVolumeClaimTemplate>;
