/** What a node says of itself. */
import type { ContainerImage, Node, NodeCondition, NodeStatus } from "../../api/core/index.ts";
import { canonicalQuantity } from "../../machinery/quantity.ts";
import { formatTime } from "../../machinery/time.ts";
import type { MachineFacts, MachineUsage } from "../host.ts";
import type { Image } from "../runtime.ts";
import type { EvictionThresholds, Pressure } from "./eviction.ts";

export const KUBELET_VERSION = "v1.36.0";

/** Images and names an image may have in a node's status. */
const MAX_IMAGES = 50;
const MAX_NAMES = 5;

export interface NodeFacts {
  readonly machine: MachineFacts;
  readonly hostname: string;
  readonly addresses: readonly string[];
  /** Such as `containerd://1.7.0`. */
  readonly runtimeVersion: string;
  /** Where the kubelet's API listens. */
  readonly port: number;
  readonly maxPods: number;
  /** Kept back for the system, as quantities. */
  readonly reserved: Readonly<Record<string, string>>;
  readonly thresholds: EvictionThresholds;
}

export interface NodeHealth {
  readonly now: number;
  readonly usage: MachineUsage;
  readonly pressure: Pressure;
  /** Why pods cannot run, one text for each problem. */
  readonly problems: readonly string[];
  readonly images: readonly Image[];
}

export function capacityOf({ machine, maxPods }: NodeFacts): Record<string, string> {
  return asStored({
    cpu: String(machine.cpus),
    "ephemeral-storage": kibibytes(machine.ephemeralStorageBytes),
    ...Object.fromEntries(
      (machine.hugepages ?? []).map(({ pageSize, bytes }) => [`hugepages-${pageSize}`, String(bytes)]),
    ),
    memory: kibibytes(machine.memoryBytes),
    pods: String(maxPods),
  });
}

/** As the API shows them, so that what was written is found to be what is there. */
function asStored(quantities: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, value]) => [name, canonicalQuantity(value)]));
}

/** Capacity less what is reserved; memory also keeps back what eviction wants free. */
export function allocatableOf(facts: NodeFacts, parse: (quantity: string) => number): Record<string, string> {
  const { machine, reserved, thresholds } = facts;
  const capacity = capacityOf(facts);
  const cpu = machine.cpus * 1000 - parse(reserved.cpu ?? "0") * 1000;
  const memory = machine.memoryBytes - parse(reserved.memory ?? "0") - thresholds.memoryBytes;
  const storage =
    machine.ephemeralStorageBytes * (1 - thresholds.diskShare) - parse(reserved["ephemeral-storage"] ?? "0");
  return asStored({
    ...capacity,
    cpu: cpu % 1000 === 0 ? String(cpu / 1000) : `${cpu}m`,
    "ephemeral-storage": String(Math.floor(storage)),
    memory: kibibytes(memory),
  });
}

export function labelsOf({ machine, hostname }: NodeFacts): Record<string, string> {
  const { architecture, operatingSystem } = machine;
  return {
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": operatingSystem,
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": hostname,
    "kubernetes.io/os": operatingSystem,
  };
}

/** `previous`: the node as the API has it, for the times of conditions that have not changed. */
export function nodeStatus(
  facts: NodeFacts,
  allocatable: Readonly<Record<string, string>>,
  health: NodeHealth,
  previous?: Node,
): NodeStatus {
  const { machine, hostname, addresses, runtimeVersion, port } = facts;
  return {
    addresses: [
      ...addresses.map((address) => ({ type: "InternalIP", address })),
      { type: "Hostname", address: hostname },
    ],
    allocatable,
    capacity: capacityOf(facts),
    conditions: conditionsOf(health, previous?.status?.conditions ?? []),
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    images: imagesOf(health.images),
    nodeInfo: {
      machineID: machine.machineID,
      systemUUID: machine.systemUUID,
      bootID: machine.bootID,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: runtimeVersion,
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: "",
      operatingSystem: machine.operatingSystem,
      architecture: machine.architecture,
      ...(machine.swapBytes !== undefined && { swap: { capacity: machine.swapBytes } }),
    },
  };
}

function conditionsOf(
  { problems, now, pressure: { memory, disk } }: NodeHealth,
  previous: readonly NodeCondition[],
): NodeCondition[] {
  const time = formatTime(now);
  const condition = (type: string, status: boolean, reason: string, message: string): NodeCondition => {
    const text = status ? "True" : "False";
    const before = previous.find((one) => one.type === type);
    return {
      type,
      status: text,
      lastHeartbeatTime: time,
      lastTransitionTime: before?.status === text && before.lastTransitionTime ? before.lastTransitionTime : time,
      reason,
      message,
    };
  };
  const own = [
    memory
      ? condition("MemoryPressure", true, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
      : condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    disk
      ? condition("DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure")
      : condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    problems.length === 0
      ? condition("Ready", true, "KubeletReady", "kubelet is posting ready status")
      : condition("Ready", false, "KubeletNotReady", problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`),
  ];
  const names = new Set(own.map(({ type }) => type));
  return [...previous.filter(({ type }) => !names.has(type)), ...own];
}

/** The largest first, so that image locality knows what matters most. */
function imagesOf(images: readonly Image[]): ContainerImage[] {
  return images
    .toSorted((a, b) => b.size - a.size)
    .slice(0, MAX_IMAGES)
    .map(({ repoDigests, repoTags, size }) => ({
      names: [...repoDigests.slice(0, MAX_NAMES - 1), ...repoTags].slice(0, MAX_NAMES),
      sizeBytes: size,
    }));
}

function kibibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024)}Ki`;
}
