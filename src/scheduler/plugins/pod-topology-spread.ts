import { ownValue } from "../../machinery/json-tree.ts";
import type { Pod } from "../../api/core/index.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import type { Cluster } from "../cluster.ts";
import { SKIP, definePlugin, never, unless } from "../framework.ts";
import { matchesNode } from "../../api/core/node-matching.ts";
import type { NodeState } from "../node-state.ts";
import { matcherOf, podCounts } from "../pod-counts.ts";
import type { Counts, Selection } from "../pod-counts.ts";
import type { PodState } from "../pod-state.ts";
import { isTolerated } from "../../api/core/tolerations.ts";

type Constraint = NonNullable<Pod["spec"]["topologySpreadConstraints"]>[number];

const HOSTNAME = "kubernetes.io/hostname";

/** One constraint with what it looks like in the cluster now. */
interface Spread {
  readonly maxSkew: number;
  readonly hard: boolean;
  /** By node index: its domain (a value of the key), -1 where it has none. */
  readonly domainOf: Int32Array;
  /** By domain: matching pods in it. */
  readonly counts: Float64Array;
  /** The fewest pods in a domain; 0 where there are fewer domains than asked for. */
  readonly least: number;
  /** 1 where the pod itself matches the selector. */
  readonly self: number;
  /** How much the number of domains makes a pod more in one matter less. */
  readonly weight: number;
  /** The pod itself speaks of the key: nodes without it are the last choice. */
  readonly own: boolean;
}

/**
 * Spreads pods over the values of a node label: `DoNotSchedule` filters nodes that would make the spread more uneven
 * than `maxSkew`, `ScheduleAnyway` ranks them. Pods without constraints of their own that belong to a controller are spread
 * over hosts and zones softly, as upstream's default constraints do.
 */
export const podTopologySpread = definePlugin<readonly Spread[]>({
  name: "PodTopologySpread",
  dependsOn: "all pods",
  retryOn: [
    "node/add",
    "node/update-labels",
    "node/update-taints",
    "node/delete",
    "pod/add",
    "pod/update",
    "pod/delete",
  ],
  prepare: (pod, cluster) => {
    const constraints = constraintsOf(pod.pod);
    if (constraints.length === 0) return SKIP;
    const own = constraints === pod.pod.spec.topologySpreadConstraints;
    // Constraints mostly speak of the same pods, which are then looked up once.
    const counted = new Map<unknown, Counts>();
    return constraints.map((constraint) => {
      // Where the pod itself says how, only nodes count that have all the keys it speaks of in that way.
      const alike = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === constraint.whenUnsatisfiable);
      const { labelSelector, matchLabelKeys } = constraint;
      let onNode = matchLabelKeys === undefined ? counted.get(labelSelector) : undefined;
      onNode ??= podCounts(cluster).of([selectionOf(constraint, pod.pod)], { leaving: false });
      if (matchLabelKeys === undefined) counted.set(labelSelector, onNode);
      return spreadOf(constraint, own ? alike : [], onNode, pod, cluster);
    });
  },
  filter: ({ node, state: spreads }) => {
    for (const { hard, domainOf, counts, least, self, maxSkew } of spreads) {
      if (!hard) continue;
      const domain = domainOf[node.index]!;
      if (domain < 0) return never("node(s) didn't match pod topology spread constraints (missing required label)");
      if (counts[domain]! + self - least > maxSkew) {
        return unless("node(s) didn't match pod topology spread constraints");
      }
    }
    return undefined;
  },
  score: ({ node, state: spreads }) => {
    let cost = 0;
    for (const { hard, domainOf, counts, maxSkew, weight, own } of spreads) {
      if (hard) continue;
      const domain = domainOf[node.index]!;
      if (domain >= 0) cost += counts[domain]! * weight + (maxSkew - 1);
      else if (own) return Number.NaN;
    }
    return cost;
  },
  helpedBy: ({ pod }, placed) =>
    constraintsOf(pod).some((constraint) => matcherOf(selectionOf(constraint, pod))(placed)),
  prefer: "fewest",
  weight: 2,
});

