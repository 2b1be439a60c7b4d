/** The machine of a simulated node: as large as it is told to be, with files in memory and probes that answer. */
import type { Clock } from "../../machinery/clock.ts";
import type { Host, HostFiles, LogFile, LogFiles, MachineFacts, ProbeNetwork } from "../host.ts";
import type { SimFiles } from "./sim-files.ts";
import type { SimRuntime } from "./sim-runtime.ts";

export interface SimHostOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly runtime: SimRuntime;
  readonly address: string;
  /** Default 8. */
  readonly cpus?: number;
  /** Default 32 GiB. */
  readonly memoryBytes?: number;
  /** Default 100 GiB. */
  readonly storageBytes?: number;
  /** Default `amd64`. */
  readonly architecture?: string;
  /** What else it says of itself. */
  readonly facts?: Partial<MachineFacts>;
}

const GIB = 2 ** 30;

export function simHost(options: SimHostOptions): Host {
  const { runtime, clock } = options;
  const { files } = runtime;
  const memoryBytes = options.memoryBytes ?? 32 * GIB;
  const storageBytes = options.storageBytes ?? 100 * GIB;
  return {
    keepsFiles: false,
    facts: async () => factsOf(options, memoryBytes, storageBytes),
    usage: async () => ({
      at: clock.now(),
      cpuNanoSeconds: 0,
      memoryAvailableBytes: memoryBytes - GIB,
      memoryWorkingSetBytes: GIB,
      memoryRssBytes: GIB / 2,
      pids: 100,
      disk: { capacityBytes: storageBytes, availableBytes: storageBytes - GIB, inodes: 1e7, inodesFree: 9e6 },
    }),
    files: simHostFiles(files),
    logs: simLogs(files),
    cgroups: { version: 2, swap: false, async ensure() {}, async remove() {} },
    network: simNetwork(runtime),
  };
}

function factsOf(options: SimHostOptions, memoryBytes: number, ephemeralStorageBytes: number): MachineFacts {
  const { name, address } = options;
  return {
    hostname: name,
    addresses: [address],
    machineID: name,
    systemUUID: name,
    bootID: name,
    kernelVersion: "6.1.0-sim",
    osImage: "Tiphys simulated node",
    operatingSystem: "linux",
    architecture: options.architecture ?? "amd64",
    cpus: options.cpus ?? 8,
    memoryBytes,
    ephemeralStorageBytes,
    maxPids: 32_768,
    resolver: { servers: [], searches: [], options: [] },
    ...options.facts,
  };
}

/** Volumes of simulated pods are never read, so nothing is kept of them but plain files. */
function simHostFiles(files: SimFiles): HostFiles {
  return {
    async makeDirectory() {},
    async remove(path) {
      files.remove(path);
    },
    async writeFile(path, bytes) {
      files.set(path, bytes);
    },
    async readTail(path, limit) {
      return files.get(path)?.slice(-limit);
    },
    async kindOf(path) {
      return files.get(path) ? "file" : undefined;
    },
    async list(path) {
      return files.under(path);
    },
    async readFile(path) {
      const bytes = files.get(path);
      if (!bytes) throw new Error(`${path}: no such file`);
      return bytes;
    },
    async project() {
      return false;
    },
    diskUse: async () => new Map(),
    mountTmpfs: async () => false,
    async setGroup() {},
    async makeSubPath() {},
    async bindSubPath() {},
  };
}

function simLogs(files: SimFiles): LogFiles {
  return {
    async open(path) {
      return files.get(path) ? simLog(files, path) : undefined;
    },
    async remove(path) {
      files.remove(path);
    },
    async rotate(path) {
      files.set(path, new Uint8Array());
    },
  };
}

function simLog(files: SimFiles, path: string): LogFile {
  const bytes = (): Uint8Array => files.get(path) ?? new Uint8Array();
  return {
    size: async () => bytes().length,
    read: async (offset, length) => bytes().slice(offset, offset + length),
    grown(size, signal) {
      if (bytes().length > size) return Promise.resolve("grown");
      return new Promise((resolve) => {
        const stop = files.watch(path, () => finish(bytes().length < size ? "replaced" : "grown"));
        const abort = (): void => finish("aborted");
        const finish = (how: "grown" | "replaced" | "aborted"): void => {
          stop();
          signal.removeEventListener("abort", abort);
          resolve(how);
        };
        if (signal.aborted) finish("aborted");
        else signal.addEventListener("abort", abort, { once: true });
      });
    },
    async close() {},
  };
}

function simNetwork(runtime: SimRuntime): ProbeNetwork {
  return {
    http: async ({ host }) => (runtime.probe(host) ? { status: 200, body: "ok" } : { status: 503, body: "" }),
    async tcp(host, port) {
      if (!runtime.probe(host)) throw new Error(`dial tcp ${host}:${port}: connect: connection refused`);
    },
    grpc: async (host) => (runtime.probe(host) ? "SERVING" : "NOT_SERVING"),
  };
}
