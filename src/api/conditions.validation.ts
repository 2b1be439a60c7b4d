/** Rules on the conditions of a status. */
import type { Path } from "../machinery/field-errors.ts";
import { duplicate, invalid, notSupported, required, tooLong } from "../machinery/field-errors.ts";
import { byteLength } from "../machinery/go-text.ts";
import type { Condition } from "../machinery/meta/condition.ts";
import { isQualifiedName, regexError } from "../machinery/names.ts";
import type { Errors } from "./rules.ts";
import { add } from "./rules.ts";

const STATUSES = ["False", "True", "Unknown"];
const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const REASON_FORM = new RegExp(`^${REASON}$`);
const REASON_LIMIT = 1024;
const MESSAGE_LIMIT = 32 * 1024;
const NOT_A_REASON = regexError(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  REASON,
  "my_name",
  "MY_NAME",
  "MyName",
  "ReasonA,ReasonB",
  "ReasonA:ReasonB",
);

export function checkConditions(errors: Errors, at: Path, conditions: readonly Condition[]): void {
  const types = new Set<string>();
  conditions.forEach((condition, index) => {
    const here = at.index(index);
    if (types.has(condition.type)) errors.push(duplicate(here.child("type"), condition.type));
    types.add(condition.type);
    checkCondition(errors, here, condition);
  });
}

function checkCondition(errors: Errors, at: Path, condition: Condition): void {
  const { type, status, observedGeneration = 0, reason, message = "" } = condition;
  add(errors, at.child("type"), type, isQualifiedName(type));
  if (!STATUSES.includes(status)) errors.push(notSupported(at.child("status"), status, STATUSES));
  if (observedGeneration < 0) {
    errors.push(invalid(at.child("observedGeneration"), observedGeneration, "must be greater than or equal to zero"));
  }
  if (!condition.lastTransitionTime) errors.push(required(at.child("lastTransitionTime")));
  if (reason === "") errors.push(required(at.child("reason")));
  else {
    if (!REASON_FORM.test(reason)) errors.push(invalid(at.child("reason"), reason, NOT_A_REASON));
    if (byteLength(reason) > REASON_LIMIT) errors.push(tooLong(at.child("reason"), REASON_LIMIT));
  }
  if (byteLength(message) > MESSAGE_LIMIT) errors.push(tooLong(at.child("message"), MESSAGE_LIMIT));
}
