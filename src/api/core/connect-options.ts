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
    stdin: field(1, bool(), "Whether to send standard input. False by default."),
    stdout: field(2, bool(), "Whether to receive standard output."),
    stderr: field(3, bool(), "Whether to receive standard error."),
    tty: field(
      4,
      bool(),
      "Whether the command gets a terminal; then standard error comes with standard output. False by default.",
    ),
    container: field(5, string(), "The container. May be left out when the pod has only one."),
    command: field(6, list(string()).atomic(), "The program and its arguments; not run by a shell.").required(),
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
    stdin: field(1, bool(), "Whether to send standard input. False by default."),
    stdout: field(2, bool(), "Whether to receive standard output. True by default."),
    stderr: field(3, bool(), "Whether to receive standard error. True by default."),
    tty: field(
      4,
      bool(),
      "Whether the container has a terminal; then standard error comes with standard output. False by default.",
    ),
    container: field(5, string(), "The container. May be left out when the pod has only one."),
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
    container: field(1, string(), "The container. May be left out when the pod has only one."),
    follow: field(2, bool(), "Go on with what is written from now on. False by default."),
    previous: field(3, bool(), "Read the log of the run before the present one. False by default."),
    sinceSeconds: field(
      4,
      int64(),
      "Only lines of the last so many seconds. Not together with `sinceTime`.",
    ).keepEmpty(),
    sinceTime: field(5, time(), "Only lines written at this time or later. Not together with `sinceSeconds`."),
    timestamps: field(6, bool(), "Put the time before each line, in RFC 3339 with nanoseconds. False by default."),
    tailLines: field(
      7,
      int64(),
      "Only the last so many lines, of those since the given time; all when it is absent. Not for the streams Stdout and Stderr.",
    ).keepEmpty(),
    limitBytes: field(8, int64(), "Stop after so many bytes, which may be amid a line.").keepEmpty(),
    insecureSkipTLSVerifyBackend: field(
      9,
      bool(),
      "Do not verify the certificate of the kubelet that has the log: it could then come from anyone in between.",
    ),
    stream: field(10, string(), "Which stream to read: All (the default), Stdout or Stderr.").keepEmpty(),
  },
});
export type PodLogOptions = ObjectOf<typeof PodLogOptions>;

export const PodPortForwardOptions = defineKind({
  ...options,
  kind: "PodPortForwardOptions",
  definition: "io.k8s.api.core.v1.PodPortForwardOptions",
  names: { plural: "podportforwardoptions" },
  doc: "Which ports of a pod to forward.",
  fields: { ports: field(1, list(int32()).atomic(), "The ports. Needed when forwarding over WebSockets.") },
});
export type PodPortForwardOptions = ObjectOf<typeof PodPortForwardOptions>;

export const PodProxyOptions = defineKind({
  ...options,
  kind: "PodProxyOptions",
  definition: "io.k8s.api.core.v1.PodProxyOptions",
  names: { plural: "podproxyoptions" },
  doc: "Which path of a pod to ask for.",
  fields: { path: field(1, string(), "The path, with which the request goes on to the pod.") },
});
export type PodProxyOptions = ObjectOf<typeof PodProxyOptions>;

export const NodeProxyOptions = defineKind({
  ...options,
  scope: "Cluster",
  kind: "NodeProxyOptions",
  definition: "io.k8s.api.core.v1.NodeProxyOptions",
  names: { plural: "nodeproxyoptions" },
  doc: "Which path of a node's kubelet to ask for.",
  fields: { path: field(1, string(), "The path, with which the request goes on to the kubelet.") },
});
export type NodeProxyOptions = ObjectOf<typeof NodeProxyOptions>;

export const ServiceProxyOptions = defineKind({
  ...options,
  kind: "ServiceProxyOptions",
  definition: "io.k8s.api.core.v1.ServiceProxyOptions",
  names: { plural: "serviceproxyoptions" },
  doc: "Which path of a service to ask for.",
  fields: { path: field(1, string(), "The path, with which the request goes on to one of the service's endpoints.") },
});
export type ServiceProxyOptions = ObjectOf<typeof ServiceProxyOptions>;
