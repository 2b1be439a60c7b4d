/** Rules on ResourceQuotas: what may be counted, and which scopes fit it. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { immutable, invalid, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { isStandardQuotaResource } from "./resource-names.ts";
import type { ResourceQuotaSpec, ResourceQuotaStatus } from "./resource-quota.ts";
import { checkResourceAmount, checkResourceName } from "./resources.validation.ts";
import type { ScopeSelector, ScopedResourceSelectorRequirement } from "./scope-selector.ts";

interface QuotaParts {
  readonly spec: ResourceQuotaSpec;
  readonly status: ResourceQuotaStatus;
}

const SPEC = path("spec");
const POD_COUNT = ["pods"];
const POD_COMPUTE = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
const CLAIMS = ["persistentvolumeclaims", "requests.storage"];

/** What each scope can count. */
const FITTING: Readonly<Record<string, readonly string[]>> = {
  Terminating: [...POD_COUNT, ...POD_COMPUTE],
  NotTerminating: [...POD_COUNT, ...POD_COMPUTE],
  NotBestEffort: [...POD_COUNT, ...POD_COMPUTE],
  PriorityClass: [...POD_COUNT, ...POD_COMPUTE],
  CrossNamespacePodAffinity: [...POD_COUNT, ...POD_COMPUTE],
  BestEffort: POD_COUNT,
  VolumeAttributesClass: CLAIMS,
};

const WITHOUT_VALUES: ReadonlySet<string> = new Set([
  "BestEffort",
  "NotBestEffort",
  "Terminating",
  "NotTerminating",
  "CrossNamespacePodAffinity",
]);

const CONFLICTS = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

export function validateResourceQuota({ spec, status }: QuotaParts, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource !== "status") {
    checkAmounts(errors, SPEC.child("hard"), spec.hard);
    if (spec.scopes !== undefined) checkScopes(errors, spec.scopes, spec);
    if (spec.scopeSelector !== undefined) checkSelector(errors, spec.scopeSelector, spec);
  }
  checkAmounts(errors, path("status", "hard"), status.hard);
  checkAmounts(errors, path("status", "used"), status.used);
  return errors;
}

export function validateResourceQuotaUpdate({ spec }: QuotaParts, { spec: before }: QuotaParts): FieldError[] {
  const old = new Set(before.scopes);
  const next = new Set(spec.scopes);
  if (old.size === next.size && [...next].every((scope) => old.has(scope))) return [];
  return [immutable("spec.scopes", spec.scopes ?? null)];
}

function checkAmounts(errors: Errors, at: Path, amounts: Readonly<Record<string, string>> | undefined): void {
  for (const name in amounts) {
    const here = at.key(name);
    checkResourceName(errors, here, name);
    if (!name.includes("/") && !isStandardQuotaResource(name)) {
      errors.push(invalid(here, name, "must be a standard resource for quota"));
    }
    checkResourceAmount(errors, here, name, amounts[name]!);
  }
}

/** One error for each resource the scope cannot count. */
function checkFit(errors: Errors, at: Path, shown: unknown, scope: string, { hard = {} }: ResourceQuotaSpec): void {
  const fitting = ownValue(FITTING, scope);
  if (fitting === undefined) return;
  for (const name in hard) {
    if (!isStandardQuotaResource(name) || fitting.includes(name)) continue;
    errors.push(invalid(at, shown, "unsupported scope applied to resource"));
  }
}

function checkScopes(errors: Errors, scopes: readonly string[], spec: ResourceQuotaSpec): void {
  const at = SPEC.child("scopes");
  for (const scope of scopes) {
    if (ownValue(FITTING, scope) === undefined) errors.push(invalid(at, scopes, "unsupported scope"));
    checkFit(errors, at, scopes, scope, spec);
  }
  checkConflicts(errors, at, scopes, new Set(scopes));
}

function checkConflicts(errors: Errors, at: Path, shown: unknown, scopes: ReadonlySet<string>): void {
  for (const [one, other] of CONFLICTS) {
    if (scopes.has(one) && scopes.has(other)) errors.push(invalid(at, shown, "conflicting scopes"));
  }
}

function checkSelector(errors: Errors, { matchExpressions = [] }: ScopeSelector, spec: ResourceQuotaSpec): void {
  const at = SPEC.child("scopeSelector", "matchExpressions");
  const shown = {
    MatchExpressions: matchExpressions.map(({ scopeName, operator, values = null }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values,
    })),
  };
  for (const requirement of matchExpressions) {
    const { scopeName } = requirement;
    if (ownValue(FITTING, scopeName) === undefined) {
      errors.push(invalid(at.child("scopeName"), scopeName, "unsupported scope"));
    }
    checkFit(errors, at, shown, scopeName, spec);
    checkOperator(errors, at, requirement);
  }
  checkConflicts(errors, at, spec.scopes ?? null, new Set(matchExpressions.map(({ scopeName }) => scopeName)));
}

function checkOperator(errors: Errors, at: Path, requirement: ScopedResourceSelectorRequirement): void {
  const { scopeName, operator, values = [] } = requirement;
  if (WITHOUT_VALUES.has(scopeName) && operator !== "Exists") {
    const text =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(at.child("operator"), operator, text));
  }
  if (operator === "In" || operator === "NotIn") {
    if (values.length > 0) return;
    const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    errors.push(required(at.child("values"), text));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length === 0) return;
    const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    errors.push(invalid(at.child("values"), values, text));
  } else errors.push(invalid(at.child("operator"), operator, "not a valid selector operator"));
}
