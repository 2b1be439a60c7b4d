import { ClusterRole } from "./cluster-role.ts";
import { ClusterRoleBinding } from "./cluster-role-binding.ts";
import { Role } from "./role.ts";
import { RoleBinding } from "./role-binding.ts";

export * from "./cluster-role.ts";
export * from "./cluster-role-binding.ts";
export * from "./role.ts";
export * from "./role-binding.ts";
export * from "./rules.ts";

export const rbacKinds = [ClusterRole, ClusterRoleBinding, Role, RoleBinding] as const;
