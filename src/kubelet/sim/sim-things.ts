/** Sandboxes and containers of the simulated runtime, and how they look from outside. */
import type {
  ContainerConfig,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  LinuxResources,
  PodSandboxConfig,
  PodSandboxStatus,
} from "../runtime.ts";
import type { Behaviour } from "./behaviour.ts";

export interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly runtimeHandler?: string;
  readonly createdAt: number;
  state: "READY" | "NOTREADY";
  ips: readonly string[];
  /** Of containers that are still to be taken over. */
  readonly started: Map<string, number>;
}

export interface SimContainer {
  readonly id: string;
  readonly sandbox: Sandbox;
  readonly config: ContainerConfig;
  readonly imageRef: string;
  readonly createdAt: number;
  readonly behaviour: Behaviour;
  state: ContainerState;
  starting: boolean;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  reason: string;
  resources: LinuxResources | undefined;
  cancelEnd: () => void;
  readonly ended: (() => void)[];
}

export function sandboxStatus({ id, config, createdAt, state, ips, runtimeHandler }: Sandbox): PodSandboxStatus {
  const { metadata, labels, annotations } = config;
  return { id, metadata, state, createdAt, labels, annotations, ips, ...(runtimeHandler && { runtimeHandler }) };
}

export function containerStatus(container: SimContainer): ContainerStatus {
  const { config, sandbox, state } = container;
  return {
    id: container.id,
    metadata: config.metadata,
    image: config.image,
    imageRef: container.imageRef,
    imageId: container.imageRef,
    state,
    createdAt: container.createdAt,
    startedAt: container.startedAt,
    finishedAt: container.finishedAt,
    exitCode: container.exitCode,
    reason: container.reason,
    message: state === "EXITED" ? container.behaviour.message : "",
    labels: config.labels,
    annotations: config.annotations,
    mounts: config.mounts,
    logPath: `${sandbox.config.logDirectory}/${config.logPath}`,
    ...(container.resources && { resources: container.resources }),
  };
}

export function labelled(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

/** Uses a tenth of the CPU that it asks for, all the time. */
export function containerStats({ id, config, startedAt, resources }: SimContainer, timestamp: number): ContainerStats {
  const cores = ((resources?.cpuShares ?? 0) / 1024) * 0.1;
  return {
    id,
    metadata: config.metadata,
    labels: config.labels,
    timestamp,
    cpu: {
      usageCoreNanoSeconds: Math.round((timestamp - startedAt) * 1e6 * cores),
      usageNanoCores: Math.round(cores * 1e9),
    },
    memory: { workingSetBytes: 16 * 2 ** 20, usageBytes: 20 * 2 ** 20, rssBytes: 12 * 2 ** 20 },
    writableLayer: { usedBytes: 4096, inodesUsed: 1 },
  };
}
