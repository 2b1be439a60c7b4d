/** Rules on ReplicationControllers. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { checkMatches, checkRunsForever } from "../apps/selected-template.validation.ts";
import { checkReplicaStatus } from "../apps/replica-set.validation.ts";
import type { Errors } from "../rules.ts";
import { nonNegative } from "../rules.ts";
import { checkPodTemplateSpec } from "./pod-template.validation.ts";
import type { ReplicationControllerSpec, ReplicationControllerStatus } from "./replication-controller.ts";

const SPEC = path("spec");

export function validateReplicationController(
  { spec, status }: { readonly spec: ReplicationControllerSpec; readonly status: ReplicationControllerStatus },
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

function checkSpec(errors: Errors, spec: ReplicationControllerSpec): void {
  const { selector = {}, template } = spec;
  nonNegative(errors, SPEC, "minReadySeconds", spec.minReadySeconds);
  if (Object.keys(selector).length === 0) errors.push(required(SPEC.child("selector")));
  nonNegative(errors, SPEC, "replicas", spec.replicas);
  if (template === undefined) errors.push(required(SPEC.child("template")));
  else {
    const selecting = { selector: { matchLabels: selector }, template };
    checkMatches(errors, SPEC, selecting);
    checkPodTemplateSpec(errors, SPEC.child("template"), template);
    checkRunsForever(errors, SPEC, selecting, "ReplicationController");
  }
}
