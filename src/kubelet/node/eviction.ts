/**
 * Which pod has to go when the node runs short of memory or disk: first those that use more than they asked for,
 * among them the least important, among those the one furthest above its request.
 */
import type { Pod } from "../../api/core/index.ts";
import type { MachineUsage } from "../host.ts";
import { CONTAINER_NAME, POD_UID } from "../pod/names.ts";
import { podRequest, requestOf } from "../pod/resources.ts";
import { quantityBytes } from "../pod/quantity.ts";
import { isCritical } from "../pod/spec.ts";
import type { ContainerStats } from "../runtime.ts";

/** The reason in the status of a pod that had to go. */
export const EVICTED = "Evicted";

/** Below these the node is under pressure. */
export interface EvictionThresholds {
  readonly memoryBytes: number;
  /** Shares of the whole, 0 to 1; 0 switches the signal off. */
  readonly diskShare: number;
  readonly inodeShare: number;
}

/** Upstream's: 100 MiB of memory, 10% of the disk, 5% of its inodes. */
export const DEFAULT_THRESHOLDS: EvictionThresholds = { memoryBytes: 100 * 2 ** 20, diskShare: 0.1, inodeShare: 0.05 };

export interface Pressure {
  readonly memory: boolean;
  readonly disk: boolean;
}

export function pressureOf({ memoryAvailableBytes, disk }: MachineUsage, limits: EvictionThresholds): Pressure {
  return {
    memory: memoryAvailableBytes < limits.memoryBytes,
    disk:
      disk.availableBytes < disk.capacityBytes * limits.diskShare || disk.inodesFree < disk.inodes * limits.inodeShare,
  };
}

/** A node that has recovered counts as under pressure for so long, in milliseconds, or its taints would come and go. */
const TRANSITION = 300_000;

/** What the node says of its pressure: at once that there is some, and late that there is none any more. */
export class PressureWatch {
  readonly #limits: EvictionThresholds;
  readonly #seen = { memory: -Infinity, disk: -Infinity };

  constructor(limits: EvictionThresholds) {
    this.#limits = limits;
  }

  observe(usage: MachineUsage, now: number): Pressure {
    const met = pressureOf(usage, this.#limits);
    if (met.memory) this.#seen.memory = now;
    if (met.disk) this.#seen.disk = now;
    return { memory: now - this.#seen.memory < TRANSITION, disk: now - this.#seen.disk < TRANSITION };
  }
}

export interface Eviction {
  readonly pod: Pod;
  readonly message: string;
}

interface Candidate {
  readonly pod: Pod;
  readonly stats: readonly ContainerStats[];
  readonly used: number;
  readonly requested: number;
}

/** Undefined where there is nobody to evict. `available` in bytes, for the message. */
export function choose(
  resource: "memory" | "ephemeral-storage",
  pods: readonly Pod[],
  stats: readonly ContainerStats[],
  threshold: string,
  available: number,
): Eviction | undefined {
  const candidates = pods.filter((pod) => !isCritical(pod)).map((pod) => candidate(resource, pod, stats));
  const [worst] = candidates.toSorted(
    (a, b) =>
      Number(b.used > b.requested) - Number(a.used > a.requested) ||
      (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) ||
      b.used - b.requested - (a.used - a.requested),
  );
  if (!worst) return undefined;
  const parts = [
    `The node was low on resource: ${resource}. Threshold quantity: ${threshold}, available: ${kibibytes(available)}. `,
  ];
  for (const one of worst.stats) {
    const name = one.labels[CONTAINER_NAME] ?? "";
    const container = worst.pod.spec.containers.find((other) => other.name === name);
    const request = (container && requestOf(container, resource)) ?? "0";
    const used = usedBy(resource, one);
    if (used <= quantityBytes(request)) continue;
    parts.push(
      `Container ${name} was using ${kibibytes(used)}, request is ${request}, has larger consumption of ${resource}. `,
    );
  }
  return { pod: worst.pod, message: parts.join("") };
}

function candidate(resource: "memory" | "ephemeral-storage", pod: Pod, stats: readonly ContainerStats[]): Candidate {
  const own = stats.filter(({ labels }) => labels[POD_UID] === pod.metadata.uid);
  const used = own.reduce((sum, one) => sum + usedBy(resource, one), 0);
  return { pod, stats: own, used, requested: podRequest(pod, resource) / 1000 };
}

function usedBy(resource: "memory" | "ephemeral-storage", { memory, writableLayer }: ContainerStats): number {
  return (resource === "memory" ? memory?.workingSetBytes : writableLayer?.usedBytes) ?? 0;
}

function kibibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024)}Ki`;
}
