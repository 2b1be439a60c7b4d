/** What the pods of a Job add up to, each counted once. */
import type { Job } from "../../api/batch/index.ts";
import type { Pod } from "../../api/core/index.ts";
import { isActive } from "../runtime/pods.ts";
import { parseIndexes } from "./indexes.ts";
import { countOf, endOf, hasFailed, indexOf, isIndexed, isTracked, judge } from "./pods-of-job.ts";

export interface Tally {
  readonly active: readonly Pod[];
  /** Uids in the status that are not yet numbers, as they should be written. */
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  /** Numbers for the status. */
  readonly counted: { readonly succeeded: number; readonly failed: number };
  /** Numbers with the uncounted: what decisions go by. */
  readonly succeeded: number;
  readonly failed: number;
  readonly completedIndexes: ReadonlySet<number>;
  /** Indexes that failed too often, with `backoffLimitPerIndex`. */
  readonly failedIndexes: ReadonlySet<number>;
  /** With `backoffLimitPerIndex`: by index the last failed pod, kept until its place is taken: it knows how many failed before it. */
  readonly lastFailed: ReadonlyMap<number, Pod>;
  readonly release: readonly Pod[];
  /** How many pods more the status counts by their indexes, and may be let go once it is written. */
  readonly noted: number;
  readonly policyFailure: string | undefined;
}

/** `goesOn`: indexes that failed are tried again, so their last pods are kept. */
export function count(job: Job, pods: readonly Pod[], goesOn: boolean): Tally {
  const { uncountedTerminatedPods: known, succeeded = 0, failed = 0, completedIndexes } = job.status;
  const { completions = 0 } = job.spec;
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  const stillTracked = (uid: string): boolean => byUid.has(uid) && isTracked(byUid.get(uid)!);
  const waiting = (uids: readonly string[] = []): { left: string[]; gone: number } => {
    const left = uids.filter(stillTracked);
    return { left, gone: uids.length - left.length };
  };
  const [good, bad] = [waiting(known?.succeeded), waiting(known?.failed)];
  const seen = new Set([...good.left, ...bad.left]);
  const release = [...seen].map((uid) => byUid.get(uid)!);
  const indexed = isIndexed(job);
  const indexes = indexed ? parseIndexes(completedIndexes, completions) : new Set<number>();
  const ended = pods.filter((pod) => isTracked(pod) && !seen.has(pod.metadata.uid));
  const fresh: { succeeded: string[]; failed: string[] } = { succeeded: [], failed: [] };
  const isWithin = (index: number | undefined): boolean => !indexed || (index !== undefined && index < completions);
  let noted = 0;
  for (const pod of ended) {
    if (pod.status.phase !== "Succeeded") continue;
    const index = indexOf(pod);
    if (!indexed) fresh.succeeded.push(pod.metadata.uid);
    else if (!isWithin(index) || indexes.has(index!)) release.push(pod);
    else {
      indexes.add(index!);
      noted++;
    }
  }
  const failures = ended.filter((pod) => pod.status.phase !== "Succeeded" && hasFailed(pod, job));
  const failedIndexes = failedOf(job, failures, indexes);
  const over = new Set([...indexes, ...failedIndexes]);
  const lastFailed = goesOn ? lastFailures(job, pods, failures, over) : new Map<number, Pod>();
  let policyFailure: string | undefined;
  let kept = 0;
  for (const pod of failures) {
    const { action, message } = judge(pod, job);
    if (action === "FailJob") policyFailure ??= message;
    const ignored = action === "Ignore";
    if (lastFailed.get(indexOf(pod) ?? -1) === pod) kept += ignored ? 0 : 1;
    else if (ignored || !isWithin(indexOf(pod))) release.push(pod);
    else fresh.failed.push(pod.metadata.uid);
  }
  const uncounted = { succeeded: [...good.left, ...fresh.succeeded], failed: [...bad.left, ...fresh.failed] };
  const counted = { succeeded: succeeded + good.gone, failed: failed + bad.gone };
  return {
    active: pods.filter((pod) => isActive(pod)),
    uncounted,
    counted,
    succeeded: indexed ? indexes.size : counted.succeeded + uncounted.succeeded.length,
    failed: counted.failed + uncounted.failed.length + kept,
    completedIndexes: indexes,
    failedIndexes,
    lastFailed,
    release,
    noted,
    policyFailure,
  };
}

/** Those of the status and those that failed once more than they may, or by a rule that says so. */
function failedOf(job: Job, failures: readonly Pod[], completed: ReadonlySet<number>): Set<number> {
  const { backoffLimitPerIndex: limit, completions = 0 } = job.spec;
  const failed = limit === undefined ? new Set<number>() : parseIndexes(job.status.failedIndexes, completions);
  if (limit === undefined) return failed;
  for (const pod of failures) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions || completed.has(index)) continue;
    const { action } = judge(pod, job);
    if (action === "FailIndex" || (action !== "Ignore" && countOf(pod).counted >= limit)) failed.add(index);
  }
  return failed;
}

/** Of indexes that go on and have no pod now. */
function lastFailures(
  job: Job,
  pods: readonly Pod[],
  failures: readonly Pod[],
  over: ReadonlySet<number>,
): Map<number, Pod> {
  const last = new Map<number, Pod>();
  const { backoffLimitPerIndex, completions = 0 } = job.spec;
  if (backoffLimitPerIndex === undefined) return last;
  const busy = new Set(pods.filter(isActive).map(indexOf));
  for (const pod of failures) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions || over.has(index) || busy.has(index)) continue;
    const before = last.get(index);
    if (before === undefined || rank(pod) > rank(before)) last.set(index, pod);
  }
  return last;
}

/** The later attempt of an index is the one that knows of more failures. */
function rank(pod: Pod): number {
  const { counted, ignored } = countOf(pod);
  return (counted + ignored) * 1e15 + endOf(pod);
}
