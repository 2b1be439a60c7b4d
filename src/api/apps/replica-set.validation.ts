/** Rules on ReplicaSets. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { path } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { nonNegative } from "../rules.ts";
import type { ReplicaSetSpec, ReplicaSetStatus } from "./replica-set.ts";
import { checkCounts } from "./replica-counts.validation.ts";
import { checkReplicated, checkSelector } from "./selected-template.validation.ts";

const SPEC = path("spec");
const STATUS = path("status");

export function validateReplicaSet(
  { spec, status }: { readonly spec: ReplicaSetSpec; readonly status: ReplicaSetStatus },
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") {
    checkReplicaStatus(errors, status);
    return errors;
  }
  checkSpec(errors, spec);
  return errors;
}

function checkSpec(errors: Errors, spec: ReplicaSetSpec): void {
  nonNegative(errors, SPEC, "replicas", spec.replicas);
  nonNegative(errors, SPEC, "minReadySeconds", spec.minReadySeconds);
  checkSelector(errors, SPEC, spec, "deployment");
  checkReplicated(errors, SPEC, spec);
}

/** Of ReplicaSets and ReplicationControllers. */
export function checkReplicaStatus(errors: Errors, status: { readonly [name: string]: unknown }): void {
  for (const name of [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
    "terminatingReplicas",
  ]) {
    nonNegative(errors, STATUS, name, status[name] as number | undefined);
  }
  checkCounts(errors, STATUS, status, ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"]);
}
