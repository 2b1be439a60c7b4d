/**
 * Starts a Job at each time a CronJob's schedule names, and keeps as many finished ones as it says.
 *
 * A Job is named after its scheduled minute, so that no time is ever served twice.
 */
import { CronJob, Job } from "../../api/batch/index.ts";
import type { CronJobStatus } from "../../api/batch/index.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Kind } from "../../machinery/kind.ts";
import { formatTime, timeOf } from "../../machinery/time.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { controllerReference } from "../runtime/owners.ts";
import { create, normal, remove, warning } from "../runtime/plan.ts";
import type { Plan, Told, Write } from "../runtime/plan.ts";
import { formatInZone, isTimeZone, parseSchedule } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";

const SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/** More missed times than this are not looked through one by one. */
const MANY_MISSED = 100;
const TOO_MANY = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";

export interface CronJobView {
  /** Those it controls. */
  readonly jobs: readonly Job[];
}

export const cronJobController = defineController<CronJob, CronJobView>({
  name: "cronjob-controller",
  kind: CronJob,
  owns: [Job],
  rbac: [
    right("get list update watch", "batch", "cronjobs"),
    right("create delete get list patch update watch", "batch", "jobs"),
    right("update", "batch", "cronjobs/status cronjobs/finalizers"),
    right("delete list watch", "core", "pods"),
    tellsEvents,
  ],
  observe: (cron, cache) => ({ jobs: cache.controlledBy(Job, cron) }),
  decide,
});

const endOf = ({ status }: Job): "Complete" | "Failed" | undefined =>
  status.conditions?.find((one) => (one.type === "Complete" || one.type === "Failed") && one.status === "True")
    ?.type as "Complete" | "Failed" | undefined;

export function decide(observed: Observed<CronJob> & CronJobView): Plan {
  const { object: cron, jobs } = observed;
  const active = jobs.filter((job) => endOf(job) === undefined && isStarted(job, cron));
  const plan = next(observed, active);
  const seen = newsOf(cron, jobs, active);
  return seen.length === 0 ? plan : { ...plan, events: [...seen, ...(plan.events ?? [])] };
}

/** By the schedule, not by hand. */
function isStarted({ metadata: { name, uid, annotations } }: Job, cron: CronJob): boolean {
  if (cron.status.active?.some((reference) => reference.uid === uid) === true) return true;
  const due = timeOf(annotations?.[SCHEDULED]);
  return due !== undefined && name === jobName(cron, due);
}

function newsOf({ status }: CronJob, jobs: readonly Job[], active: readonly Job[]): Told[] {
  const known = status.active ?? [];
  const ofJobs = jobs.flatMap((job) => {
    const { name, uid } = job.metadata;
    const end = endOf(job);
    if (end === undefined) {
      const text = `Saw a job that the controller did not create or forgot: ${name}`;
      return active.includes(job) ? [] : [warning("UnexpectedJob", text)];
    }
    if (!known.some((reference) => reference.uid === uid)) return [];
    return [normal("SawCompletedJob", `Saw completed job: ${name}, condition: ${end}`)];
  });
  const missing = known.filter(({ uid }) => !jobs.some(({ metadata }) => metadata.uid === uid));
  return [...ofJobs, ...missing.map(({ name }) => normal("MissingJob", `Active job went missing: ${name}`))];
}

function next({ object: cron, jobs, now }: Observed<CronJob> & CronJobView, active: readonly Job[]): Plan {
  const status = statusOf(cron, jobs, active);
  if (cron.metadata.deletionTimestamp !== undefined) return { writes: [], status };
  const cleaning = cleanUp(cron, jobs);
  const { timeZone } = cron.spec;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const message = `invalid timeZone: ${quote(timeZone)}: unknown time zone ${timeZone}`;
    return { writes: cleaning, status, events: [warning("UnknownTimeZone", message)] };
  }
  if (cron.spec.suspend === true) return { writes: cleaning, status };
  let schedule: Schedule;
  try {
    schedule = parseSchedule(cron.spec.schedule, cron.spec.timeZone);
  } catch (error) {
    const message = `unparseable schedule: ${quote(cron.spec.schedule)} : ${(error as Error).message}`;
    return { writes: cleaning, status, events: [warning("UnparseableSchedule", message)] };
  }
  const { due, missed } = dueTime(cron, schedule, now);
  const recheckAt = schedule.next(now);
  const recheck = recheckAt === undefined ? undefined : { recheckAt };
  const rest = { writes: cleaning, status, ...recheck };
  if (due === undefined) return recheck === undefined ? { ...rest, events: [never(cron)] } : rest;
  const tooMany = missed > MANY_MISSED ? [warning("TooManyMissedTimes", TOO_MANY)] : [];
  const name = jobName(cron, due);
  // Started already: the status did not say so yet.
  if (jobs.some(({ metadata }) => metadata.name === name)) {
    return { ...rest, status: { ...status, lastScheduleTime: later(status.lastScheduleTime, due) } };
  }
  if (cron.spec.concurrencyPolicy === "Forbid" && active.length > 0) {
    const text = "Not starting job because prior execution is running and concurrency policy is Forbid";
    return { ...rest, events: [...tooMany, normal("JobAlreadyActive", text)] };
  }
  const replacing = cron.spec.concurrencyPolicy === "Replace";
  const replaced = replacing ? active.map(deleting) : [];
  const left = replacing ? statusOf(cron, jobs, []) : status;
  return {
    ...rest,
    writes: [...cleaning, ...replaced, starting(cron, name, due)],
    status: (failures: readonly unknown[]) =>
      failures.length > 0 ? status : { ...left, lastScheduleTime: later(status.lastScheduleTime, due) },
    events: tooMany,
  };
}

