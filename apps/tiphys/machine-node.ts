/** A machine as a node, of a cluster in the same process or elsewhere, with its containers and its kubelet's own port. */
import { createClient, createInformers } from "../../src/client/index.ts";
import type { Host } from "../../src/kubelet/host.ts";
import { createKubelet, type KubeletOptions } from "../../src/kubelet/kubelet.ts";
import type { ContainerRuntime } from "../../src/kubelet/runtime.ts";
import type { ApiRequest } from "../../src/machinery/door.ts";
import type { Listener } from "../../adapters/node-http/listener.ts";
import type { KubeletServerOptions } from "./kubelet-server.ts";
import { type NodePorts, type Nodes, nodeUser } from "./nodes.ts";
import { VERSION } from "./version.ts";

export interface MachineNode {
  readonly name: string;
  readonly runtime: ContainerRuntime;
  readonly host: Host;
  readonly options?: Partial<KubeletOptions>;
}

/** What is served on the kubelet's port. */
export type Served = Pick<KubeletServerOptions, "door" | "client" | "nodeName" | "log">;

/** A node whose kubelet serves on the port that `open` opens. Resolves when it is registered. */
export async function startMachineNode(
  ports: NodePorts,
  node: MachineNode,
  open: (served: Served) => Promise<Listener>,
): Promise<Nodes> {
  const { door, clock, random } = ports;
  const log = ports.log.child({ component: "kubelet" });
  const client = createClient(door, { userAgent: `kubelet/${VERSION}`, user: nodeUser(node.name) });
  const listener = await open({
    client,
    nodeName: node.name,
    log,
    door: (request: ApiRequest) => kubelet.door(request),
  });
  const informers = createInformers({ client, clock, random, log });
  const kubelet = createKubelet({
    client,
    informers,
    clock,
    random,
    log,
    nodeName: node.name,
    runtime: node.runtime,
    host: node.host,
    port: listener.port,
    ...node.options,
  });
  const stop = async (): Promise<void> => {
    await listener.close();
    await kubelet.stop();
    informers.stop();
  };
  try {
    await kubelet.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { doors: new Map([[node.name, kubelet.door]]), kubelets: [kubelet], stop };
}
