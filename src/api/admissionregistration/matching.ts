import { UNSET } from "../columns.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { goSelectorText } from "../../machinery/selectors.ts";
import { embedded, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const MatchCondition = message(
  "io.k8s.api.admissionregistration.v1.MatchCondition",
  {
    name: field(1, string(), "Tells the condition from the others, in errors and metrics.").required(),
    expression: field(
      2,
      string(),
      "CEL over `object`, `oldObject`, `request` and `authorizer` that gives true or false. One that is false lets the request pass by.",
    ).required(),
  },
  { doc: "A condition that a request must meet beyond the rules, for the webhook or policy to see it at all." },
);
export type MatchCondition = TypeOf<typeof MatchCondition>;

const ruleFields = {
  operations: field(
    1,
    list(string().enum("*", "CONNECT", "CREATE", "DELETE", "UPDATE")).atomic(),
    "`CREATE`, `UPDATE`, `DELETE`, `CONNECT`, or `*` alone for all.",
  ),
  ...embedded(2, {
    apiGroups: field(1, list(string()).atomic(), "API groups, the core group as an empty text; `*` alone for all."),
    apiVersions: field(2, list(string()).atomic(), "Versions in these groups; `*` alone for all."),
    resources: field(
      3,
      list(string()).atomic(),
      "Resources such as `pods`, `pods/log`, `pods/*` (its subresources), `*` (all resources) or `*/*` (with all subresources).",
    ),
    scope: field(
      4,
      string().enum("*", "Cluster", "Namespaced").silentDefault("*"),
      "`Cluster`, `Namespaced`, or `*` for both. Namespaces themselves count as cluster-scoped.",
    ).keepEmpty(),
  }),
};

export const RuleWithOperations = message("io.k8s.api.admissionregistration.v1.RuleWithOperations", ruleFields, {
  doc: "Operations on resources.",
});
export type RuleWithOperations = TypeOf<typeof RuleWithOperations>;

export const NamedRuleWithOperations = message(
  "io.k8s.api.admissionregistration.v1.NamedRuleWithOperations",
  {
    resourceNames: field(1, list(string()).atomic(), "Names of objects; empty: all."),
    ...embedded(2, ruleFields),
  },
  { doc: "Operations on resources, where wanted only on objects of certain names.", mapType: "atomic" },
);
export type NamedRuleWithOperations = TypeOf<typeof NamedRuleWithOperations>;

export const MatchResources = message(
  "io.k8s.api.admissionregistration.v1.MatchResources",
  {
    namespaceSelector: field(
      1,
      LabelSelector,
      "Labels of the namespace that the object is in, or of the namespace itself. Nothing said matches all.",
    ).filled(),
    objectSelector: field(
      2,
      LabelSelector,
      "Labels of the object, new or old. Users can set labels, so this is for opting in, not for security.",
    ).filled(),
    resourceRules: field(
      3,
      list(NamedRuleWithOperations).atomic(),
      "Operations on resources, one of which must fit. Nothing said matches nothing.",
    ),
    excludeResourceRules: field(
      4,
      list(NamedRuleWithOperations).atomic(),
      "Requests that are left out although `resourceRules` names them.",
    ),
    matchPolicy: field(
      7,
      string().enum("Equivalent", "Exact").silentDefault("Equivalent"),
      "`Exact`, only the very group and version that a rule names, or `Equivalent` (the default), any version of the same objects.",
    ).keepEmpty(),
  },
  { doc: "Which requests a policy looks at: all of these together.", mapType: "atomic" },
);
export type MatchResources = TypeOf<typeof MatchResources>;

export const ParamKind = message(
  "io.k8s.api.admissionregistration.v1.ParamKind",
  {
    apiVersion: field(1, string(), "Group and version of the kind, such as `v1` or `example.com/v1`."),
    kind: field(2, string(), "Its name, such as `ConfigMap`."),
  },
  { doc: "The kind of objects that hold a policy's parameters.", mapType: "atomic" },
);
export type ParamKind = TypeOf<typeof ParamKind>;

export const ParamRef = message(
  "io.k8s.api.admissionregistration.v1.ParamRef",
  {
    name: field(1, string(), "The one object by its name; then no selector."),
    namespace: field(
      2,
      string(),
      "Where to look. Nothing said: in the namespace of the request. Not for kinds without namespaces.",
    ),
    selector: field(3, LabelSelector, "All objects with these labels; the policy is judged once with each of them."),
    parameterNotFoundAction: field(
      4,
      string(),
      "`Allow` lets requests pass where no parameters are found, `Deny` leaves it to the failure policy.",
    ).keepEmpty(),
  },
  { doc: "Names the parameters of a binding, by name or by labels.", mapType: "atomic" },
);
export type ParamRef = TypeOf<typeof ParamRef>;

export const Variable = message(
  "io.k8s.api.admissionregistration.v1.Variable",
  {
    name: field(1, string(), "What other expressions call it by.").required(),
    expression: field(2, string(), "CEL that gives the value; it may use variables that stand before it.").required(),
  },
  { doc: "An expression with a name.", mapType: "atomic" },
);
export type Variable = TypeOf<typeof Variable>;

/** `namespace/name` of a binding's parameters, `*` for a namespace that is not said; or their selector, as Go prints it. */
export function paramRefText({ name, namespace, selector }: ParamRef = {}): string {
  if (name) return `${namespace || "*"}/${name}`;
  return selector === undefined ? UNSET : goSelectorText(selector);
}
