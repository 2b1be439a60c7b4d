/** Which requests a policy, binding or webhook is about. */
import type { MatchResources, NamedRuleWithOperations } from "../../api/admissionregistration/matching.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import { compileSelector } from "../../machinery/selectors.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionAttributes } from "./admission.ts";
import type { GroupVersionResource } from "./request.ts";

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

/** The same as expressions see it; a namespace is in none. */
export const namespaceObjectOf = (store: Store, attributes: AdmissionAttributes): KubeObject | undefined =>
  attributes.group === "" && attributes.resource === "namespaces" ? undefined : namespaceOf(store, attributes);

export function canMatch({ group, resource }: AdmissionAttributes): boolean {
  return !(group === "admissionregistration.k8s.io" && NEVER.has(resource));
}

/** What a rule made of a request: as which kind and resource it is looked at. */
export interface Place {
  readonly kind: Kind;
  readonly resource: GroupVersionResource;
}

/** As what a policy or binding looks at the request; undefined where it does not. Without rules every resource is meant. */
export function placeFor(
  match: MatchResources | undefined,
  scheme: Scheme,
  attributes: AdmissionAttributes,
  namespace: KubeObject | undefined,
): Place | undefined {
  if (match === undefined) return ownPlace(attributes);
  const { resourceRules = [], excludeResourceRules = [], matchPolicy, namespaceSelector, objectSelector } = match;
  if (!namespaceMatches(namespaceSelector, attributes, namespace)) return undefined;
  if (!objectMatches(objectSelector, attributes)) return undefined;
  if (placeOf(excludeResourceRules, matchPolicy, scheme, attributes) !== undefined) return undefined;
  return resourceRules.length === 0 ? ownPlace(attributes) : placeOf(resourceRules, matchPolicy, scheme, attributes);
}

const ownPlace = ({ kind, group, version, resource }: AdmissionAttributes): Place => ({
  kind,
  resource: { group, version, resource },
});

/**
 * As what one of the rules names the request: where none names the resource that was asked for, `Equivalent` takes a
 * rule for another version of the same objects, and they are looked at in that one.
 */
export function placeOf(
  rules: readonly NamedRuleWithOperations[],
  matchPolicy: string | undefined,
  scheme: Scheme,
  attributes: AdmissionAttributes,
): Place | undefined {
  if (rules.length === 0) return undefined;
  if (rules.some((rule) => ruleMatches(rule, attributes))) return ownPlace(attributes);
  if (matchPolicy === "Exact") return undefined;
  const equivalents = equivalentsOf(scheme, attributes);
  if (equivalents.length === 0) return undefined;
  for (const rule of rules) {
    const other = equivalents.find((each) => ruleMatches(rule, { ...attributes, ...each.resource }));
    if (other !== undefined) return other;
  }
  return undefined;
}

const NO_PLACES: readonly Place[] = [];

/** Other versions of the same objects. What a subresource speaks of, such as a Scale, is the same in all of them. */
function equivalentsOf(
  scheme: Scheme,
  { kind, group, version, resource, subresource }: AdmissionAttributes,
): readonly Place[] {
  const asked = scheme.byResource(group, version, resource);
  if (asked === undefined) return NO_PLACES;
  const faces = scheme.served(asked.storage);
  if (faces.length < 2) return NO_PLACES;
  return faces
    .filter((face) => face !== asked && (subresource === undefined || face.subresources[subresource] !== undefined))
    .map((face) => ({
      kind: kind === asked || kind.kind === asked.kind ? face : kind,
      resource: { group: face.group, version: face.version, resource: face.names.plural },
    }));
}

const named = (list: readonly string[] | undefined, value: string): boolean =>
  list?.some((each) => each === "*" || each === value) === true;

/** What a rule looks at; an equivalent resource may stand in the place of the one that was asked for. */
type RuleTarget = Pick<
  AdmissionAttributes,
  "operation" | "group" | "version" | "resource" | "subresource" | "namespace" | "name"
>;

function ruleMatches(rule: NamedRuleWithOperations, target: RuleTarget): boolean {
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
