/** Rules on what counts as failure and success of a job. */
import type { Path } from "../../machinery/field-errors.ts";
import { OMIT, duplicate, invalid, notSupported, required, tooLong, tooMany } from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Errors } from "../rules.ts";
import { nonNegative } from "../rules.ts";
import { indexesOf } from "./indexes.ts";
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "./job-spec.ts";

const MOST_RULES = 20;
const MOST_VALUES = 255;
const ACTIONS = ["Count", "FailIndex", "FailJob", "Ignore"];
const OPERATORS = ["In", "NotIn"];
const STATUSES = ["False", "True", "Unknown"];

const valid = (values: readonly string[]): string => `valid values: [${values.map(quote).join(" ")}]`;

export function checkPodFailurePolicy(errors: Errors, at: Path, spec: JobSpec): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const here = at.child("rules");
  if (rules.length > MOST_RULES) errors.push(tooMany(here, rules.length, MOST_RULES));
  const { containers = [], initContainers = [] } = spec.template.spec;
  const names = new Set([...(containers ?? []), ...initContainers].map(({ name }) => name));
  rules.forEach((rule, index) => checkRule(errors, here.index(index), rule, spec, names));
}

function checkRule(
  errors: Errors,
  at: Path,
  rule: PodFailurePolicyRule,
  spec: JobSpec,
  names: ReadonlySet<string>,
): void {
  const action: string = rule.action;
  if (action === "") errors.push(required(at.child("action"), valid(ACTIONS)));
  else if (action === "FailIndex" && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(at.child("action"), action, "requires the backoffLimitPerIndex to be set"));
  } else if (!ACTIONS.includes(action)) errors.push(notSupported(at.child("action"), action, ACTIONS));
  const { onExitCodes, onPodConditions = [] } = rule;
  if (onExitCodes !== undefined) checkExitCodes(errors, at.child("onExitCodes"), onExitCodes, names);
  checkConditions(errors, at.child("onPodConditions"), onPodConditions);
  if (onExitCodes !== undefined && onPodConditions.length > 0) {
    errors.push(invalid(at, OMIT, "specifying both OnExitCodes and OnPodConditions is not supported"));
  }
  if (onExitCodes === undefined && onPodConditions.length === 0) {
    errors.push(invalid(at, OMIT, "specifying one of OnExitCodes and OnPodConditions is required"));
  }
}

function checkConditions(
  errors: Errors,
  at: Path,
  patterns: NonNullable<PodFailurePolicyRule["onPodConditions"]>,
): void {
  if (patterns.length > MOST_RULES) errors.push(tooMany(at, patterns.length, MOST_RULES));
  patterns.forEach(({ type, status }, index) => {
    const here = at.index(index);
    if (type === "") errors.push(required(here.child("type")));
    if ((status as string) === "") errors.push(required(here.child("status"), valid(STATUSES)));
    else if (!STATUSES.includes(status)) errors.push(notSupported(here.child("status"), status, STATUSES));
  });
}

function checkExitCodes(
  errors: Errors,
  at: Path,
  { operator, containerName, values }: PodFailurePolicyOnExitCodesRequirement,
  names: ReadonlySet<string>,
): void {
  const text: string = operator;
  if (text === "") errors.push(required(at.child("operator"), valid(OPERATORS)));
  else if (!OPERATORS.includes(text)) errors.push(notSupported(at.child("operator"), text, OPERATORS));
  if (containerName !== undefined && !names.has(containerName)) {
    const why = "must be one of the container or initContainer names in the pod template";
    errors.push(invalid(at.child("containerName"), containerName, why));
  }
  const here = at.child("values");
  const codes = values ?? [];
  if (codes.length === 0) errors.push(invalid(here, codes, "at least one value is required"));
  else if (codes.length > MOST_VALUES) errors.push(tooMany(here, codes.length, MOST_VALUES));
  const seen = new Set<number>();
  codes.forEach((code, index) => {
    if (text === "In" && code === 0) errors.push(invalid(here.index(index), code, "must not be 0 for the In operator"));
    if (seen.has(code)) errors.push(duplicate(here.index(index), code));
    seen.add(code);
  });
  if (codes.some((code, index) => index > 0 && code < codes[index - 1]!)) {
    errors.push(invalid(here, codes, "must be ordered"));
  }
}

export function checkSuccessPolicy(errors: Errors, at: Path, spec: JobSpec): void {
  const rules = spec.successPolicy?.rules ?? [];
  const here = at.child("rules");
  if (rules.length === 0) {
    errors.push(required(here, "at least one rules must be specified when the successPolicy is specified"));
  }
  if (rules.length > MOST_RULES) errors.push(tooMany(here, rules.length, MOST_RULES));
  rules.forEach((rule, index) => checkSuccessRule(errors, here.index(index), rule, spec.completions ?? 0));
}

const LONGEST_INDEXES = 64 * 1024;

function checkSuccessRule(errors: Errors, at: Path, rule: SuccessPolicyRule, completions: number): void {
  const { succeededCount, succeededIndexes } = rule;
  if (succeededCount === undefined && succeededIndexes === undefined) {
    errors.push(required(at, "at least one of succeededCount or succeededIndexes must be specified"));
  }
  let total = 0;
  if (succeededIndexes !== undefined) {
    const here = at.child("succeededIndexes");
    if (succeededIndexes.length > LONGEST_INDEXES) {
      errors.push(tooLong(here, LONGEST_INDEXES));
    }
    const { intervals, error } = indexesOf(succeededIndexes, completions);
    if (error !== undefined) errors.push(invalid(here, succeededIndexes, `error parsing succeededIndexes: ${error}`));
    else total = intervals.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  }
  if (succeededCount === undefined) return;
  const here = at.child("succeededCount");
  nonNegative(errors, at, "succeededCount", succeededCount);
  if (succeededCount > completions) {
    errors.push(
      invalid(
        here,
        succeededCount,
        `must be less than or equal to ${completions} (the number of specified completions)`,
      ),
    );
  }
  if (succeededIndexes !== undefined && succeededCount > total) {
    const text = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
    errors.push(invalid(here, succeededCount, text));
  }
}
