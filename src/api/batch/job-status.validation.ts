/**
 * What a Job's status may become. Controllers of others may write it (`managedBy`), and clients rely on it: an end stays an
 * end, and comes with all that belongs to it. A rule is asked only where what it speaks of changes, so that a status that is
 * wrong already can still be written.
 */
import type { FieldError } from "../../machinery/field-errors.ts";
import { OMIT, duplicate, invalid, path, required } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import { nonNegative, same } from "../rules.ts";
import { indexesOf } from "./indexes.ts";
import type { JobStatus } from "./job.ts";
import type { JobLike } from "./job.validation.ts";

const STATUS = path("status");
const CONDITIONS = STATUS.child("conditions");

/** What the rules ask of one status. */
interface Told {
  readonly status: JobStatus;
  readonly complete: boolean;
  readonly failed: boolean;
  readonly finished: boolean;
  readonly succeeding: boolean;
  readonly failing: boolean;
}

function toldBy({ status }: JobLike): Told {
  const holds = (wanted: string): boolean =>
    status.conditions?.some(({ type, status: is }) => type === wanted && is === "True") ?? false;
  const complete = holds("Complete");
  const failed = holds("Failed");
  return {
    status,
    complete,
    failed,
    finished: complete || failed,
    succeeding: holds("SuccessCriteriaMet"),
    failing: holds("FailureTarget"),
  };
}

export function validateJobStatus(job: JobLike, previous: JobLike): FieldError[] {
  const errors: Errors = [];
  const now = toldBy(job);
  const before = toldBy(previous);
  for (const name of ["active", "succeeded", "failed", "ready", "terminating"] as const) {
    nonNegative(errors, STATUS, name, job.status[name]);
  }
  checkUncounted(errors, job.status);
  checkEnd(errors, now, before);
  checkFinished(errors, now, before);
  checkIndexes(errors, job, previous.status);
  checkPodCounts(errors, now, before);
  checkSuccess(errors, job, now);
  checkKept(errors, job, now, before);
  return errors;
}

function checkUncounted(errors: Errors, { uncountedTerminatedPods }: JobStatus): void {
  const seen = new Set<string>();
  for (const list of ["succeeded", "failed"] as const) {
    uncountedTerminatedPods?.[list]?.forEach((uid, index) => {
      const at = STATUS.child("uncountedTerminatedPods", list).index(index);
      if (uid === "") errors.push(invalid(at, uid, "must not be empty"));
      else if (seen.has(uid)) errors.push(duplicate(at, uid));
      seen.add(uid);
    });
  }
}

const changed = (now: Told, before: Told, ...fields: readonly (keyof Told)[]): boolean =>
  fields.some((field) => now[field] !== before[field]);

const moved = (now: Told, before: Told, ...fields: readonly (keyof JobStatus)[]): boolean =>
  fields.some((field) => !same(now.status[field], before.status[field]));

