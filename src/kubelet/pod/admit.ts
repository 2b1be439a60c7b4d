/**
 * Whether this node can take a pod, judged when the pod arrives: the scheduler saw an older picture of the node, and
 * pods with `nodeName` were never seen by it. The texts are upstream's.
 */
import type { Node, Pod } from "../../api/core/index.ts";
import { matchesNode } from "../../api/core/node-matching.ts";
import { isTolerated } from "../../api/core/tolerations.ts";
import type { Rejection, ResizeProblem } from "../context.ts";
import { podRequest, qosClass } from "./resources.ts";
import { quantityMilli } from "./quantity.ts";
import { isCritical } from "./spec.ts";

const MEMORY_TAINT = "node.kubernetes.io/memory-pressure";

export interface AdmissionFacts {
  /** Absent while the node is not registered; only resources and ports are judged then. */
  readonly node: Node | undefined;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Pods that take up room on this node now. */
  readonly others: Iterable<Pod>;
}

export function admit(pod: Pod, { node, allocatable, others }: AdmissionFacts): Rejection | undefined {
  const running = [...others];
  return (
    (node && pressureProblem(pod, node)) ??
    resourceProblem(pod, allocatable, running) ??
    portProblem(pod, running) ??
    (node && nodeProblem(pod, node))
  );
}

/** Why a pod cannot be as large as its spec says: never on this node, or not beside those that are there now. */
export function resizeProblem(
  pod: Pod,
  { allocatable, others }: Pick<AdmissionFacts, "allocatable" | "others">,
): ResizeProblem | undefined {
  for (const resource of ["cpu", "memory"]) {
    const unit = resource === "cpu" ? 1 : 1000;
    const [requested, capacity] = [podRequest(pod, resource), quantityMilli(allocatable[resource])];
    if (requested <= capacity) continue;
    const amounts = `requested: ${requested / unit}, capacity: ${capacity / unit}`;
    return { reason: "Infeasible", message: `Node didn't have enough capacity: ${resource}, ${amounts}` };
  }
  const short = resourceProblem(pod, allocatable, [...others]);
  return short && { reason: "Deferred", message: short.message };
}

/** A node short of memory takes no pods that ask for none, and one short of disk takes none at all. */
function pressureProblem(pod: Pod, node: Node): Rejection | undefined {
  if (isCritical(pod)) return undefined;
  const met = (type: string): boolean => node.status?.conditions?.find((one) => one.type === type)?.status === "True";
  const tolerated = isTolerated(pod.spec.tolerations, { key: MEMORY_TAINT, effect: "NoSchedule" });
  const memory = met("MemoryPressure") && qosClass(pod) === "BestEffort" && !tolerated;
  const types = [...(memory ? ["MemoryPressure"] : []), ...(met("DiskPressure") ? ["DiskPressure"] : [])];
  if (types.length === 0) return undefined;
  return { reason: "Evicted", message: `The node had condition: [${types.join(" ")}]. ` };
}

function resourceProblem(
  pod: Pod,
  allocatable: Readonly<Record<string, string>>,
  others: readonly Pod[],
): Rejection | undefined {
  const limit = quantityMilli(allocatable.pods) / 1000;
  if (allocatable.pods !== undefined && others.length + 1 > limit) {
    return short("pods", 1, others.length, limit);
  }
  for (const resource of resourcesOf(pod)) {
    const requested = podRequest(pod, resource);
    if (requested === 0) continue;
    const capacity = quantityMilli(allocatable[resource]);
    const used = others.reduce((sum, other) => sum + podRequest(other, resource), 0);
    if (used + requested <= capacity) continue;
    // CPU is counted in thousandths, everything else in whole units.
    const unit = resource === "cpu" ? 1 : 1000;
    return short(resource, requested / unit, used / unit, capacity / unit);
  }
  return undefined;
}

function short(resource: string, requested: number, used: number, capacity: number): Rejection {
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

function resourcesOf(pod: Pod): Set<string> {
  const names = new Set(["cpu", "memory"]);
  for (const { resources } of [...(pod.spec.initContainers ?? []), ...pod.spec.containers, pod.spec]) {
    for (const name of Object.keys({ ...resources?.requests, ...resources?.limits })) names.add(name);
  }
  return names;
}

function portProblem(pod: Pod, others: readonly Pod[]): Rejection | undefined {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return undefined;
  const taken = others.flatMap(hostPorts);
  const clash = wanted.some((want) =>
    taken.some(
      (has) =>
        has.port === want.port &&
        has.protocol === want.protocol &&
        (has.ip === want.ip || has.ip === "0.0.0.0" || want.ip === "0.0.0.0"),
    ),
  );
  if (!clash) return undefined;
  return {
    reason: "NodePorts",
    message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  };
}

function hostPorts(pod: Pod): { readonly port: number; readonly protocol: string; readonly ip: string }[] {
  return pod.spec.containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, protocol, hostIP }) =>
      hostPort ? [{ port: hostPort, protocol: protocol ?? "TCP", ip: hostIP || "0.0.0.0" }] : [],
    ),
  );
}

function nodeProblem(pod: Pod, node: Node): Rejection | undefined {
  if (!matchesNode(pod.spec, node)) {
    return {
      reason: "NodeAffinity",
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    };
  }
  const taint = (node.spec.taints ?? []).find(
    (each) => each.effect === "NoExecute" && !isTolerated(pod.spec.tolerations, each),
  );
  if (!taint) return undefined;
  return { reason: "TaintToleration", message: "Predicate TaintToleration failed: node(s) had untolerated taint(s)" };
}
