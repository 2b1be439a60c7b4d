/** Rules on Jobs, and on the jobs that CronJobs make. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path, required, tooLong } from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label, isDomainPrefixedPath } from "../../machinery/names.ts";
import { checkPodTemplateSpec } from "../core/pod-template.validation.ts";
import { checkLabelSelector, inOrder, selects, shownSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { nonNegative, oneOf } from "../rules.ts";
import type { JobSpec } from "./job-spec.ts";
import type { JobStatus } from "./job.ts";
import { checkPodFailurePolicy, checkSuccessPolicy } from "./pod-failure-policy.validation.ts";

export interface JobLike extends KubeObject {
  readonly spec: JobSpec;
  readonly status: JobStatus;
}

const SPEC = path("spec");
const MODES = ["NonIndexed", "Indexed"];
const MOST_INDEXES = 100_000;
const LONGEST_MANAGER = 63;

export function validateJob(job: JobLike, { subresource, previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return errors;
  const { spec } = job;
  if (spec.manualSelector !== true && spec.selector !== undefined) {
    checkGenerated(errors, job, isPrefixed(previous as JobLike | undefined));
  }
  checkSpec(errors, spec);
  if (spec.completionMode === "Indexed" && (spec.completions ?? 0) > 0) checkHostname(errors, job);
  // Upstream says once more of a change what it said of the spec as it is.
  if (previous !== undefined) checkSpec(errors, spec);
  return errors;
}

function checkSpec(errors: Errors, spec: JobSpec): void {
  checkJobSpec(errors, SPEC, spec);
  if (spec.selector === undefined) errors.push(required(SPEC.child("selector")));
  else checkLabelSelector(errors, SPEC.child("selector"), spec.selector);
  const { labels } = spec.template.metadata;
  if (selects(spec.selector, labels) === false) {
    const text = "`selector` does not match template `labels`";
    errors.push(invalid(SPEC.child("template", "metadata", "labels"), inOrder(labels), text));
  }
}

const PREFIXED = ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"] as const;

/** Jobs from before the labels had a prefix need not have those that have one. */
function isPrefixed(previous: JobLike | undefined): boolean {
  const labels = previous?.spec.template.metadata.labels;
  return previous === undefined || PREFIXED.every((name) => labels?.[name] !== undefined);
}

/** Each index becomes part of a hostname. */
function checkHostname(errors: Errors, { metadata, spec }: JobLike): void {
  const longest = `${metadata.name}-${spec.completions! - 1}`;
  if (isDNS1123Label(longest).length === 0) return;
  const text = `will not able to create pod with invalid DNS label: ${longest}`;
  errors.push(invalid("metadata.name", metadata.name, text));
}

/** The labels that tie pods to the job must have survived what the client gave. */
function checkGenerated(errors: Errors, { metadata, spec }: JobLike, prefixed: boolean): void {
  const at = SPEC.child("template", "metadata", "labels");
  const { labels } = spec.template.metadata;
  const expected: Record<string, string> = { "controller-uid": metadata.uid, "job-name": metadata.name };
  if (prefixed) Object.assign(expected, { [PREFIXED[0]]: metadata.uid, [PREFIXED[1]]: metadata.name });
  for (const [key, value] of Object.entries(expected)) {
    if (ownValue(labels, key) === value) continue;
    if (ownValue(labels, key) === undefined) errors.push(required(at.key(key), `must be '${value}'`));
    else errors.push(invalid(at.key(key), inOrder(labels), `must be '${value}'`));
  }
  if (selects(spec.selector, expected) === false) {
    errors.push(invalid(SPEC.child("selector"), shownSelector(spec.selector!), "`selector` not auto-generated"));
  }
}

