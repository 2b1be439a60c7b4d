/** Rules on PodDisruptionBudgets. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { goStruct } from "../go-struct.ts";
import { checkConditions } from "../conditions.validation.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import { checkAtMost100Percent, checkIntOrPercent } from "../percent.validation.ts";
import type { Errors } from "../rules.ts";
import { nonNegative } from "../rules.ts";
import { PodDisruptionBudgetSpec } from "./pod-disruption-budget.ts";
import type { PodDisruptionBudgetStatus } from "./pod-disruption-budget.ts";

interface BudgetParts {
  readonly spec: PodDisruptionBudgetSpec;
  readonly status: PodDisruptionBudgetStatus;
}

const SPEC = path("spec");
const STATUS = path("status");
const EVICTION_POLICIES: ReadonlySet<string> = new Set(["AlwaysAllow", "IfHealthyBudget"]);

export function validatePodDisruptionBudget(
  { spec, status }: BudgetParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") {
    checkConditions(errors, STATUS.child("conditions"), status.conditions ?? []);
    for (const name of ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const) {
      nonNegative(errors, STATUS, name, status[name]);
    }
    return errors;
  }
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const shown = goStruct(PodDisruptionBudgetSpec as MessageSchema, spec);
    errors.push(invalid(SPEC, shown, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const name of ["minAvailable", "maxUnavailable"] as const) {
    const value = spec[name];
    if (value === undefined) continue;
    checkIntOrPercent(errors, SPEC.child(name), value);
    checkAtMost100Percent(errors, SPEC.child(name), value);
  }
  checkLabelSelector(errors, SPEC.child("selector"), spec.selector);
  const policy = spec.unhealthyPodEvictionPolicy;
  if (policy !== undefined && !EVICTION_POLICIES.has(policy)) {
    errors.push(notSupported(SPEC.child("unhealthyPodEvictionPolicy"), policy, EVICTION_POLICIES));
  }
  return errors;
}
