/** Rules on HorizontalPodAutoscalers; v1 objects are looked at in their v2 form. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { NOT_NEGATIVE, NOT_POSITIVE, nonNegative, oneOf } from "../rules.ts";
import { signOf } from "../../machinery/quantity.ts";
import type { HPAScalingRules, HorizontalPodAutoscalerSpec } from "./horizontal-pod-autoscaler.ts";
import { checkApiVersion, checkMetrics, checkObject } from "./metrics.validation.ts";

interface AutoscalerParts {
  readonly spec: HorizontalPodAutoscalerSpec;
  readonly status: { readonly currentReplicas?: number; readonly desiredReplicas: number };
}

const SPEC = path("spec");
const LONGEST_WINDOW = 3600;
const LONGEST_PERIOD = 1800;
const NOT_BELOW_ZERO = "must be greater than or equal to zero";
const SELECT_POLICIES: ReadonlySet<string> = new Set(["Disabled", "Max", "Min"]);
const POLICY_TYPES: ReadonlySet<string> = new Set(["Percent", "Pods"]);

export function validateAutoscaler(
  { spec, status }: AutoscalerParts,
  { subresource, previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") {
    nonNegative(errors, path("status"), "currentReplicas", status.currentReplicas);
    nonNegative(errors, path("status"), "desiredReplicas", status.desiredReplicas);
    return errors;
  }
  // Who scales to zero already may go on with it.
  const fromZero = (previous as AutoscalerParts | undefined)?.spec.minReplicas === 0;
  checkCounts(errors, spec, fromZero ? 0 : 1);
  checkTarget(errors, SPEC.child("scaleTargetRef"), spec.scaleTargetRef);
  checkMetrics(errors, SPEC.child("metrics"), spec.metrics ?? [], spec.minReplicas === 0);
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  if (scaleUp !== undefined) checkRules(errors, SPEC.child("behavior", "scaleUp"), scaleUp);
  if (scaleDown !== undefined) checkRules(errors, SPEC.child("behavior", "scaleDown"), scaleDown);
  return errors;
}

function checkCounts(errors: Errors, { minReplicas, maxReplicas }: HorizontalPodAutoscalerSpec, fewest: number): void {
  if (minReplicas < fewest) {
    errors.push(invalid(SPEC.child("minReplicas"), minReplicas, `must be greater than or equal to ${fewest}`));
  }
  const at = SPEC.child("maxReplicas");
  if (maxReplicas === 0) errors.push(required(at, "must be set and greater than 0"));
  else if (maxReplicas < 0) errors.push(invalid(at, maxReplicas, "must be greater than or equal to 1"));
  if (maxReplicas < minReplicas) {
    errors.push(invalid(at, maxReplicas, "must be greater than or equal to `minReplicas`"));
  }
}

interface Target {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion?: string;
}

function checkTarget(errors: Errors, at: Path, target: Target): void {
  checkObject(errors, at, target);
  checkApiVersion(errors, at.child("apiVersion"), target.apiVersion, target.kind === "ReplicationController");
}

function checkRules(errors: Errors, at: Path, rules: HPAScalingRules): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  if (window !== undefined) {
    const here = at.child("stabilizationWindowSeconds");
    if (window < 0) errors.push(invalid(here, window, NOT_BELOW_ZERO));
    if (window > LONGEST_WINDOW) {
      errors.push(invalid(here, window, `must be less than or equal to ${LONGEST_WINDOW}`));
    }
  }
  oneOf(errors, at, "selectPolicy", selectPolicy, SELECT_POLICIES);
  if (policies.length === 0) errors.push(required(at.child("policies"), "must specify at least one Policy"));
  policies.forEach(({ type, value, periodSeconds }, index) => {
    const here = at.child("policies").index(index);
    if (!POLICY_TYPES.has(type)) errors.push(notSupported(here.child("type"), type, POLICY_TYPES));
    if (value <= 0) errors.push(invalid(here.child("value"), value, NOT_POSITIVE));
    const period = here.child("periodSeconds");
    if (periodSeconds <= 0) errors.push(invalid(period, periodSeconds, NOT_POSITIVE));
    if (periodSeconds > LONGEST_PERIOD) {
      errors.push(invalid(period, periodSeconds, `must be less than or equal to ${LONGEST_PERIOD}`));
    }
  });
  if (tolerance !== undefined && signOf(tolerance) < 0) {
    errors.push(invalid(at.child("tolerance"), tolerance, NOT_NEGATIVE));
  }
}
