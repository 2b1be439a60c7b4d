/** Rules on conditions of the common form (metav1.Condition). */
import { duplicate, invalid, notSupported, required, tooLong } from "../machinery/field-errors.ts";
import type { Path } from "../machinery/field-errors.ts";
import { byteLength } from "../machinery/go-text.ts";
import type { Condition } from "../machinery/meta/condition.ts";
import { isQualifiedName, regexError } from "../machinery/names.ts";
import type { Errors } from "./rules.ts";
import { add } from "./rules.ts";

const STATUSES: ReadonlySet<string> = new Set(["False", "True", "Unknown"]);
const REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const WHOLE_REASON = new RegExp(`^${REASON}$`);
const REASON_TEXT =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'";
const REASON_EXAMPLES = ["my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB"];
const LONGEST_REASON = 1024;
const LONGEST_MESSAGE = 32 * 1024;

export function checkConditions(errors: Errors, at: Path, conditions: readonly Condition[]): void {
  const types = new Set<string>();
  conditions.forEach((condition, index) => {
    const here = at.index(index);
    const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition;
    if (types.has(type)) errors.push(duplicate(here.child("type"), type));
    types.add(type);
    add(errors, here.child("type"), type, isQualifiedName(type));
    if (!STATUSES.has(status)) errors.push(notSupported(here.child("status"), status, STATUSES));
    if (observedGeneration < 0) {
      const text = "must be greater than or equal to zero";
      errors.push(invalid(here.child("observedGeneration"), observedGeneration, text));
    }
    if (!lastTransitionTime) errors.push(required(here.child("lastTransitionTime"), "must be set"));
    if (reason === "") errors.push(required(here.child("reason"), "must be set"));
    else if (!WHOLE_REASON.test(reason)) {
      errors.push(invalid(here.child("reason"), reason, regexError(REASON_TEXT, REASON, ...REASON_EXAMPLES)));
    }
    if (byteLength(reason) > LONGEST_REASON) errors.push(tooLong(here.child("reason"), LONGEST_REASON));
    if (byteLength(message) > LONGEST_MESSAGE) errors.push(tooLong(here.child("message"), LONGEST_MESSAGE));
  });
}
