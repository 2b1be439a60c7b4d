/** Rules on questions about rights: about a resource or about a URL, and of somebody. */
import type { FieldError } from "../../machinery/field-errors.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { invalid, path, required } from "../../machinery/field-errors.ts";
import type { ObjectMeta } from "../../machinery/kind.ts";
import { checkOperator, checkRequirement } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import type { NonResourceAttributes, SubjectAccessReviewSpec } from "./access-review.ts";

const SPEC = path("spec");

type Attributes = Pick<SubjectAccessReviewSpec, "resourceAttributes" | "nonResourceAttributes">;

function checkAttributes(errors: Errors, { resourceAttributes, nonResourceAttributes }: Attributes): void {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    const text = "cannot be specified in combination with resourceAttributes";
    errors.push(invalid(SPEC.child("nonResourceAttributes"), shown(nonResourceAttributes), text));
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    const text = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    errors.push(invalid(SPEC.child("resourceAttributes"), null, text));
  }
}

/** As Go prints the struct. */
const shown = ({ path: url = "", verb = "" }: NonResourceAttributes): object => ({ Path: url, Verb: verb });

interface Selector<T> {
  readonly rawSelector?: string;
  readonly requirements?: readonly T[];
}

/** Operators that are not known here may be known to an authorizer. */
function checkSelectors(errors: Errors, { resourceAttributes }: Attributes): void {
  const at = SPEC.child("resourceAttributes");
  const { fieldSelector, labelSelector } = resourceAttributes ?? {};
  checkSelector(errors, at.child("fieldSelector"), fieldSelector, (of, { key, operator, values }) => {
    if (key === "") errors.push(required(of.child("key"), "must be specified"));
    checkOperator(errors, of, operator, values?.length ?? 0, true);
  });
  checkSelector(errors, at.child("labelSelector"), labelSelector, (of, each) =>
    checkRequirement(errors, of, each, { anyOperator: true }),
  );
}

function checkSelector<T>(
  errors: Errors,
  at: Path,
  selector: Selector<T> | undefined,
  check: (at: Path, requirement: T) => void,
): void {
  if (selector === undefined) return;
  const { rawSelector = "", requirements = [] } = selector;
  if (rawSelector !== "" && requirements.length > 0) {
    errors.push(invalid(at.child("rawSelector"), rawSelector, "may not specified at the same time as requirements"));
  }
  if (rawSelector === "" && requirements.length === 0) {
    const text = `when ${String(at)} is specified, requirements or rawSelector is required`;
    errors.push(required(at.child("requirements"), text));
  }
  requirements.forEach((each, index) => check(at.child("requirements").index(index), each));
}

/** A question is no object: it has no name, nor anything else of metadata. */
function checkMetadata(errors: Errors, metadata: Partial<ObjectMeta> = {}, detail: string, but?: "namespace"): void {
  const names = Object.keys(metadata) as (keyof ObjectMeta)[];
  const said = names.some((name) => name !== "managedFields" && name !== but && metadata[name] !== undefined);
  if (said) errors.push(invalid(path("metadata"), metadata, detail));
}

type Question<T> = { readonly metadata?: Partial<ObjectMeta>; readonly spec: T };

export function validateSelfSubjectAccessReview({ metadata, spec }: Question<Attributes>): FieldError[] {
  const errors: Errors = [];
  checkAttributes(errors, spec);
  checkSelectors(errors, spec);
  checkMetadata(errors, metadata, "must be empty");
  return errors;
}

export function validateSubjectAccessReview({ metadata, spec }: Question<SubjectAccessReviewSpec>): FieldError[] {
  const errors = ofSubject(spec);
  checkMetadata(errors, metadata, "must be empty");
  return errors;
}

function ofSubject(spec: SubjectAccessReviewSpec): Errors {
  const errors: Errors = [];
  checkAttributes(errors, spec);
  if ((spec.user ?? "") === "" && (spec.groups ?? []).length === 0) {
    errors.push(invalid(SPEC.child("user"), spec.user ?? "", "at least one of user or group must be specified"));
  }
  checkSelectors(errors, spec);
  return errors;
}

export function validateLocalSubjectAccessReview({ metadata, spec }: Question<SubjectAccessReviewSpec>): FieldError[] {
  const errors = ofSubject(spec);
  checkMetadata(errors, metadata, "must be empty except for namespace", "namespace");
  const { resourceAttributes, nonResourceAttributes } = spec;
  const namespace = resourceAttributes?.namespace ?? "";
  if (resourceAttributes !== undefined && namespace !== (metadata?.namespace ?? "")) {
    const at = SPEC.child("resourceAttributes", "namespace");
    errors.push(invalid(at, namespace, "must match metadata.namespace"));
  }
  if (nonResourceAttributes !== undefined) {
    const text = "disallowed on this kind of request";
    errors.push(invalid(SPEC.child("nonResourceAttributes"), shown(nonResourceAttributes), text));
  }
  return errors;
}
