import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { Condition } from "../../machinery/meta/condition.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateServiceCIDR, validateServiceCIDRUpdate } from "./addresses.validation.ts";

export const ServiceCIDRSpec = message(
  "io.k8s.api.networking.v1.ServiceCIDRSpec",
  {
    cidrs: field(1, list(string()).atomic(), "One range, or one of each IP family. Cannot be changed."),
  },
  { doc: "Ranges that Services get their addresses from." },
);
export type ServiceCIDRSpec = TypeOf<typeof ServiceCIDRSpec>;

export const ServiceCIDRStatus = message(
  "io.k8s.api.networking.v1.ServiceCIDRStatus",
  {
    conditions: field(1, list(Condition).mapKey("type").patch("merge", "type"), "States such as `Ready`."),
  },
  { doc: "Whether a range can be used." },
);
export type ServiceCIDRStatus = TypeOf<typeof ServiceCIDRStatus>;

export const ServiceCIDR = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "ServiceCIDR",
  definition: "io.k8s.api.networking.v1.ServiceCIDR",
  names: { plural: "servicecidrs" },
  scope: "Cluster",
  generation: false,
  doc: "A range that Services get their addresses from.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, ServiceCIDRSpec, "Which ranges Services get their addresses from.").always(),
    status: field(3, ServiceCIDRStatus, "Whether they can be used.").always(),
  },
  columns: [
    nameColumn,
    {
      name: "CIDRs",
      type: "string",
      doc: 'CIDRs defines the IP blocks in CIDR notation (e.g. "192.168.0.0/24" or "2001:db8::/64") from which to assign service cluster IPs. Max of two CIDRs is allowed, one of each IP family. This field is immutable.',
      value: ({ spec }) => (spec.cidrs ?? []).join(","),
    },
    ageColumn,
  ],
  changesFirst: true,
  validate: validateServiceCIDR,
  validateUpdate: validateServiceCIDRUpdate,
});
export type ServiceCIDR = ObjectOf<typeof ServiceCIDR>;
