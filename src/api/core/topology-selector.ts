import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const TopologySelectorLabelRequirement = message("io.k8s.api.core.v1.TopologySelectorLabelRequirement", {
  key: field(1, string()).required(),
  values: field(2, list(string()).atomic()).required(),
});
export type TopologySelectorLabelRequirement = TypeOf<typeof TopologySelectorLabelRequirement>;

export const TopologySelectorTerm = message(
  "io.k8s.api.core.v1.TopologySelectorTerm",
  { matchLabelExpressions: field(1, list(TopologySelectorLabelRequirement).atomic()) },
  { mapType: "atomic" },
);
export type TopologySelectorTerm = TypeOf<typeof TopologySelectorTerm>;
