/**
 * The kubelet: runs the pods that are bound to its node and says how they and the node are.
 *
 * One code for real and simulated nodes: only the runtime and the host it is given differ. It writes nothing while
 * nothing changes, but a lease every ten seconds.
 */
import { Service } from "../api/core/index.ts";
import type { Node, Pod, Taint } from "../api/core/index.ts";
import type { Client, Informers } from "../client/index.ts";
import { createEventRecorder } from "../client/index.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Door } from "../machinery/door.ts";
import type { Log } from "../machinery/log.ts";
import type { Random } from "../machinery/random.ts";
import type { ClusterDns } from "./config/dns.ts";
import type { KubeletContext, NodeState } from "./context.ts";
import { Events } from "./events.ts";
import type { Host, MachineFacts } from "./host.ts";
import { Images } from "./images/images.ts";
import type { EvictionThresholds } from "./node/eviction.ts";
import { DEFAULT_THRESHOLDS, PressureWatch } from "./node/eviction.ts";
import { Heartbeats } from "./node/heartbeats.ts";
import { Housekeeping } from "./node/housekeeping.ts";
import type { NodeNews } from "./node/node-events.ts";
import type { NodeFacts, NodeHealth } from "./node/node-status.ts";
import { allocatableOf } from "./node/node-status.ts";
import { removeOrphanedFiles, removeOrphans } from "./node/orphans.ts";
import { QosGroups } from "./node/qos-groups.ts";
import { Registration } from "./node/registration.ts";
import { Room } from "./node/room.ts";
import type { ObjectSource } from "./objects.ts";
import { watchedObjects } from "./objects.ts";
import type { PodSource } from "./pod-source.ts";
import { ownPods } from "./pod-source.ts";
import type { ListedPod } from "./pod/found.ts";
import type { Places } from "./pod/names.ts";
import { quantityValue } from "../machinery/quantity.ts";
import { isStatic, members } from "./pod/spec.ts";
import { PodWorker } from "./pod/worker.ts";
import { Prober } from "./probes/prober.ts";
import type { ContainerRuntime } from "./runtime.ts";
import { RuntimeWatch } from "./runtime-watch.ts";
import { kubeletDoor } from "./server/door.ts";
import type { ManifestFolder } from "./static/manifest.ts";
import { StaticPods, isMirror } from "./static/static-pods.ts";
import { StatusWriter } from "./status-writer.ts";
import { Tokens } from "./volumes/tokens.ts";

export interface KubeletOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly runtime: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodeName: string;
  /** Default: the host's. */
  readonly hostname?: string;
  /** Default: the host's. */
  readonly addresses?: readonly string[];
  /** Where the caller serves {@link Kubelet.door}. Default 10250. */
  readonly port?: number;
  /** Default 110. */
  readonly maxPods?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly providerID?: string;
  /** Default: no cluster DNS; pods then use the node's resolver. */
  readonly clusterDns?: ClusterDns;
  /** Default `/var/lib/kubelet` and `/var/log/pods`. */
  readonly places?: Places;
  /** Above `/kubepods`. Default `/`. */
  readonly cgroupRoot?: string;
  /** Kept back for the system: `cpu`, `memory`, `ephemeral-storage`. */
  readonly reserved?: Readonly<Record<string, string>>;
  /** When the node is short of memory or disk. Default: upstream's. */
  readonly evictionThresholds?: EvictionThresholds;
  /** Container logs are rotated when they are larger, in bytes. Default 10 MiB. */
  readonly containerLogMaxSize?: number;
  /** Pods that the node runs of its own accord. */
  readonly manifests?: ManifestFolder;
  /**
   * Whether a pod that nothing is found of ran elsewhere until now, and its containers here are the same ones: simulated
   * nodes of a fork. Otherwise the runtime has lost them, and they are started once more.
   */
  carriesOn?(uid: string): boolean;
  /** Nodes in one process share these; by default each has its own. */
  readonly pods?: PodSource;
  readonly objects?: ObjectSource;
  readonly heartbeats?: Heartbeats;
}

export interface Kubelet {
  /** Resolves when the node is registered and its pods are known. Rejects where the API refuses the node. */
  start(): Promise<void>;
  /** Stops acting. Containers go on running and are taken over by the next kubelet. */
  stop(): Promise<void>;
  /** The node as the API had it last. */
  readonly node: Node | undefined;
  /** Pods of this node with what runs of them. */
  workers(): Iterable<PodWorker>;
  /** The kubelet's own API. Who may use it is the caller's to judge. */
  readonly door: Door;
  /** Whether the runtime answers; what is wrong where it does not. */
  readonly problems: readonly string[];
}

export function createKubelet(options: KubeletOptions): Kubelet {
  return new NodeAgent(options);
}

