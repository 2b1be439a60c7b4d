/**
 * What a Service gets from the cluster when it is written: an address, node ports, a health check port; and what it
 * gives back when it changes its type or goes.
 */
import type { Service } from "../../api/index.ts";
import { internalError, invalid as invalidObject, unknownError } from "../../machinery/errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Write } from "../../store/store.ts";
import { deepEqual } from "../objects.ts";
import type { Parts } from "../parts.ts";
import type { WriteAttempt } from "../write.ts";
import { AddressRange, addressKey, takeAddress } from "./addresses.ts";
import { fillFamilies, isHeadless, joinClusterIPs } from "./families.ts";
import { PortRange, giveBack, portKey, takePort } from "./ports.ts";

type Spec = Draft<Service["spec"]>;

const KIND = { group: "", kind: "Service" };

export function installServices(parts: Parts): void {
  const allocator = new Allocator(parts);
  parts.routes.prepared("/services", (attempt) => allocator.prepare(attempt));
  parts.routes.alongside("/services", (object) => allocator.release(object as Service));
}

class Allocator {
  readonly #parts: Parts;
  readonly #addresses: AddressRange;
  readonly #ports: PortRange;

  constructor(parts: Parts) {
    const { store, random, flags } = parts;
    this.#parts = parts;
    this.#addresses = new AddressRange(store, random, flags.serviceClusterIPRange);
    this.#ports = new PortRange(store, random, flags.serviceNodePortRange);
  }

