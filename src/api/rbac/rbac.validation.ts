/** Rules on roles and on what binds them. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import { isDNS1123Subdomain, isValidPathSegmentName } from "../../machinery/names.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, present } from "../rules.ts";
import type { AggregationRule, PolicyRule, RoleRef, Subject } from "./rules.ts";

const GROUP = "rbac.authorization.k8s.io";
const RULES = path("rules");
const ROLE_REF = path("roleRef");

interface RoleParts {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: AggregationRule;
}

interface BindingParts {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

export const validateRole = ({ rules }: RoleParts): FieldError[] => roleErrors(rules, true);

export function validateClusterRole({ rules, aggregationRule }: RoleParts): FieldError[] {
  const errors = roleErrors(rules, false);
  if (aggregationRule === undefined) return errors;
  const at = path("aggregationRule", "clusterRoleSelectors");
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    errors.push(required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil"));
  }
  selectors.forEach((selector, index) => {
    const before = errors.length;
    checkLabelSelector(errors, at.index(index), selector);
    // Upstream then shows what it could not make of it.
    if (errors.length > before) errors.push(invalid(at.index(index), null, "invalid label selector."));
  });
  return errors;
}

function roleErrors(rules: RoleParts["rules"], namespaced: boolean): FieldError[] {
  const errors: Errors = [];
  rules?.forEach((rule, index) => checkRule(errors, RULES.index(index), rule, namespaced));
  return errors;
}

/** A rule is on resources or on paths, never on both. */
function checkRule(errors: Errors, at: Path, rule: PolicyRule, namespaced: boolean): void {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if ((verbs ?? []).length === 0) errors.push(required(at.child("verbs"), "verbs must contain at least one value"));
  if (nonResourceURLs.length > 0) {
    const here = at.child("nonResourceURLs");
    if (namespaced) {
      errors.push(invalid(here, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"));
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid(here, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"));
    }
    return;
  }
  if (apiGroups.length === 0) {
    errors.push(required(at.child("apiGroups"), "resource rules must supply at least one api group"));
  }
  if (resources.length === 0) {
    errors.push(required(at.child("resources"), "resource rules must supply at least one resource"));
  }
}

export const validateRoleBinding = (binding: BindingParts): FieldError[] =>
  bindingErrors(binding, ["Role", "ClusterRole"], true);

export const validateClusterRoleBinding = (binding: BindingParts): FieldError[] =>
  bindingErrors(binding, ["ClusterRole"], false);

/** What a binding grants stays; to change it, make another. */
export function validateBindingUpdate({ roleRef }: BindingParts, { roleRef: before }: BindingParts): FieldError[] {
  const { apiGroup, kind, name } = roleRef;
  if (apiGroup === before.apiGroup && kind === before.kind && name === before.name) return [];
  return [invalid(ROLE_REF, { APIGroup: apiGroup, Kind: kind, Name: name }, "cannot change roleRef")];
}

function bindingErrors(binding: BindingParts, kinds: readonly string[], namespaced: boolean): FieldError[] {
  const errors: Errors = [];
  const { apiGroup, kind, name } = binding.roleRef;
  if (apiGroup !== GROUP) errors.push(notSupported(ROLE_REF.child("apiGroup"), apiGroup, [GROUP]));
  if (!kinds.includes(kind)) errors.push(notSupported(ROLE_REF.child("kind"), kind, kinds));
  if (present(errors, ROLE_REF, "name", name)) {
    add(errors, ROLE_REF.child("name"), name, isValidPathSegmentName(name));
  }
  binding.subjects?.forEach((subject, index) =>
    checkSubject(errors, path("subjects").index(index), subject, namespaced),
  );
  return errors;
}

function checkSubject(errors: Errors, at: Path, subject: Subject, namespaced: boolean): void {
  const { kind, name, namespace = "", apiGroup = "" } = subject;
  present(errors, at, "name", name);
  if (kind === "ServiceAccount") {
    if (name !== "") add(errors, at.child("name"), name, isDNS1123Subdomain(name));
    if (apiGroup !== "") errors.push(notSupported(at.child("apiGroup"), apiGroup, [""]));
    if (!namespaced && namespace === "") errors.push(required(at.child("namespace")));
  } else if (kind === "User" || kind === "Group") {
    if (apiGroup !== GROUP) errors.push(notSupported(at.child("apiGroup"), apiGroup, [GROUP]));
  } else errors.push(notSupported(at.child("kind"), kind, ["ServiceAccount", "User", "Group"]));
}
