/**
 * Rules on what whoever runs a Job may make of its status. Most hold only for what an update changes, so that a status
 * that is wrong already, or that a change of the spec has made wrong, can still be written in its other parts.
 */
import { OMIT, duplicate, immutable, invalid, path, required } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { goStruct } from "../go-struct.ts";
import type { Errors } from "../rules.ts";
import { nonNegative, same } from "../rules.ts";
import { countIndexes, firstOverlap } from "./indexes.ts";
import type { JobSpec } from "./job-spec.ts";
import type { JobLike } from "./job.validation.ts";
import { UncountedTerminatedPods } from "./job.ts";
import type { JobStatus } from "./job.ts";

const STATUS = path("status");
const CONDITIONS = STATUS.child("conditions");
const COUNTS = ["active", "succeeded", "failed", "ready", "terminating"] as const;

type ConditionType = "Complete" | "Failed" | "FailureTarget" | "SuccessCriteriaMet";
const CONDITION_TYPES: ReadonlySet<string> = new Set<ConditionType>([
  "Complete",
  "Failed",
  "FailureTarget",
  "SuccessCriteriaMet",
]);

const is = ({ conditions }: JobStatus, wanted: ConditionType): boolean =>
  conditions?.some(({ type, status }) => type === wanted && status === "True") ?? false;

const isCondition = (part: string): part is ConditionType => CONDITION_TYPES.has(part);

const finished = (status: JobStatus): boolean => is(status, "Complete") || is(status, "Failed");

/** Whether an update changes any of these parts of the status. */
type Changes = (...parts: readonly (ConditionType | "finished" | keyof JobStatus)[]) => boolean;

export function validateJobStatus({ spec, status }: JobLike, { status: before }: JobLike): FieldError[] {
  const errors: Errors = [];
  const changes: Changes = (...parts) =>
    parts.some((part) => {
      if (part === "finished") return finished(status) !== finished(before);
      if (isCondition(part)) return is(status, part) !== is(before, part);
      return !same(status[part], before[part]);
    });
  for (const name of COUNTS) nonNegative(errors, STATUS, name, status[name]);
  if (status.uncountedTerminatedPods !== undefined) checkUncounted(errors, status.uncountedTerminatedPods);
  checkEnds(errors, status, changes);
  if (finished(status)) checkFinished(errors, status, changes);
  checkIndexes(errors, spec, status, changes);
  if (finished(status) && (status.terminating ?? 0) > 0 && changes("finished", "terminating")) {
    errors.push(invalid(STATUS.child("terminating"), status.terminating, "terminating>0 is invalid for finished job"));
  }
  if ((status.ready ?? 0) > (status.active ?? 0) && changes("ready", "active")) {
    errors.push(invalid(STATUS.child("ready"), status.ready, "cannot set more ready pods than active"));
  }
  checkCriteria(errors, spec, status);
  checkTransitions(errors, spec, status, before);
  return errors;
}

function checkUncounted(errors: Errors, uncounted: UncountedTerminatedPods): void {
  const seen = new Set<string>();
  for (const list of ["succeeded", "failed"] as const) {
    uncounted[list]?.forEach((uid, index) => {
      const at = STATUS.child("uncountedTerminatedPods", list).index(index);
      if (uid === "") errors.push(invalid(at, uid, "must not be empty"));
      else if (seen.has(uid)) errors.push(duplicate(at, uid));
      seen.add(uid);
    });
  }
}

const refuse = (errors: Errors, text: string): void => void errors.push(invalid(CONDITIONS, OMIT, text));

