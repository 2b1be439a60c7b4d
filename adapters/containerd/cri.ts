/**
 * The kubelet's ContainerRuntime over CRI v1, as containerd (1.6 and later) speaks it on its socket.
 *
 * Values go to the wire as the port has them (see cri-messages.ts); only where CRI nests differently is something
 * made anew here. Calls that fail throw RuntimeError with the runtime's own words.
 */
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
  PodSandbox,
  PodSandboxConfig,
  PodSandboxMetadata,
  PodSandboxStatus,
  PullOptions,
  RuntimeEvent,
  RuntimeStatus,
  RuntimeVersion,
  SandboxFilter,
  StreamOptions,
} from "../../src/kubelet/runtime.ts";
import type { Channels } from "../../src/machinery/door.ts";
import { PAUSE_IMAGE } from "./config.ts";
import { cri } from "./cri-messages.ts";
import type { CriInput, CriOutput, CriTables } from "./cri-messages.ts";
import { runtimeEvents } from "./events.ts";
import { GrpcConnection, hasCode } from "./grpc.ts";
import type { CallLimits, ConnectionOptions } from "./grpc.ts";
import { openStreams } from "./streaming.ts";

/** As the kubelet's `--runtime-request-timeout`: what a call may take that waits for nobody else. */
const REQUEST_MS = 2 * 60_000;
/** Making or ending a sandbox runs network plugins, which may wait for others. */
const SANDBOX_MS = 2 * REQUEST_MS;
/** What `execSync` and `stopContainer` may take beyond the time that the caller gave. */
const SLACK_MS = 30_000;

/** How long {@link CriRuntime.begun} waits, in milliseconds. */
const BEGUN_MS = 10_000;
/** Cut off in the middle these leave half a thing. */
const BEGINNINGS = new Set(["RunPodSandbox", "CreateContainer", "StartContainer"]);

type Message = keyof CriTables & string;

export class CriRuntime implements ContainerRuntime, Disposable {
  readonly #connection: GrpcConnection;
  readonly #beginning = new Set<Promise<unknown>>();

  /** `endpoint`: the socket's path, or a URL such as `unix:///run/containerd/containerd.sock`. */
  constructor(endpoint: string, options: ConnectionOptions = {}) {
    this.#connection = new GrpcConnection(endpoint, options);
  }

