/**
 * Errors that point at a field, as upstream's k8s.io/apimachinery/pkg/util/validation/field: the same reasons
 * and the same texts to the letter. Constructors in upstream's words; the server joins a list of them into
 * one 422 Status.
 */
export interface FieldError {
  /** The `reason` of a StatusCause, such as FieldValueInvalid. */
  readonly reason: FieldErrorReason;
  /** `spec.containers[0].name`; keys of maps in brackets: `metadata.labels[app]`. */
  readonly field: string;
  /** The text without the field, such as `Invalid value: "x": must be …`. */
  readonly message: string;
}

export type FieldErrorReason =
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueNotFound"
  | "FieldValueTypeInvalid"
  | "InternalError";
