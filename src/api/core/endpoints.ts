import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { path } from "../../machinery/field-errors.ts";
import { ipWarnings } from "../../machinery/ip.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ObjectReference } from "./references.ts";
import { NONE, ageColumn, firstFew, nameColumn } from "../columns.ts";
import { validateEndpoints } from "./endpoints.validation.ts";

export const EndpointAddress = message(
  "io.k8s.api.core.v1.EndpointAddress",
  {
    ip: field(
      1,
      string(),
      "The IP address; not one of loopback (127.0.0.0/8, ::1), link-local (169.254.0.0/16, fe80::/10) or multicast.",
    ).required(),
    targetRef: field(2, ObjectReference, "The object whose address it is, usually a Pod."),
    hostname: field(3, string(), "The host name of the endpoint, under which DNS knows it."),
    nodeName: field(4, string(), "The node the endpoint is on.").keepEmpty(),
  },
  { mapType: "atomic", doc: "An address behind a service." },
);
export type EndpointAddress = TypeOf<typeof EndpointAddress>;

export const EndpointPort = message(
  "io.k8s.api.core.v1.EndpointPort",
  {
    name: field(1, string(), "The name of the service's port. May be empty when there is only one."),
    port: field(2, int32(), "The number of the port.").required(),
    protocol: field(3, string().enum("SCTP", "TCP", "UDP").silentDefault("TCP"), "TCP (the default), UDP or SCTP."),
    appProtocol: field(
      4,
      string(),
      "The protocol spoken on the port, such as `http` or `kubernetes.io/h2c`.",
    ).keepEmpty(),
  },
  { mapType: "atomic", doc: "A port behind a service." },
);
export type EndpointPort = TypeOf<typeof EndpointPort>;

export const EndpointSubset = message(
  "io.k8s.api.core.v1.EndpointSubset",
  {
    addresses: field(1, list(EndpointAddress).atomic(), "Addresses that are ready; traffic goes to them."),
    notReadyAddresses: field(
      2,
      list(EndpointAddress).atomic(),
      "Addresses that are not ready: still starting, or failing their checks. No traffic goes to them.",
    ),
    ports: field(3, list(EndpointPort).atomic(), "The ports of all the addresses."),
  },
  { doc: "Addresses that all have the same ports: each address with each port is an endpoint." },
);
export type EndpointSubset = TypeOf<typeof EndpointSubset>;

export const Endpoints = defineKind({
  group: "",
  version: "v1",
  kind: "Endpoints",
  definition: "io.k8s.api.core.v1.Endpoints",
  names: { plural: "endpoints", short: ["ep"] },
  scope: "Namespaced",
  doc: "Addresses behind a Service. Deprecated: EndpointSlice replaces it.",
  fields: {
    subsets: field(
      2,
      list(EndpointSubset).atomic(),
      "The endpoints, grouped by ports and readiness. An address with ready and unready ports is in several.",
    ),
  },
  columns: [
    nameColumn,
    {
      name: "Endpoints",
      type: "string",
      doc: "The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.",
      value: ({ subsets }) => endpointsText(subsets ?? []),
    },
    ageColumn,
  ],
  allowCreateOnUpdate: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateEndpoints,
  warnings({ metadata, subsets = [] }) {
    // The controller that makes them writes addresses in their plain form.
    if (metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller") return [];
    return subsets.flatMap((subset, index) =>
      (["addresses", "notReadyAddresses"] as const).flatMap((list) =>
        (subset[list] ?? []).flatMap(({ ip }, number) =>
          ipWarnings(path("subsets").index(index).child(list).index(number).child("ip"), ip),
        ),
      ),
    );
  },
  deprecated: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
});
export type Endpoints = ObjectOf<typeof Endpoints>;

/** Ready addresses with their ports, the first three. Subsets without a ready address show nothing. */
function endpointsText(subsets: readonly EndpointSubset[]): string {
  if (subsets.length === 0) return NONE;
  const texts = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) =>
          addresses.map(({ ip }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)),
        ),
  );
  return firstFew(texts, "");
}
