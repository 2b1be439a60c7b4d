/** What clients say in the query of requests that connect to a pod, node or service instead of reading an object. */
import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int32, int64, list, string, time } from "../../machinery/schema/builders.ts";

const options = { group: "", version: "v1", scope: "Namespaced", metadata: false, verbs: [] } as const;

export const PodExecOptions = defineKind({
  ...options,
  kind: "PodExecOptions",
  definition: "io.k8s.api.core.v1.PodExecOptions",
  names: { plural: "podexecoptions" },
  doc: "How to run a command in a container.",
  fields: {
    stdin: field(1, bool()),
    stdout: field(2, bool()),
    stderr: field(3, bool()),
    tty: field(4, bool()),
    container: field(5, string()),
    command: field(6, list(string()).atomic()).required(),
  },
});
export type PodExecOptions = ObjectOf<typeof PodExecOptions>;

export const PodAttachOptions = defineKind({
  ...options,
  kind: "PodAttachOptions",
  definition: "io.k8s.api.core.v1.PodAttachOptions",
  names: { plural: "podattachoptions" },
  doc: "How to attach to a running container.",
  fields: {
    stdin: field(1, bool()),
    stdout: field(2, bool()),
    stderr: field(3, bool()),
    tty: field(4, bool()),
    container: field(5, string()),
  },
});
export type PodAttachOptions = ObjectOf<typeof PodAttachOptions>;

export const PodLogOptions = defineKind({
  ...options,
  kind: "PodLogOptions",
  definition: "io.k8s.api.core.v1.PodLogOptions",
  names: { plural: "podlogoptions" },
  doc: "Which part of a container's log to read.",
  fields: {
    container: field(1, string()),
    follow: field(2, bool()),
    previous: field(3, bool()),
    sinceSeconds: field(4, int64()).keepEmpty(),
    sinceTime: field(5, time()),
    timestamps: field(6, bool()),
    tailLines: field(7, int64()).keepEmpty(),
    limitBytes: field(8, int64()).keepEmpty(),
    insecureSkipTLSVerifyBackend: field(9, bool()),
    stream: field(10, string()).keepEmpty(),
  },
});
export type PodLogOptions = ObjectOf<typeof PodLogOptions>;

export const PodPortForwardOptions = defineKind({
  ...options,
  kind: "PodPortForwardOptions",
  definition: "io.k8s.api.core.v1.PodPortForwardOptions",
  names: { plural: "podportforwardoptions" },
  doc: "Which ports of a pod to forward.",
  fields: { ports: field(1, list(int32()).atomic()) },
});
export type PodPortForwardOptions = ObjectOf<typeof PodPortForwardOptions>;

export const PodProxyOptions = defineKind({
  ...options,
  kind: "PodProxyOptions",
  definition: "io.k8s.api.core.v1.PodProxyOptions",
  names: { plural: "podproxyoptions" },
  doc: "Which path of a pod to ask for.",
  fields: { path: field(1, string()) },
});
export type PodProxyOptions = ObjectOf<typeof PodProxyOptions>;

export const NodeProxyOptions = defineKind({
  ...options,
  scope: "Cluster",
  kind: "NodeProxyOptions",
  definition: "io.k8s.api.core.v1.NodeProxyOptions",
  names: { plural: "nodeproxyoptions" },
  doc: "Which path of a node's kubelet to ask for.",
  fields: { path: field(1, string()) },
});
export type NodeProxyOptions = ObjectOf<typeof NodeProxyOptions>;

export const ServiceProxyOptions = defineKind({
  ...options,
  kind: "ServiceProxyOptions",
  definition: "io.k8s.api.core.v1.ServiceProxyOptions",
  names: { plural: "serviceproxyoptions" },
  doc: "Which path of a service to ask for.",
  fields: { path: field(1, string()) },
});
export type ServiceProxyOptions = ObjectOf<typeof ServiceProxyOptions>;