export function checkJobSpec(errors: Errors, at: Path, spec: JobSpec): void {
  nonNegative(errors, at, "parallelism", spec.parallelism);
  nonNegative(errors, at, "completions", spec.completions);
  nonNegative(errors, at, "activeDeadlineSeconds", spec.activeDeadlineSeconds);
  nonNegative(errors, at, "backoffLimit", spec.backoffLimit);
  nonNegative(errors, at, "ttlSecondsAfterFinished", spec.ttlSecondsAfterFinished);
  nonNegative(errors, at, "backoffLimitPerIndex", spec.backoffLimitPerIndex);
  nonNegative(errors, at, "maxFailedIndexes", spec.maxFailedIndexes);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(at.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"));
  }
  const { managedBy } = spec;
  if (managedBy !== undefined) {
    errors.push(...isDomainPrefixedPath(at.child("managedBy"), managedBy));
    if (managedBy.length > LONGEST_MANAGER) errors.push(tooLong(at.child("managedBy"), LONGEST_MANAGER));
  }
  checkIndexes(errors, at, spec);
  if (spec.podFailurePolicy !== undefined) checkPodFailurePolicy(errors, at.child("podFailurePolicy"), spec);
  if (spec.successPolicy !== undefined) {
    if (spec.completionMode !== "Indexed") {
      errors.push(invalid(at.child("successPolicy"), shownSuccessPolicy(spec), "requires indexed completion mode"));
    } else checkSuccessPolicy(errors, at.child("successPolicy"), spec);
  }
  const replacements = spec.podFailurePolicy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  oneOf(errors, at, "podReplacementPolicy", spec.podReplacementPolicy, replacements);
  checkPodTemplateSpec(errors, at.child("template"), spec.template);
  checkRestartPolicy(errors, at.child("template", "spec", "restartPolicy"), spec);
}

/** As Go prints the struct. */
function shownSuccessPolicy({ successPolicy }: JobSpec): object {
  return {
    Rules: successPolicy?.rules?.map(({ succeededIndexes, succeededCount }) => ({
      SucceededIndexes: succeededIndexes ?? null,
      SucceededCount: succeededCount ?? null,
    })),
  };
}

function checkIndexes(errors: Errors, at: Path, spec: JobSpec): void {
  const { completionMode, completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes } = spec;
  oneOf(errors, at, "completionMode", completionMode, MODES);
  if (completionMode === "Indexed") {
    if (completions === undefined) {
      errors.push(required(at.child("completions"), "when completion mode is Indexed"));
    }
    if (parallelism > MOST_INDEXES) {
      const text = `must be less than or equal to ${MOST_INDEXES} when completion mode is Indexed`;
      errors.push(invalid(at.child("parallelism"), parallelism, text));
    }
    if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
      errors.push(invalid(at.child("maxFailedIndexes"), maxFailedIndexes, "must be less than or equal to completions"));
    }
    checkManyIndexes(errors, at, spec);
  }
  if (completionMode === undefined || completionMode === "NonIndexed") {
    if (backoffLimitPerIndex !== undefined) {
      errors.push(invalid(at.child("backoffLimitPerIndex"), backoffLimitPerIndex, "requires indexed completion mode"));
    }
    if (maxFailedIndexes !== undefined) {
      errors.push(invalid(at.child("maxFailedIndexes"), maxFailedIndexes, "requires indexed completion mode"));
    }
  }
}

const MANY_FAILED = 10_000;

/** With very many indexes the status could not hold all that failed. */
function checkManyIndexes(errors: Errors, at: Path, spec: JobSpec): void {
  const { completions = 0, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MOST_INDEXES) {
    const text = `must be less than or equal to ${MOST_INDEXES}`;
    errors.push(invalid(at.child("maxFailedIndexes"), maxFailedIndexes, text));
  }
  if (backoffLimitPerIndex === undefined || completions <= MOST_INDEXES) return;
  const when = `when completions are above ${MOST_INDEXES} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) {
    errors.push(required(at.child("maxFailedIndexes"), `must be specified when completions is above ${MOST_INDEXES}`));
  }
  if (parallelism > MANY_FAILED) {
    errors.push(invalid(at.child("parallelism"), parallelism, `must be less than or equal to ${MANY_FAILED} ${when}`));
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MANY_FAILED) {
    const text = `must be less than or equal to ${MANY_FAILED} ${when}`;
    errors.push(invalid(at.child("maxFailedIndexes"), maxFailedIndexes, text));
  }
}

function checkRestartPolicy(errors: Errors, at: Path, { template, podFailurePolicy }: JobSpec): void {
  const policy: string = template.spec.restartPolicy;
  if (policy === "Always" || policy === "") {
    errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  } else if (policy !== "OnFailure" && policy !== "Never") {
    errors.push(notSupported(at, policy, ["OnFailure", "Never"]));
  } else if (podFailurePolicy !== undefined && policy !== "Never") {
    errors.push(invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
}
