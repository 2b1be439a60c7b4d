/**
 * A whole cluster in one process: API server, controllers, scheduler and nodes, joined by function calls.
 *
 * The order is that of need: containerd begins to start at once, since it takes longest; the API server answers as
 * soon as its store is open; controllers and scheduler begin while the node registers.
 */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { ADMIN, type ClusterKeys, openKeys } from "../../adapters/keys/cluster-keys.ts";
import type { KeyPair } from "../../adapters/keys/certificate.ts";
import { verifySignature } from "../../adapters/keys/verify-signature.ts";
import { listen, type Listener } from "../../adapters/node-http/listener.ts";
import type { Node } from "../../src/api/core/index.ts";
import type { Door, UserInfo } from "../../src/machinery/door.ts";
import { parseCIDR } from "../../src/machinery/ip.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Encryption } from "../../src/store/encryption/transformer.ts";
import type { Keep } from "../../src/store/history.ts";
import type { SharedDatabase } from "../../src/store/shared-database.ts";
import { nodeConnector, type RunningApiServer, startApiServer } from "./api-server.ts";
import type { Component } from "./commands/flags.ts";
import type { DataDirectory } from "./data-dir.ts";
import {
  advertisement,
  extensionServers,
  nodeName,
  openJournal,
  ownAddress,
  ownAddresses,
  remoteKubelets,
  webhookCaller,
} from "./edge.ts";
import { ClusterForks } from "./forks.ts";
import type { Machine } from "./machine.ts";
import { isReady, type NodePorts, type Nodes } from "./nodes.ts";
import type { Progress } from "./progress.ts";

export type RuntimeChoice =
  | { readonly kind: "containerd" }
  | { readonly kind: "endpoint"; readonly endpoint: string }
  | { readonly kind: "sim"; readonly nodes: number };

export interface ClusterOptions {
  readonly data: DataDirectory;
  readonly port: number;
  /** Default: everywhere, as pods and other control planes talk to it; loopback with simulated nodes and a store of its own. */
  readonly bindAddress?: string;
  /** Of a machine's kubelet; 0: any that is free. Default: 10250, or the next free one. */
  readonly kubeletPort?: number;
  /** Further names for the serving certificate. */
  readonly names?: readonly string[];
  readonly runtime: RuntimeChoice;
  readonly components: ReadonlySet<Component>;
  /** Upstream's token file, its text. */
  readonly tokenFile?: string;
  /** A database that other control planes use, too; in place of the embedded store. */
  readonly database?: SharedDatabase;
  /** How values lie on the disk. Closed with the cluster. */
  readonly encryption?: Encryption;
  /** How far back the past can be read. */
  readonly keep?: Partial<Keep>;
  readonly log: Log;
  readonly progress: Progress;
}

export interface Cluster {
  /** Where kubectl reaches it from this machine. */
  readonly url: string;
  /** Where other machines do. */
  readonly advertised: string;
  readonly ca: string;
  /** The administrator's certificate. */
  readonly admin: KeyPair;
  /** Nodes as they registered, all Ready. */
  readonly nodes: readonly Node[];
  /** Stops everything in the opposite order; containers keep running. */
  stop(): Promise<void>;
}

/** How long nodes may take to become Ready, in milliseconds. */
const NODE_TIMEOUT = 60_000;

