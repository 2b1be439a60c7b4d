import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ScopeSelector } from "./scope-selector.ts";

export const ResourceQuotaSpec = message("io.k8s.api.core.v1.ResourceQuotaSpec", {
  hard: field(1, map(quantity())),
  scopes: field(2, list(string()).atomic()),
  scopeSelector: field(3, ScopeSelector),
});
export type ResourceQuotaSpec = TypeOf<typeof ResourceQuotaSpec>;

export const ResourceQuotaStatus = message("io.k8s.api.core.v1.ResourceQuotaStatus", {
  hard: field(1, map(quantity())),
  used: field(2, map(quantity())),
});
export type ResourceQuotaStatus = TypeOf<typeof ResourceQuotaStatus>;

export const ResourceQuota = defineKind({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  definition: "io.k8s.api.core.v1.ResourceQuota",
  names: { plural: "resourcequotas", short: ["quota"] },
  scope: "Namespaced",
  doc: "Limits what a namespace may use in all.",
  subresources: { ...STATUS },
  fields: { spec: field(2, ResourceQuotaSpec).always(), status: field(3, ResourceQuotaStatus).always() },
});
export type ResourceQuota = ObjectOf<typeof ResourceQuota>;
