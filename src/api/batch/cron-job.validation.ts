/** Rules on CronJobs. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path } from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { shownSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { nonNegative, oneOfRequired, present } from "../rules.ts";
import type { CronJobSpec } from "./cron-job.ts";
import { checkJobSpec } from "./job.validation.ts";
import { isTimeZone, scheduleError } from "./schedule.validation.ts";

interface CronJobLike extends KubeObject {
  readonly spec: CronJobSpec;
}

const SPEC = path("spec");
const POLICIES = ["Allow", "Forbid", "Replace"];
/** The names of its jobs end in 11 more characters. */
const LONGEST_NAME = 52;

export function validateCronJob(
  { metadata, spec }: CronJobLike,
  { subresource, previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const creating = metadata.resourceVersion === undefined;
  const before = previous as CronJobLike | undefined;
  if (present(errors, SPEC, "schedule", spec.schedule)) checkSchedule(errors, spec, before);
  nonNegative(errors, SPEC, "startingDeadlineSeconds", spec.startingDeadlineSeconds);
  if (before === undefined || spec.timeZone !== before.spec.timeZone) checkTimeZone(errors, spec.timeZone);
  oneOfRequired(errors, SPEC, "concurrencyPolicy", spec.concurrencyPolicy, POLICIES);
  const at = SPEC.child("jobTemplate", "spec");
  const job = spec.jobTemplate.spec;
  checkJobSpec(errors, at, job);
  if (job.selector !== undefined) {
    errors.push(invalid(at.child("selector"), shownSelector(job.selector), "`selector` will be auto-generated"));
  }
  if (job.manualSelector === true) errors.push(notSupported(at.child("manualSelector"), true, ["nil", "false"]));
  nonNegative(errors, SPEC, "successfulJobsHistoryLimit", spec.successfulJobsHistoryLimit);
  nonNegative(errors, SPEC, "failedJobsHistoryLimit", spec.failedJobsHistoryLimit);
  if (creating && (metadata.name ?? "").length > LONGEST_NAME) {
    errors.push(invalid("metadata.name", metadata.name, `must be no more than ${LONGEST_NAME} characters`));
  }
  return errors;
}

function checkSchedule(errors: Errors, { schedule, timeZone }: CronJobSpec, previous: CronJobLike | undefined): void {
  const at = SPEC.child("schedule");
  const error = scheduleError(schedule);
  if (error !== undefined) errors.push(invalid(at, schedule, error));
  if (!schedule.includes("TZ")) return;
  // A schedule that had its zone in it before the field existed may keep it.
  if (previous?.spec.schedule.includes("TZ") !== true) {
    errors.push(invalid(at, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"));
  } else if (timeZone !== undefined) {
    errors.push(invalid(at, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule"));
  }
}

function checkTimeZone(errors: Errors, zone: string | undefined): void {
  if (zone === undefined) return;
  const at = SPEC.child("timeZone");
  if (zone === "") {
    errors.push(invalid(at, zone, "timeZone must be nil or non-empty string"));
    return;
  }
  if (zone.toLowerCase() === "local") {
    const text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    errors.push(invalid(at, zone, text));
  }
  // Go knows a zone of this very name.
  if (zone !== "Local" && !isTimeZone(zone)) errors.push(invalid(at, zone, `unknown time zone ${zone}`));
}
