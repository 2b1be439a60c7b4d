/**
 * Keeps the EndpointSlices of each Service with a selector: one endpoint for each of its pods, at most 100 in a slice,
 * slices apart by address family and by what the Service's ports are on the pods.
 *
 * As few slices as possible are changed, since every change goes to every node: an endpoint stays in its slice, and
 * new ones go first where something changes anyway.
 */
import { Node, Pod, Service } from "../../api/core/index.ts";
import { EndpointSlice } from "../../api/discovery/index.ts";
import type { Endpoint } from "../../api/discovery/index.ts";
import type { Kind } from "../../machinery/kind.ts";
import { formatTime, timeOf } from "../../machinery/time.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { controllerReference } from "../runtime/owners.ts";
import { create, remove, update } from "../runtime/plan.ts";
import type { Plan, Write } from "../runtime/plan.ts";
import { conditionOf, isReady } from "../runtime/pods.ts";
import { canonical } from "../runtime/template-hash.ts";
import { hasEndpoint, isHeadless, portsOn, selects, servicesOf } from "./service-pods.ts";
import type { Port } from "./service-pods.ts";

export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
export const SERVICE_NAME = "kubernetes.io/service-name";
const HEADLESS = "service.kubernetes.io/headless";
export const LAST_CHANGE = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGER = "endpointslice-controller.k8s.io";
const DEFAULT_SLICE_SIZE = 100;
/** `trafficDistribution`: all keep to their zone, the last one to the node before that. */
const NEAR: ReadonlySet<string> = new Set(["PreferClose", "PreferSameZone", "PreferSameNode"]);
const SAME_NODE = "PreferSameNode";

export interface EndpointSliceView {
  readonly pods: readonly Pod[];
  /** Those of the Service that are ours. */
  readonly slices: readonly EndpointSlice[];
  readonly zoneOf: (node: string) => string | undefined;
}

type Family = "IPv4" | "IPv6";

/** `size`: the most endpoints in one slice. */
export function endpointSliceController(size = DEFAULT_SLICE_SIZE) {
  return defineController<Service, EndpointSliceView>({
    name: "endpointslice-controller",
    component: "endpoint-slice-controller",
    kind: Service,
    watches: [watch(Pod, servicesOf), watch(EndpointSlice, serviceOfSlice), watch(Node, () => [])],
    rbac: [
      right("get list watch", "core", "nodes pods services"),
      right("update", "core", "services/finalizers"),
      right("create delete get list update watch", "discovery.k8s.io", "endpointslices"),
      right("create", "discovery.k8s.io", "endpointslices/restricted"),
      tellsEvents,
    ],
    // A round looks at all pods of the namespace.
    pace: () => 50,
    observe,
    decide: (observed) => decide(observed, size),
  });
}

function serviceOfSlice({ object: { metadata } }: { readonly object: EndpointSlice }): readonly string[] {
  const { labels, namespace } = metadata;
  return labels?.[MANAGED_BY] === MANAGER ? [`${namespace}/${labels[SERVICE_NAME]}`] : [];
}

function observe(service: Service, cache: Cache): EndpointSliceView {
  const { name, namespace } = service.metadata;
  const bySlice = cache.indexed(EndpointSlice, "service", ({ metadata }) =>
    metadata.labels?.[MANAGED_BY] === MANAGER ? [`${metadata.namespace}/${metadata.labels[SERVICE_NAME]}`] : [],
  );
  const pods: Pod[] = [];
  for (const pod of cache.of(Pod).list(namespace)) if (selects(service, pod.metadata.labels)) pods.push(pod);
  return {
    pods,
    slices: bySlice.byIndex("service", `${namespace}/${name}`),
    zoneOf: (node) => cache.get(Node, node)?.metadata.labels?.["topology.kubernetes.io/zone"],
  };
}

