import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, quantity, string } from "../../machinery/schema/builders.ts";
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
    nodeTopology: field(2, LabelSelector),
    storageClassName: field(3, string()).required(),
    capacity: field(4, quantity()),
    maximumVolumeSize: field(5, quantity()),
  },
  columns: defaultColumns,
  allowUnconditionalUpdate: false,
  validate: validateCSIStorageCapacity,
  validateUpdate: validateCSIStorageCapacityUpdate,
});
export type CSIStorageCapacity = ObjectOf<typeof CSIStorageCapacity>;
