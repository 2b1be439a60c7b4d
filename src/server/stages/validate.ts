import { invalid as invalidObject } from "../../machinery/errors.ts";
import { IMMUTABLE, invalid } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { nameIsPathSegment } from "../../machinery/names.ts";
import { validateObjectMeta, validateObjectMetaUpdate, validateParts } from "../../machinery/validate-metadata.ts";
import { deepEqual, valueAt } from "../objects.ts";
import { contextOf } from "./prepare.ts";
import type { WriteAttempt } from "../write.ts";

/** Refuses with 422 and all errors at once; adds the kind's warnings of what is written, the object or its status. */
export function validate(attempt: WriteAttempt): void {
  const { exchange, resource, draft, previous, subresource } = attempt;
  const errors = attempt.operation === "CREATE" ? createErrors(attempt) : updateErrors(attempt);
  if (errors.length > 0) throw invalidObject(resource.groupKind, draft.metadata.name ?? "", errors);
  const { kind } = resource;
  const warnings =
    subresource === "" ? kind.warnings?.(draft, previous) : subresource === "status" && kind.statusWarnings?.(draft);
  if (warnings) for (const text of warnings) exchange.warn(text);
}

function createErrors(attempt: WriteAttempt): FieldError[] {
  const { kind } = attempt.resource;
  return [...metadataErrors(attempt), ...(kind.validate?.(attempt.draft, contextOf(attempt)) ?? [])];
}

function metadataErrors({ resource, draft }: WriteAttempt, parts?: readonly FieldError[]): FieldError[] {
  const { kind } = resource;
  const rules = {
    namespaced: resource.namespaced,
    ...(kind.validateName && { nameRule: kind.validateName }),
    ...(kind.schema.custom && { qualifiedFinalizers: false }),
    ...(parts && { parts }),
  };
  return validateObjectMeta(draft.metadata, rules);
}

/** What a name and a finalizer must be for every kind. */
const OF_ANY_KIND = { nameRule: nameIsPathSegment, qualifiedFinalizers: false };

function updateErrors(attempt: WriteAttempt): FieldError[] {
  const { resource, draft } = attempt;
  const { kind } = resource;
  const previous = attempt.previous!;
  const context = contextOf(attempt);
  // It is told up to four times, and found out once.
  const parts = validateParts(draft.metadata);
  const metadata = validateObjectMetaUpdate(draft.metadata, previous.metadata, undefined, parts);
  const errors = [
    // Upstream checks metadata for every kind and again in the kind's own rules; its causes tell both.
    ...validateObjectMeta(draft.metadata, { namespaced: resource.namespaced, ...OF_ANY_KIND, parts }),
    ...metadata,
    ...metadata,
    ...(kind.wholeOnUpdate === true && attempt.subresource !== "status" ? metadataErrors(attempt, parts) : []),
    // Custom resources compare with the object before, so that what was stored once stays writable.
    ...(kind.schema.custom ? [] : (kind.validate?.(draft, context) ?? [])),
  ];
  for (const path of kind.immutable ?? []) {
    const value = valueAt(draft, path);
    if (!deepEqual(value, valueAt(previous, path))) errors.push(invalid(path, value ?? null, IMMUTABLE));
  }
  return [...errors, ...(kind.validateUpdate?.(draft, previous, context) ?? [])];
}
