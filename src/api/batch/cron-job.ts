import type { KubeObject } from "../../machinery/kind.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { TemplateMeta } from "../../machinery/meta/object-meta.ts";
import { bool, field, int32, int64, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { JobSpec } from "./job-spec.ts";
import { ObjectReference } from "../core/references.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import { age } from "../../machinery/duration.ts";
import { NONE, ageColumn, nameColumn, selectorText, wideTemplateColumns } from "../columns.ts";

export const JobTemplateSpec = message("io.k8s.api.batch.v1.JobTemplateSpec", {
  metadata: field(1, TemplateMeta).always(),
  spec: field(2, JobSpec).always(),
});
export type JobTemplateSpec = TypeOf<typeof JobTemplateSpec>;

export const CronJobSpec = message("io.k8s.api.batch.v1.CronJobSpec", {
  schedule: field(1, string()).required(),
  startingDeadlineSeconds: field(2, int64()).keepEmpty(),
  concurrencyPolicy: field(3, string().enum("Allow", "Forbid", "Replace").silentDefault("Allow")),
  suspend: field(4, bool().silentDefault(false)).keepEmpty(),
  jobTemplate: field(5, JobTemplateSpec).required(),
  successfulJobsHistoryLimit: field(6, int32().silentDefault(3)).keepEmpty(),
  failedJobsHistoryLimit: field(7, int32().silentDefault(1)).keepEmpty(),
  timeZone: field(8, string()).keepEmpty(),
});
export type CronJobSpec = TypeOf<typeof CronJobSpec>;

export const CronJobStatus = message("io.k8s.api.batch.v1.CronJobStatus", {
  active: field(1, list(ObjectReference).atomic()),
  lastScheduleTime: field(4, time()),
  lastSuccessfulTime: field(5, time()),
});
export type CronJobStatus = TypeOf<typeof CronJobStatus>;

export const CronJob = defineKind({
  group: "batch",
  version: "v1",
  kind: "CronJob",
  definition: "io.k8s.api.batch.v1.CronJob",
  names: { plural: "cronjobs", short: ["cj"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Starts Jobs on a schedule.",
  subresources: { ...STATUS },
  fields: { spec: field(2, CronJobSpec).required(), status: field(3, CronJobStatus).always() },
  defaults: ({ spec }) => defaultPodSpec(spec.jobTemplate.spec.template.spec),
  columns: [
    nameColumn,
    { name: "Schedule", type: "string", value: ({ spec }) => spec.schedule },
    { name: "Timezone", type: "string", value: ({ spec }) => spec.timeZone ?? NONE },
    { name: "Suspend", type: "boolean", value: ({ spec }) => (spec.suspend ? "True" : "False") },
    { name: "Active", type: "integer", value: ({ status }) => status.active?.length ?? 0 },
    {
      name: "Last Schedule",
      type: "string",
      value: ({ status }, now) => (status.lastScheduleTime === undefined ? NONE : age(status.lastScheduleTime, now)),
    },
    ageColumn,
    ...wideTemplateColumns<CronJobParts>(
      ({ spec }) => spec.jobTemplate.spec.template,
      ({ spec }) => selectorText(spec.jobTemplate.spec.selector),
    ),
  ],
});
export type CronJob = ObjectOf<typeof CronJob>;

interface CronJobParts extends KubeObject {
  readonly spec: CronJobSpec;
}
