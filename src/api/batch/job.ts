import type { ObjectMeta } from "../../machinery/meta/object-meta.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { JobSpec } from "./job-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import { labelsFromTemplate } from "../core/pod-template-spec.ts";
import type { Draft } from "../../machinery/kind.ts";
import { jobColumns } from "./job.columns.ts";
import { validateJob, validateJobUpdate } from "./job.validation.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { path } from "../../machinery/field-errors.ts";

export const JobCondition = message("io.k8s.api.batch.v1.JobCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastProbeTime: field(3, time()).orNull(),
  lastTransitionTime: field(4, time()).orNull(),
  reason: field(5, string()),
  message: field(6, string()),
});
export type JobCondition = TypeOf<typeof JobCondition>;

export const UncountedTerminatedPods = message("io.k8s.api.batch.v1.UncountedTerminatedPods", {
  succeeded: field(1, list(string()).set()),
  failed: field(2, list(string()).set()),
});
export type UncountedTerminatedPods = TypeOf<typeof UncountedTerminatedPods>;

export const JobStatus = message("io.k8s.api.batch.v1.JobStatus", {
  conditions: field(1, list(JobCondition).atomic().patch("merge", "type")),
  startTime: field(2, time()),
  completionTime: field(3, time()),
  active: field(4, int32()),
  succeeded: field(5, int32()),
  failed: field(6, int32()),
  completedIndexes: field(7, string()),
  uncountedTerminatedPods: field(8, UncountedTerminatedPods),
  ready: field(9, int32()).keepEmpty(),
  failedIndexes: field(10, string()).keepEmpty(),
  terminating: field(11, int32()).keepEmpty(),
});
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
  fields: { spec: field(2, JobSpec).always(), status: field(3, JobStatus).always() },
  defaults(draft) {
    const { spec } = draft;
    defaultPodSpec(spec.template.spec);
    defaultJobSpec(spec);
    labelsFromTemplate(draft);
  },
  columns: jobColumns,
  selectableFields: { "status.successful": ({ status }) => String(status.succeeded ?? 0) },
  prepareForCreate(draft) {
    generateSelector(draft);
    labelsFromTemplate(draft);
  },
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template),
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

/** Ties the job to its pods by its uid, unless the client does that by hand. */
function generateSelector({ metadata, spec }: { metadata: ObjectMeta; spec: Draft<JobSpec> }): void {
  if (spec.manualSelector === true) return;
  const uid = metadata.uid;
  spec.template.metadata.labels = {
    ...spec.template.metadata.labels,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": metadata.name,
    "controller-uid": uid,
    "job-name": metadata.name,
  };
  const matchLabels = { ...spec.selector?.matchLabels, "batch.kubernetes.io/controller-uid": uid };
  spec.selector = { ...spec.selector, matchLabels };
}
