/**
 * Where a Service leads: the ready ends that its EndpointSlices name. The server asks them directly, so that no packet
 * rules are needed where it runs.
 */
import type { EndpointSlice, Service } from "../../api/index.ts";
import { notFound, serviceUnavailable } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Random } from "../../machinery/random.ts";
import type { Snapshot } from "../../store/store.ts";

export interface ServiceName {
  readonly namespace?: string;
  readonly name?: string;
}

export interface Backend {
  readonly host: string;
  readonly port: number;
}

export const serviceKey = ({ namespace = "", name = "" }: ServiceName): string => `/core/services/${namespace}/${name}`;

export const slicesPrefix = ({ namespace = "" }: ServiceName): string =>
  `/discovery.k8s.io/endpointslices/${namespace}/`;

export function slicesOf(store: Snapshot, service: ServiceName): EndpointSlice[] {
  return [...store.range(slicesPrefix(service))]
    .map(({ object }) => object as EndpointSlice)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service.name);
}

/** Unknown readiness counts as ready. */
export function readyEnds(slices: readonly EndpointSlice[], portName: string): Backend[] {
  return slices.flatMap(({ ports, endpoints }) => {
    const port = ports?.find((each) => (each.name ?? "") === portName)?.port;
    if (!port) return [];
    return (endpoints ?? [])
      .filter(({ conditions, addresses }) => conditions?.ready !== false && addresses[0])
      .map(({ addresses }) => ({ host: addresses[0]!, port }));
  });
}

/** One of the ends, by chance. Throws 503 where there is none. */
export function oneOf(ends: readonly Backend[], service: string, random: Random): Backend {
  const chosen = ends[Math.floor(random.next() * ends.length)];
  if (chosen === undefined) throw serviceUnavailable(`no endpoints available for service ${quote(service)}`);
  return chosen;
}

/** One end of the Service for a port it has by number. Throws in upstream's words where it leads nowhere. */
export function resolveService(store: Snapshot, reference: ServiceName, port: number, random: Random): Backend {
  const { name = "" } = reference;
  const service = store.get(serviceKey(reference))?.object as Service | undefined;
  if (service === undefined) throw notFound({ group: "", resource: "service" }, name);
  const { type, externalName = "", ports } = service.spec;
  if (type === "ExternalName") return { host: externalName, port };
  const found = ports?.find((each) => each.port === port);
  if (found === undefined) throw serviceUnavailable(`no service port ${port} found for service ${quote(name)}`);
  return oneOf(readyEnds(slicesOf(store, reference), found.name ?? ""), name, random);
}
