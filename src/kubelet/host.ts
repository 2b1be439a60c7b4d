/**
 * The machine a kubelet runs on, as a port: its facts, its files and mounts, its control groups and its network
 * as probes use it. `adapters/host` is the real one; a simulated node has `sim/sim-host.ts`.
 *
 * Paths are absolute and use `/`. Failures are thrown as Error with a text that names the path.
 */
export interface Host {
  facts(): Promise<MachineFacts>;
  usage(): Promise<MachineUsage>;
  readonly files: HostFiles;
  readonly logs: LogFiles;
  readonly cgroups: Cgroups;
  readonly network: ProbeNetwork;
  /**
   * False where nobody ever reads what volumes hold (simulated nodes): no token is asked for then, and there are no control
   * groups to keep in proportion.
   */
  readonly keepsFiles: boolean;
}

/** What does not change while the machine is up. */
export interface MachineFacts {
  readonly hostname: string;
  readonly addresses: readonly string[];
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** Go's names: `linux`; `amd64`, `arm64`. */
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly swapBytes?: number;
  readonly ephemeralStorageBytes: number;
  readonly hugepages?: readonly { readonly pageSize: string; readonly bytes: number }[];
  readonly maxPids: number;
  /** The machine's own resolver, for `dnsPolicy: Default`. */
  readonly resolver: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
}

/** What eviction and the summary look at. */
export interface MachineUsage {
  readonly at: number;
  readonly cpuNanoSeconds: number;
  readonly memoryAvailableBytes: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryRssBytes: number;
  readonly pids: number;
  readonly disk: {
    readonly capacityBytes: number;
    readonly availableBytes: number;
    readonly inodes: number;
    readonly inodesFree: number;
  };
}

export interface HostFiles {
  /** Makes it with its parents; an existing one is left as it is, but gets `mode`. */
  makeDirectory(path: string, mode?: number): Promise<void>;
  /** Removes a tree. Mounts below are unmounted first, never emptied. A missing path is no error. */
  remove(path: string): Promise<void>;
  writeFile(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /** The last `limit` bytes; undefined where there is no such file. */
  readTail(path: string, limit: number): Promise<Uint8Array | undefined>;
  /** What is there, links followed; undefined where nothing is. */
  kindOf(path: string): Promise<FileKind | undefined>;
  /** Names in a directory; empty where it does not exist. */
  list(path: string): Promise<readonly string[]>;
  readFile(path: string): Promise<Uint8Array>;
  /** Bytes of disk that trees take, by path; those that are not there are missing. */
  diskUse(paths: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Makes `directory` hold exactly `files`, so that a reader sees all old or all new ones: contents go to a new
   * dot-directory, `..data` is switched to it by rename, and names are links through `..data`.
   * Gives whether anything changed.
   */
  project(
    directory: string,
    files: ReadonlyMap<string, ProjectedFile>,
    owner?: { readonly gid?: number },
  ): Promise<boolean>;
  /** Mounts memory at `path` unless it already is; `sizeBytes` 0: the kernel's default. Gives whether it is new. */
  mountTmpfs(path: string, sizeBytes: number): Promise<boolean>;
  /** Gives a tree to a group: rw for it, and new files inherit it. */
  setGroup(path: string, gid: number): Promise<void>;
  /** Makes what is missing of `subPath` in a volume: as directories of its own mode. Throws where a link leads out of it. */
  makeSubPath(volume: string, subPath: string): Promise<void>;
  /**
   * Mounts what is at `subPath` in a volume at `target`, unless it is mounted there. What is mounted stays the same thing,
   * whatever becomes of its name. Throws where a link leads out of the volume.
   */
  bindSubPath(volume: string, subPath: string, target: string): Promise<void>;
}

export type FileKind = "directory" | "file" | "socket" | "character device" | "block device" | "other";

export interface ProjectedFile {
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly uid?: number;
}

/** Container logs as the runtime writes them. */
export interface LogFiles {
  /** Undefined where there is no such file (yet). */
  open(path: string): Promise<LogFile | undefined>;
  remove(path: string): Promise<void>;
  /** Moves the log away, so that the runtime can reopen it; keeps `keep` old ones. They go with {@link remove}. */
  rotate(path: string, keep: number): Promise<void>;
}

export interface LogFile {
  size(): Promise<number>;
  /** Up to `length` bytes from `offset`; empty at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Resolves when the file has grown past `size`, was replaced by a new one at its path, or `signal` aborts. */
  grown(size: number, signal: AbortSignal): Promise<"grown" | "replaced" | "aborted">;
  close(): Promise<void>;
}

export interface Cgroups {
  readonly version: 1 | 2;
  /** Whether a group can be kept from swapping; known once one was made. */
  readonly swap: boolean;
  /** Makes the group (a path such as `/kubepods/burstable/pod…`) and sets its limits. */
  ensure(path: string, limits: CgroupLimits): Promise<void>;
  remove(path: string): Promise<void>;
}

export interface CgroupLimits {
  readonly cpuShares?: number;
  /** Microseconds of {@link cpuPeriod}; absent beside a period: no limit. */
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
}

/** Connections that probes and HTTP hooks make from the node. */
export interface ProbeNetwork {
  /** Follows redirects to the same host. Throws with the reason when there is no answer in time. */
  http(request: HttpProbe, signal?: AbortSignal): Promise<{ readonly status: number; readonly body: string }>;
  tcp(host: string, port: number, timeoutMilliseconds: number): Promise<void>;
  /** The health service's answer, such as `SERVING`. */
  grpc(host: string, port: number, service: string, timeoutMilliseconds: number): Promise<string>;
}

export interface HttpProbe {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** With query. */
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly timeoutMilliseconds: number;
}
