/** What may not change of a Job. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { immutable, invalid, path } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { PodSpec } from "../core/pod-spec.ts";
import { goStruct } from "../go-struct.ts";
import { shownSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { same } from "../rules.ts";
import { PodFailurePolicy, SuccessPolicy } from "./job-spec.ts";
import type { JobSpec } from "./job-spec.ts";
import { validateJobStatus } from "./job-status.validation.ts";
import type { JobLike } from "./job.validation.ts";

const SPEC = path("spec");
const FIXED = ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] as const;

export function validateJobUpdate(next: JobLike, previous: JobLike, { subresource }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return validateJobStatus(next, previous);
  if (subresource !== undefined) return errors;
  const { spec } = next;
  const { spec: old } = previous;
  checkCompletions(errors, spec, old);
  if (!same(spec.selector, old.selector)) {
    errors.push(immutable(SPEC.child("selector"), spec.selector === undefined ? null : shownSelector(spec.selector)));
  }
  checkTemplate(errors, next, previous);
  for (const name of FIXED) {
    if (!same(spec[name], old[name])) errors.push(immutable(SPEC.child(name), shown(spec, name)));
  }
  return errors;
}

/** As Go prints it. */
function shown(spec: JobSpec, name: (typeof FIXED)[number]): unknown {
  if (name === "podFailurePolicy") return goStruct(PodFailurePolicy as MessageSchema, spec[name]);
  if (name === "successPolicy") return goStruct(SuccessPolicy as MessageSchema, spec[name]);
  return spec[name] ?? null;
}

/** An indexed job grows and shrinks with its parallelism. */
function checkCompletions(errors: Errors, spec: JobSpec, old: JobSpec): void {
  if (spec.completions === old.completions) return;
  const at = SPEC.child("completions");
  if (spec.completionMode !== "Indexed") {
    errors.push(immutable(at, spec.completions ?? null));
  } else if (spec.completions !== undefined && spec.completions !== spec.parallelism) {
    errors.push(invalid(at, spec.completions, "can only be modified in tandem with spec.parallelism"));
  }
}

const TEMPLATE = SPEC.child("template");

function checkTemplate(errors: Errors, { spec: { template } }: JobLike, previous: JobLike): void {
  const old = previous.spec.template;
  if (same(template, old)) return;
  // As Go prints the struct.
  const shown = goStruct(PodSpec as MessageSchema, template.spec);
  if (!rests(previous)) errors.push(immutable(TEMPLATE, { ...template.metadata, Spec: shown }));
  else if (!same(template.spec, withOpenPartsOf(old.spec, template.spec))) {
    errors.push(immutable(TEMPLATE.child("spec"), shown));
  }
}

/** Suspended without a pod: labels, where its pods run and what they ask for may still change. */
function rests({ spec, status }: JobLike): boolean {
  if (spec.suspend !== true || (status.active ?? 0) > 0) return false;
  const told = status.conditions?.some(({ type, status: is }) => type === "Suspended" && is === "True") ?? false;
  return status.startTime === undefined || told;
}

function withOpenPartsOf(spec: PodSpec, next: PodSpec): PodSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = next;
  const { nodeAffinity: _, ...others } = spec.affinity ?? {};
  const wanted = { ...others, ...(affinity?.nodeAffinity && { nodeAffinity: affinity.nodeAffinity }) };
  const placed = affinity === undefined && Object.keys(others).length === 0 ? undefined : wanted;
  const sized = (list: "containers" | "initContainers") =>
    spec[list]?.map((container, index) => ({
      ...container,
      resources: next[list]?.[index]?.resources ?? container.resources,
    }));
  const lists = { containers: sized("containers"), initContainers: sized("initContainers") };
  return { ...spec, ...lists, nodeSelector, tolerations, schedulingGates, affinity: placed } as PodSpec;
}
