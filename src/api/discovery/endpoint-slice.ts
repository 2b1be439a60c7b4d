import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { path } from "../../machinery/field-errors.ts";
import { ipWarnings } from "../../machinery/ip.ts";
import { bool, field, int32, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ObjectReference } from "../core/references.ts";
import { UNSET, ageColumn, firstFew, nameColumn } from "../columns.ts";
import { validateEndpointSlice, validateEndpointSliceUpdate } from "./endpoint-slice.validation.ts";

export const EndpointConditions = message(
  "io.k8s.api.discovery.v1.EndpointConditions",
  {
    ready: field(1, bool(), "It takes connections and is not being ended.").keepEmpty(),
    serving: field(2, bool(), "It takes connections, also while it is being ended.").keepEmpty(),
    terminating: field(3, bool(), "It is being ended.").keepEmpty(),
  },
  { doc: "Whether a place can be used. Nothing said counts as yes, for `terminating` as no." },
);
export type EndpointConditions = TypeOf<typeof EndpointConditions>;

export const ForNode = message(
  "io.k8s.api.discovery.v1.ForNode",
  { name: field(1, string(), "The node's name.").required() },
  { doc: "A node that a place is meant for." },
);
export type ForNode = TypeOf<typeof ForNode>;

export const ForZone = message(
  "io.k8s.api.discovery.v1.ForZone",
  { name: field(1, string(), "The zone's name.").required() },
  { doc: "A zone that a place is meant for." },
);
export type ForZone = TypeOf<typeof ForZone>;

export const EndpointHints = message(
  "io.k8s.api.discovery.v1.EndpointHints",
  {
    forZones: field(1, list(ForZone).atomic(), "For clients in these zones. At most 8."),
    forNodes: field(2, list(ForNode).atomic(), "For clients on these nodes. At most 8."),
  },
  { doc: "For whom a place is meant." },
);
export type EndpointHints = TypeOf<typeof EndpointHints>;

export const Endpoint = message(
  "io.k8s.api.discovery.v1.Endpoint",
  {
    addresses: field(
      1,
      list(string()).set(),
      "Its addresses, of the slice's type. All must be the same place; proxies use the first.",
    ).required(),
    conditions: field(2, EndpointConditions, "Whether it can be used.").always(),
    hostname: field(3, string(), "Its own name in DNS, a label.").keepEmpty(),
    targetRef: field(4, ObjectReference, "The object behind it, mostly a pod."),
    deprecatedTopology: field(5, map(string()), "What v1beta1 said of where it is. Read only."),
    nodeName: field(6, string(), "The node it is on.").keepEmpty(),
    zone: field(7, string(), "The zone it is in.").keepEmpty(),
    hints: field(8, EndpointHints, "For whom it is meant, to keep traffic near."),
  },
  { doc: "One place that a service leads to." },
);
export type Endpoint = TypeOf<typeof Endpoint>;

export const EndpointSlicePort = message(
  "io.k8s.api.discovery.v1.EndpointPort",
  {
    name: field(
      1,
      string().silentDefault(""),
      "The port's name in the Service; unique in the slice, empty allowed.",
    ).keepEmpty(),
    protocol: field(
      2,
      string().enum("SCTP", "TCP", "UDP").silentDefault("TCP"),
      "`TCP` (the default), `UDP` or `SCTP`.",
    ).keepEmpty(),
    port: field(3, int32(), "The number. Nothing said: all ports.").keepEmpty(),
    appProtocol: field(4, string(), "What is spoken on it, such as `kubernetes.io/h2c`.").keepEmpty(),
  },
  { doc: "A port that all places of the slice have.", mapType: "atomic" },
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
    endpoints: field(2, list(Endpoint).atomic(), "The places; at most 1000.").orNull(),
    ports: field(3, list(EndpointSlicePort).atomic(), "The ports that each of them has; at most 100.").orNull(),
    addressType: field(
      4,
      string().enum("FQDN", "IPv4", "IPv6"),
      "`IPv4`, `IPv6` or `FQDN`; of all addresses in the slice. Cannot be changed.",
    ).required(),
  },
  columns: [
    nameColumn,
    {
      name: "AddressType",
      type: "string",
      doc: 'addressType specifies the type of address carried by this EndpointSlice. All addresses in this slice must be the same type. This field is immutable after creation. The following address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name. (Deprecated) The EndpointSlice controller only generates, and kube-proxy only processes, slices of addressType "IPv4" and "IPv6". No semantics are defined for the "FQDN" type.',
      value: ({ addressType }) => addressType,
    },
    {
      name: "Ports",
      type: "string",
      doc: "ports specifies the list of network ports exposed by each endpoint in this slice. Each port must have a unique name. Each slice may include a maximum of 100 ports. Services always have at least 1 port, so EndpointSlices generated by the EndpointSlice controller will likewise always have at least 1 port. EndpointSlices used for other purposes may have an empty ports list.",
      value: ({ ports }) => firstFew((ports ?? []).map(portText), UNSET),
    },
    {
      name: "Endpoints",
      type: "string",
      doc: "endpoints is a list of unique endpoints in this slice. Each slice may include a maximum of 1000 endpoints.",
      value: ({ endpoints }) =>
        firstFew(
          (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
          UNSET,
        ),
    },
    ageColumn,
  ],
  metadataOnUpdate: ["whole"],
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  warnings({ addressType, endpoints }) {
    if ((addressType as string) === "FQDN") return ["spec.addressType: FQDN endpoints are deprecated"];
    return (endpoints ?? []).flatMap(({ addresses }, index) =>
      addresses.flatMap((ip, number) =>
        ipWarnings(path("endpoints").index(index).child("addresses").index(number), ip),
      ),
    );
  },
});
export type EndpointSlice = ObjectOf<typeof EndpointSlice>;

function portText({ port, name }: EndpointSlicePort): string {
  return port === undefined ? name || "*" : String(port);
}
