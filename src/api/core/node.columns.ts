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
  { name: "Status", type: "string", doc: "The status of the node", value: nodeState },
  { name: "Roles", type: "string", doc: "The roles of the node", value: nodeRoles },
  ageColumn,
  {
    name: "Version",
    type: "string",
    doc: "Kubelet Version reported by the node.",
    value: ({ status }) => status.nodeInfo.kubeletVersion,
  },
  {
    name: "Internal-IP",
    type: "string",
    doc: "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
    priority: 1,
    value: (node) => address(node, "InternalIP"),
  },
  {
    name: "External-IP",
    type: "string",
    doc: "List of addresses reachable to the node. Queried from cloud provider, if available. More info: https://kubernetes.io/docs/reference/node/node-status/#addresses Note: This field is declared as mergeable, but the merge key is not sufficiently unique, which can cause data corruption when it is merged. Callers should instead use a full-replacement patch. See https://pr.k8s.io/79391 for an example. Consumers should assume that addresses can change during the lifetime of a Node. However, there are some exceptions where this may not be possible, such as Pods that inherit a Node's address in its own status or consumers of the downward API (status.hostIP).",
    priority: 1,
    value: (node) => address(node, "ExternalIP"),
  },
  {
    name: "OS-Image",
    type: "string",
    doc: "OS Image reported by the node from /etc/os-release (e.g. Debian GNU/Linux 7 (wheezy)).",
    priority: 1,
    value: ({ status }) => status.nodeInfo.osImage || UNKNOWN,
  },
  {
    name: "Kernel-Version",
    type: "string",
    doc: "Kernel Version reported by the node from 'uname -r' (e.g. 3.16.0-0.bpo.4-amd64).",
    priority: 1,
    value: kernelText,
  },
  {
    name: "Container-Runtime",
    type: "string",
    doc: "ContainerRuntime Version reported by the node through runtime remote API (e.g. containerd://1.4.2).",
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
