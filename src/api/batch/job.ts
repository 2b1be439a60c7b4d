import type { ObjectMeta } from "../../machinery/meta/object-meta.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { JobSpec } from "./job-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import type { Draft } from "../../machinery/kind.ts";
import { jobColumns } from "./job.columns.ts";
import { validateJobUpdate } from "./job-update.validation.ts";
import { validateJob } from "./job.validation.ts";
import { podSpecFeatures } from "../core/pod-features.ts";
import { jobWarnings } from "./job.warnings.ts";

export const JobCondition = message(
  "io.k8s.api.batch.v1.JobCondition",
  {
    type: field(1, string(), "Which condition it is.").required(),
    status: field(2, string(), "`True`, `False` or `Unknown`.").required(),
    lastProbeTime: field(3, time(), "When it was last checked.").orNull(),
    lastTransitionTime: field(4, time(), "When the status last changed from one value to another.").orNull(),
    reason: field(5, string(), "Why, in one CamelCase word for programs."),
    message: field(6, string(), "Why, in a sentence for people."),
  },
  { doc: "One thing that is true or not of the object now, and since when." },
);
export type JobCondition = TypeOf<typeof JobCondition>;

export const UncountedTerminatedPods = message(
  "io.k8s.api.batch.v1.UncountedTerminatedPods",
  {
    succeeded: field(1, list(string()).set(), "Uids of pods that succeeded."),
    failed: field(2, list(string()).set(), "Uids of pods that failed."),
  },
  { doc: "Pods whose end is not in the counts yet, so that none is counted twice or never." },
);
export type UncountedTerminatedPods = TypeOf<typeof UncountedTerminatedPods>;

export const JobStatus = message(
  "io.k8s.api.batch.v1.JobStatus",
  {
    conditions: field(
      1,
      list(JobCondition).atomic().patch("merge", "type"),
      "States such as `Complete`, `Failed`, `Suspended`, `SuccessCriteriaMet` and `FailureTarget`.",
    ),
    startTime: field(2, time(), "When work on it began; anew after a suspension."),
    completionTime: field(3, time(), "When it ended well."),
    active: field(4, int32(), "Pods that wait or run and are not being deleted."),
    succeeded: field(5, int32(), "Pods that succeeded."),
    failed: field(6, int32(), "Pods that failed."),
    completedIndexes: field(7, string(), "Indexes that succeeded, as text such as `0,2-5`."),
    uncountedTerminatedPods: field(8, UncountedTerminatedPods, "Pods that ended and are not in the counts yet."),
    ready: field(9, int32(), "Active pods that are ready.").keepEmpty(),
    failedIndexes: field(10, string(), "Indexes that failed, as text such as `1,7`.").keepEmpty(),
    terminating: field(11, int32(), "Pods that are being deleted and are not over.").keepEmpty(),
  },
  { doc: "How a job is getting on." },
);
export type JobStatus = TypeOf<typeof JobStatus>;

export const Job = defineKind({
  group: "batch",
  version: "v1",
  kind: "Job",
  definition: "io.k8s.api.batch.v1.Job",
  names: { plural: "jobs", categories: ["all"] },
  scope: "Namespaced",
  doc: "Runs pods until enough of them have finished with success.",
  subresources: { ...STATUS },
  orphansByDefault: {
    warning:
      "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  },
  fields: {
    spec: field(2, JobSpec, "Which pods are to run to their end, and how often.").always(),
    status: field(3, JobStatus, "How far it has come.").always(),
  },
  defaults(draft) {
    const { spec } = draft;
    defaultPodSpec(spec.template.spec);
    defaultJobSpec(spec);
    // One object for both, so that the job has the labels, too, that its pods are given.
    const { labels } = spec.template.metadata;
    if (labels !== undefined) draft.metadata.labels ??= labels;
  },
  columns: jobColumns,
  selectableFields: { "status.successful": ({ status }) => String(status.succeeded ?? 0) },
  switchedOff: podSpecFeatures("spec.template.spec"),
  prepareForCreate: generateSelector,
  metadataOnUpdate: ["change", "whole"],
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  warnings: jobWarnings,
});
export type Job = ObjectOf<typeof Job>;

function defaultJobSpec(spec: Draft<JobSpec>): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  // With a limit for each index the one for all is as good as none.
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed";
}

/** Ties the job to its pods by its uid, unless the client does that by hand. What it gave in its place is refused later. */
function generateSelector({ metadata, spec }: { metadata: Draft<ObjectMeta>; spec: Draft<JobSpec> }): void {
  if (spec.manualSelector === true) return;
  const uid = metadata.uid;
  const shared = metadata.labels === spec.template.metadata.labels;
  spec.template.metadata.labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": metadata.name,
    "controller-uid": uid,
    "job-name": metadata.name,
    ...spec.template.metadata.labels,
  };
  if (shared) metadata.labels = { ...spec.template.metadata.labels };
  const matchLabels = { "batch.kubernetes.io/controller-uid": uid, ...spec.selector?.matchLabels };
  spec.selector = { ...spec.selector, matchLabels };
}
