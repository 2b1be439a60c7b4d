import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ScopedResourceSelectorRequirement = message(
  "io.k8s.api.core.v1.ScopedResourceSelectorRequirement",
  {
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
      "The scope: which kind of objects is asked for.",
    ).required(),
    operator: field(
      2,
      string().enum("DoesNotExist", "Exists", "In", "NotIn"),
      "How the scope is compared: In and NotIn a list of values, Exists and DoesNotExist without any. For all scopes but PriorityClass and VolumeAttributesClass it must be Exists.",
    ).required(),
    values: field(
      3,
      list(string()).atomic(),
      "What is compared: at least one for In and NotIn, none for Exists and DoesNotExist.",
    ),
  },
  { doc: "A scope, an operator, and values." },
);
export type ScopedResourceSelectorRequirement = TypeOf<typeof ScopedResourceSelectorRequirement>;

export const ScopeSelector = message(
  "io.k8s.api.core.v1.ScopeSelector",
  { matchExpressions: field(1, list(ScopedResourceSelectorRequirement).atomic(), "The requirements, by scope.") },
  { mapType: "atomic", doc: "A choice of objects: those that meet all requirements." },
);
export type ScopeSelector = TypeOf<typeof ScopeSelector>;
