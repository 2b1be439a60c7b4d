/**
 * Nobody writes a role, or binds one, that holds more than he holds himself: unless he may `escalate` or `bind`. The check
 * comes after whatever changes the object and before its fields are validated, as upstream's storage of these kinds has it.
 */
import { badRequest, forbidden, notFound, unknownError } from "../../machinery/errors.ts";
import type { StatusError } from "../../machinery/errors.ts";
import { aggregated, quote } from "../../machinery/go-text.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { notCovered, ruleText } from "../authorization/rbac-escalation.ts";
import type { RbacAuthorizer } from "../authorization/rbac.ts";
import type { PolicyRule } from "../authorization/rbac-policy.ts";
import { deepEqual } from "../objects.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";

const GROUP = "rbac.authorization.k8s.io";
/** What somebody must hold whose role gathers rules of others: it can come to hold anything. */
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

export function rbacEscalation(rbac: RbacAuthorizer, authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "RBACEscalation",
    handles: ({ operation, group, user }) =>
      group === GROUP && (operation === "CREATE" || operation === "UPDATE") && !user.groups.includes("system:masters"),
    async admit(attributes) {
      if (onlyHeldOrReleased(attributes) || (await isExempt(attributes, authorizer))) return;
      const held = rbac.held(attributes.user, attributes.namespace);
      const missing = notCovered(wantedRules(attributes, rbac), held.rules);
      if (missing.length > 0)
        throw refusal(attributes, notHeld(attributes, missing) + unresolved(attributes, held.missing));
      if (gathers(attributes) && notCovered(EVERYTHING, held.rules).length > 0) {
        throw refusal(attributes, "must have cluster-admin privileges to use the aggregationRule");
      }
    },
  };
}

function refusal({ group, resource, object }: AdmissionAttributes, why: string): StatusError {
  return forbidden({ group, resource }, object!.metadata.name ?? "", why);
}

function notHeld({ user }: AdmissionAttributes, missing: readonly PolicyRule[]): string {
  const groups = user.groups.map(quote).join(" ");
  const why = `user ${quote(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:`;
  return [why, ...missing.map(ruleText)].join("\n");
}

/** Roles that he is bound to and that are not there. Upstream's storage calls whatever it misses by what was asked for. */
function unresolved({ group, resource }: AdmissionAttributes, roles: readonly { readonly name: string }[]): string {
  const texts = roles.map(({ name }) => notFound({ group, resource }, name).message);
  return texts.length > 0 ? `; resolution errors: [${aggregated(texts)}]` : "";
}

interface RoleLike {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly unknown[] };
  readonly roleRef?: { readonly kind: string; readonly name: string };
}

/** Garbage collection and those who clean up may always do their part, whatever the role holds. */
function onlyHeldOrReleased({ object, previous }: AdmissionAttributes): boolean {
  return previous !== undefined && deepEqual(withoutHolds(object!), withoutHolds(previous));
}

function withoutHolds({ metadata, ...rest }: KubeObject): object {
  const { finalizers: _, ownerReferences: __, managedFields: ___, resourceVersion: ____, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** The rules a write would hand out: a role's own, or those of the role it binds. */
function wantedRules({ object, namespace, group, resource }: AdmissionAttributes, rbac: RbacAuthorizer) {
  const { rules, roleRef } = object as RoleLike;
  if (roleRef === undefined) return rules ?? [];
  const { kind, name } = roleRef;
  if (kind !== "Role" && kind !== "ClusterRole") throw unknownError(`unsupported role reference kind: ${quote(kind)}`);
  // A role is looked for in the binding's namespace, and that of a cluster has none.
  if (kind === "Role" && namespace === undefined) throw badRequest("Namespace parameter required.");
  const found = rbac.policy.rulesOfRole(kind, name, namespace);
  if (found === undefined) throw notFound({ group, resource }, name);
  return found;
}

/** Its rules are put together from other roles, or were. */
function gathers({ resource, object, previous }: AdmissionAttributes): boolean {
  if (resource !== "clusterroles") return false;
  return [object, previous].some(
    (role) => (role as RoleLike | undefined)?.aggregationRule?.clusterRoleSelectors?.length,
  );
}

/** Who creates has no name to be exempt for: only one who may escalate every role may create any. */
async function isExempt(
  { user, object, namespace, resource, operation, name }: AdmissionAttributes,
  authorizer: Authorizer,
): Promise<boolean> {
  const { roleRef } = object as RoleLike;
  const target = roleRef
    ? { verb: "bind", resource: roleRef.kind === "ClusterRole" ? "clusterroles" : "roles", name: roleRef.name }
    : { verb: "escalate", resource, name: operation === "CREATE" ? "" : name };
  const decision = await authorizer.authorize({ user, group: GROUP, version: "v1", namespace, ...target });
  return decision.verdict === "allow";
}
