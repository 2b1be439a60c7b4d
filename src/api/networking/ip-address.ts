import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import { ipAddressName, validateIPAddress, validateIPAddressUpdate } from "./addresses.validation.ts";

export const ParentReference = message(
  "io.k8s.api.networking.v1.ParentReference",
  {
    group: field(1, string(), "Its API group."),
    resource: field(2, string(), "Its resource, such as `services`.").required().droppedWhenEmpty(),
    namespace: field(3, string(), "Its namespace."),
    name: field(4, string(), "Its name.").required().droppedWhenEmpty(),
  },
  { doc: "The object that has an address." },
);
export type ParentReference = TypeOf<typeof ParentReference>;

export const IPAddressSpec = message(
  "io.k8s.api.networking.v1.IPAddressSpec",
  {
    parentRef: field(1, ParentReference, "The object that has the address, mostly a Service. Required.")
      .required()
      .droppedWhenEmpty(),
  },
  { doc: "Whose address it is." },
);
export type IPAddressSpec = TypeOf<typeof IPAddressSpec>;

export const IPAddress = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "IPAddress",
  definition: "io.k8s.api.networking.v1.IPAddress",
  names: { plural: "ipaddresses", short: ["ip"] },
  scope: "Cluster",
  doc: "An address that is taken, and by whom.",
  fields: { spec: field(2, IPAddressSpec, "Whose address it is.").required() },
  columns: [
    nameColumn,
    {
      name: "ParentRef",
      type: "string",
      doc: "ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.",
      value: ({ spec }) => parentText(spec.parentRef),
    },
    { ...ageColumn, unlisted: true },
  ],
  validateName: ipAddressName,
  metadataOnUpdate: ["change", "whole"],
  validate: validateIPAddress,
  validateUpdate: validateIPAddressUpdate,
});
export type IPAddress = ObjectOf<typeof IPAddress>;

/** `services/default/web`, with the group where there is one. */
function parentText(parent: ParentReference | undefined): string {
  if (parent === undefined) return NONE;
  const { group, resource, namespace, name } = parent;
  const what = group ? `${resource}.${group}` : resource;
  return [what.toLowerCase(), ...(namespace ? [namespace] : []), name].join("/");
}
