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
import { formatTime, timeOf } from "../../machinery/time.ts";
import { defineController, right, tellsEvents } from "../runtime/controller.ts";
import type { Observed } from "../runtime/controller.ts";
import { claim, matcherOf } from "../runtime/owners.ts";
import { create, normal, patch, remove, warning } from "../runtime/plan.ts";
import type { Plan, Told, Write } from "../runtime/plan.ts";
import { isActive, isReady, isTerminating } from "../runtime/pods.ts";
import { indexesText, parseIndexes } from "./indexes.ts";
import { TRACKING, endOf, hasFailed, indexOf, isIndexed, isTracked, judge, podOf } from "./pods-of-job.ts";

const BURST = 500;
/** Before a failed pod is replaced: doubles with each failure, milliseconds. */
const FIRST_BACKOFF = 10_000;
const LONGEST_BACKOFF = 600_000;
const MANAGED_BY = "kubernetes.io/job-controller";

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

/** What the pods add up to. */
interface Tally {
  readonly active: readonly Pod[];
  /** Uids in the status that are not yet numbers, as they should be written. */
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  /** Numbers for the status. */
  readonly counted: { readonly succeeded: number; readonly failed: number };
  /** Numbers with the uncounted: what decisions go by. */
  readonly succeeded: number;
  readonly failed: number;
  readonly completedIndexes: ReadonlySet<number>;
  readonly release: readonly Pod[];
  readonly policyFailure: string | undefined;
}