export function decide(
  { object: service, pods, slices, zoneOf, now }: Observed<Service> & EndpointSliceView,
  size: number,
): Plan {
  if (service.metadata.deletionTimestamp !== undefined) return { writes: [] };
  if (service.spec.selector === undefined || service.spec.type === "ExternalName") return { writes: [] };
  const writes: Write[] = [];
  const families = (service.spec.ipFamilies ?? ["IPv4"]) as readonly Family[];
  for (const family of families) {
    const present = slices.filter(({ addressType }) => addressType === family);
    writes.push(...reconcileFamily(service, family, pods, present, zoneOf, size, now));
  }
  const strange = slices.filter(({ addressType }) => !families.includes(addressType as Family));
  return { writes: [...writes, ...strange.map((slice) => remove(EndpointSlice, slice))] };
}

interface Group {
  readonly ports: readonly Port[];
  readonly endpoints: Map<string, Endpoint>;
  readonly slices: EndpointSlice[];
  /** The last moment a pod of it changed. */
  changed: number;
}

function reconcileFamily(
  service: Service,
  family: Family,
  pods: readonly Pod[],
  present: readonly EndpointSlice[],
  zoneOf: (node: string) => string | undefined,
  size: number,
  now: number,
): Write[] {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const endpoint = hasEndpoint(pod) ? endpointOf(pod, service, family, zoneOf) : undefined;
    if (endpoint === undefined) continue;
    const ports = portsOn(pod, service);
    const group = groupFor(groups, ports);
    group.endpoints.set(keyOfEndpoint(endpoint), endpoint);
    group.changed = Math.max(group.changed, changedAt(pod));
  }
  // A Service without pods still has one slice, which says so.
  if (groups.size === 0) groupFor(groups, []);
  const writes: Write[] = [];
  for (const slice of present) {
    const group = groups.get(canonical(portsOfSlice(slice)));
    if (group === undefined) writes.push(remove(EndpointSlice, slice));
    else group.slices.push(slice);
  }
  for (const group of groups.values()) writes.push(...distribute(service, family, group, size, now));
  return writes;
}

function groupFor(groups: Map<string, Group>, ports: readonly Port[]): Group {
  const key = canonical(ports);
  let group = groups.get(key);
  if (group === undefined) groups.set(key, (group = { ports, endpoints: new Map(), slices: [], changed: 0 }));
  return group;
}

function portsOfSlice({ ports }: EndpointSlice): Port[] {
  return (ports ?? []).map(({ name = "", port = 0, protocol = "TCP", appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol !== undefined && { appProtocol }),
  }));
}

/** Spreads a group's endpoints over its slices. */
function distribute(service: Service, family: Family, group: Group, size: number, now: number): Write[] {
  const fresh = new Map(group.endpoints);
  const metadata = metadataOf(service, family, group, now);
  const kept = group.slices.map((slice) => keep(slice, group.endpoints, fresh, size));
  for (const { changed, endpoints } of kept.toSorted((a, b) => Number(b.changed) - Number(a.changed))) {
    // Only full use of a slice that is written anyway, or room in another one, saves making a new one.
    if (!changed && fresh.size === 0) continue;
    fill(endpoints, fresh, size);
  }
  const writes: Write[] = [];
  const used = kept.filter(({ endpoints }) => endpoints.length > 0);
  const last = used.length === 0 && fresh.size === 0 ? kept[0] : undefined;
  for (const { slice, endpoints } of kept) {
    if (endpoints.length === 0 && slice !== last?.slice) writes.push(remove(EndpointSlice, slice));
    else if (!equivalent(endpoints, slice.endpoints) || !sameLabels(slice, metadata))
      writes.push(update(EndpointSlice, { ...slice, endpoints, metadata: changed(slice, metadata) }));
  }
  while (fresh.size > 0 || (kept.length === 0 && writes.length === 0)) {
    const endpoints: Endpoint[] = [];
    fill(endpoints, fresh, size);
    const ports = group.ports.map((port) => ({ ...port }));
    writes.push(
      create(EndpointSlice, {
        metadata: {
          ...metadata,
          generateName: `${service.metadata.name}-`,
          namespace: service.metadata.namespace!,
          ownerReferences: [controllerReference(Service as Kind, service)],
        },
        addressType: family,
        endpoints,
        ports,
      }),
    );
  }
  return writes;
}

