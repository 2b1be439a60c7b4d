/** The values of the port in runtime.ts: sandboxes, containers, images and events, in CRI's shape. */

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
