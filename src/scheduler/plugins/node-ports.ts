import { SKIP, definePlugin, unless } from "../framework.ts";

/** Two pods of a node cannot have the same port of the host. */
export const nodePorts = definePlugin({
  name: "NodePorts",
  dependsOn: "node and its pods",
  retryOn: ["node/add", "pod/delete"],
  prepare: ({ hostPorts }) => (hostPorts.length > 0 ? undefined : SKIP),
  filter: ({ pod, node }) =>
    pod.hostPorts.some((port) => node.usesPort(port))
      ? unless("node(s) didn't have free ports for the requested pod ports")
      : undefined,
});
