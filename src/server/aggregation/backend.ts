/** Where the Service behind an APIService leads. */
import type { APIService, Service } from "../../api/index.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Snapshot } from "../../store/store.ts";
import { readyEnds, serviceKey, slicesOf } from "../services/ends.ts";
import type { Backend } from "../services/ends.ts";

export type ServiceReference = NonNullable<APIService["spec"]["service"]>;

/** Why an APIService is not available, as its condition says it. */
export interface Problem {
  readonly reason: string;
  readonly message: string;
}

const DEFAULT_PORT = 443;

/** All ready ends of the Service, or why there are none. They are asked directly: no packet rules are needed here. */
export function backendsOf(store: Snapshot, reference: ServiceReference): readonly Backend[] | Problem {
  const { namespace = "", name = "", port = DEFAULT_PORT } = reference;
  const service = store.get(serviceKey(reference))?.object as Service | undefined;
  const where = `service/${name} in ${quote(namespace)}`;
  if (service === undefined) return { reason: "ServiceNotFound", message: `${where} is not present` };
  if (service.spec.type === "ExternalName") return [{ host: service.spec.externalName ?? "", port }];
  const found = service.spec.ports?.find((each) => each.port === port);
  if (found === undefined) {
    return { reason: "ServicePortError", message: `${where} is not listening on port ${port}` };
  }
  const slices = slicesOf(store, reference);
  if (slices.length === 0) {
    return { reason: "EndpointsNotFound", message: `cannot find endpointslices for ${where}` };
  }
  const portName = found.name ?? "";
  const backends = readyEnds(slices, portName);
  if (backends.length > 0) return backends;
  const message = `endpointslices for ${where} have no addresses with port name ${quote(portName)}`;
  return { reason: "MissingEndpoints", message };
}
