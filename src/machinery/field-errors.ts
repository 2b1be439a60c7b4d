/**
 * Errors that point at a field, as upstream's k8s.io/apimachinery/pkg/util/validation/field: the same reasons
 * and the same texts to the letter. Constructors in upstream's words; the server joins a list of them into
 * one 422 Status.
 */
import { goJson, quote } from "./go-text.ts";

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

/**
 * Where a field is. A step costs one small object; the text is made only when an error needs it.
 *
 * `path("spec").child("containers").index(0).child("name")` prints `spec.containers[0].name`.
 */
export class Path {
  readonly #parent: Path | undefined;
  readonly #step: string | number;
  readonly #bracket: boolean;

  constructor(parent: Path | undefined, step: string | number, bracket: boolean) {
    this.#parent = parent;
    this.#step = step;
    this.#bracket = bracket;
  }

  child(...names: readonly string[]): Path {
    return names.reduce((at: Path, name) => new Path(at, name, false), this);
  }

  /** An item of a list. */
  index(index: number): Path {
    return new Path(this, index, true);
  }

  /** An entry of a map. */
  key(key: string): Path {
    return new Path(this, key, true);
  }

  toString(): string {
    const own = this.#bracket ? `[${this.#step}]` : `${this.#step}`;
    if (this.#parent === undefined) return own;
    const before = this.#parent.toString();
    return this.#bracket || before === "" ? before + own : `${before}.${own}`;
  }
}

/** The start of a path: `path("metadata", "labels")`. */
export function path(name: string, ...more: readonly string[]): Path {
  return new Path(undefined, name, false).child(...more);
}

/** Where upstream speaks of the whole object with a path that has no name, and prints it like this. */
export const NAMELESS = "[]";

/** A path or its finished text; undefined where upstream has a nil path, printed `<nil>`. */
export type Where = Path | string | undefined;

/** As the value of an error: print no value at all (`Invalid value: must be …`). */
export const OMIT: unique symbol = Symbol("omit the value");

/** The text upstream gives for most fields that may not change. */
export const IMMUTABLE = "field is immutable";

export function required(where: Where, detail = ""): FieldError {
  return make("FieldValueRequired", where, "Required value", detail);
}

export function duplicate(where: Where, value: unknown): FieldError {
  return make("FieldValueDuplicate", where, withValue("Duplicate value", value), "");
}

export function invalid(where: Where, value: unknown, detail: string): FieldError {
  return make("FieldValueInvalid", where, withValue("Invalid value", value), detail);
}

/**
 * The value is not one of a list. An array is printed in its own order, a Set sorted: upstream keeps
 * some lists as slices and others as sets, and both orders are on the wire.
 */
export function notSupported(
  where: Where,
  value: unknown,
  supported: readonly string[] | ReadonlySet<string>,
): FieldError {
  const list = Array.isArray(supported) ? (supported as readonly string[]) : [...supported].toSorted();
  const detail = list.length === 0 ? "" : `supported values: ${list.map(quote).join(", ")}`;
  return make("FieldValueNotSupported", where, withValue("Unsupported value", value), detail);
}

export function forbidden(where: Where, detail: string): FieldError {
  return make("FieldValueForbidden", where, "Forbidden", detail);
}

/** `limit` in bytes; a negative one says only that it is too long. */
export function tooLong(where: Where, limit: number): FieldError {
  const detail = limit >= 0 ? `may not be more than ${limit} ${limit === 1 ? "byte" : "bytes"}` : "value is too long";
  return make("FieldValueTooLong", where, "Too long", detail);
}

/** `actual` below zero prints no number, `limit` below zero no limit. */
export function tooMany(where: Where, actual: number, limit: number): FieldError {
  const detail = limit >= 0 ? `must have at most ${limit} ${limit === 1 ? "item" : "items"}` : "has too many items";
  return make("FieldValueTooMany", where, withValue("Too many", actual >= 0 ? actual : OMIT), detail);
}

/** The wrong JSON type; prints as `Invalid value`, with a reason of its own. */
export function typeInvalid(where: Where, value: unknown, detail: string): FieldError {
  return make("FieldValueTypeInvalid", where, withValue("Invalid value", value), detail);
}

export function notFound(where: Where, value: unknown): FieldError {
  return make("FieldValueNotFound", where, withValue("Not found", value), "");
}

export function internal(where: Where, message: string): FieldError {
  return make("InternalError", where, "Internal error", message);
}

/** `value` changed although it may not. */
export function immutable(where: Where, value: unknown): FieldError {
  return invalid(where, value, IMMUTABLE);
}

/** One error as upstream's `Error()`: `spec.replicas: Invalid value: -1: must be …`. */
export function errorText(error: FieldError): string {
  return `${error.field}: ${error.message}`;
}

function make(reason: FieldErrorReason, where: Where, head: string, detail: string): FieldError {
  return {
    reason,
    field: where === undefined ? "<nil>" : where.toString(),
    message: detail === "" ? head : `${head}: ${detail}`,
  };
}

function withValue(head: string, value: unknown): string {
  return value === OMIT ? head : `${head}: ${valueText(value)}`;
}

/** A value as upstream prints it: strings quoted, all else as Go's JSON; absent is `null`. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? quote(value) : goJson(value);
}
