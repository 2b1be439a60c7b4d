/** What a pod says about where and when it is placed, besides affinity. */
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const PodSchedulingGate = message(
  "io.k8s.api.core.v1.PodSchedulingGate",
  {
    name: field(
      1,
      string(),
      "Which gate it is, unique in the pod. Whoever set the gate removes it when the pod may be placed.",
    ).required(),
  },
  { doc: "A reason not to place a pod yet." },
);
export type PodSchedulingGate = TypeOf<typeof PodSchedulingGate>;

export const PodSchedulingGroup = message(
  "io.k8s.api.core.v1.PodSchedulingGroup",
  {
    podGroupName: field(
      1,
      string(),
      "Name of the PodGroup in the pod's namespace. It need not exist yet, but the pod is not placed before it does.",
    ).keepEmpty(),
  },
  {
    unions: [{ fields: { podGroupName: "PodGroupName" } }],
    doc: "The group of pods that a pod is placed with. Exactly one of the fields must be set.",
  },
);
export type PodSchedulingGroup = TypeOf<typeof PodSchedulingGroup>;

export const Toleration = message(
  "io.k8s.api.core.v1.Toleration",
  {
    key: field(1, string(), "The taint's key. Empty, with the operator Exists, fits all taints."),
    operator: field(
      2,
      string().enum("Equal", "Exists", "Gt", "Lt"),
      "How values are compared: Equal (the default) or Exists, which fits any value; Gt and Lt fit when the taint's value, a whole number, is greater or less than this one.",
    ),
    value: field(3, string(), "What the taint's value is compared to. Must be empty with Exists."),
    effect: field(
      4,
      string().enum("NoExecute", "NoSchedule", "PreferNoSchedule"),
      "The effect of the taints that fit; all effects when it is empty.",
    ),
    tolerationSeconds: field(
      5,
      int64(),
      "How long the pod stays on a node after such a taint with the effect NoExecute appears. For ever when it is absent; at once when it is zero or less. Only allowed for NoExecute.",
    ).keepEmpty(),
  },
  { doc: "Lets a pod onto nodes with the taints it fits. It allows; it does not attract." },
);
export type Toleration = TypeOf<typeof Toleration>;

export const TopologySpreadConstraint = message(
  "io.k8s.api.core.v1.TopologySpreadConstraint",
  {
    maxSkew: field(
      1,
      int32(),
      "By how many pods a domain may exceed the one with the fewest. At least 1. With ScheduleAnyway it is a wish: nodes that keep it score higher.",
    ).required(),
    topologyKey: field(
      2,
      string(),
      "The node label whose values are the domains, such as `topology.kubernetes.io/zone`. Nodes without it are passed over.",
    ).required(),
    whenUnsatisfiable: field(
      3,
      string().enum("DoNotSchedule", "ScheduleAnyway"),
      "What happens when no node keeps `maxSkew`: DoNotSchedule leaves the pod pending, ScheduleAnyway takes the node with the least skew.",
    ).required(),
    labelSelector: field(
      4,
      LabelSelector,
      "The pods that are counted, by their labels, in the pod's namespace. Without it no pods are.",
    ),
    minDomains: field(
      5,
      int32(),
      "With fewer domains than this, the smallest domain counts as empty, so that pods wait for more domains. Only with DoNotSchedule; 1 when it is absent.",
    ).keepEmpty(),
    nodeAffinityPolicy: field(
      6,
      string().enum("Honor", "Ignore"),
      "Whether nodes that the pod's `nodeSelector` and node affinity exclude count as domains: Honor (the default) leaves them out, Ignore counts them.",
    ).keepEmpty(),
    nodeTaintsPolicy: field(
      7,
      string().enum("Honor", "Ignore"),
      "Whether nodes with taints the pod does not tolerate count as domains: Honor leaves them out, Ignore (the default) counts them.",
    ).keepEmpty(),
    matchLabelKeys: field(
      8,
      list(string()).atomic(),
      "Keys of labels of this pod. Only pods with the same values are counted, which keeps, say, the revisions of a Deployment apart. Needs `labelSelector`, and may not repeat its keys.",
    ),
  },
  { doc: "How evenly similar pods are spread over nodes, zones or other domains." },
);
export type TopologySpreadConstraint = TypeOf<typeof TopologySpreadConstraint>;
