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
import { validateCronJob } from "./cron-job.validation.ts";
import { podSpecFeatures } from "../core/pod-features.ts";
import { cronJobWarnings } from "./job.warnings.ts";

export const JobTemplateSpec = message(
  "io.k8s.api.batch.v1.JobTemplateSpec",
  {
    metadata: field(1, TemplateMeta, "Labels and annotations of the job.").always(),
    spec: field(2, JobSpec, "What the job wants.").always(),
  },
  { doc: "A job that is still to be made." },
);
export type JobTemplateSpec = TypeOf<typeof JobTemplateSpec>;

export const CronJobSpec = message(
  "io.k8s.api.batch.v1.CronJobSpec",
  {
    schedule: field(
      1,
      string(),
      "When, in cron's five fields, such as `*/5 * * * *`; also `@hourly` and the like.",
    ).required(),
    startingDeadlineSeconds: field(
      2,
      int64(),
      "Seconds a run may be late; later it counts as missed. Nothing said: however late.",
    ).keepEmpty(),
    concurrencyPolicy: field(
      3,
      string().enum("Allow", "Forbid", "Replace").silentDefault("Allow"),
      "What happens when a run is due and one is not over: `Allow` both (the default), `Forbid` the new one, `Replace` the old one.",
    ),
    suspend: field(4, bool().silentDefault(false), "True: no more runs begin; those under way go on.").keepEmpty(),
    jobTemplate: field(5, JobTemplateSpec, "The job that each run makes.").required(),
    successfulJobsHistoryLimit: field(
      6,
      int32().silentDefault(3),
      "How many jobs that succeeded are kept. Default 3.",
    ).keepEmpty(),
    failedJobsHistoryLimit: field(7, int32().silentDefault(1), "How many failed jobs are kept. Default 1.").keepEmpty(),
    timeZone: field(
      8,
      string(),
      "The time zone of the schedule, such as `Europe/Athens`. Nothing said: the controller's.",
    ).keepEmpty(),
  },
  { doc: "What a cron job wants." },
);
export type CronJobSpec = TypeOf<typeof CronJobSpec>;

export const CronJobStatus = message(
  "io.k8s.api.batch.v1.CronJobStatus",
  {
    active: field(1, list(ObjectReference).atomic(), "Jobs that are under way."),
    lastScheduleTime: field(4, time(), "When a run last began."),
    lastSuccessfulTime: field(5, time(), "When a run last ended well."),
  },
  { doc: "What a cron job runs and ran." },
);
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
  fields: {
    spec: field(2, CronJobSpec, "Which job, and when.").required(),
    status: field(3, CronJobStatus, "What runs and ran.").always(),
  },
  defaults: ({ spec }) => defaultPodSpec(spec.jobTemplate.spec.template.spec),
  columns: [
    nameColumn,
    {
      name: "Schedule",
      type: "string",
      doc: "The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.",
      value: ({ spec }) => spec.schedule,
    },
    {
      name: "Timezone",
      type: "string",
      doc: "The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones",
      value: ({ spec }) => spec.timeZone ?? NONE,
    },
    {
      name: "Suspend",
      type: "boolean",
      doc: "This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.",
      value: ({ spec }) => (spec.suspend ? "True" : "False"),
    },
    {
      name: "Active",
      type: "integer",
      doc: "A list of pointers to currently running jobs.",
      value: ({ status }) => status.active?.length ?? 0,
    },
    {
      name: "Last Schedule",
      type: "string",
      doc: "Information when was the last time the job was successfully scheduled.",
      value: ({ status }, now) => (status.lastScheduleTime === undefined ? NONE : age(status.lastScheduleTime, now)),
    },
    ageColumn,
    ...wideTemplateColumns<CronJobParts>(
      ({ spec }) => spec.jobTemplate.spec.template,
      ({ spec }) => selectorText(spec.jobTemplate.spec.selector),
      "A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
  ],
  switchedOff: podSpecFeatures("spec.jobTemplate.spec.template.spec"),
  metadataOnUpdate: (subresource) => (subresource === "status" ? [] : ["change"]),
  validate: validateCronJob,
  warnings: cronJobWarnings,
});
export type CronJob = ObjectOf<typeof CronJob>;

interface CronJobParts extends KubeObject {
  readonly spec: CronJobSpec;
}
