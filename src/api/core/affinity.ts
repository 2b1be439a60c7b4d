import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NodeSelector, NodeSelectorTerm } from "./node-selector.ts";

export const PreferredSchedulingTerm = message(
  "io.k8s.api.core.v1.PreferredSchedulingTerm",
  {
    weight: field(
      1,
      int32(),
      "How much a node that fits adds to its score, 1 to 100. The weights of all terms that fit are added up.",
    ).required(),
    preference: field(
      2,
      NodeSelectorTerm,
      "The nodes that are wished for. A term without any requirement fits no node.",
    ).required(),
  },
  { doc: "A wish about nodes with a weight." },
);
export type PreferredSchedulingTerm = TypeOf<typeof PreferredSchedulingTerm>;

export const NodeAffinity = message(
  "io.k8s.api.core.v1.NodeAffinity",
  {
    requiredDuringSchedulingIgnoredDuringExecution: field(
      1,
      NodeSelector,
      "The pod is only placed on nodes that fit. Labels that change later do not move a running pod.",
    ),
    preferredDuringSchedulingIgnoredDuringExecution: field(
      2,
      list(PreferredSchedulingTerm).atomic(),
      "Nodes that fit more or heavier terms score higher, but any node may be chosen.",
    ),
  },
  { doc: "Which nodes a pod needs or prefers, told by their labels and fields." },
);
export type NodeAffinity = TypeOf<typeof NodeAffinity>;

export const PodAffinityTerm = message(
  "io.k8s.api.core.v1.PodAffinityTerm",
  {
    labelSelector: field(
      1,
      LabelSelector,
      "Which pods count, by their labels. Without it no pod does; an empty selector stands for all pods.",
    ),
    namespaces: field(
      2,
      list(string()).atomic(),
      "Names of the namespaces in which pods count, in addition to those of `namespaceSelector`. When neither is given, only the pod's own namespace.",
    ),
    topologyKey: field(
      3,
      string(),
      "The node label whose value says which nodes are one place, such as `kubernetes.io/hostname` or `topology.kubernetes.io/zone`. May not be empty.",
    ).required(),
    namespaceSelector: field(
      4,
      LabelSelector,
      "Labels of the namespaces in which pods count, in addition to `namespaces`. An empty selector stands for all namespaces.",
    ),
    matchLabelKeys: field(
      5,
      list(string()).atomic(),
      "Keys of labels of this pod. Their values are added to `labelSelector` with In when the pod is created, which limits it to pods of, say, the same revision. Keys the pod lacks are passed over; needs `labelSelector`.",
    ),
    mismatchLabelKeys: field(
      6,
      list(string()).atomic(),
      "As `matchLabelKeys`, but the values are added with NotIn, which leaves out pods with the same value, say of the same tenant. No key may be in both lists.",
    ),
  },
  { doc: "A set of pods, and the topology in which the pod should be near to them or away from them." },
);
export type PodAffinityTerm = TypeOf<typeof PodAffinityTerm>;

export const WeightedPodAffinityTerm = message(
  "io.k8s.api.core.v1.WeightedPodAffinityTerm",
  {
    weight: field(
      1,
      int32(),
      "How much a node that fits adds to its score (or, for anti-affinity, takes from it), 1 to 100.",
    ).required(),
    podAffinityTerm: field(2, PodAffinityTerm, "The pods, and the topology in which they are looked for.").required(),
  },
  { doc: "A wish about other pods with a weight." },
);
export type WeightedPodAffinityTerm = TypeOf<typeof WeightedPodAffinityTerm>;

export const PodAffinity = message(
  "io.k8s.api.core.v1.PodAffinity",
  {
    requiredDuringSchedulingIgnoredDuringExecution: field(
      1,
      list(PodAffinityTerm).atomic(),
      "Each term must find a pod in the node's topology, or the pod is not placed there. Later changes of labels do not move a running pod.",
    ),
    preferredDuringSchedulingIgnoredDuringExecution: field(
      2,
      list(WeightedPodAffinityTerm).atomic(),
      "Nodes near to the pods of more or heavier terms score higher, but any node may be chosen.",
    ),
  },
  { doc: "Which pods a pod needs or prefers to be near to." },
);
export type PodAffinity = TypeOf<typeof PodAffinity>;

export const PodAntiAffinity = message(
  "io.k8s.api.core.v1.PodAntiAffinity",
  {
    requiredDuringSchedulingIgnoredDuringExecution: field(
      1,
      list(PodAffinityTerm).atomic(),
      "No term may find a pod in the node's topology, or the pod is not placed there. Also keeps later pods that fit a term away from this one.",
    ),
    preferredDuringSchedulingIgnoredDuringExecution: field(
      2,
      list(WeightedPodAffinityTerm).atomic(),
      "Nodes near to the pods of more or heavier terms score lower, but any node may be chosen.",
    ),
  },
  { doc: "Which pods a pod must not be near to, or prefers to be away from." },
);
export type PodAntiAffinity = TypeOf<typeof PodAntiAffinity>;

export const Affinity = message(
  "io.k8s.api.core.v1.Affinity",
  {
    nodeAffinity: field(1, NodeAffinity, "Rules about the labels and fields of nodes."),
    podAffinity: field(
      2,
      PodAffinity,
      "Rules that bring the pod near to other pods, in the same node, zone or other topology.",
    ),
    podAntiAffinity: field(
      3,
      PodAntiAffinity,
      "Rules that keep the pod away from other pods, in the same node, zone or other topology.",
    ),
  },
  { doc: "A pod's rules about the nodes and the other pods it is placed with." },
);
export type Affinity = TypeOf<typeof Affinity>;
