import { field, list, map, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const FieldSelectorRequirement = message("io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement", {
  key: field(1, string()).required(),
  operator: field(2, string()).required(),
  values: field(3, list(string()).atomic()),
});
export type FieldSelectorRequirement = TypeOf<typeof FieldSelectorRequirement>;

export const LabelSelectorRequirement = message("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", {
  key: field(1, string()).required(),
  operator: field(2, string()).required(),
  values: field(3, list(string()).atomic()),
});
export type LabelSelectorRequirement = TypeOf<typeof LabelSelectorRequirement>;

export const LabelSelector = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
  { matchLabels: field(1, map(string())), matchExpressions: field(2, list(LabelSelectorRequirement).atomic()) },
  { mapType: "atomic" },
);
export type LabelSelector = TypeOf<typeof LabelSelector>;
