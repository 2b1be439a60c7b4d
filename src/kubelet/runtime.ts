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

export interface RuntimeVersion {
  /** Such as `containerd`. */
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly runtimeApiVersion: string;
}

export interface RuntimeStatus {
  /** `RuntimeReady` and `NetworkReady` at least. */
  readonly conditions: readonly RuntimeCondition[];
  readonly runtimeHandlers?: readonly { readonly name: string; readonly userNamespaces?: boolean }[];
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

// ---- sandboxes ----

export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname: string;
  /** Where container logs lie; containers name theirs relative to it. */
  readonly logDirectory: string;
  readonly dns?: DnsConfig;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly linux?: LinuxPodSandboxConfig;
}

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PortMapping {
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly containerPort: number;
  /** 0: not mapped. */
  readonly hostPort: number;
  readonly hostIP: string;
}

export interface LinuxPodSandboxConfig {
  /** Such as `/kubepods/burstable/pod<uid>`; systemd drivers get the slice's name. */
  readonly cgroupParent: string;
  readonly securityContext: LinuxSandboxSecurityContext;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly overhead?: LinuxResources;
  readonly resources?: LinuxResources;
}

export interface LinuxSandboxSecurityContext {
  readonly namespaces: NamespaceOptions;
  readonly seLinux?: SELinuxOptions;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly readonlyRootfs: boolean;
  readonly supplementalGroups: readonly number[];
  readonly supplementalGroupsPolicy?: "Merge" | "Strict";
  readonly privileged: boolean;
  readonly seccomp?: SecurityProfile;
  readonly appArmor?: SecurityProfile;
}

export type NamespaceMode = "POD" | "CONTAINER" | "NODE" | "TARGET";

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  /** Where `pid` is TARGET: the container whose namespace is joined (ephemeral containers). */
  readonly targetId?: string;
  /** A user namespace of the pod's own; absent: the node's. */
  readonly user?: UserNamespace;
}

export interface UserNamespace {
  readonly mode: "POD" | "NODE";
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

export interface IdMapping {
  readonly hostId: number;
  readonly containerId: number;
  readonly length: number;
}

export interface SELinuxOptions {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

export interface SecurityProfile {
  readonly type: "RuntimeDefault" | "Unconfined" | "Localhost";
  /** Where the type is Localhost: the profile's absolute path (seccomp) or name (AppArmor). */
  readonly localhostRef?: string;
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: "READY" | "NOTREADY";
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runtimeHandler?: string;
}

export interface PodSandboxStatus extends PodSandbox {
  /** Empty with the node's network, and once the sandbox is stopped. The first is the pod's main address. */
  readonly ips: readonly string[];
}

export interface SandboxFilter {
  readonly id?: string;
  readonly state?: "READY" | "NOTREADY";
  readonly labels?: Readonly<Record<string, string>>;
}

// ---- containers ----

export interface ContainerMetadata {
  readonly name: string;
  readonly attempt: number;
}

export interface ContainerConfig {
  readonly metadata: ContainerMetadata;
  readonly image: ImageSpec;
  /** Absent: the image's own entrypoint. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Empty: the image's own. */
  readonly workingDir: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly linux?: LinuxContainerConfig;
  /** Such as `SIGUSR1`; absent: the image's. */
  readonly stopSignal?: string;
}

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly recursiveReadOnly?: boolean;
  readonly selinuxRelabel?: boolean;
  readonly propagation?: "PRIVATE" | "HOST_TO_CONTAINER" | "BIDIRECTIONAL";
  /** The mount's content is this image (image volumes); `hostPath` is empty then. */
  readonly image?: ImageSpec;
  readonly imageSubPath?: string;
}

export interface Device {
  readonly containerPath: string;
  readonly hostPath: string;
  /** Of `r`, `w` and `m`. */
  readonly permissions: string;
}

export interface LinuxContainerConfig {
  readonly resources: LinuxResources;
  readonly securityContext: LinuxContainerSecurityContext;
}

export interface LinuxResources {
  /** Microseconds. 0: the runtime's default. */
  readonly cpuPeriod?: number;
  /** Microseconds in each period; -1 or 0: no limit. */
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  /** Bytes; 0: no limit. */
  readonly memoryLimitInBytes?: number;
  readonly memorySwapLimitInBytes?: number;
  readonly oomScoreAdj?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly hugepageLimits?: readonly { readonly pageSize: string; readonly limit: number }[];
  /** cgroup v2 files by name, such as `memory.oom.group`. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface LinuxContainerSecurityContext {
  readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] };
  readonly privileged: boolean;
  readonly namespaces: NamespaceOptions;
  readonly seLinux?: SELinuxOptions;
  /** At most one of the two; absent: the image's user. */
  readonly runAsUser?: number;
  readonly runAsUsername?: string;
  readonly runAsGroup?: number;
  readonly readonlyRootfs: boolean;
  readonly supplementalGroups: readonly number[];
  readonly supplementalGroupsPolicy?: "Merge" | "Strict";
  readonly noNewPrivs: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp?: SecurityProfile;
  readonly appArmor?: SecurityProfile;
}

export type ContainerState = "CREATED" | "RUNNING" | "EXITED" | "UNKNOWN";

export interface ContainerListed {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: ContainerMetadata;
  readonly image: ImageSpec;
  /** The image's reference on this node, as `pullImage` gives it. */
  readonly imageRef: string;
  readonly imageId?: string;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus extends Omit<ContainerListed, "podSandboxId"> {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  /** Such as `Completed`, `Error`, `OOMKilled`, `StartError`; empty while running. */
  readonly reason: string;
  readonly message: string;
  readonly mounts: readonly Mount[];
  /** Absolute. */
  readonly logPath: string;
  readonly resources?: LinuxResources;
  /** The user of the first process, where the runtime tells. */
  readonly user?: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] };
  readonly stopSignal?: string;
}

