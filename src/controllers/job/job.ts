/**
 * Runs pods for each Job until enough have succeeded, or too many failed, or its time is over.
 *
 * Finished pods are counted exactly once, whatever is deleted meanwhile: a pod keeps a finalizer until its uid stands
 * in the status (`uncountedTerminatedPods`); then the finalizer goes; then the uid becomes a number.
 */
import { Job } from "../../api/batch/index.ts";
import type { JobCondition, JobStatus } from "../../api/batch/index.ts";
import { Pod } from "../../api/core/index.ts";
import type { Kind } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { claim, matcherOf } from "../runtime/owners.ts";
import { normal, warning } from "../runtime/plan.ts";
import type { Plan, Told } from "../runtime/plan.ts";
import { isActive, isReady, isTerminating } from "../runtime/pods.ts";
import { deadlineOf, endOfJob } from "./end.ts";
import type { End } from "./end.ts";
import { indexesText } from "./indexes.ts";
import { isIndexed, isTracked } from "./pods-of-job.ts";
import { dismiss, release, scale, stop } from "./scale.ts";
import type { Work } from "./scale.ts";
import { count } from "./tally.ts";
import type { Tally } from "./tally.ts";

const MANAGED_BY = "kubernetes.io/job-controller";
const TOO_MANY = "Too many succeeded pods running after completion count reached";

export interface JobView {
  readonly pods: Iterable<Pod>;
}

export const jobController = defineController<Job, JobView>({
  name: "job-controller",
  kind: Job,
  owns: [Pod],
  selector: ({ spec }) => spec.selector,
  rbac: [
    right("get list patch update watch", "batch", "jobs"),
    right("update", "batch", "jobs/status jobs/finalizers"),
    right("create delete list patch watch", "core", "pods"),
    tellsEvents,
  ],
  pace: ({ spec }) => Math.min(100, (spec.parallelism ?? 1) / 10),
  observe: (job, cache) => ({ pods: cache.claimable(Pod, job) }),
  decide,
});

export function decide({ object: job, pods: candidates, now }: Observed<Job> & JobView): Plan {
  const { managedBy } = job.spec;
  if (managedBy !== undefined && managedBy !== MANAGED_BY) return { writes: [] };
  const { owned: pods, writes: claims } = claim(job, Job as Kind, Pod, matcherOf(job.spec.selector), candidates);
  const tracked = pods.filter(isTracked);
  if (ended(job.status) !== undefined || job.metadata.deletionTimestamp !== undefined) {
    return { writes: [...claims, ...tracked.map(release)] };
  }
  const going = count(job, pods, true);
  const end = endOfJob(job, going, now);
  const tally = end === undefined ? going : count(job, pods, false);
  const work: Work = workOf(job, tally, pods, end, now);
  const left = pods.some((pod) => isActive(pod) || isTerminating(pod));
  const uncounted = tally.uncounted.succeeded.length + tally.uncounted.failed.length + tally.noted;
  const done = end !== undefined && !left && uncounted === 0;
  const status = statusOf(job, tally, pods, end, done, now);
  const deadline = deadlineOf(job, status.startTime);
  const recheckAt = Math.min(work.retryAt ?? Infinity, deadline !== undefined && deadline > now ? deadline : Infinity);
  return {
    writes: [...claims, ...tally.release.map(release), ...work.writes],
    status,
    events: news(job, status, end, done),
    ...(recheckAt !== Infinity && { recheckAt }),
  };
}

function ended({ conditions = [] }: JobStatus): JobCondition | undefined {
  return conditions.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
}

function workOf(job: Job, tally: Tally, pods: readonly Pod[], end: End | undefined, now: number): Work {
  if (end !== undefined) return { writes: tally.active.map(stop) };
  if (job.spec.suspend === true) return { writes: dismiss(tally.active) };
  return scale(job, tally, pods, now);
}

function statusOf(
  job: Job,
  tally: Tally,
  pods: readonly Pod[],
  end: End | undefined,
  done: boolean,
  now: number,
): JobStatus {
  const suspended = job.spec.suspend === true;
  const { uncounted, counted, active } = tally;
  // What has come to its end began at some time, and has nothing running.
  const startTime = suspended && end === undefined ? undefined : (job.status.startTime ?? formatTime(now));
  const { startTime: _, ...rest } = job.status;
  return {
    ...rest,
    ...(startTime !== undefined && { startTime }),
    active: end === undefined ? active.length : 0,
    ready: end === undefined ? active.filter(isReady).length : 0,
    terminating: pods.filter(isTerminating).length,
    succeeded: isIndexed(job) ? tally.succeeded : counted.succeeded,
    failed: counted.failed,
    ...(isIndexed(job) && { completedIndexes: indexesText(tally.completedIndexes) }),
    ...(job.spec.backoffLimitPerIndex !== undefined && { failedIndexes: indexesText(tally.failedIndexes) }),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length > 0 && { succeeded: uncounted.succeeded }),
      ...(uncounted.failed.length > 0 && { failed: uncounted.failed }),
    },
    ...(done && end?.type === "Complete" && { completionTime: formatTime(now) }),
    conditions: conditionsOf(job, end, done, now),
  };
}

function conditionsOf(job: Job, end: End | undefined, done: boolean, now: number): JobCondition[] {
  const time = formatTime(now);
  const conditions = [...(job.status.conditions ?? [])];
  const set = (type: string, status: string, reason: string, message: string): void => {
    const at = conditions.findIndex((condition) => condition.type === type);
    const known = conditions[at];
    if (known === undefined && status === "False") return;
    if (known?.status === status && known.reason === reason && known.message === message) return;
    const news = { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
    conditions.splice(known === undefined ? conditions.length : at, 1, news);
  };
  if (end === undefined) {
    if (job.spec.suspend === true) set("Suspended", "True", "JobSuspended", "Job suspended");
    else set("Suspended", "False", "JobResumed", "Job resumed");
    return conditions;
  }
  set(end.type === "Failed" ? "FailureTarget" : "SuccessCriteriaMet", "True", end.reason, end.message);
  if (done) set(end.type, "True", end.reason, end.message);
  return conditions;
}

function news(job: Job, { succeeded = 0 }: JobStatus, end: End | undefined, done: boolean): Told[] {
  if (end !== undefined) {
    if (!done) return [];
    if (end.type === "Failed") return [warning(end.reason, end.message)];
    const completed = normal("Completed", "Job completed");
    return succeeded > (job.spec.completions ?? Infinity)
      ? [warning("TooManySucceededPods", TOO_MANY), completed]
      : [completed];
  }
  const was = job.status.conditions?.find(({ type }) => type === "Suspended")?.status === "True";
  const is = job.spec.suspend === true;
  if (is === was) return [];
  return [is ? normal("Suspended", "Job suspended") : normal("Resumed", "Job resumed")];
}