function constraintsOf({ spec, metadata }: Pod): readonly Constraint[] {
  if (spec.topologySpreadConstraints?.length) return spec.topologySpreadConstraints;
  const owned = metadata.ownerReferences?.some(({ controller, kind }) => controller && OWNERS.has(kind));
  if (!owned || !metadata.labels) return [];
  const { [POD_NAME]: _, [POD_INDEX]: __, ...shared } = metadata.labels;
  const labelSelector = { matchLabels: shared };
  return [
    { maxSkew: 3, topologyKey: HOSTNAME, whenUnsatisfiable: "ScheduleAnyway", labelSelector },
    { maxSkew: 5, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector },
  ];
}

/** Controllers whose pods all carry the same labels, */
const OWNERS = new Set(["ReplicaSet", "ReplicationController", "StatefulSet"]);
/** but for those that tell one pod from the other. */
const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

function spreadOf(
  constraint: Constraint,
  alike: readonly Constraint[],
  onNode: Counts,
  pod: PodState,
  cluster: Cluster,
): Spread {
  const { topologyKey: key, maxSkew, minDomains = 1, whenUnsatisfiable } = constraint;
  const hard = whenUnsatisfiable === "DoNotSchedule";
  const { ids: domainOf, size } = cluster.domains(key);
  const others = alike.filter((each) => each !== constraint).map(({ topologyKey }) => cluster.domains(topologyKey).ids);
  const counts = new Float64Array(size);
  const counted = new Uint8Array(size);
  const all = countsEveryNode(constraint, pod.pod);
  for (let index = 0; index < domainOf.length; index++) {
    const domain = domainOf[index]!;
    if (
      domain < 0 ||
      others.some((ids) => ids[index]! < 0) ||
      !(all || countsNode(constraint, pod.pod, cluster.nodes[index]!))
    )
      continue;
    counts[domain]! += onNode[index] ?? 0;
    counted[domain] = 1;
  }
  let domains = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let domain = 0; domain < size; domain++) {
    if (!counted[domain]) continue;
    domains++;
    least = Math.min(least, counts[domain]!);
  }
  return {
    maxSkew,
    hard,
    domainOf,
    counts,
    least: domains === 0 || domains < minDomains ? 0 : least,
    self: hard && matcherOf(selectionOf(constraint, pod.pod))(pod) ? 1 : 0,
    weight: Math.log(domains + 2),
    own: alike.length > 0,
  };
}

/** Most pods neither choose nodes nor mind taints here: then no node needs a look of its own. */
function countsEveryNode({ nodeAffinityPolicy, nodeTaintsPolicy }: Constraint, { spec }: Pod): boolean {
  const chooses = spec.nodeSelector !== undefined || spec.affinity?.nodeAffinity !== undefined;
  return (nodeAffinityPolicy === "Ignore" || !chooses) && nodeTaintsPolicy !== "Honor";
}

function selectionOf(constraint: Constraint, pod: Pod): Selection {
  return { namespaces: [pod.metadata.namespace!], selector: selectorOf(constraint, pod) };
}

/** The constraint's selector, narrowed by the pod's own values of `matchLabelKeys`. */
function selectorOf({ labelSelector, matchLabelKeys }: Constraint, pod: Pod): LabelSelector | undefined {
  const own = (matchLabelKeys ?? []).flatMap((key) => {
    const value = ownValue(pod.metadata.labels, key);
    return value === undefined ? [] : [{ key, operator: "In", values: [value] }];
  });
  if (own.length === 0) return labelSelector as LabelSelector | undefined;
  const selector = labelSelector as LabelSelector | undefined;
  return { ...selector, matchExpressions: [...(selector?.matchExpressions ?? []), ...own] };
}

/** Nodes where the pod could not go anyway are no domains of their own, as the constraint's policies say. */
function countsNode({ nodeAffinityPolicy, nodeTaintsPolicy }: Constraint, pod: Pod, { node }: NodeState): boolean {
  if (nodeAffinityPolicy !== "Ignore" && !matchesNode(pod.spec, node)) return false;
  if (nodeTaintsPolicy !== "Honor") return true;
  return !node.spec.taints?.some(
    (taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(pod.spec.tolerations, taint),
  );
}