interface End {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

export function decide({ object: job, pods: candidates, now }: Observed<Job> & JobView): Plan {
  const { managedBy } = job.spec;
  if (managedBy !== undefined && managedBy !== MANAGED_BY) return { writes: [] };
  const { owned: pods, writes: claims } = claim(job, Job as Kind, Pod, matcherOf(job.spec.selector), candidates);
  const tracked = pods.filter(isTracked);
  if (ended(job.status) !== undefined || job.metadata.deletionTimestamp !== undefined) {
    return { writes: [...claims, ...tracked.map(release)] };
  }
  const tally = count(job, pods);
  const end = endOfJob(job, tally, now);
  const suspended = job.spec.suspend === true;
  const work = end === undefined && !suspended ? scale(job, tally, pods, now) : { writes: tally.active.map(stop) };
  const left = pods.some((pod) => isActive(pod) || isTerminating(pod));
  const done = end !== undefined && !left && tally.uncounted.succeeded.length + tally.uncounted.failed.length === 0;
  const status = statusOf(job, tally, pods, end, done, now);
  const deadline = deadlineOf(job, status.startTime);
  const recheckAt = Math.min(work.retryAt ?? Infinity, deadline !== undefined && deadline > now ? deadline : Infinity);
  return {
    writes: [...claims, ...tally.release.map(release), ...work.writes],
    status,
    events: news(job, end, done),
    ...(recheckAt !== Infinity && { recheckAt }),
  };
}

function ended({ conditions = [] }: JobStatus): JobCondition | undefined {
  return conditions.find(({ type, status }) => (type === "Complete" || type === "Failed") && status === "True");
}

function count(job: Job, pods: readonly Pod[]): Tally {
  const { uncountedTerminatedPods: known, succeeded = 0, failed = 0, completedIndexes } = job.status;
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  const stillTracked = (uid: string): boolean => byUid.has(uid) && isTracked(byUid.get(uid)!);
  const waiting = (uids: readonly string[] = []): { left: string[]; gone: number } => {
    const left = uids.filter(stillTracked);
    return { left, gone: uids.length - left.length };
  };
  const [good, bad] = [waiting(known?.succeeded), waiting(known?.failed)];
  const release = [...good.left, ...bad.left].map((uid) => byUid.get(uid)!);
  const indexed = isIndexed(job);
  const indexes = indexed ? parseIndexes(completedIndexes, job.spec.completions ?? 0) : new Set<number>();
  const fresh: { succeeded: string[]; failed: string[] } = { succeeded: [], failed: [] };
  let policyFailure: string | undefined;
  for (const pod of pods) {
    const { uid } = pod.metadata;
    if (!isTracked(pod) || good.left.includes(uid) || bad.left.includes(uid)) continue;
    if (pod.status.phase === "Succeeded") {
      const index = indexOf(pod);
      const counts = !indexed || (index !== undefined && index < (job.spec.completions ?? 0) && !indexes.has(index));
      if (indexed && counts) indexes.add(index!);
      if (counts) fresh.succeeded.push(uid);
      else release.push(pod);
    } else if (hasFailed(pod, job)) {
      const { action, message } = judge(pod, job);
      if (action === "FailJob") policyFailure ??= message;
      if (action === "Ignore") release.push(pod);
      else fresh.failed.push(uid);
    }
  }
  const uncounted = { succeeded: [...good.left, ...fresh.succeeded], failed: [...bad.left, ...fresh.failed] };
  const counted = { succeeded: succeeded + good.gone, failed: failed + bad.gone };
  return {
    active: pods.filter((pod) => isActive(pod)),
    uncounted,
    counted,
    succeeded: indexed ? indexes.size : counted.succeeded + uncounted.succeeded.length,
    failed: counted.failed + uncounted.failed.length,
    completedIndexes: indexes,
    release,
    policyFailure,
  };
}

/** Why the Job comes to its end, if it does; once said it stays. */
function endOfJob(job: Job, tally: Tally, now: number): End | undefined {
  const target = job.status.conditions?.find(
    ({ type, status }) => (type === "FailureTarget" || type === "SuccessCriteriaMet") && status === "True",
  );
  if (target !== undefined) {
    const { reason = "", message = "" } = target;
    return { type: target.type === "FailureTarget" ? "Failed" : "Complete", reason, message };
  }
  const { completions, backoffLimit = 6 } = job.spec;
  if (tally.policyFailure !== undefined)
    return { type: "Failed", reason: "PodFailurePolicy", message: tally.policyFailure };
  if (tally.failed > backoffLimit || restartsOf(job, tally.active) > backoffLimit) {
    return { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  }
  const deadline = job.spec.suspend === true ? undefined : deadlineOf(job, job.status.startTime);
  if (deadline !== undefined && deadline <= now) {
    return { type: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  }
  const enough =
    completions === undefined ? tally.succeeded > 0 && tally.active.length === 0 : tally.succeeded >= completions;
  if (!enough || job.spec.suspend === true) return undefined;
  return { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
}

/** Containers restarted in place count as failures too, once there are as many. */
function restartsOf(job: Job, active: readonly Pod[]): number {
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return 0;
  let restarts = 0;
  for (const { status } of active) {
    if (status.phase !== "Running" && status.phase !== "Pending") continue;
    for (const { restartCount = 0 } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      restarts += restartCount;
    }
  }
  // A limit of none allows the first restart's pod to be seen as failed at once.
  return job.spec.backoffLimit === 0 ? restarts : restarts - 1;
}

function deadlineOf({ spec }: Job, startTime: string | undefined): number | undefined {
  const started = timeOf(startTime);
  if (spec.activeDeadlineSeconds === undefined || started === undefined) return undefined;
  return started + Number(spec.activeDeadlineSeconds) * 1000;
}

/** Brings the number of active pods to what is wanted. */
function scale(job: Job, tally: Tally, pods: readonly Pod[], now: number): { writes: Write[]; retryAt?: number } {
  const { parallelism = 1, completions } = job.spec;
  const { active, succeeded } = tally;
  const open = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completions - succeeded;
  const wanted = Math.max(0, Math.min(parallelism, open));
  if (active.length > wanted) return { writes: active.slice(wanted).map(stop) };
  // With replacement only after failure, a pod that is ending still takes its place.
  const ending = job.spec.podReplacementPolicy === "Failed" ? pods.filter(isTerminating).length : 0;
  const missing = wanted - active.length - ending;
  if (missing <= 0) return { writes: [] };
  const retryAt = nextTry(job, pods);
  if (retryAt > now) return { writes: [], retryAt };
  const indexes = isIndexed(job) ? freeIndexes(job, tally, missing) : Array.from({ length: missing }, () => undefined);
  return { writes: indexes.slice(0, BURST).map((index) => start(job, index)) };
}

function freeIndexes(job: Job, { active, completedIndexes }: Tally, count: number): number[] {
  const taken = new Set(active.map(indexOf));
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) {
    if (!taken.has(index) && !completedIndexes.has(index)) free.push(index);
  }
  return free;
}

/** After failures in a row a new pod waits: 10 s, 20 s, 40 s and so on from the last one's end. */
function nextTry(job: Job, pods: readonly Pod[]): number {
  const lastGood = Math.max(-Infinity, ...pods.filter(({ status }) => status.phase === "Succeeded").map(endOf));
  const failures = pods
    .filter((pod) => hasFailed(pod, job))
    .map(endOf)
    .filter((end) => end > lastGood);
  if (failures.length === 0) return -Infinity;
  return Math.max(...failures) + Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (failures.length - 1));
}

function start(job: Job, index: number | undefined): Write {
  return create(Pod, podOf(job, index), {
    done: (pod) => normal("SuccessfulCreate", `Created pod: ${pod?.metadata.name}`),
    failed: (error) => warning("FailedCreate", `Error creating: ${error.message}`),
  });
}

function stop(pod: Pod): Write {
  return remove(Pod, pod, { done: () => normal("SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`) });
}

function release(pod: Pod): Write {
  const body = { metadata: { uid: pod.metadata.uid, "$deleteFromPrimitiveList/finalizers": [TRACKING] } };
  return patch(Pod, pod, { type: "strategic", body });
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
  let conditions = [...(job.status.conditions ?? [])];
  const set = (type: string, status: string, reason: string, message: string): void => {
    const known = conditions.find((condition) => condition.type === type);
    if (known?.status === status || (known === undefined && status === "False")) return;
    conditions = conditions.filter((condition) => condition !== known);
    conditions.push({ type, status, lastProbeTime: time, lastTransitionTime: time, reason, message });
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

function news(job: Job, end: End | undefined, done: boolean): Told[] {
  if (end !== undefined) {
    if (!done) return [];
    return [end.type === "Complete" ? normal("Completed", "Job completed") : warning(end.reason, end.message)];
  }
  const was = job.status.conditions?.find(({ type }) => type === "Suspended")?.status === "True";
  const is = job.spec.suspend === true;
  if (is === was) return [];
  return [is ? normal("Suspended", "Job suspended") : normal("Resumed", "Job resumed")];
}
