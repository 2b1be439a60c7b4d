/** What is wrong with the CEL rules of one node of a schema, for whoever defines a custom resource. */
import { typeOfSchema } from "../cel/index.ts";
import { invalid, notSupported } from "../field-errors.ts";
import type { FieldError, Path } from "../field-errors.ts";
import { compileRule } from "./compiled-rules.ts";
import type { StructuralSchema, ValidationRule } from "./schema.ts";

const REASONS = ["FieldValueRequired", "FieldValueInvalid", "FieldValueForbidden", "FieldValueDuplicate"];

/** `root` where the schema is that of whole objects. Rules that are empty are told elsewhere. */
export function ruleCompileErrors(schema: StructuralSchema, at: Path, root: boolean): FieldError[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  if (rules.length === 0) return [];
  const self = typeOfSchema(schema, root);
  return rules.flatMap((rule, index) => {
    const here = at.child("x-kubernetes-validations").index(index);
    const errors = plainErrors(rule, here);
    if (rule.rule.trim() === "") return errors;
    const { error, messageError } = compileRule(rule, self);
    if (error !== undefined) errors.push(invalid(here.child("rule"), printed(rule), error));
    if (messageError !== undefined) {
      errors.push(invalid(here.child("messageExpression"), printed(rule), messageError));
    }
    return errors;
  });
}

function plainErrors({ message = "", messageExpression = "", reason }: ValidationRule, here: Path): FieldError[] {
  const errors: FieldError[] = [];
  if (message !== "" && message.trim() === "") {
    errors.push(invalid(here.child("message"), message, "message must be non-empty if specified"));
  } else if (message.trim().includes("\n")) {
    errors.push(invalid(here.child("message"), message, "message must not contain line breaks"));
  }
  if (messageExpression !== "" && messageExpression.trim() === "") {
    const text = "messageExpression must be non-empty if specified";
    errors.push(invalid(here.child("messageExpression"), messageExpression, text));
  }
  if (reason !== undefined && !REASONS.includes(reason))
    errors.push(notSupported(here.child("reason"), reason, REASONS));
  return errors;
}

/** The rule as upstream prints it: all of its fields by their Go names. */
function printed(rule: ValidationRule): object {
  return {
    Rule: rule.rule,
    Message: rule.message ?? "",
    MessageExpression: rule.messageExpression ?? "",
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? "",
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}
