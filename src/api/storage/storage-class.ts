import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { path } from "../../machinery/field-errors.ts";
import { bool, field, list, map, string } from "../../machinery/schema/builders.ts";
import { oldLabel } from "../core/node-labels.warnings.ts";
import { TopologySelectorTerm } from "../core/topology-selector.ts";
import { ageColumn, nameOrDefault } from "../columns.ts";
import { validateStorageClass, validateStorageClassUpdate } from "./storage.validation.ts";

export const StorageClass = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  definition: "io.k8s.api.storage.v1.StorageClass",
  names: { plural: "storageclasses", short: ["sc"] },
  scope: "Cluster",
  doc: "A sort of storage that volumes are made of on demand.",
  fields: {
    provisioner: field(2, string(), "Who makes the volumes. Cannot be changed.").required(),
    parameters: field(3, map(string()), "Settings for the provisioner. At most 512."),
    reclaimPolicy: field(
      4,
      string().enum("Delete", "Recycle", "Retain").silentDefault("Delete"),
      "What becomes of a volume whose claim goes: `Delete` (the default) or `Retain`.",
    ).keepEmpty(),
    mountOptions: field(
      5,
      list(string()).atomic(),
      "Options volumes are mounted with, such as `ro`. Not checked; a wrong one fails the mount.",
    ),
    allowVolumeExpansion: field(6, bool(), "Whether claims may grow.").keepEmpty(),
    volumeBindingMode: field(
      7,
      string().enum("Immediate", "WaitForFirstConsumer").silentDefault("Immediate"),
      "`Immediate` (the default), or `WaitForFirstConsumer`: the volume is made where the pod goes.",
    ).keepEmpty(),
    allowedTopologies: field(
      8,
      list(TopologySelectorTerm).atomic(),
      "Where volumes may be made. Nothing said: anywhere.",
    ),
  },
  columns: [
    nameOrDefault(["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]),
    {
      name: "Provisioner",
      type: "string",
      doc: "provisioner indicates the type of the provisioner.",
      value: ({ provisioner }) => provisioner,
    },
    {
      name: "ReclaimPolicy",
      type: "string",
      doc: "reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class. Defaults to Delete.",
      value: ({ reclaimPolicy }) => reclaimPolicy ?? "Delete",
    },
    {
      name: "VolumeBindingMode",
      type: "string",
      doc: "volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  When unset, VolumeBindingImmediate is used. This field is only honored by servers that enable the VolumeScheduling feature.",
      value: ({ volumeBindingMode }) => volumeBindingMode ?? "Immediate",
    },
    {
      name: "AllowVolumeExpansion",
      type: "string",
      doc: "allowVolumeExpansion shows whether the storage class allow volume expand.",
      value: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
  returnsDeleted: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warnings({ allowedTopologies = [] }) {
    const out: string[] = [];
    allowedTopologies.forEach(({ matchLabelExpressions = [] }, index) => {
      const at = path("allowedTopologies").index(index).child("matchLabelExpressions");
      matchLabelExpressions.forEach(({ key }, number) => oldLabel(out, at.index(number).child("key"), key));
    });
    return out;
  },
});
export type StorageClass = ObjectOf<typeof StorageClass>;
