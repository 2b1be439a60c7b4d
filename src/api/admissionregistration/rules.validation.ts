/** Rules on what a webhook or policy is asked about. */
import { typeOfVariable } from "../../machinery/cel/admission.ts";
import { isIdentifier } from "../../machinery/cel/index.ts";
import type { CelType } from "../../machinery/cel/index.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { duplicate, invalid, notSupported, required, tooMany } from "../../machinery/field-errors.ts";
import { isQualifiedName, isValidPathSegmentName } from "../../machinery/names.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, oneOf, present } from "../rules.ts";
import { checkExpression } from "./expressions.validation.ts";
import type {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
  Variable,
} from "./matching.ts";

const OPERATIONS: ReadonlySet<string> = new Set(["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]);
const SCOPES: ReadonlySet<string> = new Set(["*", "Cluster", "Namespaced"]);
export const FAILURE_POLICIES: ReadonlySet<string> = new Set(["Fail", "Ignore"]);
export const MATCH_POLICIES: ReadonlySet<string> = new Set(["Equivalent", "Exact"]);
const MOST_CONDITIONS = 64;

export function checkRule(errors: Errors, at: Path, rule: RuleWithOperations | NamedRuleWithOperations): void {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  if (operations.length === 0) errors.push(required(at.child("operations")));
  alone(errors, at.child("operations"), operations, "operations");
  operations.forEach((operation, index) => {
    if (!OPERATIONS.has(operation)) {
      errors.push(notSupported(at.child("operations").index(index), operation, OPERATIONS));
    }
  });
  if (apiGroups.length === 0) errors.push(required(at.child("apiGroups")));
  alone(errors, at.child("apiGroups"), apiGroups, "API groups");
  if (apiVersions.length === 0) errors.push(required(at.child("apiVersions")));
  alone(errors, at.child("apiVersions"), apiVersions, "API versions");
  apiVersions.forEach((version, index) => {
    if (version === "") errors.push(required(at.child("apiVersions").index(index)));
  });
  checkResources(errors, at.child("resources"), resources);
  oneOf(errors, at, "scope", scope, SCOPES);
}

function alone(errors: Errors, at: Path, values: readonly string[], what: string): void {
  if (values.length < 2 || !values.includes("*")) return;
  errors.push(invalid(at, values, `if '*' is present, must not specify other ${what}`));
}

function checkResources(errors: Errors, at: Path, resources: readonly string[]): void {
  if (resources.length === 0) errors.push(required(at));
  const whole = new Set<string>();
  const parts = new Set<string>();
  resources.forEach((resource, index) => {
    if (resource === "") {
      errors.push(required(at.index(index)));
      return;
    }
    const slash = resource.indexOf("/");
    if (slash < 0) return;
    const [name, part] = [resource.slice(0, slash), resource.slice(slash + 1)];
    if (whole.has(`${name}/*`)) {
      errors.push(invalid(at.index(index), resource, `if '${name}/*' is present, must not specify ${resource}`));
    }
    if (parts.has(`*/${part}`)) {
      errors.push(invalid(at.index(index), resource, `if '*/${part}' is present, must not specify ${resource}`));
    }
    if (part === "*") whole.add(resource);
    if (name === "*") parts.add(resource);
  });
  if (resources.includes("*/*") && resources.length > 1) {
    errors.push(invalid(at, resources, "if '*/*' is present, must not specify other resources"));
  }
  // Upstream looks at the last one only.
  const last = resources.findLast((each) => each !== "" && !each.includes("/"));
  if (resources.includes("*") && last !== "*") {
    const text = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(at, resources, text));
  }
}

export function checkMatchResources(errors: Errors, at: Path, match: MatchResources): void {
  oneOf(errors, at, "matchPolicy", match.matchPolicy, MATCH_POLICIES);
  checkLabelSelector(errors, at.child("namespaceSelector"), match.namespaceSelector);
  checkLabelSelector(errors, at.child("objectSelector"), match.objectSelector);
  match.resourceRules?.forEach((rule, index) => checkNamedRule(errors, at.child("resourceRules").index(index), rule));
  match.excludeResourceRules?.forEach((rule, index) =>
    checkNamedRule(errors, at.child("excludeResourceRules").index(index), rule),
  );
}

function checkNamedRule(errors: Errors, at: Path, rule: NamedRuleWithOperations): void {
  const names = new Set<string>();
  rule.resourceNames?.forEach((name, index) => {
    const here = at.child("resourceNames").index(index);
    add(errors, here, name, isValidPathSegmentName(name));
    if (names.has(name)) errors.push(duplicate(here, name));
    names.add(name);
  });
  checkRule(errors, at, rule);
}

/** They are compiled for themselves: no variables of the policy. */
export function checkMatchConditions(
  errors: Errors,
  at: Path,
  conditions: readonly MatchCondition[] = [],
  params = false,
): void {
  const names = new Set<string>();
  if (conditions.length > MOST_CONDITIONS) {
    errors.push(tooMany(at, conditions.length, MOST_CONDITIONS));
  }
  conditions.forEach(({ name, expression }, index) => {
    const here = at.index(index);
    const source = expression.trim();
    if (source === "") errors.push(required(here.child("expression")));
    else checkExpression(errors, here.child("expression"), source, { wanted: ["bool"], params, authorizer: true });
    if (!present(errors, here, "name", name)) return;
    add(errors, here.child("name"), name, isQualifiedName(name));
    if (names.has(name)) errors.push(duplicate(here.child("name"), name));
    names.add(name);
  });
}

/** The types of the variables, for what comes after them. Each may speak of those before it. */
export function checkVariables(
  errors: Errors,
  at: Path,
  variables: readonly Variable[],
  params: boolean,
): Readonly<Record<string, CelType>> {
  const known: Record<string, CelType> = {};
  variables.forEach(({ name, expression }, index) => {
    const here = at.index(index);
    if (name.trim() === "") errors.push(required(here.child("name"), "name is not specified"));
    else if (!isIdentifier(name)) {
      errors.push(invalid(here.child("name"), name, "must be a valid CEL identifier"));
    }
    if (expression.trim() === "") errors.push(required(here.child("expression"), "expression is not specified"));
    else {
      const scope = { variables: { ...known }, params, authorizer: true };
      known[name] = typeOfVariable(checkExpression(errors, here.child("expression"), expression, scope));
    }
  });
  return known;
}
