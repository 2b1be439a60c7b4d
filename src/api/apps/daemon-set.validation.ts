/** Rules on DaemonSets. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { checkPodTemplateSpec } from "../core/pod-template.validation.ts";
import { checkLabelSelector, isEmptySelector, shownSelector } from "../label-selector.validation.ts";
import { amountOf, checkAtMost100Percent, checkIntOrPercent } from "../percent.validation.ts";
import type { Errors } from "../rules.ts";
import { nonNegative } from "../rules.ts";
import type { DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy } from "./daemon-set.ts";
import { checkMatches, checkRunsForever } from "./selected-template.validation.ts";

const SPEC = path("spec");
const STATUS = path("status");

const COUNTS = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
  "collisionCount",
] as const;

export function validateDaemonSet(
  { spec, status }: { readonly spec: DaemonSetSpec; readonly status: DaemonSetStatus },
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") for (const name of COUNTS) nonNegative(errors, STATUS, name, status[name]);
  else checkSpec(errors, spec);
  return errors;
}

function checkSpec(errors: Errors, spec: DaemonSetSpec): void {
  const { selector } = spec;
  checkLabelSelector(errors, SPEC.child("selector"), selector);
  checkMatches(errors, SPEC, spec);
  if (selector !== undefined && selector !== null && isEmptySelector(selector)) {
    const text = "empty selector is invalid for daemonset";
    errors.push(invalid(SPEC.child("selector"), shownSelector(selector), text));
  }
  checkPodTemplateSpec(errors, SPEC.child("template"), spec.template);
  checkRunsForever(errors, SPEC, spec, "DaemonSet");
  nonNegative(errors, SPEC, "minReadySeconds", spec.minReadySeconds);
  checkStrategy(errors, SPEC.child("updateStrategy"), spec.updateStrategy);
  nonNegative(errors, SPEC, "revisionHistoryLimit", spec.revisionHistoryLimit);
}

function checkStrategy(errors: Errors, at: Path, { type, rollingUpdate }: DaemonSetUpdateStrategy): void {
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") {
    const update = rollingUpdate && {
      MaxUnavailable: rollingUpdate.maxUnavailable ?? 0,
      MaxSurge: rollingUpdate.maxSurge ?? 0,
    };
    errors.push(notSupported(at, { Type: type, RollingUpdate: update ?? null }, ["RollingUpdate", "OnDelete"]));
    return;
  }
  const here = at.child("rollingUpdate");
  if (rollingUpdate === undefined) {
    errors.push(required(here));
    return;
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  checkIntOrPercent(errors, here.child("maxUnavailable"), maxUnavailable);
  checkIntOrPercent(errors, here.child("maxSurge"), maxSurge);
  checkAtMost100Percent(errors, here.child("maxUnavailable"), maxUnavailable);
  checkAtMost100Percent(errors, here.child("maxSurge"), maxSurge);
  const unavailable = amountOf(maxUnavailable) !== 0;
  const surge = amountOf(maxSurge) !== 0;
  if (unavailable && surge) {
    errors.push(invalid(here.child("maxSurge"), maxSurge, "may not be set when maxUnavailable is non-zero"));
  } else if (!unavailable && !surge) {
    errors.push(required(here.child("maxUnavailable"), "cannot be 0 when maxSurge is 0"));
  }
}
