/** Brings the number of a Job's active pods to what is wanted. */
import type { Job } from "../../api/batch/index.ts";
import { Pod } from "../../api/core/index.ts";
import { byDeletionPreference } from "../replicaset/deletion-preference.ts";
import { create, normal, patch, remove, warning } from "../runtime/plan.ts";
import type { Write } from "../runtime/plan.ts";
import { isTerminating } from "../runtime/pods.ts";
import { countOf, endOf, hasFailed, indexOf, isIndexed, isTracked, podOf, releasing } from "./pods-of-job.ts";
import type { Tally } from "./tally.ts";

const BURST = 500;
/** Before a failed pod is replaced: doubles with each failure, milliseconds. */
const FIRST_BACKOFF = 10_000;
const LONGEST_BACKOFF = 600_000;

export interface Work {
  readonly writes: Write[];
  /** When to try again what must wait. */
  readonly retryAt?: number;
}

export function scale(job: Job, tally: Tally, pods: readonly Pod[], now: number): Work {
  const { parallelism = 1, completions } = job.spec;
  const { active, succeeded } = tally;
  const open = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completions - succeeded;
  const wanted = Math.max(0, Math.min(parallelism, open));
  const { doomed, left } = surplus(job, active, now);
  const tooMany = Math.max(0, active.length - wanted) - doomed.length;
  if (tooMany > 0) doomed.push(...byDeletionPreference(left, () => 0, now).slice(0, tooMany));
  if (doomed.length > 0) return { writes: dismiss(doomed.slice(0, BURST)) };
  // With replacement only after failure, a pod that is ending still takes its place.
  const ending = job.spec.podReplacementPolicy === "Failed" ? pods.filter(isTerminating) : [];
  const missing = Math.min(BURST, wanted - active.length - ending.length);
  if (missing <= 0) return { writes: [] };
  if (job.spec.backoffLimitPerIndex !== undefined) return startIndexes(job, tally, ending, missing, now);
  const retryAt = nextTry(job, pods);
  if (retryAt > now) return { writes: [], retryAt };
  const indexes = isIndexed(job)
    ? freeIndexes(job, tally, ending, missing)
    : Array.from({ length: missing }, () => undefined);
  return { writes: indexes.map((index) => start(job, index)) };
}

/** Of an indexed Job: pods of no index of it, and all but the best of those that share one. */
function surplus(job: Job, active: readonly Pod[], now: number): { doomed: Pod[]; left: readonly Pod[] } {
  if (!isIndexed(job)) return { doomed: [], left: active };
  const doomed: Pod[] = [];
  const best = new Map<number, Pod>();
  for (const pod of byDeletionPreference(active, () => 0, now)) {
    const index = indexOf(pod);
    if (index === undefined || index >= (job.spec.completions ?? 0)) {
      doomed.push(pod);
      continue;
    }
    const worse = best.get(index);
    if (worse !== undefined) doomed.push(worse);
    best.set(index, pod);
  }
  return { doomed, left: [...best.values()] };
}

/** Each index waits for itself after a failure of its own. */
function startIndexes(job: Job, tally: Tally, ending: readonly Pod[], missing: number, now: number): Work {
  const writes: Write[] = [];
  let retryAt = Infinity;
  for (const index of freeIndexes(job, tally, ending, missing)) {
    const last = tally.lastFailed.get(index);
    const due = last === undefined ? -Infinity : dueAfter(endOf(last), failuresOf(last) + 1);
    if (due <= now) writes.push(start(job, index, last));
    else retryAt = Math.min(retryAt, due);
  }
  return { writes, ...(writes.length === 0 && retryAt !== Infinity && { retryAt }) };
}

const failuresOf = (pod: Pod): number => {
  const { counted, ignored } = countOf(pod);
  return counted + ignored;
};

function freeIndexes(
  job: Job,
  { active, completedIndexes, failedIndexes }: Tally,
  ending: readonly Pod[],
  count: number,
): number[] {
  const taken = new Set([...active, ...ending].map(indexOf));
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) {
    if (!taken.has(index) && !completedIndexes.has(index) && !failedIndexes.has(index)) free.push(index);
  }
  return free;
}

/** After failures in a row a new pod waits: 10 s, 20 s, 40 s and so on from the last one's end. */
function nextTry(job: Job, pods: readonly Pod[]): number {
  let lastGood = -Infinity;
  for (const pod of pods) if (pod.status.phase === "Succeeded") lastGood = Math.max(lastGood, endOf(pod));
  let failures = 0;
  let last = -Infinity;
  for (const pod of pods) {
    const dismissed = pod.metadata.deletionTimestamp !== undefined && !isTracked(pod);
    const end = hasFailed(pod, job) && !dismissed ? endOf(pod) : -Infinity;
    if (end <= lastGood) continue;
    failures++;
    last = Math.max(last, end);
  }
  return failures === 0 ? -Infinity : dueAfter(last, failures);
}

const dueAfter = (end: number, failures: number): number =>
  end + Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (failures - 1));

function start(job: Job, index: number | undefined, replaced?: Pod): Write {
  return create(Pod, podOf(job, index, replaced), {
    done: (pod) => normal("SuccessfulCreate", `Created pod: ${pod?.metadata.name}`),
    failed: (error) => warning("FailedCreate", `Error creating: ${error.message}`),
  });
}

export function stop(pod: Pod): Write {
  return remove(Pod, pod, {
    done: () => normal("SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`),
    failed: (error) => warning("FailedDelete", `Error deleting: ${error.message}`),
  });
}

/** Pods that did nothing wrong and are not wanted (any more): let go first, so that they do not count as failed. */
export function dismiss(pods: readonly Pod[]): Write[] {
  const stops = pods.map((pod): Write => ({ ...stop(pod), onlyIfAllWent: true }));
  return [...pods.filter(isTracked).map(release), ...stops];
}

export function release(pod: Pod): Write {
  return patch(Pod, pod, releasing(pod));
}