  /** Fills in the draft and adds to the same revision what is taken and given back. */
  prepare(attempt: WriteAttempt): void {
    if (attempt.subresource !== "") return;
    const draft = attempt.draft as Draft<Service>;
    const previous = attempt.previous as Service | undefined;
    const { spec } = draft;
    if (previous !== undefined) {
      keepAllocated(spec, previous.spec);
      dropUnneeded(spec, previous.spec);
      // A balancer goes in its own time; nobody needs to see that.
      if (!isBalanced(spec)) draft.status.loadBalancer = {};
    }
    joinClusterIPs(spec, previous?.spec);
    const family = this.#addresses.network.family === 4 ? "IPv4" : "IPv6";
    this.#refuse(draft, fillFamilies(spec, family, previous?.spec));
    const had = previous === undefined ? new Set<string>() : new Set(keysOf(previous.spec));
    const { dryRun } = attempt;
    this.#refuse(draft, this.#allocateAddress(spec, previous?.spec, dryRun));
    this.#refuse(draft, this.#allocatePorts(spec, previous?.spec, dryRun));
    this.#allocateHealthPort(spec, previous?.spec, dryRun);
    attempt.alongside.push(...this.#writes(draft, had));
  }

  /** What a deleted Service gives back. */
  release({ spec }: Service): Write[] {
    return keysOf(spec).flatMap((key) => giveBack(this.#parts.store, key));
  }

  #refuse(draft: Draft<Service>, errors: readonly FieldError[]): void {
    if (errors.length > 0) throw invalidObject(KIND, draft.metadata.name, errors);
  }

  #allocateAddress(spec: Spec, before: Service["spec"] | undefined, dryRun: boolean): FieldError[] {
    // An address stays; whether it was to change, validation sees.
    const has = before !== undefined && before.type !== "ExternalName";
    if (has || spec.type === "ExternalName" || isHeadless(spec)) return [];
    const asked = spec.clusterIPs?.[0];
    const why = asked && this.#whyNot(asked, dryRun);
    if (why) return [invalid("spec.clusterIPs", spec.clusterIPs, `failed to allocate IP ${asked}: ${why}`)];
    const address = asked || this.#addresses.choose();
    if (address === undefined) throw internalError("failed to allocate a serviceIP: range is full");
    spec.clusterIP = address;
    spec.clusterIPs = [address];
    return [];
  }

  /** A rehearsal takes nothing, so it does not ask whether it could. */
  #whyNot(address: string, dryRun: boolean): string | undefined {
    if (!this.#addresses.holds(address)) {
      if (!dryRun) return "the provided network does not match the current range";
      const range = this.#parts.flags.serviceClusterIPRange;
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range}`;
    }
    if (dryRun) return undefined;
    return this.#addresses.isFree(address) ? undefined : "provided IP is already allocated";
  }

  /** The first port that cannot be had is the error. A new Service takes one node port for all protocols of a port. */
  #allocatePorts(spec: Spec, before: Service["spec"] | undefined, dryRun: boolean): FieldError[] {
    if (!mayHaveNodePorts(spec)) return [];
    const ports = spec.ports ?? [];
    // A balancer may do without: then it has only those that were asked for.
    const chooses = spec.type === "NodePort" || spec.allocateLoadBalancerNodePorts !== false;
    const taken = new Set(before && mayHaveNodePorts(before) ? nodePortsOf(before) : []);
    const shared = new Map<number, number>();
    const seen = new Set<string>();
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort && !chooses) continue;
      const alike = before === undefined ? (shared.get(port.port) ?? askedFor(port.port, ports)) : undefined;
      const asked = port.nodePort || alike;
      const known = before === undefined ? shared.get(port.port) === asked : taken.has(asked ?? 0);
      const why = asked && !known ? this.#whyNoPort(asked, taken, dryRun) : undefined;
      if (why !== undefined) return [invalid(`spec.ports[${i}].nodePort`, asked, why)];
      port.nodePort = asked || this.#choosePort(taken);
      taken.add(port.nodePort);
      // Of a Service that is there this is found before it is validated.
      const told = `{${port.protocol ?? "TCP"} ${port.nodePort}}`;
      if (before !== undefined && seen.has(told)) throw unknownError(`duplicate nodePort: ${told}`);
      seen.add(told);
      if (!shared.has(port.port)) shared.set(port.port, port.nodePort);
    }
    return [];
  }

  #allocateHealthPort(spec: Spec, before: Service["spec"] | undefined, dryRun: boolean): void {
    if (!needsHealthPort(spec) || (before !== undefined && needsHealthPort(before))) return;
    const taken = new Set(nodePortsOf(spec));
    const asked = spec.healthCheckNodePort;
    const why = asked ? this.#whyNoPort(asked, taken, dryRun) : undefined;
    if (why !== undefined) throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
    spec.healthCheckNodePort = asked || this.#choosePort(taken);
  }

  #choosePort(taken: ReadonlySet<number>): number {
    const port = this.#ports.choose(taken);
    if (port === undefined) throw internalError("failed to allocate a nodePort: range is full");
    return port;
  }

  #whyNoPort(port: number, taken: ReadonlySet<number>, dryRun: boolean): string | undefined {
    if (dryRun) return taken.has(port) ? "provided port is already allocated" : undefined;
    const { first, last } = this.#ports;
    if (!this.#ports.contains(port)) {
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    }
    return taken.has(port) || !this.#ports.isFree(port) ? "provided port is already allocated" : undefined;
  }

  #writes(draft: Draft<Service>, had: ReadonlySet<string>): Write[] {
    const { store, random, clock } = this.#parts;
    const has = new Set(keysOf(draft.spec));
    const writes: Write[] = [];
    for (const key of had) if (!has.has(key)) writes.push(...giveBack(store, key));
    const address = addressOf(draft.spec);
    if (address !== undefined && !had.has(addressKey(address))) {
      writes.push(takeAddress(address, draft, random, clock.now()));
    }
    const seen = new Set<string>();
    for (const [protocol, port] of portsOf(draft.spec)) {
      const key = portKey(protocol, port);
      if (had.has(key) || seen.has(key)) continue;
      seen.add(key);
      writes.push(takePort(protocol, port, draft));
    }
    return writes;
  }
}

type AnySpec = Service["spec"] | Spec;

function addressOf({ type, clusterIP }: AnySpec): string | undefined {
  return type === "ExternalName" || !clusterIP || clusterIP === "None" ? undefined : clusterIP;
}

function portsOf(spec: AnySpec): [protocol: string, port: number][] {
  const ports: [string, number][] = [];
  for (const { nodePort, protocol } of spec.ports ?? []) if (nodePort) ports.push([protocol ?? "TCP", nodePort]);
  if (spec.healthCheckNodePort) ports.push(["TCP", spec.healthCheckNodePort]);
  return ports;
}

const nodePortsOf = ({ ports }: AnySpec): number[] => (ports ?? []).flatMap(({ nodePort }) => nodePort || []);

/** Where in the store it says what a Service has. */
function keysOf(spec: AnySpec): string[] {
  const address = addressOf(spec);
  const ports = portsOf(spec).map(([protocol, port]) => portKey(protocol, port));
  return address === undefined ? ports : [addressKey(address), ...ports];
}

/** A node port that another protocol of the same port asks for. */
const askedFor = (number: number, ports: NonNullable<Spec["ports"]>): number | undefined =>
  ports.find(({ port, nodePort }) => port === number && nodePort)?.nodePort;

const mayHaveNodePorts = ({ type }: AnySpec): boolean => type === "NodePort" || type === "LoadBalancer";

const needsHealthPort = (spec: AnySpec): boolean =>
  spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";

/** A client that leaves out what the Service was given does not mean to give it back. */
function keepAllocated(spec: Spec, before: Service["spec"]): void {
  const addressed = spec.type !== "ExternalName" && before.type !== "ExternalName";
  if (addressed) {
    if (!spec.clusterIP && before.clusterIP) spec.clusterIP = before.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === before.clusterIP && before.clusterIPs) {
      spec.clusterIPs = [...before.clusterIPs];
    }
  }
  if (mayHaveNodePorts(spec) && mayHaveNodePorts(before)) keepNodePorts(spec, before);
  if (needsHealthPort(spec) && needsHealthPort(before)) spec.healthCheckNodePort ||= before.healthCheckNodePort;
}

function keepNodePorts(spec: Spec, before: Service["spec"]): void {
  const old = new Map((before.ports ?? []).map(({ name = "", nodePort }) => [name, nodePort]));
  const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort));
  for (const port of spec.ports ?? []) {
    const known = old.get(port.name ?? "");
    if (port.nodePort || !known || used.has(known)) continue;
    port.nodePort = known;
    used.add(known);
  }
}

const isBalanced = ({ type }: AnySpec): boolean => type === "LoadBalancer";
const isReachable = (spec: AnySpec): boolean => mayHaveNodePorts(spec) || (spec.externalIPs ?? []).length > 0;

/** Fields that only the Service of before could have go, where the client left them as they were. */
function dropUnneeded(spec: Spec, before: Service["spec"]): void {
  if (spec.type === "ExternalName" && before.type !== "ExternalName") {
    if (spec.clusterIP === before.clusterIP && deepEqual(spec.clusterIPs, before.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    dropIfSame(spec, before, "ipFamilies");
    dropIfSame(spec, before, "ipFamilyPolicy");
    dropIfSame(spec, before, "internalTrafficPolicy");
  }
  if (mayHaveNodePorts(before) && !mayHaveNodePorts(spec)) dropNodePorts(spec, before);
  if (needsHealthPort(before) && !needsHealthPort(spec)) dropIfSame(spec, before, "healthCheckNodePort");
  if (isBalanced(before) && !isBalanced(spec)) {
    dropIfSame(spec, before, "allocateLoadBalancerNodePorts");
    dropIfSame(spec, before, "loadBalancerClass");
  }
  if (isReachable(before) && !isReachable(spec)) dropIfSame(spec, before, "externalTrafficPolicy");
}

function dropIfSame(spec: Spec, before: Service["spec"], field: keyof Spec): void {
  if (deepEqual(spec[field], before[field])) delete spec[field];
}

function dropNodePorts(spec: Spec, before: Service["spec"]): void {
  const old = new Set(before.ports?.map(({ nodePort }) => nodePort));
  if (spec.ports?.some(({ nodePort }) => nodePort && !old.has(nodePort))) return;
  for (const port of spec.ports ?? []) delete port.nodePort;
}
