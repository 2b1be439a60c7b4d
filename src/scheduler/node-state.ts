/** A node with what the pods on it take, in plain numbers. */
import type { Node } from "../api/core/index.ts";
import { quantityValue } from "../machinery/quantity.ts";
import type { HostPort, PodState, Resources } from "./pod-state.ts";
import { add, empty, resourcesOf } from "./pod-state.ts";

const ANY = "0.0.0.0";

/** Whether two pods cannot have these ports on one node. */
export function meets(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY || b.ip === ANY);
}

export class NodeState {
  readonly name: string;
  /** Its place in the cluster's arrays for as long as it lives. */
  readonly index: number;
  node: Node;
  allocatable: Resources;
  maxPods: number;
  readonly requested: Resources = empty();
  rankedCpu = 0;
  rankedMemory = 0;
  /** By uid. */
  readonly pods = new Map<string, PodState>();
  /** By uid: pods that wait for room here, which less important ones may not take. */
  readonly nominated = new Map<string, PodState>();
  /** `protocol/port` → addresses in use, each with how often. */
  readonly #ports = new Map<string, Map<string, number>>();
  /** Image name → bytes. */
  images: ReadonlyMap<string, number>;

  constructor(node: Node, index: number) {
    this.name = node.metadata.name;
    this.index = index;
    this.node = node;
    this.allocatable = empty();
    this.maxPods = 0;
    this.images = new Map();
    this.update(node);
  }

  update(node: Node): void {
    this.node = node;
    const allocatable = node.status?.allocatable ?? {};
    this.allocatable = resourcesOf(allocatable);
    this.maxPods = quantityValue(allocatable["pods"] ?? 0);
    const images = new Map<string, number>();
    for (const { names, sizeBytes } of node.status?.images ?? []) {
      for (const name of names ?? []) images.set(name, sizeBytes ?? 0);
    }
    this.images = images;
  }

  add(pod: PodState): void {
    if (this.pods.has(pod.uid)) return;
    this.pods.set(pod.uid, pod);
    this.#count(pod, 1);
  }

  remove(pod: PodState): void {
    const known = this.pods.get(pod.uid);
    if (!known) return;
    this.pods.delete(pod.uid);
    this.#count(known, -1);
  }

  /** Whether some pod has the port on an address that meets the wanted one; 0.0.0.0 meets all. */
  usesPort({ ip, protocol, port }: HostPort): boolean {
    const addresses = this.#ports.get(`${protocol}/${port}`);
    if (!addresses) return false;
    return ip === ANY || addresses.has(ip) || addresses.has(ANY);
  }

  /** Those whose room counts for `pod`: as important or more so, and others than itself. */
  *reservedBefore(pod: PodState): Iterable<PodState> {
    for (const each of this.nominated.values())
      if (each.priority >= pod.priority && each.uid !== pod.uid && !this.pods.has(each.uid)) yield each;
  }

  #count(pod: PodState, times: 1 | -1): void {
    add(this.requested, pod.requests, times);
    this.rankedCpu += times * pod.rankedCpu;
    this.rankedMemory += times * pod.rankedMemory;
    for (const { ip, protocol, port } of pod.hostPorts) {
      const key = `${protocol}/${port}`;
      const addresses = this.#ports.get(key) ?? new Map<string, number>();
      const left = (addresses.get(ip) ?? 0) + times;
      if (left > 0) addresses.set(ip, left);
      else addresses.delete(ip);
      if (addresses.size > 0) this.#ports.set(key, addresses);
      else this.#ports.delete(key);
    }
  }
}
