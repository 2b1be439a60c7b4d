import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { bool, field, int32, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";

export const PodFailurePolicyOnExitCodesRequirement = message(
  "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement",
  {
    containerName: field(1, string()).keepEmpty(),
    operator: field(2, string().enum("In", "NotIn")).required(),
    values: field(3, list(int32()).set()).required(),
  },
);
export type PodFailurePolicyOnExitCodesRequirement = TypeOf<typeof PodFailurePolicyOnExitCodesRequirement>;

export const PodFailurePolicyOnPodConditionsPattern = message(
  "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern",
  { type: field(1, string()).required(), status: field(2, string().silentDefault("True")).always() },
);
export type PodFailurePolicyOnPodConditionsPattern = TypeOf<typeof PodFailurePolicyOnPodConditionsPattern>;

export const PodFailurePolicyRule = message("io.k8s.api.batch.v1.PodFailurePolicyRule", {
  action: field(1, string().enum("Count", "FailIndex", "FailJob", "Ignore")).required(),
  onExitCodes: field(2, PodFailurePolicyOnExitCodesRequirement),
  onPodConditions: field(3, list(PodFailurePolicyOnPodConditionsPattern).atomic()),
});
export type PodFailurePolicyRule = TypeOf<typeof PodFailurePolicyRule>;

export const PodFailurePolicy = message("io.k8s.api.batch.v1.PodFailurePolicy", {
  rules: field(1, list(PodFailurePolicyRule).atomic()).required(),
});
export type PodFailurePolicy = TypeOf<typeof PodFailurePolicy>;

export const SuccessPolicyRule = message("io.k8s.api.batch.v1.SuccessPolicyRule", {
  succeededIndexes: field(1, string()).keepEmpty(),
  succeededCount: field(2, int32()).keepEmpty(),
});
export type SuccessPolicyRule = TypeOf<typeof SuccessPolicyRule>;

export const SuccessPolicy = message("io.k8s.api.batch.v1.SuccessPolicy", {
  rules: field(1, list(SuccessPolicyRule).atomic()).required(),
});
export type SuccessPolicy = TypeOf<typeof SuccessPolicy>;

export const JobSpec = message("io.k8s.api.batch.v1.JobSpec", {
  parallelism: field(1, int32()).keepEmpty(),
  completions: field(2, int32()).keepEmpty(),
  activeDeadlineSeconds: field(3, int64()).keepEmpty(),
  selector: field(4, LabelSelector),
  manualSelector: field(5, bool()).keepEmpty(),
  template: field(6, PodTemplateSpec).required(),
  backoffLimit: field(7, int32()).keepEmpty(),
  ttlSecondsAfterFinished: field(8, int32()).keepEmpty(),
  completionMode: field(9, string().enum("Indexed", "NonIndexed")).keepEmpty(),
  suspend: field(10, bool()).keepEmpty(),
  podFailurePolicy: field(11, PodFailurePolicy),
  backoffLimitPerIndex: field(12, int32()).keepEmpty(),
  maxFailedIndexes: field(13, int32()).keepEmpty(),
  podReplacementPolicy: field(14, string().enum("Failed", "TerminatingOrFailed")).keepEmpty(),
  managedBy: field(15, string()).keepEmpty(),
  successPolicy: field(16, SuccessPolicy),
});
export type JobSpec = TypeOf<typeof JobSpec>;
