/** Rules on questions about rights: about a resource or about a URL, and of somebody. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid, path } from "../../machinery/field-errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
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

export function validateSelfSubjectAccessReview({ spec }: { readonly spec: Attributes }): FieldError[] {
  const errors: Errors = [];
  checkAttributes(errors, spec);
  return errors;
}

export function validateSubjectAccessReview({ spec }: { readonly spec: SubjectAccessReviewSpec }): FieldError[] {
  const errors: Errors = [];
  checkAttributes(errors, spec);
  if ((spec.user ?? "") === "" && (spec.groups ?? []).length === 0) {
    errors.push(invalid(SPEC.child("user"), spec.user ?? "", "at least one of user or group must be specified"));
  }
  return errors;
}

export function validateLocalSubjectAccessReview(
  review: KubeObject & { readonly spec: SubjectAccessReviewSpec },
): FieldError[] {
  const errors = validateSubjectAccessReview(review);
  const { resourceAttributes, nonResourceAttributes } = review.spec;
  const namespace = resourceAttributes?.namespace ?? "";
  if (resourceAttributes !== undefined && namespace !== (review.metadata.namespace ?? "")) {
    const at = SPEC.child("resourceAttributes", "namespace");
    errors.push(invalid(at, namespace, "must match metadata.namespace"));
  }
  if (nonResourceAttributes !== undefined) {
    const text = "disallowed on this kind of request";
    errors.push(invalid(SPEC.child("nonResourceAttributes"), shown(nonResourceAttributes), text));
  }
  return errors;
}
