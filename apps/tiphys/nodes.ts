/** The simulated nodes of a cluster in one process, and what they share with real ones. */
import type { Node } from "../../src/api/core/index.ts";
import { createClient, createInformers } from "../../src/client/index.ts";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Door, UserInfo } from "../../src/machinery/door.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Random } from "../../src/machinery/random.ts";
import { createKubelet, type Kubelet } from "../../src/kubelet/kubelet.ts";
import { Heartbeats } from "../../src/kubelet/node/heartbeats.ts";
import { sharedObjects } from "../../src/kubelet/objects.ts";
import { podsByNode } from "../../src/kubelet/pod-source.ts";
import { SimFiles } from "../../src/kubelet/sim/sim-files.ts";
import { simHost, type SimHostOptions } from "../../src/kubelet/sim/sim-host.ts";
import { type PodBefore, SimRuntime } from "../../src/kubelet/sim/sim-runtime.ts";
import type { Listener } from "../../adapters/node-http/listener.ts";
import type { MachineNode, Served } from "./machine-node.ts";
import { nodeAddresses, sharedAddresses } from "./pod-addresses.ts";
import { VERSION } from "./version.ts";

export interface NodePorts {
  /** The API server, in this process. */
  readonly door: Door;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Nodes {
  /** The kubelets' own doors by node name, for the API server. */
  readonly doors: ReadonlyMap<string, Door>;
  readonly kubelets: readonly Kubelet[];
  /** Containers go on running. */
  stop(): Promise<void>;
}

export function nodeUser(name: string): UserInfo {
  return { username: `system:node:${name}`, groups: ["system:nodes", "system:authenticated"] };
}

/** Simulated nodes share what they read, so one of them costs little; who reads for all of them must see everything. */
const READER: UserInfo = {
  username: "system:simulated-nodes",
  groups: ["system:masters", "system:authenticated"],
};

/** How many simulated nodes register at once. */
const AT_ONCE = 64;

/** A node as large as it is said to be; see {@link simHost} for what it has without. */
export type SimulatedNode = Pick<
  SimHostOptions,
  "name" | "facts" | "cpus" | "memoryBytes" | "storageBytes" | "architecture"
> & {
  readonly address?: string;
};

/**
 * Those given, or so many: `node-1` and on. Resolves when all are registered. `before`: pods that run already, by uid; they keep
 * their addresses. `open`: a port for each, for API servers in other processes; without it only this one reaches them. With it there
 * are nodes elsewhere, too, and pods have addresses of the network that their node is given.
 */
export async function startSimulatedNodes(
  ports: NodePorts,
  nodes: number | readonly SimulatedNode[],
  before: ReadonlyMap<string, PodBefore> = new Map(),
  open?: (served: Served) => Promise<Listener>,
): Promise<Nodes> {
  const { door, clock, random, log } = ports;
  const informers = createInformers({
    client: createClient(door, { userAgent: `kubelet/${VERSION}`, user: READER }),
    clock,
    random,
    log,
  });
  const shared = { pods: podsByNode(informers), objects: sharedObjects(informers), heartbeats: new Heartbeats(clock) };
  const together = sharedAddresses(new Set([...before.values()].flatMap(({ ips }) => ips)));
  const kubelets: Kubelet[] = [];
  const doors = new Map<string, Door>();
  const listeners: Listener[] = [];
  const given =
    typeof nodes === "number" ? Array.from({ length: nodes }, (_, i) => ({ name: `node-${i + 1}` })) : nodes;
  for (const [index, node] of given.entries()) {
    const number = index + 1;
    const { name } = node;
    const addresses = open === undefined ? together : nodeAddresses(informers, clock, name);
    const runtime = new SimRuntime({
      clock,
      files: new SimFiles(),
      name,
      ...addresses,
      before: (uid) => before.get(uid),
    });
    const address = `192.168.${number >> 8}.${number & 0xff}`;
    const host = simHost({ address, ...node, clock, runtime });
    const client = createClient(door, { userAgent: `kubelet/${VERSION}`, user: nodeUser(name) });
    const nodeLog = log.child({ component: "kubelet", node: name });
    const listener = await open?.({ client, nodeName: name, log: nodeLog, door: (request) => kubelet.door(request) });
    if (listener !== undefined) listeners.push(listener);
    const kubelet = createKubelet({
      ...shared,
      client,
      informers,
      runtime,
      host,
      clock,
      random,
      log: nodeLog,
      nodeName: name,
      carriesOn: (uid) => before.has(uid),
      ...(listener && { port: listener.port }),
    });
    kubelets.push(kubelet);
    doors.set(name, kubelet.door);
  }
  for (let at = 0; at < kubelets.length; at += AT_ONCE) {
    await Promise.all(kubelets.slice(at, at + AT_ONCE).map((kubelet) => kubelet.start()));
  }
  return {
    doors,
    kubelets,
    async stop() {
      await Promise.all(listeners.map((listener) => listener.close()));
      await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
      informers.stop();
    },
  };
}

/** A machine on which no container really runs, for a node alone. */
export function simulatedNode(clock: Clock, name: string, address: string): MachineNode {
  const runtime = new SimRuntime({ clock, files: new SimFiles(), name, ...sharedAddresses() });
  return { name, runtime, host: simHost({ name, clock, runtime, address }) };
}

/** Whether the API shows the node as Ready. */
export function isReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}
