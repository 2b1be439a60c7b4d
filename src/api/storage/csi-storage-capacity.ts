import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { path } from "../../machinery/field-errors.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, quantity, string } from "../../machinery/schema/builders.ts";
import { nodeSelectorWarnings } from "../core/node-labels.warnings.ts";
import { defaultColumns } from "../columns.ts";
import { validateCSIStorageCapacity, validateCSIStorageCapacityUpdate } from "./storage.validation.ts";

export const CSIStorageCapacity = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIStorageCapacity",
  definition: "io.k8s.api.storage.v1.CSIStorageCapacity",
  names: { plural: "csistoragecapacities" },
  scope: "Namespaced",
  doc: "How much storage is left in a part of the topology.",
  fields: {
    nodeTopology: field(2, LabelSelector, "From which nodes it can be reached. Nothing said: none."),
    storageClassName: field(3, string(), "For which StorageClass. Cannot be changed.").required(),
    capacity: field(4, quantity(), "How much room there is."),
    maximumVolumeSize: field(5, quantity(), "The largest volume that can be made."),
  },
  columns: defaultColumns,
  allowUnconditionalUpdate: false,
  metadataOnUpdate: ["change", "whole"],
  validate: validateCSIStorageCapacity,
  validateUpdate: validateCSIStorageCapacityUpdate,
  warnings: ({ nodeTopology }) => nodeSelectorWarnings(path("nodeTopology"), nodeTopology ?? {}),
});
export type CSIStorageCapacity = ObjectOf<typeof CSIStorageCapacity>;
