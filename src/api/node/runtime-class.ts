import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { Toleration } from "../core/pod-spec.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export const Overhead = message("io.k8s.api.node.v1.Overhead", { podFixed: field(1, map(quantity())) });
export type Overhead = TypeOf<typeof Overhead>;

export const Scheduling = message("io.k8s.api.node.v1.Scheduling", {
  nodeSelector: field(1, map(string()).atomic()),
  tolerations: field(2, list(Toleration).atomic()),
});
export type Scheduling = TypeOf<typeof Scheduling>;

export const RuntimeClass = defineKind({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  definition: "io.k8s.api.node.v1.RuntimeClass",
  names: { plural: "runtimeclasses" },
  scope: "Cluster",
  doc: "How a node runs containers.",
  fields: { handler: field(2, string()).required(), overhead: field(3, Overhead), scheduling: field(4, Scheduling) },
  columns: [nameColumn, { name: "Handler", type: "string", value: ({ handler }) => handler }, ageColumn],
  allowUnconditionalUpdate: false,
});
export type RuntimeClass = ObjectOf<typeof RuntimeClass>;
