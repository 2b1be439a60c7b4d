import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const TopologySelectorLabelRequirement = message(
  "io.k8s.api.core.v1.TopologySelectorLabelRequirement",
  {
    key: field(1, string(), "The label's key.").required(),
    values: field(2, list(string()).atomic(), "The values that fit; one is enough.").required(),
  },
  { doc: "A label and the values it may have." },
);
export type TopologySelectorLabelRequirement = TypeOf<typeof TopologySelectorLabelRequirement>;

export const TopologySelectorTerm = message(
  "io.k8s.api.core.v1.TopologySelectorTerm",
  {
    matchLabelExpressions: field(
      1,
      list(TopologySelectorLabelRequirement).atomic(),
      "The labels with the values that fit.",
    ),
  },
  { mapType: "atomic", doc: "A choice of places by labels; all must fit. An empty one fits nothing." },
);
export type TopologySelectorTerm = TypeOf<typeof TopologySelectorTerm>;
