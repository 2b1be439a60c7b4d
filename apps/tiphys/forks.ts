/**
 * Forks of the running cluster, in its process: each with a store that begins as the cluster's is, an API server on a port of
 * its own, and controllers, scheduler and simulated nodes. Nothing real is touched: pods of a fork run on paper, and its API server
 * reaches neither kubelets, webhooks nor extension servers outside.
 */
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import type { ClusterKeys } from "../../adapters/keys/cluster-keys.ts";
import { verifySignature } from "../../adapters/keys/verify-signature.ts";
import { listen } from "../../adapters/node-http/listener.ts";
import type { Node, Pod } from "../../src/api/core/index.ts";
import type { PodBefore } from "../../src/kubelet/sim/sim-runtime.ts";
import type { Door } from "../../src/machinery/door.ts";
import { badRequest } from "../../src/machinery/errors.ts";
import type { Log } from "../../src/machinery/log.ts";
import { quantityValue } from "../../src/machinery/quantity.ts";
import { formatTime, timeOf } from "../../src/machinery/time.ts";
import type { ForkRequest, ToldFork } from "../../src/machinery/told-fork.ts";
import type { Forks } from "../../src/server/parts.ts";
import type { Snapshot, Store } from "../../src/store/store.ts";
import { type ApiServerSettings, nodeConnector, startApiServer } from "./api-server.ts";
import { chosen } from "./chosen-controllers.ts";
import { UserError } from "./command.ts";
import type { SimulatedNode } from "./nodes.ts";

export interface ForkSettings {
  readonly keys: ClusterKeys;
  readonly log: Log;
  /** What the cluster's own API server was started with and its forks' share. */
  readonly server: Pick<ApiServerSettings, "tokenFile" | "flags" | "keep">;
}

const COMPONENTS = ["kube-controller-manager", "kube-scheduler", "kubelet"] as const;

interface Running {
  readonly told: ToldFork;
  readonly store: Store;
  stop(): Promise<void>;
}

export class ClusterForks implements Forks {
  readonly #settings: ForkSettings;
  readonly #origin: () => Store;
  readonly #running = new Map<string, Running>();
  /** Names of those that are being made. */
  readonly #starting = new Set<string>();

  /** `origin`: the cluster's store, once that is open. */
  constructor(settings: ForkSettings, origin: () => Store) {
    this.#settings = settings;
    this.#origin = origin;
  }

  list(): readonly ToldFork[] {
    return [...this.#running.values()].map(({ told }) => told);
  }

  /** The state of a fork, as a diff names it: `fork/NAME`. */
  moment(name: string): Snapshot | undefined {
    return name.startsWith("fork/") ? this.#running.get(name.slice("fork/".length))?.store.snapshot() : undefined;
  }

  async create(request: ForkRequest): Promise<ToldFork> {
    const { name } = request;
    const components = componentsOf(request);
    const only = await controllersOf(request);
    if (this.#starting.has(name)) throw badRequest(`the fork "${name}" is being made already`);
    this.#starting.add(name);
    const stops: (() => Promise<void> | void)[] = [];
    const stop = async (): Promise<void> => {
      for (let end = stops.pop(); end; end = stops.pop()) await end();
    };
    try {
      const running = await this.#start(name, components, only, stops);
      this.#running.set(name, { ...running, stop });
      return running.told;
    } catch (error) {
      await stop();
      throw error;
    } finally {
      this.#starting.delete(name);
    }
  }

  async remove(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    await running?.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.remove(name)));
  }