/** How a job ends, and when. */
function checkEnds(errors: Errors, status: JobStatus, changes: Changes): void {
  const { startTime, completionTime } = status;
  const complete = is(status, "Complete");
  const at = STATUS.child("completionTime");
  if (complete && is(status, "Failed") && changes("Complete", "Failed")) {
    refuse(errors, "cannot set Complete=True and Failed=true conditions");
  }
  if (complete && is(status, "FailureTarget") && changes("Complete", "FailureTarget")) {
    refuse(errors, "cannot set Complete=True and FailureTarget=true conditions");
  }
  if (changes("Complete", "completionTime")) {
    if (completionTime !== undefined && !complete) {
      const text = "cannot set completionTime when there is no Complete=True condition";
      errors.push(invalid(at, completionTime, text));
    }
    if (completionTime === undefined && complete) {
      errors.push(required(at, "completionTime is required for Complete jobs"));
    }
  }
  if (startTime !== undefined && completionTime !== undefined && changes("startTime", "completionTime")) {
    if (Date.parse(completionTime) < Date.parse(startTime)) {
      errors.push(invalid(at, completionTime, "must be equal to or after `startTime`"));
    }
  }
  if (is(status, "Failed") && !is(status, "FailureTarget") && changes("Failed", "failedIndexes")) {
    refuse(errors, "cannot set Failed=True condition without the FailureTarget=true condition");
  }
  if (complete && !is(status, "SuccessCriteriaMet") && changes("Complete", "SuccessCriteriaMet")) {
    refuse(errors, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  }
}

function checkFinished(errors: Errors, status: JobStatus, changes: Changes): void {
  const { active = 0, startTime, uncountedTerminatedPods: uncounted } = status;
  if (active > 0 && changes("finished", "active")) {
    errors.push(invalid(STATUS.child("active"), active, "active>0 is invalid for finished job"));
  }
  if (startTime === undefined && changes("finished", "startTime")) {
    errors.push(required(STATUS.child("startTime"), "startTime is required for finished job"));
  }
  const left = (uncounted?.failed?.length ?? 0) + (uncounted?.succeeded?.length ?? 0);
  if (left > 0 && changes("finished", "uncountedTerminatedPods")) {
    const shown = goStruct(UncountedTerminatedPods, uncounted);
    errors.push(invalid(STATUS.child("uncountedTerminatedPods"), shown, "must be empty for finished job"));
  }
}

function checkIndexes(errors: Errors, spec: JobSpec, status: JobStatus, changes: Changes): void {
  const { completions, backoffLimitPerIndex, completionMode } = spec;
  const { completedIndexes = "", failedIndexes } = status;
  const format = (name: "completedIndexes" | "failedIndexes", value: string): void => {
    const counted = countIndexes(value, completions!);
    if (typeof counted === "number") return;
    errors.push(invalid(STATUS.child(name), value, `error parsing ${name}: ${counted}`));
  };
  const completedChanges = changes("completedIndexes");
  const failedChanges = changes("failedIndexes");
  if (completedChanges && completions !== undefined) format("completedIndexes", completedIndexes);
  if (failedChanges && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes !== undefined) {
    format("failedIndexes", failedIndexes);
  }
  if (completedChanges && completedIndexes !== "" && completionMode !== "Indexed") {
    const text = "cannot set non-empty completedIndexes when non-indexed completion mode";
    errors.push(invalid(STATUS.child("completedIndexes"), completedIndexes, text));
  }
  if (failedChanges && failedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    const text = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
    errors.push(invalid(STATUS.child("failedIndexes"), failedIndexes, text));
  }
  if (!(completedChanges || failedChanges) || completions === undefined || failedIndexes === undefined) return;
  const overlap = firstOverlap(completedIndexes, failedIndexes, completions);
  if (overlap === undefined) return;
  const text = `failedIndexes and completedIndexes overlap at index: ${overlap}`;
  errors.push(invalid(STATUS.child("failedIndexes"), failedIndexes, text));
}

function checkCriteria(errors: Errors, spec: JobSpec, status: JobStatus): void {
  const met = is(status, "SuccessCriteriaMet");
  if (met && is(status, "Failed")) refuse(errors, "cannot set SuccessCriteriaMet=True and Failed=true conditions");
  if (met && is(status, "FailureTarget")) {
    refuse(errors, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  }
  if (spec.successPolicy !== undefined && !met && is(status, "Complete")) {
    refuse(errors, "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
}

/** What has come to its end stays there, and counts only grow. */
function checkTransitions(errors: Errors, spec: JobSpec, status: JobStatus, before: JobStatus): void {
  for (const type of ["Failed", "Complete", "FailureTarget"] as const) {
    if (is(before, type) && !is(status, type)) refuse(errors, `cannot disable the terminal ${type}=True condition`);
  }
  const fewer = (name: "failed" | "succeeded"): void => {
    const count = status[name] ?? 0;
    if (count >= (before[name] ?? 0)) return;
    errors.push(invalid(STATUS.child(name), count, `cannot decrease the ${name} counter`));
  };
  fewer("failed");
  // An indexed job whose size follows its parallelism can shrink.
  if (spec.completionMode !== "Indexed" || spec.completions !== spec.parallelism) fewer("succeeded");
  const { completionTime, startTime } = status;
  if (completionTime !== undefined && before.completionTime !== undefined && completionTime !== before.completionTime) {
    errors.push(immutable(STATUS.child("completionTime"), completionTime));
  }
  if (before.startTime !== undefined && startTime !== before.startTime && spec.suspend !== true) {
    const text = "field is immutable for unsuspended job once set";
    errors.push(invalid(STATUS.child("startTime"), startTime ?? null, text));
  }
  const met = is(status, "SuccessCriteriaMet");
  if (is(before, "SuccessCriteriaMet") && !met) {
    refuse(errors, "cannot disable the SuccessCriteriaMet=True condition");
  }
  if (is(before, "Complete") && !is(before, "SuccessCriteriaMet") && met) {
    refuse(errors, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
  }
}
