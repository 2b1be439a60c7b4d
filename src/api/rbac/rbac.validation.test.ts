import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind } from "../../machinery/kind.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "./index.ts";

const apiGroup = "rbac.authorization.k8s.io";
const roleRef = { apiGroup, kind: "ClusterRole", name: "r" };
const gathering = (...clusterRoleSelectors: object[]): object => ({ aggregationRule: { clusterRoleSelectors } });

for (const [of, rule, object, ...says] of [
  [
    ClusterRole as Kind,
    "gathers from somewhere",
    gathering(),
    "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
  ],
  [
    ClusterRole as Kind,
    "gathers by what can be read",
    gathering({ matchExpressions: [{ key: "a", operator: "In" }] }),
    "aggregationRule.clusterRoleSelectors[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    "aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.",
  ],
  [
    ClusterRole as Kind,
    "is about resources or about paths",
    { rules: [{ verbs: ["get"], apiGroups: [""], nonResourceURLs: ["/a"] }] },
    'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
  ],
  [
    Role as Kind,
    "is not about paths",
    { rules: [{ verbs: [], nonResourceURLs: ["/a"] }] },
    "rules[0].verbs: Required value: verbs must contain at least one value",
    'rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs',
  ],
  [
    RoleBinding as Kind,
    "is for accounts of its own namespace, too",
    { roleRef, subjects: [{ kind: "ServiceAccount", name: "a" }] },
  ],
  [
    ClusterRoleBinding as Kind,
    "is for accounts of a namespace",
    {
      roleRef: { ...roleRef, kind: "Role" },
      subjects: [
        { kind: "ServiceAccount", name: "a" },
        { kind: "User", name: "" },
        { kind: "Robot", name: "r" },
      ],
    },
    'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    "subjects[0].namespace: Required value",
    "subjects[1].name: Required value",
    'subjects[2].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
  ],
] as const) {
  test(`a ${of.kind} ${rule}`, () => assert.deepEqual(saidOfNew(of, object), says));
}

test("a binding keeps its role", () => {
  const said = saidOfChange(RoleBinding, { roleRef }, { roleRef: { ...roleRef, name: "s" } });
  assert.deepEqual(said, [
    `roleRef: Invalid value: {"APIGroup":"${apiGroup}","Kind":"ClusterRole","Name":"s"}: cannot change roleRef`,
  ]);
});
