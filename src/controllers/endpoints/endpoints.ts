/**
 * Keeps the Endpoints object of each Service with a selector: the older form of its EndpointSlices, which clients that
 * do not know those still read. Beyond 1000 addresses it is cut off and says so.
 */
import { Endpoints, Pod, Service } from "../../api/core/index.ts";
import type { EndpointAddress, EndpointSubset } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { ObjectKey, ReconcileContext } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { isReady } from "../runtime/pods.ts";
import { canonical } from "../runtime/template-hash.ts";
import { hasEndpoint, isHeadless, portsOn, selects, servicesOf } from "./service-pods.ts";
import type { Port } from "./service-pods.ts";

const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const MANAGER = "endpoint-controller";
const HEADLESS = "service.kubernetes.io/headless";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
const CAPACITY = 1000;

export const endpointsController = defineController<Service>({
  name: "endpoint-controller",
  kind: Service,
  watches: [
    watch(Pod, servicesOf),
    watch(Endpoints, ({ object: { metadata } }) => [`${metadata.namespace}/${metadata.name}`]),
  ],
  rbac: [
    right("get list watch", "core", "pods services"),
    right("create delete get list update watch", "core", "endpoints"),
    right("create", "core", "endpoints/restricted"),
    tellsEvents,
  ],
  // A round looks at all pods of the namespace.
  pace: () => 50,
  reconcile,
});

async function reconcile({ name, namespace }: ObjectKey, { cache, client }: ReconcileContext): Promise<void> {
  const service = cache.get(Service, name, namespace);
  const present = cache.get(Endpoints, name, namespace);
  if (service === undefined) {
    if (present?.metadata.labels?.[MANAGED_BY] !== MANAGER) return;
    await client
      .delete(Endpoints, name, namespace, { preconditions: { uid: present.metadata.uid } })
      .catch((error: unknown) => {
        if (!isReason(error, "NotFound")) throw error;
      });
    return;
  }
  const { selector, type } = service.spec;
  if (service.metadata.deletionTimestamp !== undefined || selector === undefined || type === "ExternalName") return;
  const { subsets, cut } = subsetsOf(service, podsOf(service, cache));
  const { [OVER_CAPACITY]: _, ...annotations } = present?.metadata.annotations ?? {};
  const metadata = {
    labels: {
      ...service.metadata.labels,
      [MANAGED_BY]: MANAGER,
      ...(isHeadless(service) && { [HEADLESS]: "" }),
    },
    annotations: { ...annotations, ...(cut && { [OVER_CAPACITY]: "truncated" }) },
  };
  if (present === undefined) {
    await client.create(Endpoints, { metadata: { name, namespace: namespace!, ...metadata }, subsets });
    return;
  }
  const same =
    equivalent(subsets, present.subsets) &&
    equivalent(metadata.labels, present.metadata.labels) &&
    equivalent(metadata.annotations, present.metadata.annotations);
  if (!same) await client.update(Endpoints, { ...present, metadata: { ...present.metadata, ...metadata }, subsets });
}

function podsOf(service: Service, cache: Cache): Pod[] {
  const pods: Pod[] = [];
  for (const pod of cache.of(Pod).list(service.metadata.namespace)) {
    const leaving = pod.metadata.deletionTimestamp !== undefined;
    const wanted = !leaving || service.spec.publishNotReadyAddresses === true;
    if (wanted && selects(service, pod.metadata.labels) && hasEndpoint(pod)) pods.push(pod);
  }
  return pods;
}

/** Pods with the same ports make one subset; addresses and subsets are in order, so that equal is equal. */
export function subsetsOf(service: Service, pods: readonly Pod[]): { subsets: EndpointSubset[]; cut: boolean } {
  const groups = new Map<string, { ports: readonly Port[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>();
  const included = pods.length > CAPACITY ? readyFirst(pods).slice(0, CAPACITY) : pods;
  for (const pod of included) {
    const ports = portsOn(pod, service);
    // A headless Service without ports still publishes its addresses; any other with none that fit has none.
    if (ports.length === 0 && !(isHeadless(service) && (service.spec.ports ?? []).length === 0)) continue;
    const key = canonical(ports);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { ports, ready: [], notReady: [] }));
    const ready = service.spec.publishNotReadyAddresses === true || isReady(pod);
    (ready ? group.ready : group.notReady).push(addressOf(pod, service));
  }
  const subsets = [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, notReady }]) => ({
      ...(ready.length > 0 && { addresses: ready.toSorted(byAddress) }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady.toSorted(byAddress) }),
      ...(ports.length > 0 && { ports: ports.map(withoutEmptyName).toSorted(byPort) }),
    }));
  return { subsets, cut: pods.length > CAPACITY };
}

function readyFirst(pods: readonly Pod[]): Pod[] {
  return pods.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)));
}

function addressOf(pod: Pod, service: Service): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  const named = hostname !== undefined && hostname !== "" && subdomain === service.metadata.name;
  return {
    ip: addressFor(pod, service),
    ...(named && { hostname }),
    ...(nodeName !== undefined && nodeName !== "" && { nodeName }),
    targetRef: { kind: "Pod", namespace: namespace!, name, uid },
  };
}

/** Of the Service's first family. */
function addressFor(pod: Pod, service: Service): string {
  const six = service.spec.ipFamilies?.[0] === "IPv6";
  return pod.status.podIPs?.find(({ ip }) => ip.includes(":") === six)?.ip ?? pod.status.podIP ?? "";
}

function withoutEmptyName({ name, ...port }: Port): Omit<Port, "name"> & { name?: string } {
  return name === "" ? port : { name, ...port };
}

const byAddress = (a: EndpointAddress, b: EndpointAddress): number => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0);
const byPort = (a: { port: number }, b: { port: number }): number => a.port - b.port;