function never({ spec: { schedule } }: CronJob): Told {
  const why = "time difference between two schedules is less than 1 second";
  return warning("InvalidSchedule", `invalid schedule: ${schedule} : ${why}`);
}

/** The last time up to now that was not served, and how many went by. */
function dueTime(cron: CronJob, schedule: Schedule, now: number): { due: number | undefined; missed: number } {
  let from = timeOf(cron.status.lastScheduleTime) ?? timeOf(cron.metadata.creationTimestamp) ?? now;
  const deadline = cron.spec.startingDeadlineSeconds;
  if (deadline !== undefined) from = Math.max(from, now - Number(deadline) * 1000);
  let due: number | undefined;
  let missed = 0;
  for (let time = schedule.next(from); time !== undefined && time <= now; time = schedule.next(time)) {
    due = time;
    missed++;
    if (missed <= MANY_MISSED) continue;
    // A long pause: jump near the present by the distance of two times.
    const distance = (schedule.next(time) ?? now) - time;
    const jump = Math.floor((now - time) / distance) - 2;
    if (jump > 0) {
      missed += jump;
      time += jump * distance;
    }
  }
  return { due, missed };
}

const later = (before: string | undefined, time: number): string =>
  before !== undefined && (timeOf(before) ?? 0) > time ? before : formatTime(time);

const jobName = ({ metadata }: CronJob, due: number): string => `${metadata.name}-${Math.floor(due / 60_000)}`;

function starting(cron: CronJob, name: string, due: number): Write {
  const { metadata, spec } = cron.spec.jobTemplate;
  const job = {
    metadata: {
      name,
      namespace: cron.metadata.namespace!,
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
      annotations: { ...metadata.annotations, [SCHEDULED]: formatInZone(due, cron.spec.timeZone) },
      ownerReferences: [controllerReference(CronJob as Kind, cron)],
    },
    spec,
  };
  return create(Job, job, {
    mayExist: true,
    done: () => normal("SuccessfulCreate", `Created job ${name}`),
    failed: (error) => warning("FailedCreate", `Error creating job: ${error.message}`),
  });
}

function deleting(job: Job): Write {
  const { name } = job.metadata;
  return remove(Job, job, {
    options: { propagationPolicy: "Background", preconditions: { uid: job.metadata.uid } },
    done: () => normal("SuccessfulDelete", `Deleted job ${name}`),
    failed: (error) => warning("FailedDelete", `Deleted job: ${error.message}`),
  });
}

/** Finished ones beyond the limits, the oldest first. */
function cleanUp({ spec }: CronJob, jobs: readonly Job[]): Write[] {
  const beyond = (type: "Complete" | "Failed", limit: number | undefined): Job[] => {
    const finished = jobs.filter((job) => endOf(job) === type && job.metadata.deletionTimestamp === undefined);
    if (limit === undefined) return [];
    const oldest = finished.toSorted((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
    return oldest.slice(0, Math.max(0, finished.length - limit));
  };
  const extra = [
    ...beyond("Complete", spec.successfulJobsHistoryLimit),
    ...beyond("Failed", spec.failedJobsHistoryLimit),
  ];
  return extra.map(deleting);
}

const startOf = ({ status, metadata }: Job): string => status.startTime ?? metadata.creationTimestamp;

/** Those that were active keep their place. */
function statusOf({ status }: CronJob, jobs: readonly Job[], active: readonly Job[]): CronJobStatus {
  const known = (status.active ?? []).filter(({ uid }) => active.some(({ metadata }) => metadata.uid === uid));
  const fresh = active.filter(({ metadata }) => !known.some(({ uid }) => uid === metadata.uid));
  const succeeded = jobs.flatMap((job) => (endOf(job) === "Complete" ? [job.status.completionTime ?? ""] : []));
  const last = [...succeeded, status.lastSuccessfulTime ?? ""].toSorted().at(-1);
  return {
    ...status,
    active: [
      ...known,
      ...fresh.map(({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }) => {
        return { apiVersion, kind, name, namespace: namespace!, uid, resourceVersion };
      }),
    ],
    ...(last !== "" && { lastSuccessfulTime: last }),
  };
}
