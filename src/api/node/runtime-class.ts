import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { path } from "../../machinery/field-errors.ts";
import { field, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { oldLabel } from "../core/node-labels.warnings.ts";
import { Toleration } from "../core/pod-scheduling.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateRuntimeClass } from "./runtime-class.validation.ts";

export const Overhead = message(
  "io.k8s.api.node.v1.Overhead",
  { podFixed: field(1, map(quantity()), "The resources, added to what the pod requests.") },
  { doc: "What a pod of the class uses beside its containers." },
);
export type Overhead = TypeOf<typeof Overhead>;

export const Scheduling = message(
  "io.k8s.api.node.v1.Scheduling",
  {
    nodeSelector: field(1, map(string()).atomic(), "Labels the node must have; added to those the pod asks for."),
    tolerations: field(
      2,
      list(Toleration).atomic(),
      "Taints that pods of the class put up with; added to the pod's own.",
    ),
  },
  { doc: "Which nodes a runtime class can be used on." },
);
export type Scheduling = TypeOf<typeof Scheduling>;

export const RuntimeClass = defineKind({
  group: "node.k8s.io",
  version: "v1",
  kind: "RuntimeClass",
  definition: "io.k8s.api.node.v1.RuntimeClass",
  names: { plural: "runtimeclasses" },
  scope: "Cluster",
  doc: "How a node runs containers.",
  fields: {
    handler: field(
      2,
      string(),
      "The name by which the node's container runtime knows it. Cannot be changed.",
    ).required(),
    overhead: field(3, Overhead, "What each pod uses beside its containers."),
    scheduling: field(4, Scheduling, "Which nodes have it."),
  },
  columns: [
    nameColumn,
    {
      name: "Handler",
      type: "string",
      // Upstream looks for the text where there is none.
      doc: "",
      value: ({ handler }) => handler,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: false,
  immutable: ["handler"],
  metadataOnUpdate: ["change", "whole"],
  validate: validateRuntimeClass,
  warnings({ scheduling }) {
    const out: string[] = [];
    for (const label in scheduling?.nodeSelector) oldLabel(out, path("scheduling", "nodeSelector"), label);
    return out;
  },
});
export type RuntimeClass = ObjectOf<typeof RuntimeClass>;
