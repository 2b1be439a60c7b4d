/** Rules on ControllerRevisions: what is kept of a template is never changed. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { immutable, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { nonNegative, same } from "../rules.ts";

interface ControllerRevisionLike {
  readonly revision: number;
  readonly data?: unknown;
}

const ROOT = path("");

export function validateControllerRevision(
  { revision, data }: ControllerRevisionLike,
  { previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  nonNegative(errors, ROOT, "revision", revision);
  if (previous !== undefined) return errors;
  if (data === undefined || data === null) errors.push(required("data", "data is mandatory"));
  else if (typeof data !== "object" || Array.isArray(data)) {
    errors.push(required("data", "data must be a valid JSON object"));
  }
  return errors;
}

export function validateControllerRevisionUpdate(
  next: ControllerRevisionLike,
  previous: ControllerRevisionLike,
): FieldError[] {
  return same(next.data, previous.data) ? [] : [immutable("data", next.data ?? null)];
}