/** Starts it; what was started is stopped again when something cannot be. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (let end = stops.pop(); end; end = stops.pop()) await end();
  };
  try {
    return await new Start(options, stops, stop).run();
  } catch (error) {
    await stop();
    throw error;
  }
}

class Start {
  readonly #options: ClusterOptions;
  readonly #stops: (() => Promise<void> | void)[];
  readonly #stop: () => Promise<void>;
  readonly #doors = new Map<string, Door>();

  constructor(options: ClusterOptions, stops: (() => Promise<void> | void)[], stop: () => Promise<void>) {
    this.#options = options;
    this.#stops = stops;
    this.#stop = stop;
  }

  async run(): Promise<Cluster> {
    const { progress, components } = this.#options;
    const machine = this.#beginMachine();
    const { api, keys, listener, advertised } = await progress.step("API server", () => this.#startApi());
    const { port } = listener;
    await Promise.all([
      components.has("kube-controller-manager") && this.#startControllers(api.door, keys),
      components.has("kube-scheduler") && this.#startScheduler(api.door),
    ]);
    const nodes = components.has("kubelet") ? await this.#startNodes(api, keys, machine) : undefined;
    return {
      url: `https://127.0.0.1:${port}`,
      advertised: `https://${advertised.includes(":") ? `[${advertised}]` : advertised}:${port}`,
      ca: keys.ca,
      admin: keys.client("admin", ADMIN),
      nodes: nodes?.kubelets.map(({ node }) => node!) ?? [],
      stop: this.#stop,
    };
  }

  /** Its failure is told when the node is started, not while other things are under way; nobody may be waiting for it yet. */
  #beginMachine(): Promise<Machine> | undefined {
    const { runtime, components, data, log } = this.#options;
    if (runtime.kind === "sim" || !components.has("kubelet")) return undefined;
    const endpoint = runtime.kind === "endpoint" ? runtime.endpoint : undefined;
    const starting = import("./machine.ts").then(({ startMachine }) => startMachine(data, log, endpoint));
    starting.catch(() => {});
    this.#stops.push(() =>
      starting.then(
        (machine) => machine.stop(),
        () => {},
      ),
    );
    return starting;
  }

  get #host(): string {
    const { bindAddress, runtime, database } = this.#options;
    const alone = runtime.kind === "sim" && database === undefined;
    return bindAddress || (alone ? "127.0.0.1" : "0.0.0.0");
  }

  async #startApi(): Promise<{ api: RunningApiServer; keys: ClusterKeys; listener: Listener; advertised: string }> {
    const { data, log, tokenFile } = this.#options;
    const host = this.#host;
    const { database } = this.#options;
    const opening = database === undefined ? openJournal(data.journal) : undefined;
    const advertised = advertisedOf(host);
    const names = [...ownAddresses(), advertised, ...(this.#options.names ?? [])];
    const keys = openKeys(data.pki, { now: systemClock.now(), names });
    const journal = await opening;
    const settings = { keep: this.#options.keep, tokenFile };
    const forks = new ClusterForks({ keys, log, server: settings }, () => api.store);
    const api: RunningApiServer = await startApiServer({
      ...settings,
      forks,
      moments: (name) => forks.moment(name),
      clock: systemClock,
      random: systemRandom,
      log: log.child({ component: "kube-apiserver" }),
      journal,
      database,
      encryption: this.#options.encryption,
      keys: keys.tokens,
      verifySignature,
      clientCa: keys.ca,
      hostname: hostname(),
      bootstrapTokens: true,
      nodes: nodeConnector(this.#doors, remoteKubelets(keys)),
      extensions: extensionServers(keys),
      webhooks: webhookCaller(),
    });
    this.#stops.push(() => api.close());
    this.#stops.push(() => forks.stop());
    const listener = await listen(api.door, {
      port: this.#options.port,
      host,
      tls: { ...keys.serving, clientCa: keys.ca },
      log,
    });
    this.#stops.push(() => listener.close());
    this.#stops.push(() => api.leave());
    await api.bootstrap(advertisement(advertised, listener.port));
    return { api, keys, listener, advertised };
  }

  async #startControllers(door: Door, keys: ClusterKeys): Promise<void> {
    const { runControllers, CONTROLLER_MANAGER } = await import("./controllers.ts");
    const name = "kube-controller-manager";
    const log = this.#options.log.child({ component: name });
    const { database, runtime } = this.#options;
    const settings = {
      rootCertificate: keys.ca,
      certificates: keys.authority,
      // Control planes beside each other must not give the same addresses to pods of their simulated nodes.
      ...(database !== undefined && runtime.kind === "sim" && { nodeNetworks: NODE_NETWORKS }),
    };
    await this.#work(door, name, CONTROLLER_MANAGER, log, () =>
      runControllers({ door, clock: systemClock, random: systemRandom, log, settings }),
    );
  }

  async #startScheduler(door: Door): Promise<void> {
    const { runScheduler, SCHEDULER } = await import("./scheduler.ts");
    const name = "kube-scheduler";
    const log = this.#options.log.child({ component: name });
    await this.#work(door, name, SCHEDULER, log, () =>
      runScheduler({ door, clock: systemClock, random: systemRandom, log }),
    );
  }

  /** At once where this is the only control plane; otherwise when it is this one's turn. */
  async #work(door: Door, name: string, user: UserInfo, log: Log, work: () => () => void): Promise<void> {
    if (this.#options.database === undefined) {
      this.#stops.push(work());
      return;
    }
    const { runElected } = await import("./elected.ts");
    this.#stops.push(runElected({ door, name, user, clock: systemClock, random: systemRandom, log, work }));
  }

  async #startNodes(api: RunningApiServer, keys: ClusterKeys, machine: Promise<Machine> | undefined): Promise<Nodes> {
    const { runtime, progress, log, kubeletPort } = this.#options;
    const ports = { door: api.door, clock: systemClock, random: systemRandom, log };
    const running = machine && (await progress.step("containerd", () => machine));
    const what = running ? `node ${running.node.name}` : runtime.kind === "sim" && runtime.nodes > 1 ? "nodes" : "node";
    return progress.step(what, async () => {
      let nodes: Nodes;
      if (running) {
        const [{ startMachineNode }, { openKubeletPort }] = await Promise.all([
          import("./machine-node.ts"),
          import("./kubelet-port.ts"),
        ]);
        const where = { keys, host: this.#host, port: kubeletPort };
        nodes = await startMachineNode(ports, running.node, (served) => openKubeletPort(where, served));
      } else {
        nodes = await this.#simulate(ports, keys, runtime.kind === "sim" ? runtime.nodes : 1);
      }
      this.#stops.push(() => nodes.stop());
      for (const [name, door] of nodes.doors) this.#doors.set(name, door);
      await allReady(nodes);
      return nodes;
    });
  }

  /** Beside other control planes their names must be nobody else's, and they must be reached from outside. */
  async #simulate(ports: NodePorts, keys: ClusterKeys, count: number): Promise<Nodes> {
    const { startSimulatedNodes } = await import("./nodes.ts");
    const { database, data } = this.#options;
    if (database === undefined) return startSimulatedNodes(ports, count);
    const { openKubeletPort } = await import("./kubelet-port.ts");
    const host = this.#host;
    const nodes = Array.from({ length: count }, (_, i) => ({
      name: `${simulatedPrefix(data.path)}-${i + 1}`,
      address: advertisedOf(host),
    }));
    return startSimulatedNodes(ports, nodes, undefined, (served) => openKubeletPort({ keys, host, port: 0 }, served));
  }
}

/** Of simulated nodes: 32,768, in what neither Services nor simulated nodes themselves have addresses of. */
const NODE_NETWORKS = { cluster: parseCIDR("10.128.0.0/9")!, mask: 24 };

/** The host's name and a few digits of the data directory's path: the same at each start, and of no other control plane. */
function simulatedPrefix(directory: string): string {
  const digits = createHash("sha256").update(resolve(directory)).digest("hex").slice(0, 5);
  return `${nodeName()}-${digits}`;
}

/** Where others reach what listens on `host`. */
function advertisedOf(host: string): string {
  return host === "0.0.0.0" || host === "::" ? ownAddress() : host;
}

async function allReady({ kubelets }: Nodes): Promise<void> {
  const deadline = performance.now() + NODE_TIMEOUT;
  while (!kubelets.every(({ node }) => isReady(node))) {
    if (performance.now() > deadline) {
      const problems = [...new Set(kubelets.flatMap((kubelet) => kubelet.problems))];
      throw new Error(`the node does not become Ready: ${problems.join("; ") || "it did not say why"}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
