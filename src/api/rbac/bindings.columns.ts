import type { Column, KubeObject } from "../../machinery/kind.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import type { RoleRef, Subject } from "./rules.ts";

interface BindingParts extends KubeObject {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

/** What the columns of a binding say of themselves: what `roleRef` may name, and what the kind is called. */
const bindingColumns = (roles: string, called: string): readonly Column<BindingParts>[] => [
  nameColumn,
  {
    name: "Role",
    type: "string",
    doc: `RoleRef can ${roles}. If the RoleRef cannot be resolved, the Authorizer must return an error.`,
    value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
  },
  ageColumn,
  {
    name: "Users",
    type: "string",
    doc: `Users in the ${called}`,
    priority: 1,
    value: (binding) => subjects(binding, "User"),
  },
  {
    name: "Groups",
    type: "string",
    doc: `Groups in the ${called}`,
    priority: 1,
    value: (binding) => subjects(binding, "Group"),
  },
  {
    name: "ServiceAccounts",
    type: "string",
    doc: `ServiceAccounts in the ${called}`,
    priority: 1,
    value: (binding) => subjects(binding, "ServiceAccount"),
  },
];

export const roleBindingColumns = bindingColumns(
  "reference a Role in the current namespace or a ClusterRole in the global namespace",
  "roleBinding",
);
export const clusterRoleBindingColumns = bindingColumns(
  "only reference a ClusterRole in the global namespace",
  "clusterRoleBinding",
);

function subjects({ subjects = [] }: BindingParts, kind: string): string {
  const chosen = subjects.filter((subject) => subject.kind === kind);
  return chosen
    .map(({ namespace, name }) => (kind === "ServiceAccount" ? `${namespace ?? ""}/${name}` : name))
    .join(", ");
}
