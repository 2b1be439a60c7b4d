import { ownValue } from "../../machinery/json-tree.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ScopeSelector } from "./scope-selector.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { compareQuantity } from "../../machinery/quantity.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateResourceQuota, validateResourceQuotaUpdate } from "./resource-quota.validation.ts";

export const ResourceQuotaSpec = message(
  "io.k8s.api.core.v1.ResourceQuotaSpec",
  {
    hard: field(
      1,
      map(quantity()),
      "The most that may be used, by name: resources such as `requests.cpu` and `limits.memory`, and counts of objects such as `pods` or `count/deployments.apps`.",
    ),
    scopes: field(
      2,
      list(
        string().enum(
          "BestEffort",
          "CrossNamespacePodAffinity",
          "NotBestEffort",
          "NotTerminating",
          "PriorityClass",
          "Terminating",
          "VolumeAttributesClass",
        ),
      ).atomic(),
      "Count only objects that are in all of these scopes, such as Terminating or BestEffort. All objects when it is empty.",
    ),
    scopeSelector: field(
      3,
      ScopeSelector,
      "As `scopes`, but with operators and values. With both, an object must fit both.",
    ),
  },
  { doc: "What a namespace may use in all." },
);
export type ResourceQuotaSpec = TypeOf<typeof ResourceQuotaSpec>;

export const ResourceQuotaStatus = message(
  "io.k8s.api.core.v1.ResourceQuotaStatus",
  {
    hard: field(1, map(quantity()), "The limits that are enforced."),
    used: field(2, map(quantity()), "What is used in all, by name."),
  },
  { doc: "What a namespace uses." },
);
export type ResourceQuotaStatus = TypeOf<typeof ResourceQuotaStatus>;

export const ResourceQuota = defineKind({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  definition: "io.k8s.api.core.v1.ResourceQuota",
  names: { plural: "resourcequotas", short: ["quota"] },
  scope: "Namespaced",
  generation: false,
  doc: "Limits what a namespace may use in all. Requests that would exceed it are refused.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, ResourceQuotaSpec, "The limits that should hold.").always(),
    status: field(
      3,
      ResourceQuotaStatus,
      "The limits that hold, and what is used of them. Read-only for users.",
    ).always(),
  },
  columns: [
    nameColumn,
    {
      name: "Request",
      type: "string",
      doc: "Request represents a minimum amount of cpu/memory that a container may consume.",
      value: ({ status }) => quotaText(status, false),
    },
    {
      name: "Limit",
      type: "string",
      doc: "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.",
      value: ({ status }) => quotaText(status, true),
    },
    ageColumn,
  ],
  returnsDeleted: true,
  validate: validateResourceQuota,
  warnings: quotaWarnings,
  validateUpdate: validateResourceQuotaUpdate,
});
export type ResourceQuota = ObjectOf<typeof ResourceQuota>;

/** A new quota that leaves less for limits than for requests can never be used up. */
function quotaWarnings(
  { spec: { hard } }: KubeObject & { readonly spec: ResourceQuotaSpec },
  previous?: unknown,
): string[] {
  if (previous !== undefined) return [];
  const out: string[] = [];
  for (const name of ["cpu", "memory", "storage", "ephemeral-storage"]) {
    const bare = (name === "cpu" || name === "memory") && ownValue(hard, `requests.${name}`) === undefined;
    const [request, limit] = [bare ? name : `requests.${name}`, `limits.${name}`];
    const [requested, limited] = [ownValue(hard, request), ownValue(hard, limit)];
    if (requested === undefined || limited === undefined || compareQuantity(requested, limited) <= 0) continue;
    out.push(`ResourceQuota ${request} (${requested}) should be less than ${limit} (${limited})`);
  }
  return out;
}

/** `pods: 1/10, requests.cpu: 0/4`: what is used of what, limits apart from the rest. */
function quotaText({ hard, used }: ResourceQuotaStatus, limits: boolean): string {
  return Object.keys(hard ?? {})
    .filter((name) => name.startsWith("limits.") === limits)
    .toSorted()
    .map((name) => `${name}: ${ownValue(used, name) ?? "0"}/${ownValue(hard, name)}`)
    .join(", ");
}
