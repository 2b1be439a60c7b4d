import type { Draft } from "../../machinery/kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const AggregationRule = message("io.k8s.api.rbac.v1.AggregationRule", {
  clusterRoleSelectors: field(1, list(LabelSelector).atomic()),
});
export type AggregationRule = TypeOf<typeof AggregationRule>;

export const PolicyRule = message("io.k8s.api.rbac.v1.PolicyRule", {
  verbs: field(1, list(string()).atomic()).required(),
  apiGroups: field(2, list(string()).atomic()),
  resources: field(3, list(string()).atomic()),
  resourceNames: field(4, list(string()).atomic()),
  nonResourceURLs: field(5, list(string()).atomic()),
});
export type PolicyRule = TypeOf<typeof PolicyRule>;

export const RoleRef = message(
  "io.k8s.api.rbac.v1.RoleRef",
  {
    apiGroup: field(1, string().silentDefault("rbac.authorization.k8s.io")).always(),
    kind: field(2, string()).required(),
    name: field(3, string()).required(),
  },
  { mapType: "atomic" },
);
export type RoleRef = TypeOf<typeof RoleRef>;

export const Subject = message(
  "io.k8s.api.rbac.v1.Subject",
  {
    kind: field(1, string()).required(),
    apiGroup: field(2, string()),
    name: field(3, string()).required(),
    namespace: field(4, string()),
  },
  { mapType: "atomic" },
);
export type Subject = TypeOf<typeof Subject>;

/** Users and groups are this group's; service accounts are the core group's, which is empty. */
export function defaultSubjects(binding: { subjects?: Draft<Subject>[] }): void {
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ||= "rbac.authorization.k8s.io";
  }
}
