import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { nameColumn } from "../columns.ts";

export const ComponentCondition = message(
  "io.k8s.api.core.v1.ComponentCondition",
  {
    type: field(1, string(), "Which aspect: only Healthy exists.").required(),
    status: field(2, string(), "True, False or Unknown.").required(),
    message: field(3, string(), "What the component answered to the health check."),
    error: field(4, string(), "Why the check failed, such as the HTTP error."),
  },
  { doc: "One aspect of a component's health." },
);
export type ComponentCondition = TypeOf<typeof ComponentCondition>;

export const ComponentStatus = defineKind({
  group: "",
  version: "v1",
  kind: "ComponentStatus",
  definition: "io.k8s.api.core.v1.ComponentStatus",
  names: { plural: "componentstatuses", short: ["cs"] },
  scope: "Cluster",
  doc: "Health of a control plane component. Deprecated: it knows little, and nothing of components elsewhere.",
  verbs: ["get", "list"],
  fields: {
    conditions: field(
      2,
      list(ComponentCondition).mapKey("type").patch("merge", "type"),
      "What the health check found.",
    ),
  },
  deprecated: "v1 ComponentStatus is deprecated in v1.19+",
  columns: [
    nameColumn,
    {
      name: "Status",
      type: "string",
      doc: "Status of the component conditions",
      value: ({ conditions }) => healthText(conditions),
    },
    {
      name: "Message",
      type: "string",
      doc: "Message of the component conditions",
      value: ({ conditions }) => conditions?.[0]?.message ?? "",
    },
    {
      name: "Error",
      type: "string",
      doc: "Error of the component conditions",
      value: ({ conditions }) => conditions?.[0]?.error ?? "",
    },
  ],
});
export type ComponentStatus = ObjectOf<typeof ComponentStatus>;

function healthText(conditions: readonly ComponentCondition[] | undefined): string {
  const health = conditions?.find(({ type }) => type === "Healthy");
  if (health === undefined) return "Unknown";
  return health.status === "True" ? "Healthy" : "Unhealthy";
}
