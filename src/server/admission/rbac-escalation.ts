/** Nobody writes a role, or binds one, that holds more than he holds himself: unless he may `escalate` or `bind`. */
import { forbidden, notFound } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { notCovered, ruleText } from "../authorization/rbac-escalation.ts";
import type { RbacAuthorizer } from "../authorization/rbac.ts";
import type { PolicyRule } from "../authorization/rbac-policy.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";

const GROUP = "rbac.authorization.k8s.io";

export function rbacEscalation(rbac: RbacAuthorizer, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "RBACEscalation",
    handles: ({ operation, group, user }) =>
      group === GROUP && (operation === "CREATE" || operation === "UPDATE") && !user.groups.includes("system:masters"),
    async validate(attributes) {
      const wanted = wantedRules(attributes, rbac);
      if (!wanted.length || (await isExempt(attributes, authorizer))) return;
      const { user, namespace, group, resource, name } = attributes;
      const missing = notCovered(wanted, rbac.allRules(user, namespace));
      if (!missing.length) return;
      const groups = user.groups.map(quote).join(" ");
      const why = `user ${quote(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:`;
      throw forbidden({ group, resource }, name, [why, ...missing.map(ruleText)].join("\n"));
    },
  };
}

interface RoleLike {
  readonly rules?: readonly PolicyRule[] | null;
  readonly roleRef?: { readonly kind: string; readonly name: string };
}

/** The rules a write would hand out: a role's own, or those of the role it binds. */
function wantedRules(
  { resource, object, previous, namespace, group }: AdmissionAttributes,
  rbac: RbacAuthorizer,
): readonly PolicyRule[] {
  const { rules, roleRef } = object as unknown as RoleLike;
  if (!roleRef) {
    const same = previous && JSON.stringify((previous as RoleLike).rules) === JSON.stringify(rules);
    return same ? [] : (rules ?? []);
  }
  if (
    previous &&
    JSON.stringify((previous as { subjects?: unknown }).subjects) ===
      JSON.stringify((object as { subjects?: unknown }).subjects)
  ) {
    return [];
  }
  const found = rbac.policy.rulesOfRole(roleRef.kind, roleRef.name, namespace);
  if (!found) throw notFound({ group, resource }, roleRef.name);
  return found;
}

async function isExempt(
  { user, object, namespace, resource }: AdmissionAttributes,
  authorizer: Authorizer,
): Promise<boolean> {
  const { roleRef } = object as unknown as RoleLike;
  const target = roleRef
    ? { verb: "bind", resource: roleRef.kind === "ClusterRole" ? "clusterroles" : "roles", name: roleRef.name }
    : { verb: "escalate", resource, name: object!.metadata.name };
  const decision = await authorizer.authorize({ user, group: GROUP, version: "v1", namespace, ...target });
  return decision.verdict === "allow";
}
