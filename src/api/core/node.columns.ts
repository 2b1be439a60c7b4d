import type { Column, KubeObject } from "../../machinery/kind.ts";
import { NONE, UNKNOWN, ageColumn, nameColumn } from "../columns.ts";
import type { NodeSpec } from "./node.ts";
import type { NodeStatus } from "./node-status.ts";

interface NodeParts extends KubeObject {
  readonly spec: NodeSpec;
  readonly status: NodeStatus;
}

const ROLE = "node-role.kubernetes.io/";

export const nodeColumns: readonly Column<NodeParts>[] = [
  nameColumn,
  { name: "Status", type: "string", value: nodeState },
  { name: "Roles", type: "string", value: nodeRoles },
  ageColumn,
  { name: "Version", type: "string", value: ({ status }) => status.nodeInfo.kubeletVersion },
  { name: "Internal-IP", type: "string", priority: 1, value: (node) => address(node, "InternalIP") },
  { name: "External-IP", type: "string", priority: 1, value: (node) => address(node, "ExternalIP") },
  { name: "OS-Image", type: "string", priority: 1, value: ({ status }) => status.nodeInfo.osImage || UNKNOWN },
  { name: "Kernel-Version", type: "string", priority: 1, value: kernelText },
  {
    name: "Container-Runtime",
    type: "string",
    priority: 1,
    value: ({ status }) => status.nodeInfo.containerRuntimeVersion || UNKNOWN,
  },
];

/** `Ready`, `NotReady,SchedulingDisabled`, `Unknown`. */
export function nodeState({ spec, status }: NodeParts): string {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  const state = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec.unschedulable === true ? `${state},SchedulingDisabled` : state;
}

export function nodeRoles({ metadata }: NodeParts): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE) && key.length > ROLE.length) roles.add(key.slice(ROLE.length));
    else if (key === "kubernetes.io/role" && value !== "") roles.add(value);
  }
  return roles.size === 0 ? NONE : [...roles].toSorted().join(",");
}

function address({ status }: NodeParts, wanted: string): string {
  return status.addresses?.find(({ type }) => type === wanted)?.address ?? NONE;
}

function kernelText({ status: { nodeInfo } }: NodeParts): string {
  const kernel = nodeInfo.kernelVersion || UNKNOWN;
  return nodeInfo.architecture ? `${kernel} (${nodeInfo.architecture})` : kernel;
}
