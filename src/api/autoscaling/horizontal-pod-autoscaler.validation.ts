/** Rules on HorizontalPodAutoscalers. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { nonNegative, oneOf } from "../rules.ts";
import type {
  HPAScalingPolicy,
  HPAScalingRules,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
} from "./horizontal-pod-autoscaler.ts";
import { checkMetric } from "./metrics.validation.ts";
import type { MetricSpec } from "./metrics.ts";
import { checkReference } from "./reference.validation.ts";

const SPEC = path("spec");
const STATUS = path("status");

export function validateHorizontalPodAutoscaler(
  { spec, status }: { readonly spec: HorizontalPodAutoscalerSpec; readonly status: HorizontalPodAutoscalerStatus },
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") {
    nonNegative(errors, STATUS, "currentReplicas", status.currentReplicas);
    nonNegative(errors, STATUS, "desiredReplicas", status.desiredReplicas);
    return errors;
  }
  const { minReplicas, maxReplicas } = spec;
  if (minReplicas < 1) {
    errors.push(invalid(SPEC.child("minReplicas"), minReplicas, "must be greater than or equal to 1"));
  }
  if (maxReplicas < 1) errors.push(required(SPEC.child("maxReplicas"), "must be set and greater than 0"));
  if (maxReplicas < minReplicas) {
    const text = "must be greater than or equal to `minReplicas`";
    errors.push(invalid(SPEC.child("maxReplicas"), maxReplicas, text));
  }
  checkReference(errors, SPEC.child("scaleTargetRef"), spec.scaleTargetRef);
  checkMetrics(errors, spec.metrics ?? [], minReplicas);
  const { behavior } = spec;
  if (behavior?.scaleUp !== undefined) checkRules(errors, SPEC.child("behavior", "scaleUp"), behavior.scaleUp);
  if (behavior?.scaleDown !== undefined) checkRules(errors, SPEC.child("behavior", "scaleDown"), behavior.scaleDown);
  return errors;
}

function checkMetrics(errors: Errors, metrics: readonly MetricSpec[], minReplicas: number): void {
  const at = SPEC.child("metrics");
  metrics.forEach((metric, index) => checkMetric(errors, at.index(index), metric));
  if (minReplicas !== 0 || metrics.some(({ object, external }) => object !== undefined || external !== undefined))
    return;
  const text = "must specify at least one Object or External metric to support scaling to zero replicas";
  errors.push(forbidden(at, text));
}

const SELECT_POLICIES: ReadonlySet<string> = new Set(["Disabled", "Max", "Min"]);
const POLICY_TYPES: ReadonlySet<string> = new Set(["Percent", "Pods"]);
const LONGEST_WINDOW = 3600;
const LONGEST_PERIOD = 1800;

function checkRules(errors: Errors, at: Path, rules: HPAScalingRules): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [] } = rules;
  if (window !== undefined && window < 0) {
    errors.push(invalid(at.child("stabilizationWindowSeconds"), window, "must be greater than or equal to zero"));
  }
  if (window !== undefined && window > LONGEST_WINDOW) {
    const text = `must be less than or equal to ${LONGEST_WINDOW}`;
    errors.push(invalid(at.child("stabilizationWindowSeconds"), window, text));
  }
  oneOf(errors, at, "selectPolicy", selectPolicy, SELECT_POLICIES);
  if (policies.length === 0) errors.push(required(at.child("policies"), "must specify at least one Policy"));
  policies.forEach((policy, index) => checkPolicy(errors, at.child("policies").index(index), policy));
}

function checkPolicy(errors: Errors, at: Path, { type, value, periodSeconds }: HPAScalingPolicy): void {
  oneOf(errors, at, "type", type, POLICY_TYPES);
  if (value <= 0) errors.push(invalid(at.child("value"), value, "must be greater than zero"));
  if (periodSeconds <= 0) {
    errors.push(invalid(at.child("periodSeconds"), periodSeconds, "must be greater than zero"));
  }
  if (periodSeconds > LONGEST_PERIOD) {
    const text = `must be less than or equal to ${LONGEST_PERIOD}`;
    errors.push(invalid(at.child("periodSeconds"), periodSeconds, text));
  }
}