/** A job ends one way, and with the time of it where it ends well. */
function checkEnd(errors: Errors, now: Told, before: Told): void {
  const clash = (text: string): void => void errors.push(invalid(CONDITIONS, OMIT, text));
  const { completionTime, startTime } = now.status;
  const at = STATUS.child("completionTime");
  if (now.complete && now.failed && changed(now, before, "complete", "failed")) {
    clash("cannot set Complete=True and Failed=true conditions");
  }
  if (now.complete && now.failing && changed(now, before, "complete", "failing")) {
    clash("cannot set Complete=True and FailureTarget=true conditions");
  }
  if (changed(now, before, "complete") || moved(now, before, "completionTime")) {
    if (completionTime !== undefined && !now.complete) {
      errors.push(invalid(at, completionTime, "cannot set completionTime when there is no Complete=True condition"));
    }
    if (completionTime === undefined && now.complete) {
      errors.push(required(at, "completionTime is required for Complete jobs"));
    }
  }
  const ordered = startTime === undefined || completionTime === undefined || completionTime >= startTime;
  if (!ordered && moved(now, before, "startTime", "completionTime")) {
    errors.push(invalid(at, completionTime, "completionTime cannot be set before startTime"));
  }
  if (now.failed && !now.failing && changed(now, before, "failed", "failing")) {
    clash("cannot set Failed=True condition without the FailureTarget=true condition");
  }
  if (now.complete && !now.succeeding && changed(now, before, "complete", "succeeding")) {
    clash("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  }
}

/** When it has ended nothing runs any more, and everything is counted. */
function checkFinished(errors: Errors, now: Told, before: Told): void {
  if (!now.finished) return;
  const { active = 0, startTime, uncountedTerminatedPods: pods } = now.status;
  const asked = (field: keyof JobStatus): boolean => changed(now, before, "finished") || moved(now, before, field);
  if (active > 0 && asked("active")) {
    errors.push(invalid(STATUS.child("active"), active, "active>0 is invalid for finished job"));
  }
  if (startTime === undefined && asked("startTime")) {
    errors.push(required(STATUS.child("startTime"), "startTime is required for finished job"));
  }
  const uncounted = (pods?.failed?.length ?? 0) + (pods?.succeeded?.length ?? 0);
  if (uncounted > 0 && asked("uncountedTerminatedPods")) {
    const text = "uncountedTerminatedPods needs to be empty for finished job";
    const shown = { Succeeded: pods?.succeeded ?? null, Failed: pods?.failed ?? null };
    errors.push(invalid(STATUS.child("uncountedTerminatedPods"), shown, text));
  }
}

function checkIndexes(errors: Errors, { spec, status }: JobLike, before: JobStatus): void {
  const { completions, completionMode, backoffLimitPerIndex } = spec;
  const { completedIndexes = "", failedIndexes } = status;
  const completedAt = STATUS.child("completedIndexes");
  const failedAt = STATUS.child("failedIndexes");
  const newCompleted = completedIndexes !== (before.completedIndexes ?? "");
  const newFailed = failedIndexes !== before.failedIndexes;
  const parsed = (text: string): ReturnType<typeof indexesOf> => indexesOf(text, completions ?? 0);
  if (newCompleted && completions !== undefined) {
    const { error } = parsed(completedIndexes);
    const text = `error parsing completedIndexes: ${error}`;
    if (error !== undefined) errors.push(invalid(completedAt, completedIndexes, text));
  }
  if (newFailed && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes !== undefined) {
    const { error } = parsed(failedIndexes);
    if (error !== undefined) errors.push(invalid(failedAt, failedIndexes, `error parsing failedIndexes: ${error}`));
  }
  if (newCompleted && completedIndexes !== "" && completionMode !== "Indexed") {
    const text = "cannot set non-empty completedIndexes when non-indexed completion mode";
    errors.push(invalid(completedAt, completedIndexes, text));
  }
  if (newFailed && backoffLimitPerIndex === undefined && failedIndexes !== undefined) {
    const text = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
    errors.push(invalid(failedAt, failedIndexes, text));
  }
  if (!(newFailed || newCompleted) || completions === undefined || failedIndexes === undefined) return;
  const shared = overlap(parsed(completedIndexes).intervals, parsed(failedIndexes).intervals);
  if (shared === undefined) return;
  errors.push(invalid(failedAt, failedIndexes, `failedIndexes and completedIndexes overlap at index: ${shared}`));
}

type Interval = readonly [from: number, to: number];

/** The first index that is in both. */
function overlap(some: readonly Interval[], others: readonly Interval[]): number | undefined {
  for (const [from, to] of some) {
    const other = others.find(([first, last]) => from <= last && first <= to);
    if (other !== undefined) return Math.max(from, other[0]);
  }
  return undefined;
}

function checkPodCounts(errors: Errors, now: Told, before: Told): void {
  const { terminating = 0, ready = 0, active = 0 } = now.status;
  const ends = changed(now, before, "finished") || moved(now, before, "terminating");
  if (terminating > 0 && now.finished && ends) {
    errors.push(invalid(STATUS.child("terminating"), terminating, "terminating>0 is invalid for finished job"));
  }
  if (ready > active && moved(now, before, "ready", "active")) {
    errors.push(invalid(STATUS.child("ready"), ready, "cannot set more ready pods than active"));
  }
}

function checkSuccess(errors: Errors, { spec }: JobLike, { succeeding, failed, failing, complete }: Told): void {
  const clash = (text: string): void => void errors.push(invalid(CONDITIONS, OMIT, text));
  if (succeeding && failed) clash("cannot set SuccessCriteriaMet=True and Failed=true conditions");
  if (succeeding && failing) clash("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  if (spec.successPolicy !== undefined && !succeeding && complete) {
    clash("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
}

/** An end cannot be taken back, and counts only grow. */
function checkKept(errors: Errors, { spec }: JobLike, now: Told, before: Told): void {
  const clash = (text: string): void => void errors.push(invalid(CONDITIONS, OMIT, text));
  const { status } = now;
  const { status: old } = before;
  for (const [type, field] of [
    ["Failed", "failed"],
    ["Complete", "complete"],
    ["FailureTarget", "failing"],
  ] as const) {
    if (before[field] && !now[field]) clash(`cannot disable the terminal ${type}=True condition`);
  }
  const less = (name: "failed" | "succeeded"): boolean => (status[name] ?? 0) < (old[name] ?? 0);
  if (less("failed")) {
    errors.push(invalid(STATUS.child("failed"), status.failed ?? 0, "cannot decrease the failed counter"));
  }
  // An indexed job may be scaled down.
  const scales = spec.completionMode === "Indexed" && spec.completions === spec.parallelism;
  if (!scales && less("succeeded")) {
    errors.push(invalid(STATUS.child("succeeded"), status.succeeded ?? 0, "cannot decrease the succeeded counter"));
  }
  const { completionTime: ended } = status;
  if (ended !== undefined && old.completionTime !== undefined && ended !== old.completionTime) {
    errors.push(invalid(STATUS.child("completionTime"), ended, "completionTime cannot be mutated"));
  }
  if (old.startTime !== undefined && old.startTime !== status.startTime && spec.suspend !== true) {
    errors.push(required(STATUS.child("startTime"), "startTime cannot be removed for unsuspended job"));
  }
  if (before.succeeding && !now.succeeding) clash("cannot disable the SuccessCriteriaMet=True condition");
  if (before.complete && !before.succeeding && now.succeeding) {
    clash("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
  }
}
