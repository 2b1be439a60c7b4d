/**
 * Containers that exist only as values: the runtime of simulated nodes, of tests and of the browser tab.
 *
 * It keeps CRI's promises (see runtime.ts), moves only on its Clock and sets a timer only where a pod's behaviour
 * asks for one, so an idle simulated pod costs nothing. How containers behave: behaviour.ts.
 */
import { FrameQueue, channelPair } from "../../machinery/channels.ts";
import type { Clock } from "../../machinery/clock.ts";
import { sleep } from "../../machinery/clock.ts";
import type { Channels } from "../../machinery/door.ts";
import type {
  ContainerConfig,
  ContainerFilter,
  ContainerListed,
  ContainerRuntime,
  ContainerStats,
  ContainerStatus,
  ExecResult,
  FilesystemUsage,
  Image,
  ImageSpec,
  LinuxResources,
  PodSandboxConfig,
  PodSandboxStatus,
  PullOptions,
  RuntimeEvent,
  SandboxFilter,
  StreamOptions,
} from "../runtime.ts";
import { RuntimeError } from "../runtime.ts";
import { behaviourOf } from "./behaviour.ts";
import { digestOf } from "./digest.ts";
import { logLine } from "./log-line.ts";
import { SimEvents } from "./sim-events.ts";
import { runCommand, serveExec } from "./sim-exec.ts";
import { SimImages } from "./sim-images.ts";
import type { Sandbox, SimContainer } from "./sim-things.ts";
import { containerStats, containerStatus, labelled, sandboxStatus } from "./sim-things.ts";
import type { SimFiles } from "./sim-files.ts";

export interface SimRuntimeOptions {
  readonly clock: Clock;
  /** Where logs go; shared with the simulated host. */
  readonly files: SimFiles;
  /** Names what it makes: ids begin with it, so that no two simulated nodes share one. */
  readonly name: string;
  /** Gives each sandbox an address, unique in the cluster. */
  address(): string | Promise<string>;
  /** Called when a sandbox's address is free again. */
  release?(address: string): void;
  /** What the pod of this uid had elsewhere before: it is simulated as if it had run here all the time. Asked once a pod. */
  before?(uid: string): PodBefore | undefined;
}

export interface PodBefore {
  readonly ips: readonly string[];
  /** When its running containers were started, by name; milliseconds since the epoch. */
  readonly started: ReadonlyMap<string, number>;
}

const KILLED = 137;

export class SimRuntime implements ContainerRuntime {
  readonly #options: SimRuntimeOptions;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, SimContainer>();
  readonly #images: SimImages;
  readonly #events = new SimEvents();
  #counter = 0;
  #down = false;

  constructor(options: SimRuntimeOptions) {
    this.#options = options;
    this.#images = new SimImages(options.clock);
  }

  /** Tests and what-ifs: the runtime stops answering, and containers go on running, until it is up again. */
  set down(down: boolean) {
    this.#down = down;
  }

  /** Where it shares in-memory files with a host. */
  get files(): SimFiles {
    return this.#options.files;
  }

  async version(): Promise<{ runtimeName: string; runtimeVersion: string; runtimeApiVersion: string }> {
    this.#answer();
    return { runtimeName: "sim", runtimeVersion: "1.0.0", runtimeApiVersion: "v1" };
  }

