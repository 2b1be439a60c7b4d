import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateCSINode, validateCSINodeUpdate } from "./storage.validation.ts";

export const VolumeNodeResources = message(
  "io.k8s.api.storage.v1.VolumeNodeResources",
  {
    count: field(1, int32(), "The number. Nothing said: without limit.").keepEmpty(),
  },
  { doc: "How many volumes a node can have." },
);
export type VolumeNodeResources = TypeOf<typeof VolumeNodeResources>;

export const CSINodeDriver = message(
  "io.k8s.api.storage.v1.CSINodeDriver",
  {
    name: field(1, string(), "The driver.").required(),
    nodeID: field(2, string(), "What the driver calls the node.").required(),
    topologyKeys: field(
      3,
      list(string()).atomic(),
      "Labels of the node that tell where its volumes can be used.",
    ).orNull(),
    allocatable: field(4, VolumeNodeResources, "How many volumes it can have there."),
  },
  { doc: "A driver on a node." },
);
export type CSINodeDriver = TypeOf<typeof CSINodeDriver>;

export const CSINodeSpec = message(
  "io.k8s.api.storage.v1.CSINodeSpec",
  {
    drivers: field(
      1,
      list(CSINodeDriver).mapKey("name").patch("merge", "name"),
      "One entry for each driver that is registered.",
    ).required(),
  },
  { doc: "The drivers on a node." },
);
export type CSINodeSpec = TypeOf<typeof CSINodeSpec>;

export const CSINode = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSINode",
  definition: "io.k8s.api.storage.v1.CSINode",
  names: { plural: "csinodes" },
  scope: "Cluster",
  doc: "The storage drivers on a node.",
  fields: { spec: field(2, CSINodeSpec, "The drivers on the node.").required() },
  columns: [
    nameColumn,
    {
      name: "Drivers",
      type: "integer",
      doc: "Drivers indicates the number of CSI drivers registered on the node",
      value: ({ spec }) => spec.drivers?.length ?? 0,
    },
    ageColumn,
  ],
  returnsDeleted: true,
  allowUnconditionalUpdate: false,
  metadataOnUpdate: ["whole"],
  validate: validateCSINode,
  validateUpdate: validateCSINodeUpdate,
});
export type CSINode = ObjectOf<typeof CSINode>;
