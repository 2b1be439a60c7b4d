import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, message, string } from "../../machinery/schema/builders.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ScaleSpec = message(
  "io.k8s.api.autoscaling.v1.ScaleSpec",
  { replicas: field(1, int32().default(0), "The wanted number of pods.") },
  { doc: "How many are wanted." },
);
export type ScaleSpec = TypeOf<typeof ScaleSpec>;

export const ScaleStatus = message(
  "io.k8s.api.autoscaling.v1.ScaleStatus",
  {
    replicas: field(1, int32(), "The number of pods that were counted.").required(),
    selector: field(2, string(), "The selector of these pods as text, for clients that look for them."),
  },
  { doc: "How many there are." },
);
export type ScaleStatus = TypeOf<typeof ScaleStatus>;

export const Scale = defineKind({
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  definition: "io.k8s.api.autoscaling.v1.Scale",
  names: { plural: "scales" },
  scope: "Namespaced",
  doc: "How many replicas a workload should have, and has.",
  verbs: [],
  columns: [
    nameColumn,
    {
      name: "Desired",
      type: "integer",
      doc: "replicas is the desired number of instances for the scaled object.",
      value: ({ spec }) => spec.replicas,
    },
    {
      name: "Available",
      type: "integer",
      doc: "replicas is the actual number of observed instances of the scaled object.",
      value: ({ status }) => status.replicas,
    },
    ageColumn,
  ],
  fields: {
    spec: field(2, ScaleSpec, "How many are wanted.").always(),
    status: field(3, ScaleStatus, "How many there are.").always(),
  },
});
export type Scale = ObjectOf<typeof Scale>;
