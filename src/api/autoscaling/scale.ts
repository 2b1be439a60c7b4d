import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ScaleSpec = message("io.k8s.api.autoscaling.v1.ScaleSpec", { replicas: field(1, int32().default(0)) });
export type ScaleSpec = TypeOf<typeof ScaleSpec>;

export const ScaleStatus = message("io.k8s.api.autoscaling.v1.ScaleStatus", {
  replicas: field(1, int32()).required(),
  selector: field(2, string()),
});
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
  fields: { spec: field(2, ScaleSpec).always(), status: field(3, ScaleStatus).always() },
});
export type Scale = ObjectOf<typeof Scale>;
