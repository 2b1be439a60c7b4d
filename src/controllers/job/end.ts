/** Why a Job comes to its end, if it does. */
import type { Job, SuccessPolicyRule } from "../../api/batch/index.ts";
import type { Pod } from "../../api/core/index.ts";
import { timeOf } from "../../machinery/time.ts";
import { parseIndexes } from "./indexes.ts";
import type { Tally } from "./tally.ts";

export interface End {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

/** Once said it stays. */
export function endOfJob(job: Job, tally: Tally, now: number): End | undefined {
  return saidEnd(job) ?? failureOf(job, tally, now) ?? successOf(job, tally);
}

function saidEnd({ status }: Job): End | undefined {
  const target = status.conditions?.find(
    (condition) =>
      (condition.type === "FailureTarget" || condition.type === "SuccessCriteriaMet") && condition.status === "True",
  );
  if (target === undefined) return undefined;
  const { type, reason = "", message = "" } = target;
  return { type: type === "FailureTarget" ? "Failed" : "Complete", reason, message };
}

const failed = (reason: string, message: string): End => ({ type: "Failed", reason, message });

function failureOf(job: Job, tally: Tally, now: number): End | undefined {
  const { completions = 0, backoffLimit = 6, backoffLimitPerIndex, maxFailedIndexes } = job.spec;
  if (tally.policyFailure !== undefined) return failed("PodFailurePolicy", tally.policyFailure);
  if (tally.failed > backoffLimit || restartsTooMuch(job, tally.active)) {
    return failed("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const deadline = job.spec.suspend === true ? undefined : deadlineOf(job, job.status.startTime);
  if (deadline !== undefined && deadline <= now) {
    return failed("DeadlineExceeded", "Job was active longer than specified deadline");
  }
  const lost = tally.failedIndexes.size;
  if (backoffLimitPerIndex === undefined || lost === 0) return undefined;
  if (maxFailedIndexes !== undefined && lost > maxFailedIndexes) {
    return failed("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  }
  return lost + tally.completedIndexes.size >= completions
    ? failed("FailedIndexes", "Job has failed indexes")
    : undefined;
}

function successOf(job: Job, { active, succeeded, completedIndexes }: Tally): End | undefined {
  const { completions, successPolicy } = job.spec;
  const rule = successPolicy?.rules.findIndex((one) => isMet(one, completedIndexes, completions ?? 0)) ?? -1;
  if (rule >= 0) return { type: "Complete", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
  // Pods that are too many are dismissed first.
  if (active.length > 0 || succeeded < (completions ?? 1)) return undefined;
  return { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
}

/** All the indexes a rule names, or as many of them (of all, where it names none) as it says. */
function isMet(
  { succeededIndexes, succeededCount }: SuccessPolicyRule,
  done: ReadonlySet<number>,
  completions: number,
): boolean {
  if (done.size === 0) return false;
  if (succeededIndexes === undefined) return succeededCount !== undefined && done.size >= succeededCount;
  const named = parseIndexes(succeededIndexes, completions);
  const reached = [...named].filter((index) => done.has(index)).length;
  return named.size > 0 && (reached === named.size || (succeededCount !== undefined && reached >= succeededCount));
}

/** Containers restarted in place count as failures too. */
function restartsTooMuch({ spec }: Job, active: readonly Pod[]): boolean {
  const { template, backoffLimit = 6 } = spec;
  if (template.spec.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of active) {
    if (status.phase !== "Running" && status.phase !== "Pending") continue;
    for (const { restartCount = 0 } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      restarts += restartCount;
    }
  }
  return restarts >= Math.max(1, backoffLimit);
}

export function deadlineOf({ spec }: Job, startTime: string | undefined): number | undefined {
  const started = timeOf(startTime);
  if (spec.activeDeadlineSeconds === undefined || started === undefined) return undefined;
  return started + Number(spec.activeDeadlineSeconds) * 1000;
}
