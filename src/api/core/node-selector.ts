import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const NodeSelectorRequirement = message("io.k8s.api.core.v1.NodeSelectorRequirement", {
  key: field(1, string()).required(),
  operator: field(2, string().enum("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn")).required(),
  values: field(3, list(string()).atomic()),
});
export type NodeSelectorRequirement = TypeOf<typeof NodeSelectorRequirement>;

export const NodeSelectorTerm = message(
  "io.k8s.api.core.v1.NodeSelectorTerm",
  {
    matchExpressions: field(1, list(NodeSelectorRequirement).atomic()),
    matchFields: field(2, list(NodeSelectorRequirement).atomic()),
  },
  { mapType: "atomic" },
);
export type NodeSelectorTerm = TypeOf<typeof NodeSelectorTerm>;

export const NodeSelector = message(
  "io.k8s.api.core.v1.NodeSelector",
  { nodeSelectorTerms: field(1, list(NodeSelectorTerm).atomic()).required() },
  { mapType: "atomic" },
);
export type NodeSelector = TypeOf<typeof NodeSelector>;

export const VolumeNodeAffinity = message("io.k8s.api.core.v1.VolumeNodeAffinity", {
  required: field(1, NodeSelector),
});
export type VolumeNodeAffinity = TypeOf<typeof VolumeNodeAffinity>;
