import { SKIP, definePlugin, unless } from "../framework.ts";
import { meets } from "../node-state.ts";
import type { NodeState } from "../node-state.ts";
import type { HostPort, PodState } from "../pod-state.ts";

/** Two pods of a node cannot have the same port of the host. */
export const nodePorts = definePlugin({
  name: "NodePorts",
  dependsOn: "node and its pods",
  retryOn: ["node/add", "pod/delete"],
  prepare: ({ hostPorts }) => (hostPorts.length > 0 ? undefined : SKIP),
  filter: ({ pod, node }) =>
    pod.hostPorts.some((port) => node.usesPort(port) || isReserved(port, pod, node))
      ? unless("node(s) didn't have free ports for the requested pod ports")
      : undefined,
});

function isReserved(port: HostPort, pod: PodState, node: NodeState): boolean {
  if (node.nominated.size === 0) return false;
  return [...node.reservedBefore(pod)].some(({ hostPorts }) => hostPorts.some((each) => meets(each, port)));
}
