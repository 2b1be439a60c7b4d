import { CronJob } from "./cron-job.ts";
import { Job } from "./job.ts";

export * from "./cron-job.ts";
export * from "./job.ts";
export * from "./job-spec.ts";

export const batchKinds = [CronJob, Job] as const;
