/** The fields of conditions that many kinds have in a type of their own. */
import { field, string, time } from "../machinery/schema/builders.ts";

/** Where the API asks for neither type nor status. */
export const optionalConditionFields = {
  type: field(1, string(), "Which condition it is."),
  status: field(2, string(), "`True`, `False` or `Unknown`."),
  lastTransitionTime: field(3, time(), "When the status last changed from one value to another.").orNull(),
  reason: field(4, string(), "Why, in one CamelCase word for programs."),
  message: field(5, string(), "Why, in a sentence for people."),
};

export const conditionFields = {
  ...optionalConditionFields,
  type: optionalConditionFields.type.required(),
  status: optionalConditionFields.status.required(),
};
