/**
 * Mirrors Endpoints that people write by hand, for Services without a selector, to EndpointSlices: what proxies read.
 */
import { Endpoints, Service } from "../../api/core/index.ts";
import type { EndpointAddress, EndpointSubset } from "../../api/core/index.ts";
import { EndpointSlice } from "../../api/discovery/index.ts";
import type { Endpoint } from "../../api/discovery/index.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { controllerReference } from "../runtime/owners.ts";
import { create, remove, update, warning } from "../runtime/plan.ts";
import type { Plan, Write } from "../runtime/plan.ts";
import { canonical } from "../runtime/template-hash.ts";
import { LAST_CHANGE, MANAGED_BY, SERVICE_NAME } from "./endpointslice.ts";

const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
const LEADER = "control-plane.alpha.kubernetes.io/leader";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Addresses taken of one subset. */
const MOST = 1000;
const TOO_MANY = `A max of ${MOST} addresses can be mirrored to EndpointSlices per Endpoints subset.`;

export interface MirrorView {
  readonly service: Service | undefined;
  readonly slices: readonly EndpointSlice[];
}

export const endpointSliceMirroringController = defineController<Endpoints, MirrorView>({
  name: "endpointslicemirroring-controller",
  component: "endpoint-slice-mirroring-controller",
  kind: Endpoints,
  watches: [
    watch(Service, ({ object: { metadata } }) => [`${metadata.namespace}/${metadata.name}`]),
    watch(EndpointSlice, ({ object: { metadata } }) => mirroredBy(metadata)),
  ],
  rbac: [
    right("get list watch", "core", "endpoints services"),
    right("update", "core", "services/finalizers endpoints/finalizers"),
    right("create delete get list update watch", "discovery.k8s.io", "endpointslices"),
    right("create", "discovery.k8s.io", "endpointslices/restricted"),
    tellsEvents,
  ],
  observe,
  decide,
});

function mirroredBy({ labels, namespace }: EndpointSlice["metadata"]): readonly string[] {
  return labels?.[MANAGED_BY] === MANAGER ? [`${namespace}/${labels[SERVICE_NAME]}`] : [];
}

function observe({ metadata: { name, namespace } }: Endpoints, cache: Cache): MirrorView {
  const slices = cache.indexed(EndpointSlice, "mirrored", ({ metadata }) => mirroredBy(metadata));
  return { service: cache.get(Service, name, namespace), slices: slices.byIndex("mirrored", `${namespace}/${name}`) };
}

function isMirrored({ metadata: { labels = {}, annotations = {} } }: Endpoints, service: Service | undefined): boolean {
  if (labels[SKIP] === "true" || LEADER in annotations) return false;
  return service !== undefined && service.spec.selector === undefined && service.spec.type !== "ExternalName";
}

export function decide({ object: endpoints, service, slices }: Observed<Endpoints> & MirrorView): Plan {
  if (endpoints.metadata.deletionTimestamp !== undefined) return { writes: [] };
  const subsets = isMirrored(endpoints, service) ? (endpoints.subsets ?? []) : [];
  const wanted = subsets.flatMap(slicesOf);
  const skipped = subsets.reduce((sum, subset) => sum + Math.max(0, sizeOf(subset) - MOST), 0);
  const free = new Set(slices);
  const writes: Write[] = wanted.flatMap((slice) => {
    const present = [...free].find((one) => keyOf(one) === keyOf(slice));
    if (present === undefined) return [creating(endpoints, slice)];
    free.delete(present);
    return changing(endpoints, present, slice);
  });
  return {
    writes: [...writes, ...[...free].map((slice) => remove(EndpointSlice, slice))],
    events: skipped === 0 ? [] : [warning("TooManyAddressesToMirror", `${TOO_MANY} ${skipped} addresses were skipped`)],
  };
}

const sizeOf = ({ addresses = [], notReadyAddresses = [] }: EndpointSubset): number =>
  addresses.length + notReadyAddresses.length;

type Content = Pick<EndpointSlice, "addressType" | "endpoints" | "ports">;

const keyOf = ({ addressType, ports }: Content): string => `${addressType} ${canonical(ports ?? [])}`;

/** One for each family a subset has addresses of. */
function slicesOf({ addresses = [], notReadyAddresses = [], ports = [] }: EndpointSubset): Content[] {
  const all = [
    ...addresses.map((address) => ({ address, ready: true })),
    ...notReadyAddresses.map((address) => ({ address, ready: false })),
  ].slice(0, MOST);
  return (["IPv4", "IPv6"] as const).flatMap((addressType) => {
    const own = all.filter(({ address }) => address.ip.includes(":") === (addressType === "IPv6"));
    if (own.length === 0) return [];
    const endpoints = own.map(({ address, ready }) => endpointOf(address, ready));
    return [{ addressType, endpoints, ports: ports.map(({ name = "", ...port }) => ({ name, ...port })) }];
  });
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname !== undefined && hostname !== "" && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef !== undefined && { targetRef }),
  };
}

function metadataOf({ metadata: { name, labels, annotations = {} } }: Endpoints) {
  const { [LAST_APPLIED]: _, [LAST_CHANGE]: __, ...own } = annotations;
  return { labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER }, annotations: own };
}

function creating(endpoints: Endpoints, content: Content): Write {
  const { name, namespace } = endpoints.metadata;
  return create(EndpointSlice, {
    metadata: {
      generateName: `${name}-`,
      namespace: namespace!,
      ...metadataOf(endpoints),
      ownerReferences: [controllerReference(Endpoints as Kind, endpoints)],
    },
    ...content,
  });
}

function changing(endpoints: Endpoints, present: EndpointSlice, content: Content): Write[] {
  const { labels, annotations } = metadataOf(endpoints);
  const same =
    equivalent(present.endpoints, content.endpoints) &&
    equivalent(present.metadata.labels, labels) &&
    equivalent(present.metadata.annotations, annotations);
  if (same) return [];
  return [update(EndpointSlice, { ...present, ...content, metadata: { ...present.metadata, labels, annotations } })];
}