  /** Resolves when what is being made or started is done, or takes too long: after that the runtime may be ended. */
  async begun(): Promise<void> {
    const deadline = AbortSignal.timeout(BEGUN_MS);
    const timeUp = new Promise<void>((resolve) => deadline.addEventListener("abort", () => resolve(), { once: true }));
    await Promise.race([Promise.allSettled(this.#beginning), timeUp]);
  }

  /** Ends the connection; calls made afterwards fail. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  version(signal?: AbortSignal): Promise<RuntimeVersion> {
    return this.#runtime("Version", ["VersionRequest", "VersionResponse"], {}, { signal });
  }

  async status(signal?: AbortSignal): Promise<RuntimeStatus> {
    const answer = await this.#runtime("Status", ["Empty", "StatusResponse"], {}, { signal });
    return {
      conditions: answer.status?.conditions ?? [],
      runtimeHandlers: answer.runtimeHandlers.map(({ name, features }) => ({
        name,
        userNamespaces: features?.userNamespaces ?? false,
      })),
    };
  }

  // ---- sandboxes ----

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string, signal?: AbortSignal): Promise<string> {
    const limits = { signal, milliseconds: SANDBOX_MS };
    const answer = await this.#runtime(
      "RunPodSandbox",
      ["RunPodSandboxRequest", "ById"],
      { config, runtimeHandler },
      limits,
    );
    return answer.id;
  }

  async stopPodSandbox(id: string, signal?: AbortSignal): Promise<void> {
    const call = this.#runtime("StopPodSandbox", ["ById", "Empty"], { id }, { signal, milliseconds: SANDBOX_MS });
    await ignoringNotFound(call);
  }

  async removePodSandbox(id: string, signal?: AbortSignal): Promise<void> {
    const call = this.#runtime("RemovePodSandbox", ["ById", "Empty"], { id }, { signal, milliseconds: SANDBOX_MS });
    await ignoringNotFound(call);
  }

  async podSandboxStatus(id: string, signal?: AbortSignal): Promise<PodSandboxStatus> {
    const messages = ["PodSandboxStatusRequest", "PodSandboxStatusResponse"] as const;
    const { status } = await this.#runtime("PodSandboxStatus", messages, { id }, { signal });
    const network = status!.network;
    const ips = network?.ip ? [network.ip, ...network.additionalIps.map(({ ip }) => ip)] : [];
    return { ...sandboxOf(status!), ips };
  }

  async listPodSandbox(filter?: SandboxFilter, signal?: AbortSignal): Promise<readonly PodSandbox[]> {
    const messages = ["ListPodSandboxRequest", "ListPodSandboxResponse"] as const;
    const { items } = await this.#runtime("ListPodSandbox", messages, { filter }, { signal });
    return items.map(sandboxOf);
  }

  // ---- containers ----

  async createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: PodSandboxConfig,
    signal?: AbortSignal,
  ): Promise<string> {
    const request = { podSandboxId: sandboxId, config: config as CriInput<"ContainerConfig">, sandbox };
    return (await this.#runtime("CreateContainer", ["CreateContainerRequest", "ById"], request, { signal })).id;
  }

  async startContainer(id: string, signal?: AbortSignal): Promise<void> {
    await this.#runtime("StartContainer", ["ById", "Empty"], { id }, { signal });
  }

  async stopContainer(id: string, graceSeconds: number, signal?: AbortSignal): Promise<void> {
    const milliseconds = REQUEST_MS + graceSeconds * 1000;
    const request = { id, timeout: Math.ceil(graceSeconds) };
    const call = this.#runtime("StopContainer", ["StopContainerRequest", "Empty"], request, { signal, milliseconds });
    await ignoringNotFound(call);
  }

  async removeContainer(id: string, signal?: AbortSignal): Promise<void> {
    await ignoringNotFound(this.#runtime("RemoveContainer", ["ById", "Empty"], { id }, { signal }));
  }

  async listContainers(filter?: ContainerFilter, signal?: AbortSignal): Promise<readonly ContainerListed[]> {
    const messages = ["ListContainersRequest", "ListContainersResponse"] as const;
    const { containers } = await this.#runtime("ListContainers", messages, { filter }, { signal });
    return containers.map((container) => ({
      ...container,
      metadata: container.metadata ?? NO_CONTAINER,
      image: container.image ?? NO_IMAGE,
      imageId: container.imageId || container.imageRef,
    }));
  }

  async containerStatus(id: string, signal?: AbortSignal): Promise<ContainerStatus> {
    const messages = ["ContainerStatusRequest", "ContainerStatusResponse"] as const;
    const { status } = await this.#runtime("ContainerStatus", messages, { id }, { signal });
    return statusOf(status!);
  }

  async updateContainerResources(id: string, resources: LinuxResources, signal?: AbortSignal): Promise<void> {
    const request = { id, linux: resources };
    await this.#runtime("UpdateContainerResources", ["UpdateContainerResourcesRequest", "Empty"], request, { signal });
  }

  async reopenContainerLog(id: string, signal?: AbortSignal): Promise<void> {
    await this.#runtime("ReopenContainerLog", ["ById", "Empty"], { id }, { signal });
  }

  // ---- exec, attach, port-forward ----

  execSync(id: string, command: readonly string[], timeoutSeconds: number, signal?: AbortSignal): Promise<ExecResult> {
    const milliseconds = timeoutSeconds > 0 ? timeoutSeconds * 1000 + SLACK_MS : undefined;
    const request = { id, command, timeout: Math.ceil(timeoutSeconds) };
    return this.#call("RuntimeService/ExecSync", ["ExecSyncRequest", "ExecSyncResponse"], request, {
      signal,
      milliseconds,
    });
  }

  async exec(id: string, options: StreamOptions & { readonly command: readonly string[] }): Promise<Channels> {
    const { signal, ...request } = options;
    const { url } = await this.#runtime("Exec", ["ExecRequest", "UrlResponse"], { id, ...request }, { signal });
    return openStreams(url, request, signal);
  }

  async attach(id: string, options: StreamOptions): Promise<Channels> {
    const { signal, ...request } = options;
    const { url } = await this.#runtime("Attach", ["AttachRequest", "UrlResponse"], { id, ...request }, { signal });
    return openStreams(url, request, signal);
  }

  async portForward(sandboxId: string, ports: readonly number[], signal?: AbortSignal): Promise<Channels> {
    const request = { id: sandboxId, port: ports };
    const { url } = await this.#runtime("PortForward", ["PortForwardRequest", "UrlResponse"], request, { signal });
    return openStreams(url, undefined, signal);
  }

  // ---- statistics ----

  async containerStats(id: string, signal?: AbortSignal): Promise<ContainerStats> {
    const { stats } = await this.#runtime("ContainerStats", ["ById", "ContainerStatsResponse"], { id }, { signal });
    return statsOf(stats!);
  }

  async listContainerStats(filter: ContainerFilter = {}, signal?: AbortSignal): Promise<readonly ContainerStats[]> {
    const messages = ["ListContainerStatsRequest", "ListContainerStatsResponse"] as const;
    const { state, ...rest } = filter;
    const { stats } = await this.#runtime("ListContainerStats", messages, { filter: rest }, { signal });
    if (state === undefined) return stats.map(statsOf);
    const wanted = new Set((await this.listContainers(filter, signal)).map(({ id }) => id));
    return stats.map(statsOf).filter(({ id }) => wanted.has(id));
  }

  // ---- images ----

  async pullImage(image: ImageSpec, options: PullOptions = {}): Promise<string> {
    const { auth, sandbox, signal } = options;
    // No deadline: how long a pull takes is the registry's and the network's to say.
    const answer = await this.#call(
      "ImageService/PullImage",
      ["PullImageRequest", "ImageRefResponse"],
      { image, auth, sandbox },
      { signal },
    );
    return answer.imageRef;
  }

  async listImages(signal?: AbortSignal): Promise<readonly Image[]> {
    return (await this.#images("ListImages", ["Empty", "ListImagesResponse"], {}, signal)).images.map(imageOf);
  }

  async imageStatus(image: ImageSpec, signal?: AbortSignal): Promise<Image | undefined> {
    const found = await this.#images("ImageStatus", ["ImageRequest", "ImageStatusResponse"], { image }, signal);
    return found.image && imageOf(found.image);
  }

  async removeImage(image: ImageSpec, signal?: AbortSignal): Promise<void> {
    await ignoringNotFound(this.#images("RemoveImage", ["ImageRequest", "Empty"], { image }, signal));
  }

  async imageFsInfo(signal?: AbortSignal): Promise<readonly FilesystemUsage[]> {
    const answer = await this.#images("ImageFsInfo", ["Empty", "ImageFsInfoResponse"], {}, signal);
    return answer.imageFilesystems.map((filesystem) => ({
      mountpoint: filesystem.fsId?.mountpoint ?? "",
      timestamp: filesystem.timestamp,
      usedBytes: filesystem.usedBytes ?? 0,
      inodesUsed: filesystem.inodesUsed ?? 0,
    }));
  }

  // ---- events ----

  events(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    return runtimeEvents(this.#connection, this, signal);
  }

  #runtime<I extends Message, O extends Message>(
    method: string,
    messages: readonly [I, O],
    request: CriInput<I>,
    { signal, milliseconds = REQUEST_MS }: CallLimits,
  ): Promise<CriOutput<O>> {
    const call = this.#call(`RuntimeService/${method}`, messages, request, { signal, milliseconds });
    if (BEGINNINGS.has(method)) {
      const done = (): void => void this.#beginning.delete(call);
      this.#beginning.add(call);
      call.then(done, done);
    }
    return call;
  }

  #images<I extends Message, O extends Message>(
    method: string,
    messages: readonly [I, O],
    request: CriInput<I>,
    signal: AbortSignal | undefined,
  ): Promise<CriOutput<O>> {
    return this.#call(`ImageService/${method}`, messages, request, { signal, milliseconds: REQUEST_MS });
  }

  #call<I extends Message, O extends Message>(
    method: string,
    messages: readonly [I, O],
    request: CriInput<I>,
    limits: CallLimits,
  ): Promise<CriOutput<O>> {
    return this.#connection.unary(`/runtime.v1.${method}`, cri, messages, request, limits);
  }
}

const NO_POD: PodSandboxMetadata = { name: "", uid: "", namespace: "", attempt: 0 };
const NO_CONTAINER = { name: "", attempt: 0 };
const NO_IMAGE: ImageSpec = { image: "" };

/** The port's calls that end something are idempotent; not every version of a runtime is. */
async function ignoringNotFound(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!hasCode(error, "NotFound")) throw error;
  }
}

function sandboxOf(sandbox: CriOutput<"PodSandbox">): PodSandbox {
  const { id, state, createdAt, labels, annotations, runtimeHandler } = sandbox;
  const metadata = sandbox.metadata ?? NO_POD;
  return { id, metadata, state, createdAt, labels, annotations, ...(runtimeHandler && { runtimeHandler }) };
}

function statusOf(status: CriOutput<"ContainerStatus">): ContainerStatus {
  const { metadata, image, resources, user, stopSignal, mounts, ...rest } = status;
  return {
    ...rest,
    metadata: metadata ?? NO_CONTAINER,
    image: image ?? NO_IMAGE,
    imageId: status.imageId || status.imageRef,
    mounts: mounts.map((mount) => ({ ...mount, image: mount.image?.image ? mount.image : undefined })),
    ...(resources?.linux && { resources: resources.linux }),
    ...(user?.linux && { user: user.linux }),
    ...(stopSignal !== "RUNTIME_DEFAULT" && { stopSignal }),
  };
}

/** containerd 1.6 pins nothing, and without the image of sandboxes no pod would start again. */
function imageOf(image: Image): Image {
  return image.pinned || image.repoTags.includes(PAUSE_IMAGE) ? { ...image, pinned: true } : image;
}

function statsOf({ attributes, cpu, memory, writableLayer }: CriOutput<"ContainerStats">): ContainerStats {
  return {
    id: attributes?.id ?? "",
    metadata: attributes?.metadata ?? NO_CONTAINER,
    labels: attributes?.labels ?? {},
    timestamp: cpu?.timestamp ?? memory?.timestamp ?? 0,
    ...(cpu && { cpu: { usageCoreNanoSeconds: cpu.usageCoreNanoSeconds ?? 0, usageNanoCores: cpu.usageNanoCores } }),
    ...(memory && { memory: { ...memory, workingSetBytes: memory.workingSetBytes ?? 0 } }),
    ...(writableLayer && {
      writableLayer: { usedBytes: writableLayer.usedBytes ?? 0, inodesUsed: writableLayer.inodesUsed ?? 0 },
    }),
  };
}