  async #start(
    name: string,
    components: ReadonlySet<string>,
    only: readonly string[],
    stops: (() => Promise<void> | void)[],
  ): Promise<Omit<Running, "stop">> {
    const { keys, server } = this.#settings;
    const origin = this.#origin();
    const store = origin.fork();
    const beginning = store.snapshot();
    const created = systemClock.now();
    const log = this.#settings.log.child({ fork: name });
    const doors = new Map<string, Door>();
    const ports = { clock: systemClock, random: systemRandom, log };
    const moments: Readonly<Record<string, () => Snapshot>> = {
      fork: () => beginning,
      origin: () => origin.snapshot(),
    };
    const api = await startApiServer({
      ...ports,
      ...server,
      store,
      keys: keys.tokens,
      verifySignature,
      clientCa: keys.ca,
      nodes: nodeConnector(doors, unreachable),
      webhooks: "none",
      moments: (moment) => moments[moment]?.(),
    });
    stops.push(() => api.close());
    const tls = { ...keys.serving, clientCa: keys.ca };
    const listener = await listen(api.door, { port: 0, tls, log });
    stops.push(() => listener.close(0));
    const { door } = api;
    if (components.has("kubelet")) {
      const { startSimulatedNodes } = await import("./nodes.ts");
      const nodes = await startSimulatedNodes({ door, ...ports }, nodesOf(beginning), podsOf(beginning));
      stops.push(() => nodes.stop());
      for (const [node, each] of nodes.doors) doors.set(node, each);
    }
    if (components.has("kube-controller-manager")) {
      const { runControllers } = await import("./controllers.ts");
      stops.push(runControllers({ door, ...ports, settings: { rootCertificate: keys.ca }, only }));
    }
    if (components.has("kube-scheduler")) {
      const { runScheduler } = await import("./scheduler.ts");
      stops.push(runScheduler({ door, ...ports }));
    }
    const { revision } = beginning;
    const told = { name, server: listener.url, revision, created: formatTime(created), components: [...components] };
    return { told, store };
  }
}

const unreachable = (_url: string, node: string) => () =>
  Promise.reject(new Error(`node ${node} is not simulated in this fork`));

function componentsOf({ components = COMPONENTS }: ForkRequest): ReadonlySet<string> {
  for (const name of components) {
    if ((COMPONENTS as readonly string[]).includes(name)) continue;
    throw badRequest(`unknown component "${name}": a fork has ${COMPONENTS.join(", ")}`);
  }
  return new Set(components);
}

async function controllersOf({ controllers = ["*"] }: ForkRequest): Promise<string[]> {
  const { controllersFor } = await import("../../src/controllers/index.ts");
  try {
    return chosen(
      controllers,
      controllersFor({ rootCertificate: "" }).map(({ name }) => name),
    );
  } catch (error) {
    if (error instanceof UserError) throw badRequest(error.message);
    throw error;
  }
}

/** The cluster's nodes, each as large as it says it is. */
function nodesOf(beginning: Snapshot): SimulatedNode[] {
  return [...beginning.range("/core/nodes/")].map(({ object }) => {
    const { metadata, status } = object as Node;
    const amount = (resource: string): number | undefined => {
      const text = status?.capacity?.[resource];
      return text === undefined ? undefined : quantityValue(text);
    };
    const address = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
    return {
      name: metadata.name,
      ...(address !== undefined && { address }),
      cpus: amount("cpu"),
      memoryBytes: amount("memory"),
      storageBytes: amount("ephemeral-storage"),
      architecture: status?.nodeInfo?.architecture,
      facts: factsOf(status?.nodeInfo),
    };
  });
}

function factsOf(info: NonNullable<Node["status"]>["nodeInfo"]): SimulatedNode["facts"] {
  if (info === undefined) return undefined;
  const { machineID, systemUUID, bootID, kernelVersion, osImage } = info;
  return { machineID, systemUUID, bootID, kernelVersion, osImage };
}

/** What the cluster's pods have that run: in the fork they go on with it. */
function podsOf(beginning: Snapshot): Map<string, PodBefore> {
  const pods = new Map<string, PodBefore>();
  for (const { object } of beginning.range("/core/pods/")) {
    const { metadata, status } = object as Pod;
    const ips = status?.podIPs?.flatMap(({ ip }) => ip ?? []) ?? [];
    if (metadata.uid === undefined || ips.length === 0) continue;
    const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const started = containers.flatMap(({ name, state }): [string, number][] => {
      const time = timeOf(state?.running?.startedAt ?? undefined);
      return time === undefined ? [] : [[name, time]];
    });
    pods.set(metadata.uid, { ips, started: new Map(started) });
  }
  return pods;
}
