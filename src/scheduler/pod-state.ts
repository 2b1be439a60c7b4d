/** A pod as the scheduler sees it: what its placement depends on, worked out once. */
import { toJson } from "../machinery/exact-json.ts";
import type { Container, Pod } from "../api/core/index.ts";
import { podResources } from "../api/core/pod-resources.ts";
import type { QuantityLike } from "../machinery/quantity.ts";
import { milliValue, quantityValue } from "../machinery/quantity.ts";
import { podKey } from "./keys.ts";

export interface PodState {
  readonly pod: Pod;
  /** `namespace/name`. */
  readonly key: string;
  readonly uid: string;
  readonly priority: number;
  readonly requests: Resources;
  /** Requests as ranking sees them: a container that asks for nothing still counts as a small one. */
  readonly rankedCpu: number;
  readonly rankedMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly images: readonly string[];
  /** Two pods with the same shape fit the same nodes, and rank them alike. */
  readonly shape: string;
}

/** CPU in milli-cores, everything else in its base unit. */
export interface Resources {
  cpu: number;
  memory: number;
  ephemeralStorage: number;
  /** Extended resources and huge pages by name; undefined where there are none, as with most pods. */
  others: Record<string, number> | undefined;
}

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** What a container without requests is ranked as, as upstream. */
const LEAST = { cpu: "100m", memory: "200Mi" };

export function podState(pod: Pod): PodState {
  const { spec, metadata } = pod;
  const requests = podRequests(pod);
  const ranked = rankedRequests(pod, requests);
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const hostPorts = [...spec.containers, ...sidecars].flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort ? [{ ip: hostIP || "0.0.0.0", protocol: protocol ?? "TCP", port: hostPort }] : [],
    ),
  );
  const images = [...(spec.initContainers ?? []), ...spec.containers].map(({ image }) => image ?? "");
  return {
    pod,
    key: podKey(pod),
    uid: metadata.uid,
    priority: spec.priority ?? 0,
    requests,
    rankedCpu: ranked.cpu,
    rankedMemory: ranked.memory,
    hostPorts,
    images,
    shape: shapeOf(pod, [requests, ranked.cpu, ranked.memory, hostPorts, images]),
  };
}

function shapeOf({ spec, metadata, status }: Pod, needs: readonly unknown[]): string {
  const { nodeSelector, affinity, tolerations, topologySpreadConstraints, priority, nodeName } = spec;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
  return toJson([
    metadata.namespace,
    owner,
    metadata.labels,
    nodeSelector,
    affinity,
    tolerations,
    topologySpreadConstraints,
    priority,
    nodeName,
    needs,
    // The room that is kept for a pod counts for all others of its kind, but not for itself.
    status?.nominatedNodeName && [status.nominatedNodeName, metadata.uid],
  ]);
}

function podRequests({ spec }: Pod): Resources {
  return resourcesOf(Object.fromEntries(podResources(spec, "requests")));
}

function rankedRequests({ spec }: Pod, requests: Resources): { cpu: number; memory: number } {
  const { containers, initContainers = [] } = spec;
  if ([...containers, ...initContainers].every(saysAll)) return { cpu: requests.cpu, memory: requests.memory };
  const amounts = podResources(
    { ...spec, containers: containers.map(withLeast), initContainers: initContainers.map(withLeast) },
    "requests",
  );
  return { cpu: milliValue(amounts.get("cpu") ?? 0), memory: quantityValue(amounts.get("memory") ?? 0) };
}

function saysAll({ resources }: Container): boolean {
  return resources?.requests?.["cpu"] !== undefined && resources.requests["memory"] !== undefined;
}

function withLeast(container: Container): Container {
  const { resources } = container;
  return { ...container, resources: { ...resources, requests: { ...LEAST, ...resources?.requests } } };
}

export function resourcesOf(amounts: Readonly<Record<string, QuantityLike>>): Resources {
  const resources = empty();
  for (const [name, amount] of Object.entries(amounts)) {
    if (name === "cpu") resources.cpu = milliValue(amount);
    else if (name === "memory") resources.memory = quantityValue(amount);
    else if (name === "ephemeral-storage") resources.ephemeralStorage = quantityValue(amount);
    else if (name !== "pods") (resources.others ??= {})[name] = quantityValue(amount);
  }
  return resources;
}

export function empty(): Resources {
  return { cpu: 0, memory: 0, ephemeralStorage: 0, others: undefined };
}

export function add(to: Resources, what: Resources, times: 1 | -1 = 1): void {
  to.cpu += times * what.cpu;
  to.memory += times * what.memory;
  to.ephemeralStorage += times * what.ephemeralStorage;
  if (!what.others) return;
  to.others ??= {};
  for (const [name, amount] of Object.entries(what.others)) to.others[name] = (to.others[name] ?? 0) + times * amount;
}
