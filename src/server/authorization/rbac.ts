/**
 * Role-based access control: a request is allowed when a rule of some role bound to its user, one of his groups or
 * his service account covers it. Rules only ever allow.
 */
import type { UserInfo } from "../../machinery/door.ts";
import { notFound } from "../../machinery/errors.ts";
import { aggregated } from "../../machinery/go-text.ts";
import type { Store } from "../../store/store.ts";
import type { Attributes, Authorizer, Decision, NonResourceRule, ResourceRule, RulesOf } from "./authorizer.ts";
import type { Binding, PolicyRule } from "./rbac-policy.ts";
import { RbacPolicy } from "./rbac-policy.ts";

export class RbacAuthorizer implements Authorizer {
  readonly policy: RbacPolicy;

  constructor(store: Store) {
    this.policy = new RbacPolicy(store);
  }

  authorize(attributes: Attributes): Decision {
    const namespace = attributes.path === undefined ? attributes.namespace : undefined;
    let missing: string[] | undefined;
    for (const binding of this.policy.bindingsOf(attributes.user, namespace)) {
      const rules = this.policy.rulesOf(binding);
      if (rules === undefined) (missing ??= []).push(missingRole(binding.role));
      else if (rules.some((rule) => allows(rule, attributes))) return { verdict: "allow", reason: reasonFor(binding) };
    }
    return missing === undefined ? NO_OPINION : { verdict: "no opinion", reason: `RBAC: ${aggregated(missing)}` };
  }

  rulesFor(user: UserInfo, namespace: string): RulesOf {
    const { rules, missing } = this.held(user, namespace);
    return {
      resourceRules: rules
        .filter((rule) => rule.resources?.length)
        .map(({ verbs, apiGroups, resources, resourceNames }): ResourceRule => ({
          verbs,
          apiGroups,
          resources,
          resourceNames,
        })),
      nonResourceRules: rules
        .filter((rule) => rule.nonResourceURLs?.length)
        .map(({ verbs, nonResourceURLs }): NonResourceRule => ({ verbs, nonResourceURLs })),
      incomplete: false,
      ...(missing.length > 0 && { evaluationError: aggregated(missing.map(missingRole)) }),
    };
  }

  /** Every rule that holds for the user in `namespace` (and cluster-wide), and which roles bound to him are not there. */
  held(user: UserInfo, namespace: string | undefined): { rules: PolicyRule[]; missing: RoleReference[] } {
    const rules: PolicyRule[] = [];
    const missing: RoleReference[] = [];
    for (const binding of this.policy.bindingsOf(user, namespace)) {
      const found = this.policy.rulesOf(binding);
      if (found === undefined) missing.push(binding.role);
      else rules.push(...found);
    }
    return { rules, missing };
  }
}

type RoleReference = Binding["role"];

/** Upstream's caches name a resource by its kind. */
const missingRole = ({ kind, name }: RoleReference): string =>
  notFound({ group: "rbac.authorization.k8s.io", resource: kind.toLowerCase() }, name).message;

const NO_OPINION: Decision = { verdict: "no opinion" };

/**
 * Members of system:masters may do everything, whatever the policy objects say: the way back in when a policy locks
 * everybody out.
 */
export const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) => (user.groups.includes("system:masters") ? ALLOWED : NO_OPINION),
};
const ALLOWED: Decision = { verdict: "allow" };

/** Whether one rule covers the attempt. */
export function allows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.path !== undefined)
    return rule.nonResourceURLs?.some((url) => coversPath(url, attributes.path)) ?? false;
  return (
    has(rule.apiGroups, attributes.group) &&
    coversResource(rule.resources, attributes.resource, attributes.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name ?? ""))
  );
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes(value) || list.includes("*"));
}

/** `*` covers all; `pods/*` is no pattern, but `*` + `/scale` covers that subresource of every resource. */
function coversResource(
  list: readonly string[] | undefined,
  resource: string,
  subresource: string | undefined,
): boolean {
  if (list === undefined) return false;
  if (list.includes("*")) return true;
  if (!subresource) return list.includes(resource);
  return list.includes(`${resource}/${subresource}`) || list.includes(`*/${subresource}`);
}

/** `/healthz/*` covers everything below; without the star only the very path. */
function coversPath(url: string, path: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")));
}

function reasonFor({ namespace, name, role, subject }: Binding): string {
  const binding = namespace === undefined ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`;
  const holder =
    subject.kind === "ServiceAccount"
      ? `ServiceAccount "${subject.name}/${subject.namespace || (namespace ?? "")}"`
      : `${subject.kind} "${subject.name}"`;
  return `RBAC: allowed by ${binding} of ${role.kind} "${role.name}" to ${holder}`;
}
