/** Rules on fields that hold a number or a percentage. */
import type { Path } from "../machinery/field-errors.ts";
import { invalid } from "../machinery/field-errors.ts";
import type { IntOrString } from "../machinery/int-or-string.ts";
import { isValidPercent } from "../machinery/names.ts";
import type { Errors } from "./rules.ts";
import { NOT_NEGATIVE, add } from "./rules.ts";

export function checkIntOrPercent(errors: Errors, at: Path, value: IntOrString): void {
  if (typeof value === "string") add(errors, at, value, isValidPercent(value));
  else if (value < 0) errors.push(invalid(at, value, NOT_NEGATIVE));
}

export function checkAtMost100Percent(errors: Errors, at: Path, value: IntOrString): void {
  if (typeof value !== "string" || isValidPercent(value).length > 0) return;
  if (Number(value.slice(0, -1)) > 100) errors.push(invalid(at, value, "must not be greater than 100%"));
}

/** The number of either; zero for a text that is none. */
export function amountOf(value: IntOrString): number {
  if (typeof value === "number") return value;
  return /^\d+%?$/.test(value) ? Number.parseInt(value, 10) : 0;
}
