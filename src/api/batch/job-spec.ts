import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { bool, field, int32, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";

export const PodFailurePolicyOnExitCodesRequirement = message(
  "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement",
  {
    containerName: field(1, string(), "Only this container. Nothing said: any.").keepEmpty(),
    operator: field(2, string().enum("In", "NotIn"), "`In` or `NotIn` the list; 0 never counts.").required(),
    values: field(3, list(int32()).set(), "Exit codes, in order and none twice; at most 255.").required(),
  },
  { doc: "Exit codes that a rule speaks of." },
);
export type PodFailurePolicyOnExitCodesRequirement = TypeOf<typeof PodFailurePolicyOnExitCodesRequirement>;

export const PodFailurePolicyOnPodConditionsPattern = message(
  "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern",
  {
    type: field(1, string(), "The condition, such as `DisruptionTarget`.").required(),
    status: field(2, string().silentDefault("True"), "What it must be. Default `True`.").always(),
  },
  { doc: "A condition of the pod that a rule speaks of." },
);
export type PodFailurePolicyOnPodConditionsPattern = TypeOf<typeof PodFailurePolicyOnPodConditionsPattern>;

export const PodFailurePolicyRule = message(
  "io.k8s.api.batch.v1.PodFailurePolicyRule",
  {
    action: field(
      1,
      string().enum("Count", "FailIndex", "FailJob", "Ignore"),
      "`FailJob`, `FailIndex`, `Ignore` (not counted; a new pod is made) or `Count`.",
    ).required(),
    onExitCodes: field(2, PodFailurePolicyOnExitCodesRequirement, "Fits by exit code; or `onPodConditions`."),
    onPodConditions: field(
      3,
      list(PodFailurePolicyOnPodConditionsPattern).atomic(),
      "Fits where the pod has one of these; or `onExitCodes`.",
    ),
  },
  { doc: "One rule on failed pods, by exit codes or by conditions." },
);
export type PodFailurePolicyRule = TypeOf<typeof PodFailurePolicyRule>;

export const PodFailurePolicy = message(
  "io.k8s.api.batch.v1.PodFailurePolicy",
  {
    rules: field(
      1,
      list(PodFailurePolicyRule).atomic(),
      "Rules in order; the first that fits decides. At most 20. None fits: the pod counts against `backoffLimit`.",
    ).required(),
  },
  { doc: "What failed pods of a job lead to." },
);
export type PodFailurePolicy = TypeOf<typeof PodFailurePolicy>;

export const SuccessPolicyRule = message(
  "io.k8s.api.batch.v1.SuccessPolicyRule",
  {
    succeededIndexes: field(1, string(), "Which, as text such as `0,2-5`. Nothing said: any.").keepEmpty(),
    succeededCount: field(2, int32(), "How many of them.").keepEmpty(),
  },
  { doc: "Which indexes must have succeeded; what is said must all hold." },
);
export type SuccessPolicyRule = TypeOf<typeof SuccessPolicyRule>;

export const SuccessPolicy = message(
  "io.k8s.api.batch.v1.SuccessPolicy",
  {
    rules: field(1, list(SuccessPolicyRule).atomic(), "Rules, one of which is enough. At most 20.").required(),
  },
  { doc: "When an indexed job counts as done early." },
);
export type SuccessPolicy = TypeOf<typeof SuccessPolicy>;

export const JobSpec = message(
  "io.k8s.api.batch.v1.JobSpec",
  {
    parallelism: field(1, int32(), "How many pods may run at a time. Default 1.").keepEmpty(),
    completions: field(
      2,
      int32(),
      "How many pods must succeed. Nothing said: any one that does, once all have ended.",
    ).keepEmpty(),
    activeDeadlineSeconds: field(
      3,
      int64(),
      "Seconds the job may take in all; then its pods are ended and it has failed.",
    ).keepEmpty(),
    selector: field(4, LabelSelector, "Which pods belong to the job; the server makes it."),
    manualSelector: field(
      5,
      bool(),
      "True: the selector is yours, and so are clashes with other jobs' pods. Cannot be changed.",
    ).keepEmpty(),
    template: field(
      6,
      PodTemplateSpec,
      "What the pods look like. Their restart policy is `OnFailure` or `Never`.",
    ).required(),
    backoffLimit: field(7, int32(), "How many failed pods the job survives. Default 6.").keepEmpty(),
    ttlSecondsAfterFinished: field(
      8,
      int32(),
      "Seconds after its end at which the job is deleted with its pods. Nothing said: never.",
    ).keepEmpty(),
    completionMode: field(
      9,
      string().enum("Indexed", "NonIndexed"),
      "`NonIndexed` (the default): so many pods must succeed, whichever; or `Indexed`: one for each number from 0.",
    ).keepEmpty(),
    suspend: field(
      10,
      bool(),
      "True: the job has no pods; those there are ended, and its time starts anew when it goes on.",
    ).keepEmpty(),
    podFailurePolicy: field(11, PodFailurePolicy, "What failed pods lead to, by exit code or condition."),
    backoffLimitPerIndex: field(12, int32(), "How many failed pods each index survives, for indexed jobs.").keepEmpty(),
    maxFailedIndexes: field(
      13,
      int32(),
      "How many indexes may fail before the whole job has; with `backoffLimitPerIndex`.",
    ).keepEmpty(),
    podReplacementPolicy: field(
      14,
      string().enum("Failed", "TerminatingOrFailed"),
      "When a pod that ends is replaced: `TerminatingOrFailed`, at once, or `Failed`, when it is over.",
    ).keepEmpty(),
    managedBy: field(
      15,
      string(),
      "Who works on the job, where that is not the built-in controller. Cannot be changed.",
    ).keepEmpty(),
    successPolicy: field(
      16,
      SuccessPolicy,
      "When an indexed job may count as done before all its pods have succeeded.",
    ),
  },
  { doc: "What a job wants." },
);
export type JobSpec = TypeOf<typeof JobSpec>;
