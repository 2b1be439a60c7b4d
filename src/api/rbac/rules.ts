import type { Draft } from "../../machinery/kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const AggregationRule = message(
  "io.k8s.api.rbac.v1.AggregationRule",
  {
    clusterRoleSelectors: field(
      1,
      list(LabelSelector).atomic(),
      "Labels; the rules of every ClusterRole that fits one of them are taken.",
    ),
  },
  { doc: "Which cluster roles one is put together from." },
);
export type AggregationRule = TypeOf<typeof AggregationRule>;

export const PolicyRule = message(
  "io.k8s.api.rbac.v1.PolicyRule",
  {
    verbs: field(1, list(string()).atomic(), "What may be done, `*` for everything.").required(),
    apiGroups: field(2, list(string()).atomic(), "API groups, the core group as an empty text, `*` for all."),
    resources: field(3, list(string()).atomic(), "Resources such as `pods` and `pods/log`, `*` for all."),
    resourceNames: field(
      4,
      list(string()).atomic(),
      "Names of objects; empty: all. Lists and creations name no object.",
    ),
    nonResourceURLs: field(
      5,
      list(string()).atomic(),
      "Paths that are no resources, `*` at the end for all below. Only in cluster roles.",
    ),
  },
  { doc: "Something that is allowed." },
);
export type PolicyRule = TypeOf<typeof PolicyRule>;

export const RoleRef = message(
  "io.k8s.api.rbac.v1.RoleRef",
  {
    apiGroup: field(1, string().silentDefault("rbac.authorization.k8s.io"), "`rbac.authorization.k8s.io`.").always(),
    kind: field(2, string(), "`Role` or `ClusterRole`.").required(),
    name: field(3, string(), "Its name.").required(),
  },
  { doc: "A role, by name.", mapType: "atomic" },
);
export type RoleRef = TypeOf<typeof RoleRef>;

export const Subject = message(
  "io.k8s.api.rbac.v1.Subject",
  {
    kind: field(1, string(), "`User`, `Group` or `ServiceAccount`.").required(),
    apiGroup: field(2, string(), "`rbac.authorization.k8s.io` for users and groups, empty for service accounts."),
    name: field(3, string(), "The name.").required(),
    namespace: field(4, string(), "Of service accounts."),
  },
  { doc: "Who gets a role.", mapType: "atomic" },
);
export type Subject = TypeOf<typeof Subject>;

/** Users and groups are this group's; service accounts are the core group's, which is empty. */
export function defaultSubjects(binding: { subjects?: Draft<Subject>[] }): void {
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= "rbac.authorization.k8s.io";
  }
}
