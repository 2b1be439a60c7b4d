import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ScopedResourceSelectorRequirement = message("io.k8s.api.core.v1.ScopedResourceSelectorRequirement", {
  scopeName: field(
    1,
    string().enum(
      "BestEffort",
      "CrossNamespacePodAffinity",
      "NotBestEffort",
      "NotTerminating",
      "PriorityClass",
      "Terminating",
      "VolumeAttributesClass",
    ),
  ).required(),
  operator: field(2, string().enum("DoesNotExist", "Exists", "In", "NotIn")).required(),
  values: field(3, list(string()).atomic()),
});
export type ScopedResourceSelectorRequirement = TypeOf<typeof ScopedResourceSelectorRequirement>;

export const ScopeSelector = message(
  "io.k8s.api.core.v1.ScopeSelector",
  { matchExpressions: field(1, list(ScopedResourceSelectorRequirement).atomic()) },
  { mapType: "atomic" },
);
export type ScopeSelector = TypeOf<typeof ScopeSelector>;
