/** Rules on Deployments. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { amountOf, checkAtMost100Percent, checkIntOrPercent } from "../percent.validation.ts";
import type { Errors } from "../rules.ts";
import { nonNegative } from "../rules.ts";
import type { DeploymentSpec, DeploymentStatus, DeploymentStrategy } from "./deployment.ts";
import { checkCounts } from "./replica-counts.validation.ts";
import { checkReplicated, checkSelector } from "./selected-template.validation.ts";

interface DeploymentLike {
  readonly spec: DeploymentSpec;
  readonly status: DeploymentStatus;
}

const SPEC = path("spec");
const STATUS = path("status");

export function validateDeployment({ spec, status }: DeploymentLike, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") checkStatus(errors, status);
  else checkSpec(errors, spec);
  return errors;
}

function checkSpec(errors: Errors, spec: DeploymentSpec): void {
  nonNegative(errors, SPEC, "replicas", spec.replicas);
  checkSelector(errors, SPEC, spec, "deployment");
  checkReplicated(errors, SPEC, spec);
  checkStrategy(errors, SPEC.child("strategy"), spec.strategy);
  nonNegative(errors, SPEC, "minReadySeconds", spec.minReadySeconds);
  nonNegative(errors, SPEC, "revisionHistoryLimit", spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  nonNegative(errors, SPEC, "progressDeadlineSeconds", deadline);
  if (deadline > (spec.minReadySeconds ?? 0)) return;
  errors.push(invalid(SPEC.child("progressDeadlineSeconds"), deadline, "must be greater than minReadySeconds"));
}

const TYPES = ["Recreate", "RollingUpdate"];

function checkStrategy(errors: Errors, at: Path, { type, rollingUpdate }: DeploymentStrategy): void {
  if (type === "Recreate") {
    if (rollingUpdate === undefined) return;
    errors.push(forbidden(at.child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'"));
  } else if (type !== "RollingUpdate") {
    const update = rollingUpdate && {
      MaxUnavailable: rollingUpdate.maxUnavailable ?? 0,
      MaxSurge: rollingUpdate.maxSurge ?? 0,
    };
    errors.push(notSupported(at, { Type: type, RollingUpdate: update ?? null }, TYPES));
  } else if (rollingUpdate === undefined) {
    errors.push(required(at.child("rollingUpdate"), "this should be defaulted and never be nil"));
  } else checkRollingUpdate(errors, at.child("rollingUpdate"), rollingUpdate);
}

function checkRollingUpdate(
  errors: Errors,
  at: Path,
  { maxUnavailable = 0, maxSurge = 0 }: NonNullable<DeploymentStrategy["rollingUpdate"]>,
): void {
  checkIntOrPercent(errors, at.child("maxUnavailable"), maxUnavailable);
  checkIntOrPercent(errors, at.child("maxSurge"), maxSurge);
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    errors.push(invalid(at.child("maxUnavailable"), maxUnavailable, "may not be 0 when `maxSurge` is 0"));
  }
  checkAtMost100Percent(errors, at.child("maxUnavailable"), maxUnavailable);
}

function checkStatus(errors: Errors, status: DeploymentStatus): void {
  nonNegative(errors, STATUS, "observedGeneration", status.observedGeneration);
  nonNegative(errors, STATUS, "replicas", status.replicas);
  nonNegative(errors, STATUS, "updatedReplicas", status.updatedReplicas);
  nonNegative(errors, STATUS, "readyReplicas", status.readyReplicas);
  nonNegative(errors, STATUS, "availableReplicas", status.availableReplicas);
  nonNegative(errors, STATUS, "unavailableReplicas", status.unavailableReplicas);
  nonNegative(errors, STATUS, "terminatingReplicas", status.terminatingReplicas);
  nonNegative(errors, STATUS, "collisionCount", status.collisionCount);
  checkCounts(errors, STATUS, status, ["updatedReplicas", "readyReplicas", "availableReplicas"]);
}
