/**
 * One moment of a pod on its node: what is wanted, what runs, and what the kubelet remembers. Everything the
 * kubelet decides and reports is a function of this value.
 */
import type { ContainerStatus, PodSandboxStatus } from "../runtime.ts";
import type { Pod } from "../../api/core/index.ts";
import type { ResizeProblem } from "../context.ts";
import type { Resources } from "./resizing.ts";
import { CONTAINER_NAME, RESTART_COUNT } from "./names.ts";

export interface Situation {
  /** As large as the node has granted it. */
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly memory: PodMemory;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What the runtime has of a pod. */
export interface PodRuntime {
  /** Newest first. */
  readonly sandboxes: readonly PodSandboxStatus[];
  /** Of all the pod's sandboxes, newest first. */
  readonly containers: readonly PodContainer[];
}

export interface PodContainer extends ContainerStatus {
  readonly podSandboxId: string;
}

export const NOTHING_RUNS: PodRuntime = { sandboxes: [], containers: [] };

/** What only the kubelet knows, and what is lost when it restarts; of probes the API keeps what they said last. */
export interface PodMemory {
  /** Since when the kubelet has had the pod. */
  readonly acceptedAt: number;
  /** The pod ran elsewhere until now, and its containers are no new ones here: see KubeletOptions. */
  readonly carriesOn: boolean;
  /** Why a container cannot be started, by container name; gone once it starts. */
  readonly failures: ReadonlyMap<string, StartFailure>;
  /** Sandbox or volumes failed: nothing is started before this time. */
  readonly notBefore?: number;
  /** By container name. */
  readonly backOff: ReadonlyMap<string, BackOff>;
  /** By container id. */
  readonly probes: ReadonlyMap<string, ProbeResults>;
  /** Ids of containers whose postStart hook is still running; they count as starting. */
  readonly hooked: ReadonlySet<string>;
  /** Set once the pod is being ended by the node itself (deadline, eviction, rejection). */
  readonly ended?: {
    readonly reason: string;
    readonly message: string;
    readonly conditions?: readonly NodeMadeCondition[];
  };
  /** What containers were last given of CPU and memory, by id; of those that were taken over it is not known. */
  readonly given: ReadonlyMap<string, Resources>;
  /** Why the pod does not get the size that its spec asks for. */
  readonly resize?: ResizeProblem;
  /** True while, and once, the pod's containers are being stopped for good. */
  readonly terminating: boolean;
}

export interface NodeMadeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface StartFailure {
  /** Such as `ErrImagePull`, `CreateContainerConfigError`. */
  readonly reason: string;
  readonly message: string;
  /** Not to be tried again before this time, milliseconds since the epoch. */
  readonly retryAt?: number;
}

export interface BackOff {
  /** Milliseconds to wait after an exit. */
  readonly delay: number;
  /** When a start was last made. */
  readonly updatedAt: number;
}

export interface ProbeResults {
  /** Undefined: not known yet, which is alive. */
  readonly liveness?: boolean;
  /** Undefined: not known yet, which is not ready. */
  readonly readiness?: boolean;
  readonly startup?: boolean;
}

/** The sandbox containers are started in: the newest one. */
export function currentSandbox(runtime: PodRuntime): PodSandboxStatus | undefined {
  return runtime.sandboxes[0];
}

/** The newest container of that name; of one sandbox only, where given. */
export function newest(runtime: PodRuntime, name: string, sandboxId?: string): PodContainer | undefined {
  for (const container of runtime.containers) {
    if (container.labels[CONTAINER_NAME] !== name) continue;
    if (sandboxId === undefined || container.podSandboxId === sandboxId) return container;
  }
  return undefined;
}

/** The newest two of that name: what it is and what it was before. */
export function newestTwo(runtime: PodRuntime, name: string): readonly PodContainer[] {
  const found: PodContainer[] = [];
  for (const container of runtime.containers) {
    if (container.labels[CONTAINER_NAME] === name && found.push(container) === 2) break;
  }
  return found;
}

export function restartCount(container: PodContainer): number {
  return Number(container.annotations[RESTART_COUNT] ?? container.metadata.attempt);
}

/** Whether the container has started in the sense of startup probes: they hold everything else back until then. */
export function hasStarted({ memory }: Situation, container: PodContainer, hasStartupProbe: boolean): boolean {
  if (container.state !== "RUNNING" || memory.hooked.has(container.id)) return false;
  return !hasStartupProbe || memory.probes.get(container.id)?.startup === true;
}