  async status(): ReturnType<ContainerRuntime["status"]> {
    this.#answer();
    const condition = (type: string): { type: string; status: boolean; reason: string; message: string } => ({
      type,
      status: true,
      reason: "",
      message: "",
    });
    return { conditions: [condition("RuntimeReady"), condition("NetworkReady")] };
  }

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string): Promise<string> {
    this.#answer();
    const { namespace, name, uid, attempt } = config.metadata;
    for (const { config: other } of this.#sandboxes.values()) {
      if (other.metadata.uid === uid && other.metadata.attempt === attempt) {
        throw new RuntimeError("AlreadyExists", `sandbox ${name}_${namespace}_${uid}_${attempt} exists`);
      }
    }
    const id = this.#id();
    const ownNetwork = config.linux?.securityContext.namespaces.network !== "NODE";
    const before = attempt === 0 ? this.#options.before?.(uid) : undefined;
    const ips = ownNetwork ? (before?.ips ?? [await this.#options.address()]) : [];
    this.#sandboxes.set(id, {
      id,
      config,
      runtimeHandler,
      createdAt: this.#now(),
      state: "READY",
      ips,
      started: new Map(before?.started),
    });
    this.#tell("STARTED", id, uid);
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    this.#answer();
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    for (const container of this.#of(id)) this.#end(container, KILLED, "Error");
    if (sandbox.state === "NOTREADY") return;
    sandbox.state = "NOTREADY";
    for (const ip of sandbox.ips) this.#options.release?.(ip);
    sandbox.ips = [];
    this.#tell("STOPPED", id, sandbox.config.metadata.uid);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    for (const container of this.#of(id)) this.#containers.delete(container.id);
    this.#sandboxes.delete(id);
    this.#tell("DELETED", id, sandbox.config.metadata.uid);
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    this.#answer();
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError("NotFound", `an error occurred when try to find sandbox: not found: ${id}`);
    return sandboxStatus(sandbox);
  }

  async listPodSandbox(filter: SandboxFilter = {}): Promise<readonly PodSandboxStatus[]> {
    this.#answer();
    const found: PodSandboxStatus[] = [];
    for (const sandbox of this.#sandboxes.values()) {
      if (filter.id !== undefined && filter.id !== sandbox.id) continue;
      if (filter.state !== undefined && filter.state !== sandbox.state) continue;
      if (labelled(sandbox.config.labels, filter.labels)) found.push(sandboxStatus(sandbox));
    }
    return found;
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    this.#answer();
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) throw new RuntimeError("NotFound", `failed to find sandbox id "${sandboxId}": not found`);
    const { uid } = sandbox.config.metadata;
    for (const { config: other, sandbox: of } of this.#containers.values()) {
      const { name, attempt } = other.metadata;
      if (name === config.metadata.name && attempt === config.metadata.attempt && of.config.metadata.uid === uid) {
        throw new RuntimeError("AlreadyExists", `container ${name}_${attempt} of pod ${uid} exists`);
      }
    }
    const image = this.#images.find(config.image.image);
    if (!image) throw new RuntimeError("NotFound", `failed to resolve image "${config.image.image}": not found`);
    const id = this.#id();
    this.#containers.set(id, {
      id,
      sandbox,
      config,
      imageRef: image.id,
      createdAt: this.#now(),
      behaviour: behaviourOf(sandbox.config.annotations, config.metadata.name),
      state: "CREATED",
      starting: false,
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: "",
      resources: config.linux?.resources,
      cancelEnd: () => {},
      ended: [],
    });
    this.#tell("CREATED", id, sandbox.config.metadata.uid);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#container(id);
    if (container.state !== "CREATED" || container.starting) {
      const state = container.starting ? "starting" : container.state;
      throw new RuntimeError("FailedPrecondition", `container ${id} is in ${state} state`);
    }
    if (container.sandbox.state !== "READY") {
      throw new RuntimeError("FailedPrecondition", `sandbox container "${container.sandbox.id}" is not running`);
    }
    const { behaviour } = container;
    container.starting = true;
    if (behaviour.startDelay > 0) await sleep(this.#options.clock, behaviour.startDelay);
    container.starting = false;
    container.state = "RUNNING";
    const { started } = container.sandbox;
    const { name } = container.config.metadata;
    container.startedAt = started.get(name) ?? this.#now();
    started.delete(name);
    for (const line of behaviour.log) this.#log(container, line);
    this.#tell("STARTED", id, container.sandbox.config.metadata.uid);
    if (behaviour.runFor !== undefined) {
      const { exitCode } = behaviour;
      container.cancelEnd = this.#options.clock.after(behaviour.runFor, () =>
        this.#end(container, exitCode, exitCode === 0 ? "Completed" : "Error"),
      );
    }
  }

  async stopContainer(id: string, graceSeconds: number, signal?: AbortSignal): Promise<void> {
    this.#answer();
    const container = this.#containers.get(id);
    if (!container || container.state === "EXITED") return;
    const { stopDelay } = container.behaviour;
    const obeys = stopDelay <= graceSeconds * 1000;
    const wait = obeys ? stopDelay : graceSeconds * 1000;
    if (wait > 0) {
      const over = new Promise<void>((resolve) => container.ended.push(resolve));
      await Promise.race([sleep(this.#options.clock, wait, signal), over]);
    }
    this.#end(container, obeys && graceSeconds > 0 ? 0 : KILLED, obeys && graceSeconds > 0 ? "Completed" : "Error");
  }

  async removeContainer(id: string): Promise<void> {
    this.#answer();
    const container = this.#containers.get(id);
    if (!container) return;
    this.#end(container, KILLED, "Error");
    this.#containers.delete(id);
    this.#tell("DELETED", id, container.sandbox.config.metadata.uid);
  }

  async listContainers(filter: ContainerFilter = {}): Promise<readonly ContainerListed[]> {
    this.#answer();
    const found: ContainerListed[] = [];
    for (const container of this.#containers.values()) {
      if (filter.id !== undefined && filter.id !== container.id) continue;
      if (filter.state !== undefined && filter.state !== container.state) continue;
      if (filter.podSandboxId !== undefined && filter.podSandboxId !== container.sandbox.id) continue;
      if (labelled(container.config.labels, filter.labels)) {
        found.push({ ...containerStatus(container), podSandboxId: container.sandbox.id });
      }
    }
    return found;
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    return containerStatus(this.#container(id));
  }

  async updateContainerResources(id: string, resources: LinuxResources): Promise<void> {
    const container = this.#container(id);
    container.resources = { ...container.resources, ...resources };
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.#container(id);
  }

  async execSync(id: string, command: readonly string[]): Promise<ExecResult> {
    const container = this.#running(id);
    return runCommand(command, this.#environmentOf(container));
  }

  async exec(id: string, options: StreamOptions & { readonly command: readonly string[] }): Promise<Channels> {
    const container = this.#running(id);
    const [ours, theirs] = channelPair();
    void serveExec(ours, options.command, options, this.#environmentOf(container));
    return theirs;
  }

  async attach(id: string, options: StreamOptions): Promise<Channels> {
    this.#running(id);
    const [ours, theirs] = channelPair();
    void serveExec(ours, ["cat"], options, { env: [], probe: true, hostname: "" });
    return theirs;
  }

  /** Every port of a simulated pod gives back what it is sent. */
  async portForward(sandboxId: string): Promise<Channels> {
    this.#answer();
    if (!this.#sandboxes.has(sandboxId)) throw new RuntimeError("NotFound", `sandbox ${sandboxId} not found`);
    const echo = new FrameQueue();
    return {
      frames: echo,
      async send(frame) {
        if (frame.channel % 2 === 0) await echo.push({ channel: frame.channel, bytes: frame.bytes, end: frame.end });
      },
      async close() {
        echo.end();
      },
    };
  }

  async containerStats(id: string): Promise<ContainerStats> {
    return containerStats(this.#container(id), this.#now());
  }

  async listContainerStats(filter: ContainerFilter = {}): Promise<readonly ContainerStats[]> {
    const listed = await this.listContainers({ state: "RUNNING", ...filter });
    return listed.map(({ id }) => containerStats(this.#containers.get(id)!, this.#now()));
  }

  async pullImage(image: ImageSpec, options?: PullOptions): Promise<string> {
    this.#answer();
    return this.#images.pull(image, options);
  }

  async listImages(): Promise<readonly Image[]> {
    this.#answer();
    return this.#images.list();
  }

  async imageStatus({ image }: ImageSpec): Promise<Image | undefined> {
    this.#answer();
    return this.#images.find(image);
  }

  async removeImage({ image }: ImageSpec): Promise<void> {
    this.#answer();
    this.#images.remove(image);
  }

  async imageFsInfo(): Promise<readonly FilesystemUsage[]> {
    this.#answer();
    return [this.#images.usage()];
  }

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return this.#events.follow(signal);
  }

  /** Whether probes of a pod's container succeed now; asked by the simulated host for HTTP, TCP and gRPC. */
  probe(podIP: string): boolean {
    for (const container of this.#containers.values()) {
      if (container.state !== "RUNNING" || !container.sandbox.ips.includes(podIP)) continue;
      if (!container.behaviour.probe(this.#now() - container.startedAt)) return false;
    }
    return true;
  }

  #environmentOf(container: SimContainer): {
    env: readonly { name: string; value: string }[];
    probe: boolean;
    hostname: string;
  } {
    return {
      env: container.config.env,
      probe: container.behaviour.probe(this.#now() - container.startedAt),
      hostname: container.sandbox.config.hostname,
    };
  }

  #end(container: SimContainer, exitCode: number, reason: string): void {
    if (container.state === "EXITED") return;
    container.cancelEnd();
    container.state = "EXITED";
    container.exitCode = exitCode;
    container.reason = reason;
    container.finishedAt = this.#now();
    if (container.startedAt === 0) container.startedAt = container.finishedAt;
    for (const resolve of container.ended.splice(0)) resolve();
    this.#tell("STOPPED", container.id, container.sandbox.config.metadata.uid);
  }

  #log(container: SimContainer, text: string): void {
    const path = `${container.sandbox.config.logDirectory}/${container.config.logPath}`;
    this.#options.files.append(path, logLine(this.#now(), "stdout", text));
  }

  *#of(sandboxId: string): Iterable<SimContainer> {
    for (const container of this.#containers.values()) if (container.sandbox.id === sandboxId) yield container;
  }

  #container(id: string): SimContainer {
    this.#answer();
    const container = this.#containers.get(id);
    if (!container)
      throw new RuntimeError("NotFound", `an error occurred when try to find container "${id}": not found`);
    return container;
  }

  #running(id: string): SimContainer {
    const container = this.#container(id);
    if (container.state !== "RUNNING") {
      throw new RuntimeError("FailedPrecondition", `container is not running, its state is ${container.state}`);
    }
    return container;
  }

  #tell(type: RuntimeEvent["type"], id: string, podUid: string): void {
    this.#events.tell({ type, id, podUid, at: this.#now() });
  }

  #answer(): void {
    if (this.#down) throw new RuntimeError("Unavailable", "the simulated runtime is down");
  }

  #id(): string {
    return digestOf(`${this.#options.name}/${++this.#counter}`);
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
