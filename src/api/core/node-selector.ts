import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const NodeSelectorRequirement = message(
  "io.k8s.api.core.v1.NodeSelectorRequirement",
  {
    key: field(1, string(), "The label of the node, or for `matchFields` its field (only `metadata.name`).").required(),
    operator: field(
      2,
      string().enum("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"),
      "How the node's value is compared: In and NotIn a list, Exists and DoesNotExist the key alone, Gt and Lt one whole number. NotIn also fits nodes without the key.",
    ).required(),
    values: field(
      3,
      list(string()).atomic(),
      "What the node's value is compared to: at least one for In and NotIn, none for Exists and DoesNotExist, exactly one whole number for Gt and Lt.",
    ),
  },
  { doc: "A key, an operator, and the values they are compared to." },
);
export type NodeSelectorRequirement = TypeOf<typeof NodeSelectorRequirement>;

export const NodeSelectorTerm = message(
  "io.k8s.api.core.v1.NodeSelectorTerm",
  {
    matchExpressions: field(1, list(NodeSelectorRequirement).atomic(), "Requirements on the node's labels."),
    matchFields: field(
      2,
      list(NodeSelectorRequirement).atomic(),
      "Requirements on the node's fields. Only `metadata.name` can be asked for, with In or NotIn and one value.",
    ),
  },
  { mapType: "atomic", doc: "Requirements which a node must all meet. An empty term fits no node." },
);
export type NodeSelectorTerm = TypeOf<typeof NodeSelectorTerm>;

export const NodeSelector = message(
  "io.k8s.api.core.v1.NodeSelector",
  {
    nodeSelectorTerms: field(
      1,
      list(NodeSelectorTerm).atomic(),
      "The alternatives; a node must fit one of them. At least one is needed.",
    ).required(),
  },
  { mapType: "atomic", doc: "A choice of nodes: those that fit at least one of the terms." },
);
export type NodeSelector = TypeOf<typeof NodeSelector>;

export const VolumeNodeAffinity = message(
  "io.k8s.api.core.v1.VolumeNodeAffinity",
  {
    required: field(1, NodeSelector, "The nodes that can use the volume. Pods with the volume are only placed there."),
  },
  { doc: "Rules about nodes." },
);
export type VolumeNodeAffinity = TypeOf<typeof VolumeNodeAffinity>;
