/** Rules on LabelSelector objects, as apimachinery's ValidateLabelSelector. */
import type { FieldError, Path } from "../machinery/field-errors.ts";
import { forbidden, immutable, invalid, path, required } from "../machinery/field-errors.ts";
import { isQualifiedName, isValidLabelValue } from "../machinery/names.ts";
import type { LabelSelector, LabelSelectorRequirement, Labels } from "../machinery/selectors.ts";
import { compileSelector } from "../machinery/selectors.ts";
import { validateLabels } from "../machinery/validate-metadata.ts";
import type { Errors } from "./rules.ts";
import { add, same } from "./rules.ts";

const ANYWHERE = path("");

/** What may pass although it is not right. */
export interface Leniency {
  /** An operator that is not known is for others to know. */
  readonly anyOperator?: boolean;
  /** Requirements may have values that no label can have. */
  readonly anyValue?: boolean;
}

export function checkLabelSelector(
  errors: Errors,
  at: Path,
  selector: LabelSelector | null | undefined,
  leniency?: Leniency,
): void {
  if (selector === undefined || selector === null) return;
  if (selector.matchLabels !== undefined) checkLabels(errors, at.child("matchLabels"), selector.matchLabels);
  selector.matchExpressions?.forEach((requirement, index) =>
    checkRequirement(errors, at.child("matchExpressions").index(index), requirement, leniency),
  );
}

export function checkRequirement(
  errors: Errors,
  at: Path,
  { key, operator, values }: LabelSelectorRequirement,
  { anyOperator = false, anyValue = false }: Leniency = {},
): void {
  checkOperator(errors, at, operator, values?.length ?? 0, anyOperator);
  const texts = isQualifiedName(key);
  if (texts.length > 0) add(errors, at.child("key"), key, texts);
  if (anyValue) return;
  values?.forEach((value, index) => {
    const wrong = isValidLabelValue(value);
    if (wrong.length > 0) add(errors, at.child("values").index(index), value, wrong);
  });
}

/** Whether an operator goes with so many values. */
export function checkOperator(errors: Errors, at: Path, operator: string, count: number, anyOperator: boolean): void {
  if (operator === "In" || operator === "NotIn") {
    if (count === 0) {
      errors.push(required(at.child("values"), "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (count > 0) {
      errors.push(forbidden(at.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else if (!anyOperator) errors.push(invalid(at.child("operator"), operator, "not a valid selector operator"));
}

export function checkLabels(errors: Errors, at: Path, labels: Labels | undefined): void {
  if (labels !== undefined) errors.push(...validateLabels(labels, at));
}

/** Undefined where no selector can be made of it: its own errors say so. */
export function selects(selector: LabelSelector | null | undefined, labels: Labels | undefined): boolean | undefined {
  const errors: Errors = [];
  checkLabelSelector(errors, ANYWHERE, selector);
  return errors.length > 0 ? undefined : compileSelector(selector)(labels ?? {});
}

/** Neither labels nor expressions: it selects everything. */
export function isEmptySelector({ matchLabels, matchExpressions }: LabelSelector): boolean {
  if ((matchExpressions?.length ?? 0) > 0) return false;
  for (const _ in matchLabels) return false;
  return true;
}

/** As Go prints a map: keys in order. */
export function inOrder(labels: Labels | null | undefined): Labels | null {
  if (labels === undefined || labels === null) return null;
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** As Go prints a selector. */
export function shownSelector({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  return {
    ...(matchLabels !== undefined && { matchLabels: inOrder(matchLabels)! }),
    ...(matchExpressions !== undefined && {
      matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values !== undefined && { values }),
      })),
    }),
  };
}

interface Selecting {
  readonly spec: { readonly selector?: LabelSelector | null };
}

/** Of workloads, whose pods would be nobody's if it changed. */
export function selectorChangeErrors({ spec: { selector } }: Selecting, { spec: before }: Selecting): FieldError[] {
  if (same(selector, before.selector)) return [];
  return [immutable(path("spec", "selector"), selector ? shownSelector(selector) : null)];
}
