import { UNSET } from "../columns.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { embedded, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const MatchCondition = message("io.k8s.api.admissionregistration.v1.MatchCondition", {
  name: field(1, string()).required(),
  expression: field(2, string()).required(),
});
export type MatchCondition = TypeOf<typeof MatchCondition>;

export const NamedRuleWithOperations = message(
  "io.k8s.api.admissionregistration.v1.NamedRuleWithOperations",
  {
    resourceNames: field(1, list(string()).atomic()),
    ...embedded(2, {
      operations: field(1, list(string().enum("*", "CONNECT", "CREATE", "DELETE", "UPDATE")).atomic()),
      ...embedded(2, {
        apiGroups: field(1, list(string()).atomic()),
        apiVersions: field(2, list(string()).atomic()),
        resources: field(3, list(string()).atomic()),
        scope: field(4, string().enum("*", "Cluster", "Namespaced").silentDefault("*")).keepEmpty(),
      }),
    }),
  },
  { mapType: "atomic" },
);
export type NamedRuleWithOperations = TypeOf<typeof NamedRuleWithOperations>;

export const MatchResources = message(
  "io.k8s.api.admissionregistration.v1.MatchResources",
  {
    namespaceSelector: field(1, LabelSelector).filled(),
    objectSelector: field(2, LabelSelector).filled(),
    resourceRules: field(3, list(NamedRuleWithOperations).atomic()),
    excludeResourceRules: field(4, list(NamedRuleWithOperations).atomic()),
    matchPolicy: field(7, string().enum("Equivalent", "Exact").silentDefault("Equivalent")).keepEmpty(),
  },
  { mapType: "atomic" },
);
export type MatchResources = TypeOf<typeof MatchResources>;

export const ParamKind = message(
  "io.k8s.api.admissionregistration.v1.ParamKind",
  { apiVersion: field(1, string()), kind: field(2, string()) },
  { mapType: "atomic" },
);
export type ParamKind = TypeOf<typeof ParamKind>;

export const ParamRef = message(
  "io.k8s.api.admissionregistration.v1.ParamRef",
  {
    name: field(1, string()),
    namespace: field(2, string()),
    selector: field(3, LabelSelector),
    parameterNotFoundAction: field(4, string()).keepEmpty(),
  },
  { mapType: "atomic" },
);
export type ParamRef = TypeOf<typeof ParamRef>;

export const Variable = message(
  "io.k8s.api.admissionregistration.v1.Variable",
  { name: field(1, string()).required(), expression: field(2, string()).required() },
  { mapType: "atomic" },
);
export type Variable = TypeOf<typeof Variable>;

/** `namespace/name` of a binding's parameters; `*` stands for what a selector picks. */
export function paramRefText(ref: ParamRef | undefined): string {
  if (ref === undefined) return UNSET;
  const name = ref.name ?? "*";
  return ref.namespace === undefined ? name : `${ref.namespace}/${name}`;
}
