import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int32, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ObjectReference } from "../core/references.ts";
import { UNSET, ageColumn, firstFew, nameColumn } from "../columns.ts";

export const EndpointConditions = message("io.k8s.api.discovery.v1.EndpointConditions", {
  ready: field(1, bool()).keepEmpty(),
  serving: field(2, bool()).keepEmpty(),
  terminating: field(3, bool()).keepEmpty(),
});
export type EndpointConditions = TypeOf<typeof EndpointConditions>;

export const ForNode = message("io.k8s.api.discovery.v1.ForNode", { name: field(1, string()).required() });
export type ForNode = TypeOf<typeof ForNode>;

export const ForZone = message("io.k8s.api.discovery.v1.ForZone", { name: field(1, string()).required() });
export type ForZone = TypeOf<typeof ForZone>;

export const EndpointHints = message("io.k8s.api.discovery.v1.EndpointHints", {
  forZones: field(1, list(ForZone).atomic()),
  forNodes: field(2, list(ForNode).atomic()),
});
export type EndpointHints = TypeOf<typeof EndpointHints>;

export const Endpoint = message("io.k8s.api.discovery.v1.Endpoint", {
  addresses: field(1, list(string()).set()).required(),
  conditions: field(2, EndpointConditions).always(),
  hostname: field(3, string()).keepEmpty(),
  targetRef: field(4, ObjectReference),
  deprecatedTopology: field(5, map(string())),
  nodeName: field(6, string()).keepEmpty(),
  zone: field(7, string()).keepEmpty(),
  hints: field(8, EndpointHints),
});
export type Endpoint = TypeOf<typeof Endpoint>;

export const EndpointSlicePort = message(
  "io.k8s.api.discovery.v1.EndpointPort",
  {
    name: field(1, string().silentDefault("")).keepEmpty(),
    protocol: field(2, string().enum("SCTP", "TCP", "UDP").silentDefault("TCP")).keepEmpty(),
    port: field(3, int32()).keepEmpty(),
    appProtocol: field(4, string()).keepEmpty(),
  },
  { mapType: "atomic" },
);
export type EndpointSlicePort = TypeOf<typeof EndpointSlicePort>;

export const EndpointSlice = defineKind({
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  definition: "io.k8s.api.discovery.v1.EndpointSlice",
  names: { plural: "endpointslices" },
  scope: "Namespaced",
  generation: true,
  doc: "A part of the addresses behind a Service.",
  fields: {
    endpoints: field(2, list(Endpoint).atomic()).orNull(),
    ports: field(3, list(EndpointSlicePort).atomic()).orNull(),
    addressType: field(4, string().enum("FQDN", "IPv4", "IPv6")).required(),
  },
  columns: [
    nameColumn,
    { name: "AddressType", type: "string", value: ({ addressType }) => addressType },
    { name: "Ports", type: "string", value: ({ ports }) => firstFew((ports ?? []).map(portText), UNSET) },
    {
      name: "Endpoints",
      type: "string",
      value: ({ endpoints }) =>
        firstFew(
          (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
          UNSET,
        ),
    },
    ageColumn,
  ],
});
export type EndpointSlice = ObjectOf<typeof EndpointSlice>;

function portText({ port, name }: EndpointSlicePort): string {
  return port === undefined ? name || "*" : String(port);
}
