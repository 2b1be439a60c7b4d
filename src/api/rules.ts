/**
 * The small rules that validation of all kinds is made of. Each pushes what is wrong onto `errors`, so that a valid
 * object costs no list and no text: the words are made only where something is wrong.
 */
import { ownValue } from "../machinery/json-tree.ts";
import type { FieldError, Path } from "../machinery/field-errors.ts";
import { invalid, notSupported, required } from "../machinery/field-errors.ts";
import { QuantityError, compareQuantity } from "../machinery/quantity.ts";

export type Errors = FieldError[];

export const NOT_NEGATIVE = "must be greater than or equal to 0";
export const NOT_POSITIVE = "must be greater than zero";
export const NOT_INTEGER = "must be an integer";

/** One error for each text that a check of names.ts gave. */
export function add(errors: Errors, at: Path, value: unknown, texts: readonly string[]): void {
  for (const text of texts) errors.push(invalid(at, value, text));
}

export function nonNegative(errors: Errors, at: Path, name: string, value: number | undefined): void {
  if (value !== undefined && value < 0) errors.push(invalid(at.child(name), value, NOT_NEGATIVE));
}

export function positive(errors: Errors, at: Path, name: string, value: number | undefined): void {
  if (value !== undefined && value <= 0) errors.push(invalid(at.child(name), value, NOT_POSITIVE));
}

/** True when the field says something. */
export function present(errors: Errors, at: Path, name: string, value: string | undefined | null, why = ""): boolean {
  if (value !== undefined && value !== null && value !== "") return true;
  errors.push(required(at.child(name), why));
  return false;
}

/** Absent is fine, anything not in the list is not. An array is printed in its order, a Set sorted. */
export function oneOf(
  errors: Errors,
  at: Path,
  name: string,
  value: string | undefined,
  supported: readonly string[] | ReadonlySet<string>,
): void {
  if (value === undefined) return;
  const known = Array.isArray(supported) ? supported.includes(value) : (supported as ReadonlySet<string>).has(value);
  if (!known) errors.push(notSupported(at.child(name), value, supported));
}

/** As {@link oneOf}, where the field must say something. */
export function oneOfRequired(
  errors: Errors,
  at: Path,
  name: string,
  value: string | undefined,
  supported: readonly string[] | ReadonlySet<string>,
): void {
  if (value === undefined || value === "") errors.push(required(at.child(name)));
  else oneOf(errors, at, name, value, supported);
}

/** Fields that hold amounts, alone or by name: `1Gi` is the same as `1073741824`. */
const AMOUNTS: ReadonlySet<string> = new Set(["capacity", "limits", "overhead", "requests", "sizeLimit"]);

/** Whether two values of JSON are the same; an empty list is as good as none, as in Go's DeepEqual of the API. */
export function same(a: unknown, b: unknown, amount = false): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return (vacant(a) && vacant(b)) || (amount && sameAmount(a, b));
  if (a === null || b === null) return vacant(a) && vacant(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => same(item, b[index]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!same(left[key], ownValue(right, key), amount || AMOUNTS.has(key))) return false;
  for (const key in right) if (!Object.hasOwn(left, key) && !vacant(right[key])) return false;
  return true;
}

function sameAmount(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string") return false;
  try {
    return compareQuantity(a, b) === 0;
  } catch (error) {
    if (error instanceof QuantityError) return false;
    throw error;
  }
}

/** Absent, or a list without items. */
function vacant(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
