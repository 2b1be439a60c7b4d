/** What pods ask for and may use, as numbers and as the kernel's settings. */
import type { Container, Pod } from "../../api/core/index.ts";
import { podResources } from "../../api/core/pod-resources.ts";
import { milliValue } from "../../machinery/quantity.ts";
import type { Cgroups } from "../host.ts";
import type { LinuxResources } from "../runtime.ts";
import { isSidecar } from "./spec.ts";
import { quantityBytes, quantityMilli } from "./quantity.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Microseconds. */
export const CPU_PERIOD = 100_000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const MIN_QUOTA = 1000;

/** Guaranteed: all limits set and equal to requests; BestEffort: nothing asked; else Burstable. */
export function qosClass(pod: Pod): QosClass {
  if (pod.status?.qosClass) return pod.status.qosClass as QosClass;
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const sets = pod.spec.resources?.requests || pod.spec.resources?.limits ? [pod.spec] : containers;
  let asked = false;
  let guaranteed = true;
  for (const { resources } of sets) {
    for (const name of ["cpu", "memory"]) {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name] ?? limit;
      if (quantityMilli(limit) > 0 || quantityMilli(request) > 0) asked = true;
      if (!(quantityMilli(limit) > 0) || quantityMilli(request) !== quantityMilli(limit)) guaranteed = false;
    }
  }
  if (!asked) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

export function requestOf(container: Container, resource: string): string | undefined {
  return container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource];
}

/** What the node must keep free for a pod, in thousandths. */
export function podRequest(pod: Pod, resource: string): number {
  return milliValue(podResources(pod.spec, "requests").get(resource) ?? 0);
}

/** The sum of a limit over the pod, in thousandths; undefined where a container has none. */
export function podLimit(pod: Pod, resource: string): number | undefined {
  const level = pod.spec.resources?.limits?.[resource];
  if (level !== undefined) return quantityMilli(level);
  let sum = 0;
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)]) {
    const limit = container.resources?.limits?.[resource];
    if (limit === undefined) return undefined;
    sum += quantityMilli(limit);
  }
  for (const container of pod.spec.initContainers ?? []) {
    const limit = container.resources?.limits?.[resource];
    if (limit === undefined) return undefined;
    if (!isSidecar(container)) sum = Math.max(sum, quantityMilli(limit));
  }
  return sum;
}

/** 1024 shares a CPU, within what the kernel takes. */
export function cpuShares(milliCpu: number): number {
  if (milliCpu === 0) return MIN_SHARES;
  return Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((milliCpu * 1024) / 1000)));
}

export function cpuQuota(milliCpu: number): number {
  return Math.max(MIN_QUOTA, Math.floor((milliCpu * CPU_PERIOD) / 1000));
}

/** Which container the kernel kills first when memory runs out: 1000 goes first, -997 last. */
export function oomScoreAdj(pod: Pod, container: Container, nodeMemory: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_000_000 && pod.spec.priorityClassName === "system-node-critical") return -997;
  const qos = qosClass(pod);
  if (qos === "Guaranteed") return -997;
  if (qos === "BestEffort") return 1000;
  const request = quantityBytes(container.resources?.requests?.memory);
  const score = 1000 - Math.floor((1000 * request) / nodeMemory);
  if (score < 3) return 3;
  return score === 1000 ? 999 : score;
}

/** The kernel's settings of one container. */
export function linuxResources(
  pod: Pod,
  container: Container,
  nodeMemory: number,
  cgroups: Pick<Cgroups, "version" | "swap">,
): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = quantityMilli(limits?.cpu);
  const cpuRequest = requests?.cpu === undefined ? cpuLimit : quantityMilli(requests.cpu);
  const hugepages = Object.entries(limits ?? {}).filter(([name]) => name.startsWith("hugepages-"));
  return {
    cpuPeriod: CPU_PERIOD,
    cpuShares: cpuShares(cpuRequest),
    ...(cpuLimit > 0 && { cpuQuota: cpuQuota(cpuLimit) }),
    ...(limits?.memory !== undefined && { memoryLimitInBytes: quantityBytes(limits.memory) }),
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemory),
    ...(hugepages.length > 0 && {
      hugepageLimits: hugepages.map(([name, value]) => ({ pageSize: pageSize(name), limit: quantityBytes(value) })),
    }),
    ...noSwap(cgroups, limits?.memory),
  };
}

/** Containers do not swap, whatever the node does; on version 2 all of one dies when the kernel kills any of it. */
function noSwap({ version, swap }: Pick<Cgroups, "version" | "swap">, memory: string | undefined): LinuxResources {
  if (version === 2) return { unified: { "memory.oom.group": "1", ...(swap && { "memory.swap.max": "0" }) } };
  // What counts there is memory and swap together; without a limit of memory there is none of the two.
  return swap && memory !== undefined ? { memorySwapLimitInBytes: quantityBytes(memory) } : {};
}

/** `hugepages-2Mi` → `2MB`, as the kernel names its files. */
function pageSize(name: string): string {
  return name.slice("hugepages-".length).replace("i", "") + "B";
}

/** The control group of a class: `/kubepods/burstable`; that of Guaranteed pods is `/kubepods`, above the other two. */
export function qosCgroup(root: string, qos: QosClass): string {
  const all = `${root === "/" ? "" : root}/kubepods`;
  return qos === "Guaranteed" ? all : `${all}/${qos.toLowerCase()}`;
}

/** The control group of a pod: `/kubepods/burstable/pod<uid>`. */
export function podCgroup(root: string, pod: Pod): string {
  return `${qosCgroup(root, qosClass(pod))}/pod${pod.metadata.uid}`;
}

export function podCgroupLimits(pod: Pod): {
  cpuShares: number;
  cpuQuota?: number;
  cpuPeriod?: number;
  memoryBytes?: number;
} {
  const cpu = podLimit(pod, "cpu");
  const memory = podLimit(pod, "memory");
  return {
    cpuShares: cpuShares(podRequest(pod, "cpu")),
    ...(cpu !== undefined && cpu > 0 && { cpuQuota: cpuQuota(cpu), cpuPeriod: CPU_PERIOD }),
    ...(memory !== undefined && memory > 0 && { memoryBytes: memory / 1000 }),
  };
}