interface Kept {
  readonly slice: EndpointSlice;
  readonly endpoints: Endpoint[];
  readonly changed: boolean;
}

/** The slice's endpoints that are still wanted, as they are now; they are taken out of `fresh`. */
function keep(
  slice: EndpointSlice,
  wanted: ReadonlyMap<string, Endpoint>,
  fresh: Map<string, Endpoint>,
  size: number,
): Kept {
  const endpoints: Endpoint[] = [];
  let changed = false;
  for (const endpoint of slice.endpoints ?? []) {
    const key = keyOfEndpoint(endpoint);
    const now = wanted.get(key);
    if (now === undefined || endpoints.length >= size || !fresh.delete(key)) {
      changed = true;
      continue;
    }
    const same = equivalent(endpoint, now);
    endpoints.push(same ? endpoint : now);
    changed ||= !same;
  }
  return { slice, endpoints, changed };
}

function fill(endpoints: Endpoint[], fresh: Map<string, Endpoint>, size: number): void {
  for (const [key, endpoint] of fresh) {
    if (endpoints.length >= size) return;
    endpoints.push(endpoint);
    fresh.delete(key);
  }
}

function keyOfEndpoint({ addresses, targetRef }: Endpoint): string {
  return `${targetRef?.uid ?? ""} ${addresses.join(",")}`;
}

function endpointOf(
  pod: Pod,
  service: Service,
  family: Family,
  zoneOf: (node: string) => string | undefined,
): Endpoint | undefined {
  const ip = pod.status.podIPs?.find((address) => (address.ip.includes(":") ? "IPv6" : "IPv4") === family)?.ip;
  if (ip === undefined) return undefined;
  const { name, namespace, uid } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = nodeName === undefined ? undefined : zoneOf(nodeName);
  const named = hostname !== undefined && hostname !== "" && subdomain === service.metadata.name;
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(named && { hostname }),
    targetRef: { kind: "Pod", namespace: namespace!, name, uid },
    ...(nodeName !== undefined && nodeName !== "" && { nodeName }),
    ...(zone !== undefined && { zone }),
    ...(ready && hintsOf(service, nodeName, zone)),
  };
}

/** For whom an endpoint is meant where the Service would rather keep its traffic near. */
function hintsOf({ spec }: Service, node: string | undefined, zone: string | undefined): Pick<Endpoint, "hints"> {
  const { trafficDistribution = "" } = spec;
  if (!NEAR.has(trafficDistribution)) return {};
  const forZone = zone !== undefined && { forZones: [{ name: zone }] };
  const forNode = node !== undefined && trafficDistribution === SAME_NODE && { forNodes: [{ name: node }] };
  return forZone || forNode ? { hints: { ...forZone, ...forNode } } : {};
}

function metadataOf(service: Service, _family: Family, { changed }: Group, now: number) {
  const { [HEADLESS]: _, ...own } = service.metadata.labels ?? {};
  const trigger = Math.max(changed, timeOf(service.metadata.creationTimestamp) ?? 0);
  return {
    labels: {
      ...own,
      [SERVICE_NAME]: service.metadata.name,
      [MANAGED_BY]: MANAGER,
      ...(isHeadless(service) && { [HEADLESS]: "" }),
    },
    annotations: { [LAST_CHANGE]: formatTime(trigger === 0 ? now : trigger) },
  };
}

/** Annotations of others stay. */
function changed({ metadata }: EndpointSlice, { labels, annotations }: ReturnType<typeof metadataOf>) {
  return { ...metadata, labels, annotations: { ...metadata.annotations, ...annotations } };
}

function sameLabels(slice: EndpointSlice, { labels }: { readonly labels: object }): boolean {
  const present = slice.metadata.labels ?? {};
  const wanted = labels as Readonly<Record<string, string>>;
  const keys = Object.keys(present);
  return keys.length === Object.keys(wanted).length && keys.every((key) => present[key] === wanted[key]);
}

function changedAt(pod: Pod): number {
  return timeOf(conditionOf(pod, "Ready")?.lastTransitionTime ?? undefined) ?? 0;
}
