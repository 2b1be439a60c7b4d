/** Which requests a policy, binding or webhook is about. */
import type { MatchResources, NamedRuleWithOperations } from "../../api/admissionregistration/matching.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { compileSelector } from "../../machinery/selectors.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionAttributes } from "./admission.ts";

/** A policy that could refuse its own removal would be there for ever. */
const NEVER: ReadonlySet<string> = new Set([
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
]);

/** The namespace of the request as it is now; undefined where it has none. */
export function namespaceOf(store: Store, { namespace }: AdmissionAttributes): KubeObject | undefined {
  if (namespace === undefined) return undefined;
  return store.head(`/core/namespaces/${namespace}`)?.object as KubeObject | undefined;
}

export function canMatch({ group, resource }: AdmissionAttributes): boolean {
  return !(group === "admissionregistration.k8s.io" && NEVER.has(resource));
}

/** Without rules every resource is meant. */
export function matches(
  match: MatchResources | undefined,
  attributes: AdmissionAttributes,
  namespace: KubeObject | undefined,
): boolean {
  if (match === undefined) return true;
  const { resourceRules = [], excludeResourceRules = [], namespaceSelector, objectSelector } = match;
  if (resourceRules.length > 0 && !resourceRules.some((rule) => ruleMatches(rule, attributes))) return false;
  if (excludeResourceRules.some((rule) => ruleMatches(rule, attributes))) return false;
  return namespaceMatches(namespaceSelector, attributes, namespace) && objectMatches(objectSelector, attributes);
}

const named = (list: readonly string[] | undefined, value: string): boolean =>
  list?.some((each) => each === "*" || each === value) === true;

/** What a rule looks at; an equivalent resource may stand in the place of the one that was asked for. */
export type RuleTarget = Pick<
  AdmissionAttributes,
  "operation" | "group" | "version" | "resource" | "subresource" | "namespace" | "name"
>;

export function ruleMatches(rule: NamedRuleWithOperations, target: RuleTarget): boolean {
  const { operation, group, version, name } = target;
  const { scope = "*", resourceNames = [] } = rule;
  const scoped = scope === "*" || (scope === "Namespaced") === isNamespaced(target);
  return (
    named(rule.operations, operation) &&
    named(rule.apiGroups, group) &&
    named(rule.apiVersions, version) &&
    scoped &&
    (resourceNames.length === 0 || resourceNames.includes(name)) &&
    rule.resources?.some((each) => resourceMatches(each, target)) === true
  );
}

/** Requests for a namespace say its name as their namespace; it has none itself. */
function isNamespaced({ group, resource, namespace }: RuleTarget): boolean {
  return namespace !== undefined && !(group === "" && resource === "namespaces");
}

/** `pods`, `pods/status`, `pods/*`, `*`, `*` with a subresource; a `*` alone means no subresources. */
function resourceMatches(rule: string, { resource, subresource = "" }: RuleTarget): boolean {
  const [wanted, wantedSub = ""] = rule.split("/");
  const sub = wantedSub === "*" || wantedSub === subresource;
  return (wanted === "*" || wanted === resource) && sub;
}

export function namespaceMatches(
  selector: LabelSelector | undefined,
  { group, resource, object, previous }: AdmissionAttributes,
  namespace: KubeObject | undefined,
): boolean {
  if (isEmpty(selector)) return true;
  if (group === "" && resource === "namespaces") {
    return compileSelector(selector)((object ?? previous)?.metadata.labels);
  }
  return namespace === undefined || compileSelector(selector)(namespace.metadata.labels);
}

/** Options of a connection have no labels, so that no selector holds for them but the empty one. */
export function objectMatches(selector: LabelSelector | undefined, { object, previous }: AdmissionAttributes): boolean {
  if (isEmpty(selector)) return true;
  const holds = compileSelector(selector);
  return [object, previous].some((each) => each?.metadata !== undefined && holds(each.metadata.labels));
}

const isEmpty = (selector: LabelSelector | undefined): selector is undefined =>
  selector === undefined ||
  ((selector.matchExpressions?.length ?? 0) === 0 && Object.keys(selector.matchLabels ?? {}).length === 0);
