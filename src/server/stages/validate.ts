import { invalid as invalidObject } from "../../machinery/errors.ts";
import { IMMUTABLE, invalid } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import type { Draft, Kind, KubeObject, MetadataRule, StrategyContext } from "../../machinery/kind.ts";
import { nameIsPathSegment } from "../../machinery/names.ts";
import {
  METADATA,
  validateKnownFinalizers,
  validateObjectMeta,
  validateObjectMetaUpdate,
  validateParts,
} from "../../machinery/validate-metadata.ts";
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
  const { resource, draft } = attempt;
  const { kind, namespaced } = resource;
  const own = kind.validate?.(draft, contextOf(attempt)) ?? [];
  if (kind.metadataApart !== true) return [...metadataErrors(attempt), ...own];
  return own.length > 0 ? [...own] : validateObjectMeta(draft.metadata, { namespaced, ...OF_ANY_KIND });
}

function metadataErrors({ resource, draft }: WriteAttempt, parts?: readonly FieldError[]): FieldError[] {
  const { kind } = resource;
  const rules = {
    namespaced: resource.namespaced,
    ...(kind.validateName && { nameRule: kind.validateName }),
    qualifiedFinalizers: hasKnownFinalizers(kind),
    ...(parts && { parts }),
  };
  return validateObjectMeta(draft.metadata, rules);
}

/** Groups whose finalizers need no domain: upstream holds them only to what holds for any object. */
const ANY_FINALIZERS: ReadonlySet<string> = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
]);

function hasKnownFinalizers({ schema, group }: Kind): boolean {
  return schema.custom !== true && !ANY_FINALIZERS.has(group);
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
    ...validateObjectMeta(draft.metadata, { namespaced: resource.namespaced, ...OF_ANY_KIND, parts }),
    ...metadata,
  ];
  for (const rule of repeatedRules(kind, attempt.subresource)) {
    if (rule === "whole") errors.push(...metadataErrors(attempt, parts));
    else errors.push(...metadata, ...finalizerErrors(kind, draft.metadata.finalizers));
  }
  const changes = changeErrors(kind, draft, previous, context);
  // Custom resources compare with the object before, so that what was stored once stays writable.
  const whole = kind.schema.custom ? [] : (kind.validate?.(draft, context) ?? []);
  return kind.changesFirst === true && attempt.subresource === ""
    ? [...errors, ...changes, ...whole]
    : [...errors, ...whole, ...changes];
}

function finalizerErrors(kind: Kind, finalizers: readonly string[] = []): FieldError[] {
  return hasKnownFinalizers(kind) ? validateKnownFinalizers(finalizers, METADATA.child("finalizers")) : [];
}

const CHANGE: readonly MetadataRule[] = ["change"];

function repeatedRules({ metadataOnUpdate = CHANGE }: Kind, subresource: string): readonly MetadataRule[] {
  if (typeof metadataOnUpdate === "function") return metadataOnUpdate(subresource);
  return subresource === "status" ? CHANGE : metadataOnUpdate;
}

function changeErrors(
  kind: Kind,
  draft: Draft<KubeObject>,
  previous: KubeObject,
  context: StrategyContext,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const path of kind.immutable ?? []) {
    const value = valueAt(draft, path);
    if (!deepEqual(value, valueAt(previous, path))) errors.push(invalid(path, value ?? null, IMMUTABLE));
  }
  return [...errors, ...(kind.validateUpdate?.(draft, previous, context) ?? [])];
}
