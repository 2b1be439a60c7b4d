/** What is allowed in Jobs and CronJobs and still likely wrong. */
import type { Path } from "../../machinery/field-errors.ts";
import { path } from "../../machinery/field-errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { podNamesWarnings, templateWarnings } from "../core/pod.warnings.ts";
import { same } from "../rules.ts";
import type { CronJobSpec } from "./cron-job.ts";
import type { JobSpec } from "./job-spec.ts";

const MANY_COMPLETIONS = 100_000;
const MANY_AT_ONCE = 10_000;
const TOO_MANY =
  "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
const HELP = "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/";

interface JobParts extends KubeObject {
  readonly spec: JobSpec;
}

interface CronJobParts extends KubeObject {
  readonly spec: CronJobSpec;
}

const SPEC = path("spec");
const JOB = path("spec", "jobTemplate", "spec");
const ofJobPods = templateWarnings<JobParts>(SPEC.child("template"), ({ spec }) => spec.template, false);
const ofCronJobPods = templateWarnings<CronJobParts>(
  JOB.child("template"),
  ({ spec }) => spec.jobTemplate.spec.template,
  false,
);

export function jobWarnings(job: JobParts, previous: JobParts | undefined): string[] {
  return [
    ...(previous === undefined ? podNamesWarnings(job) : []),
    ...(same(job.spec, previous?.spec) ? [] : sizeWarnings(SPEC, job.spec)),
    ...ofJobPods(job, previous),
  ];
}

export function cronJobWarnings(cronJob: CronJobParts, previous: CronJobParts | undefined): string[] {
  const { spec } = cronJob;
  const out = [
    ...(previous === undefined ? podNamesWarnings(cronJob) : []),
    ...(same(spec, previous?.spec) ? [] : sizeWarnings(JOB, spec.jobTemplate.spec)),
    ...ofCronJobPods(cronJob, previous),
  ];
  if (spec.schedule.includes("TZ")) {
    out.push(`cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see ${HELP} for more details`);
  }
  return out;
}

function sizeWarnings(at: Path, { completionMode, completions = 0, parallelism = 0 }: JobSpec): string[] {
  const many = completionMode === "Indexed" && completions > MANY_COMPLETIONS && parallelism > MANY_AT_ONCE;
  return many ? [`${at}: ${TOO_MANY}`] : [];
}