class NodeAgent implements Kubelet {
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #releases: (() => void)[] = [];
  #context: KubeletContext | undefined;
  #registration: Registration | undefined;
  #housekeeping: Housekeeping | undefined;
  #room: Room | undefined;
  readonly #static: StaticPods;
  readonly #watch: RuntimeWatch;
  #beating = false;
  #runtimeVersion = "unknown://Unknown";
  #pressure = new PressureWatch(DEFAULT_THRESHOLDS);
  /** Pods that are told at the start, until all are. */
  #early: PodWorker[] | undefined = [];
  /** Found in the runtime when the kubelet started, until pods claim it. */
  #found: Map<string, ListedPod> = new Map();

  readonly door: Door;

  constructor(options: KubeletOptions) {
    this.#options = options;
    const { runtime, host, clock, log, nodeName } = options;
    this.#watch = new RuntimeWatch({
      runtime,
      clock,
      log,
      workers: this.#workers,
      changed: () => this.#reportHealth(),
      answers: async () => {
        this.#context?.images.forgetPresent();
        await this.#askVersion();
      },
    });
    this.#static = new StaticPods({
      ...options,
      folder: options.manifests,
      node: () => this.node,
      present: (pod) => this.#present(pod),
      gone: (pod) => this.#gone(pod),
      mirrored: (uid, mirror) => {
        this.#workers.get(uid)?.written(mirror);
        this.#context!.statuses.mirrored(uid, mirror);
      },
    });
    const problems = (): readonly string[] => this.problems;
    this.door = kubeletDoor({
      runtime,
      host,
      clock,
      nodeName,
      startedAt: clock.now(),
      workers: () => this.workers(),
      get problems() {
        return problems();
      },
    });
  }

  get node(): Node | undefined {
    return this.#registration?.node;
  }

  get problems(): readonly string[] {
    return this.#watch.problems;
  }

  workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  async start(): Promise<void> {
    const { host, informers, clock, runtime, nodeName } = this.#options;
    const services = informers.of(Service);
    const [machine] = await Promise.all([host.facts(), this.#askVersion(), services.synced]);
    const facts = this.#nodeFacts(machine);
    this.#pressure = new PressureWatch(facts.thresholds);
    const allocatable = allocatableOf(facts, quantityValue);
    this.#context = this.#makeContext(machine, facts, allocatable, () => services.list());
    const registration = this.#makeRegistration(facts, allocatable);
    this.#registration = registration;
    this.#housekeeping = new Housekeeping(this.#context, facts.thresholds, this.#options.containerLogMaxSize);

    const { cgroupRoot } = this.#context.node;
    this.#room = new Room({
      workers: this.#workers,
      allocatable,
      node: () => this.node,
      groups: host.keepsFiles ? new QosGroups(host.cgroups, cgroupRoot, allocatable.cpu, this.#options.log) : undefined,
    });

    const pods = this.#options.pods ?? ownPods(informers, nodeName);
    const [, listed] = await Promise.all([
      registration.register(await this.#health()),
      this.#watch.list(),
      pods.synced,
    ]);
    this.#found = new Map(listed);
    this.#context.events.node("Normal", "Starting", "Starting kubelet.");
    void registration.renew();
    this.#releases.push(
      pods.subscribe(nodeName, {
        present: (pod) => (isMirror(pod) ? this.#static.mirrorSeen(pod) : this.#present(pod)),
        gone: (pod) => (isMirror(pod) ? this.#static.mirrorGone(pod) : this.#gone(pod)),
      }),
    );
    await this.#static.start();
    this.#wakeEarly();
    this.#room!.shareOut();
    const orphans = this.#found;
    this.#found = new Map();
    const { log } = this.#options;
    await Promise.all([
      removeOrphans(orphans, runtime, log),
      removeOrphanedFiles(this.#context.node.places, host, log, (uid) => this.#workers.has(uid)),
    ]);
    const heartbeats = this.#options.heartbeats ?? new Heartbeats(clock);
    this.#releases.push(heartbeats.join(() => void this.#beat()));
    this.#watch.start();
  }

  async stop(): Promise<void> {
    this.#watch.stop();
    this.#static.stop();
    for (const release of this.#releases.splice(0)) release();
    for (const worker of this.#workers.values()) worker.stop();
    this.#context?.events.stop();
  }

  #makeContext(
    machine: MachineFacts,
    facts: NodeFacts,
    allocatable: Readonly<Record<string, string>>,
    services: () => Iterable<Service>,
  ): KubeletContext {
    const { client, runtime, host, clock, random, log, nodeName } = this.#options;
    const recorder = createEventRecorder({ client, component: "kubelet", host: nodeName, clock, random, log });
    const events = new Events(recorder, nodeName);
    const version = (): string => this.#runtimeVersion;
    const node: NodeState = {
      places: this.#options.places ?? { root: "/var/lib/kubelet", logs: "/var/log/pods" },
      cgroupRoot: this.#options.cgroupRoot ?? "/",
      clusterDns: this.#options.clusterDns ?? { servers: [], domain: "cluster.local" },
      nodeResolver: machine.resolver,
      hostIPs: facts.addresses,
      get runtimeName() {
        return version().split("://")[0]!;
      },
      memoryBytes: machine.memoryBytes,
      allocatable,
    };
    const prober = new Prober({
      runtime,
      clock,
      random,
      network: host.network,
      changed: (uid) => this.#workers.get(uid)?.probed(),
      unhealthy: (pod, container, _, output) => {
        const member = members(pod).find((one) => one.container.name === container.name);
        events.pod(pod, "Warning", "Unhealthy", output, member);
      },
    });
    return {
      client,
      runtime,
      host,
      clock,
      random,
      log,
      nodeName,
      events,
      node,
      prober,
      services,
      images: new Images(runtime, clock),
      objects: this.#options.objects ?? watchedObjects(client, clock),
      tokens: new Tokens(client, clock),
      statuses: new StatusWriter(client, clock, log, (uid, pod) => this.#workers.get(uid)?.written(pod)),
      carriesOn: (uid) => this.#options.carriesOn?.(uid) ?? false,
      runtimeFailed: (error) => this.#watch.failed(error),
      forget: (pod) => {
        this.#workers.delete(pod.metadata.uid);
        this.#room!.shareOut();
        if (isStatic(pod)) this.#static.ended(pod);
      },
      admit: (pod) => this.#room!.admit(pod),
      judgeResize: (pod) => this.#room!.judgeResize(pod),
    };
  }

  #makeRegistration(facts: NodeFacts, allocatable: Readonly<Record<string, string>>): Registration {
    const { client, clock, log, nodeName, labels = {}, taints = [], providerID, host } = this.#options;
    const { events } = this.#context!;
    const tell = ({ type, reason, message }: NodeNews): void => events.node(type, reason, message);
    const given = { client, clock, log, nodeName, labels, taints, providerID, tell, tellsStart: host.keepsFiles };
    return new Registration(given, facts, allocatable);
  }

  #nodeFacts(machine: MachineFacts): NodeFacts {
    const version = (): string => this.#runtimeVersion;
    const { hostname, addresses, port = 10_250, maxPods = 110, reserved = {} } = this.#options;
    const thresholds = this.#options.evictionThresholds ?? DEFAULT_THRESHOLDS;
    return {
      machine,
      hostname: hostname ?? machine.hostname,
      addresses: addresses ?? machine.addresses,
      get runtimeVersion() {
        return version();
      },
      port,
      maxPods,
      reserved,
      thresholds,
    };
  }

  /** At the start, and when the runtime answers again: it may be another one, or be there for the first time. */
  async #askVersion(): Promise<void> {
    try {
      const { runtimeName, runtimeVersion } = await this.#options.runtime.version();
      this.#runtimeVersion = `${runtimeName}://${runtimeVersion}`;
    } catch (error) {
      this.#watch.failed(error);
    }
  }

  #present(pod: Pod): void {
    const known = this.#workers.get(pod.metadata.uid);
    if (known) return known.update(pod);
    const worker = new PodWorker(pod, this.#context!);
    this.#workers.set(pod.metadata.uid, worker);
    const listed = this.#found.get(pod.metadata.uid);
    if (listed) {
      this.#found.delete(pod.metadata.uid);
      worker.adopt(listed);
    }
    if (this.#early) this.#early.push(worker);
    else worker.wake();
  }

  /** What runs already has its room before anybody is admitted; the others are judged in the order they were made in. */
  #wakeEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    const age = ({ pod }: PodWorker): string => pod.metadata.creationTimestamp ?? "";
    for (const worker of early.toSorted((a, b) => (age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0))) worker.wake();
  }

  #gone(pod: Pod): void {
    this.#workers.get(pod.metadata.uid)?.removed(pod);
  }

  async #beat(): Promise<void> {
    // The lease says that the kubelet lives, also while the runtime keeps an earlier beat waiting.
    void this.#registration!.renew();
    if (this.#beating) return;
    this.#beating = true;
    const { clock, log } = this.#options;
    try {
      const now = clock.now();
      for (const worker of this.#workers.values()) worker.tick(now);
      this.#room!.shareOut();
      await this.#static.look();
      await this.#watch.check();
      const health = await this.#health();
      await this.#registration!.report(health);
      if (this.problems.length === 0) await this.#housekeeping!.run(health.usage, this.#workers.values());
      await this.#watch.relistWhenDue();
    } catch (error) {
      log.warn("a heartbeat failed", { error });
    } finally {
      this.#beating = false;
    }
  }

  async #health(): Promise<NodeHealth> {
    const { host, clock, runtime } = this.#options;
    const usage = await host.usage();
    const images = this.problems.length > 0 ? [] : await runtime.listImages().catch(() => []);
    const now = clock.now();
    return { now, usage, pressure: this.#pressure.observe(usage, now), images, problems: this.problems };
  }

  /** Never throws: the next heartbeat tries again. */
  async #reportHealth(): Promise<void> {
    try {
      await this.#registration?.report(await this.#health());
    } catch (error) {
      this.#options.log.warn("the node's state was not reported", { error });
    }
  }
}
