/** On which nodes a DaemonSet's pods belong. */
import type { Node, PodSpec, Toleration } from "../../api/core/index.ts";
import type { PodTemplateSpec } from "../../api/core/pod-template-spec.ts";
import { matchesNode } from "../../api/core/node-matching.ts";
import { isTolerated } from "../../api/core/tolerations.ts";

export interface Fit {
  /** A pod should be started there. */
  readonly run: boolean;
  /** One that is there may stay. */
  readonly stay: boolean;
}

const exists = (key: string, effect: "NoExecute" | "NoSchedule"): Toleration => ({ key, operator: "Exists", effect });

/** Daemons stay on nodes in trouble: that is where they are needed. */
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  exists("node.kubernetes.io/not-ready", "NoExecute"),
  exists("node.kubernetes.io/unreachable", "NoExecute"),
  exists("node.kubernetes.io/disk-pressure", "NoSchedule"),
  exists("node.kubernetes.io/memory-pressure", "NoSchedule"),
  exists("node.kubernetes.io/pid-pressure", "NoSchedule"),
  exists("node.kubernetes.io/unschedulable", "NoSchedule"),
];
const HOST_NETWORK_TOLERATION = exists("node.kubernetes.io/network-unavailable", "NoSchedule");

export function daemonTolerations({ tolerations = [], hostNetwork }: PodSpec): readonly Toleration[] {
  const added = hostNetwork === true ? [...DAEMON_TOLERATIONS, HOST_NETWORK_TOLERATION] : DAEMON_TOLERATIONS;
  const missing = added.filter(
    (one) =>
      !tolerations.some(
        ({ key, effect, operator }) => key === one.key && effect === one.effect && operator === one.operator,
      ),
  );
  return [...tolerations, ...missing];
}

export function fitOf(node: Node, { spec }: PodTemplateSpec): Fit {
  if (spec.nodeName !== undefined && spec.nodeName !== "" && spec.nodeName !== node.metadata.name) return NO;
  if (!matchesNode(spec as PodSpec, node)) return NO;
  const tolerations = daemonTolerations(spec);
  const bad = (node.spec.taints ?? []).filter(
    (taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(tolerations, taint),
  );
  return { run: bad.length === 0, stay: bad.every(({ effect }) => effect !== "NoExecute") };
}

const NO: Fit = { run: false, stay: false };

/** The template for one node: bound to it by affinity, so that the scheduler still does the binding. */
export function templateFor(node: string, template: PodTemplateSpec, labels: object): PodTemplateSpec {
  const { spec, metadata } = template;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
  // Upstream replaces the terms as well: they were checked already, and hold for this node.
  const nodeSelectorTerms = [{ matchFields }] as never;
  return {
    ...template,
    metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
    spec: {
      ...spec,
      tolerations: daemonTolerations(spec),
      affinity: {
        ...spec.affinity,
        nodeAffinity: {
          ...spec.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: { ...required, nodeSelectorTerms },
        },
      },
    },
  };
}

/** The node a daemon pod runs on or is meant for. */
export function nodeOf({ nodeName, affinity }: PodSpec): string | undefined {
  if (nodeName !== undefined && nodeName !== "") return nodeName;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
    const field = matchFields.find(({ key, operator }) => key === "metadata.name" && operator === "In");
    if (field?.values?.length === 1) return field.values[0];
  }
  return undefined;
}
