/** Rules on one of `x-kubernetes-validations`, before its expressions are read. */
import type { Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { fieldPathOf } from "../../machinery/structural/field-path.ts";
import type { StructuralSchema, ValidationRule } from "../../machinery/structural/schema.ts";
import type { Errors } from "../rules.ts";

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

export function checkRule(errors: Errors, at: Path, rule: ValidationRule, schema: StructuralSchema): void {
  checkTexts(errors, at, rule);
  const { messageExpression = "", reason, fieldPath = "" } = rule;
  if (messageExpression !== "" && messageExpression.trim() === "") {
    errors.push(required(at.child("messageExpression"), "messageExpression must be non-empty if specified"));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(at.child("reason"), reason, REASONS));
  }
  if (fieldPath === "") return;
  const here = at.child("fieldPath");
  if (fieldPath.trim() === "") errors.push(invalid(here, fieldPath, "must be non-empty if specified"));
  if (hasLineBreak(fieldPath)) errors.push(invalid(here, fieldPath, "must not contain line breaks"));
  if (typeof fieldPathOf(fieldPath, schema) === "string") errors.push(invalid(here, fieldPath, "must be a valid path"));
}

function checkTexts(errors: Errors, at: Path, { rule, message = "" }: ValidationRule): void {
  const [plainRule, plainMessage] = [rule.trim(), message.trim()];
  const here = at.child("message");
  if (plainRule === "") errors.push(required(at.child("rule"), "rule is not specified"));
  else if (message !== "" && plainMessage === "") {
    errors.push(invalid(here, message, "must be non-empty if specified"));
  } else if (hasLineBreak(plainMessage)) {
    errors.push(invalid(here, message, "must not contain line breaks"));
  } else if (hasLineBreak(plainRule) && plainMessage === "") {
    errors.push(required(here, "message must be specified if rule contains line breaks"));
  }
}

const hasLineBreak = (text: string): boolean => /[\n\r]/.test(text);