export interface ContainerFilter {
  readonly id?: string;
  readonly state?: ContainerState;
  readonly podSandboxId?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ExecResult {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly exitCode: number;
}

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly signal?: AbortSignal;
}

export interface ContainerStats {
  readonly id: string;
  readonly metadata: ContainerMetadata;
  readonly labels: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly cpu?: { readonly usageCoreNanoSeconds: number; readonly usageNanoCores?: number };
  readonly memory?: {
    readonly workingSetBytes: number;
    readonly usageBytes?: number;
    readonly rssBytes?: number;
    readonly availableBytes?: number;
    readonly pageFaults?: number;
    readonly majorPageFaults?: number;
  };
  readonly writableLayer?: { readonly usedBytes: number; readonly inodesUsed: number };
}

// ---- images ----

export interface ImageSpec {
  /** A name with tag or digest, or an id. */
  readonly image: string;
  /** What the pod's spec said, where `image` is already resolved. */
  readonly userSpecifiedImage?: string;
  readonly runtimeHandler?: string;
}

export interface PullOptions {
  readonly auth?: RegistryAuth;
  readonly sandbox?: PodSandboxConfig;
  readonly progress?: (progress: { readonly bytes: number; readonly total?: number }) => void;
  readonly signal?: AbortSignal;
}

/** Never logged. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  /** base64 of `username:password`. */
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface Image {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly size: number;
  /** The image's user, one of the two where it is set: runAsNonRoot is judged by it. */
  readonly uid?: number;
  readonly username?: string;
  /** Never collected. */
  readonly pinned: boolean;
}

export interface FilesystemUsage {
  readonly mountpoint: string;
  readonly timestamp: number;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

// ---- events ----

export interface RuntimeEvent {
  readonly type: "CREATED" | "STARTED" | "STOPPED" | "DELETED";
  /** The container's id, or the sandbox's where the event is about one. */
  readonly id: string;
  /** The pod's uid, as in the sandbox's metadata; empty where the runtime does not tell. */
  readonly podUid: string;
  readonly at: number;
}
