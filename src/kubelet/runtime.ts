/**
 * What runs containers, as a port: the shape of CRI v1 (RuntimeService and ImageService) in plain values.
 *
 * Three rules hold for every adapter, and `runtime.contract.ts` checks them:
 * - stopping and removing are idempotent: an unknown or already stopped id is no error;
 * - asking for the status of an unknown id throws {@link RuntimeError} with code `NotFound`;
 * - names are unique among what exists or is being made: a second sandbox, or a second container of one pod, with the
 *   same metadata (attempt included) is `AlreadyExists`;
 * - a container is started once: where it has started, or a start is under way, another is `FailedPrecondition`.
 *
 * By the last two a kubelet that lost its memory cannot start a thing twice.
 *
 * Times are milliseconds since the epoch, 0 where the thing has not happened; sizes are bytes. Every call may take
 * a signal; an aborted call throws the signal's reason, and what it had begun may or may not have been done.
 */
import type { Channels } from "../machinery/door.ts";
import type {
  ContainerConfig,
  ContainerFilter,
  ContainerListed,
  ContainerStats,
  ContainerStatus,
  ExecResult,
  FilesystemUsage,
  Image,
  ImageSpec,
  LinuxResources,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  PullOptions,
  RuntimeEvent,
  RuntimeStatus,
  RuntimeVersion,
  SandboxFilter,
  StreamOptions,
} from "./runtime-values.ts";

export type * from "./runtime-values.ts";

export interface ContainerRuntime {
  version(signal?: AbortSignal): Promise<RuntimeVersion>;
  /** Whether the runtime and its pod network are ready. Throws `Unavailable` when nobody answers. */
  status(signal?: AbortSignal): Promise<RuntimeStatus>;

  /** Makes and starts a sandbox: namespaces, network, pause container. Gives its id. */
  runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string, signal?: AbortSignal): Promise<string>;
  /** Stops the sandbox with all its containers and frees its network. */
  stopPodSandbox(id: string, signal?: AbortSignal): Promise<void>;
  /** Removes the sandbox with all its containers. */
  removePodSandbox(id: string, signal?: AbortSignal): Promise<void>;
  podSandboxStatus(id: string, signal?: AbortSignal): Promise<PodSandboxStatus>;
  listPodSandbox(filter?: SandboxFilter, signal?: AbortSignal): Promise<readonly PodSandbox[]>;

  /** The image must be present. Gives the container's id; it does not run yet. */
  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: PodSandboxConfig,
    signal?: AbortSignal,
  ): Promise<string>;
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Asks to stop (the stop signal), kills after `graceSeconds`, returns when it is stopped. 0 kills at once. */
  stopContainer(id: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  /** Removes the container, killing it where it still runs. Its log file stays. */
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;
  listContainers(filter?: ContainerFilter, signal?: AbortSignal): Promise<readonly ContainerListed[]>;
  containerStatus(id: string, signal?: AbortSignal): Promise<ContainerStatus>;
  updateContainerResources(id: string, resources: LinuxResources, signal?: AbortSignal): Promise<void>;
  /** Opens the log file anew, after the kubelet has rotated it away. */
  reopenContainerLog(id: string, signal?: AbortSignal): Promise<void>;

  /** Runs a command to its end. `timeoutSeconds` 0: no limit; past it the call throws `DeadlineExceeded`. */
  execSync(id: string, command: readonly string[], timeoutSeconds: number, signal?: AbortSignal): Promise<ExecResult>;
  /**
   * Runs a command with streams. Channels as in door.ts: 0 stdin, 1 stdout, 2 stderr, 3 error, 4 resize.
   * The error channel gives one Status (JSON) at the end, then the channels end.
   */
  exec(id: string, options: StreamOptions & { readonly command: readonly string[] }): Promise<Channels>;
  /** Streams of the container's own process; same channels as {@link exec}. */
  attach(id: string, options: StreamOptions): Promise<Channels>;
  /** Frames 2n (data) and 2n+1 (error) for the n-th connection; the first frame of a pair names the port. */
  portForward(sandboxId: string, ports: readonly number[], signal?: AbortSignal): Promise<Channels>;

  containerStats(id: string, signal?: AbortSignal): Promise<ContainerStats>;
  listContainerStats(filter?: ContainerFilter, signal?: AbortSignal): Promise<readonly ContainerStats[]>;

  /**
   * Gives the image's reference as `createContainer` takes it (its digest or id). `progress` is called now and
   * then where the adapter knows how far it is.
   */
  pullImage(image: ImageSpec, options?: PullOptions): Promise<string>;
  listImages(signal?: AbortSignal): Promise<readonly Image[]>;
  /** Undefined where the image is not present. */
  imageStatus(image: ImageSpec, signal?: AbortSignal): Promise<Image | undefined>;
  removeImage(image: ImageSpec, signal?: AbortSignal): Promise<void>;
  imageFsInfo(signal?: AbortSignal): Promise<readonly FilesystemUsage[]>;

  /**
   * What happens to containers and sandboxes, as it happens; undefined where the runtime cannot tell, and
   * then the kubelet relists. The iterable ends, or throws `Unavailable`, when the runtime goes away.
   */
  readonly events?: (signal: AbortSignal) => AsyncIterable<RuntimeEvent>;
}

/** gRPC's status codes by name, as far as runtimes use them. */
export type RuntimeErrorCode =
  | "NotFound"
  | "AlreadyExists"
  | "InvalidArgument"
  | "FailedPrecondition"
  | "ResourceExhausted"
  | "PermissionDenied"
  | "Unauthenticated"
  | "DeadlineExceeded"
  /** Nobody answers: the runtime is not there. */
  | "Unavailable"
  | "Unimplemented"
  | "Internal"
  | "Unknown";

/** A refusal of the runtime, in its own words. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  constructor(code: RuntimeErrorCode, message: string) {
    super(message);
    this.name = "RuntimeError";
    this.code = code;
  }
}

/** The runtime does not answer at all. */
export function isUnavailable(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError && error.code === "Unavailable";
}

/** As a gRPC client prints it, which is how runtime failures read in events and container statuses. */
export function rpcText(error: unknown): string {
  if (error instanceof RuntimeError) return `rpc error: code = ${error.code} desc = ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
