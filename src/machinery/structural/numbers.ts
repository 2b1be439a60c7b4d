/** The checks on numbers, in the order and words of upstream's validator. */
import { invalid } from "../field-errors.ts";
import type { FieldError } from "../field-errors.ts";
import type { StructuralSchema } from "./schema.ts";

const INT32 = 2 ** 31;
const INT64 = 2 ** 63;
const FLOAT = (2 - 2 ** -23) * 2 ** 127;

interface Places {
  /** Where the number is. */
  readonly at: string | undefined;
  /** Where checking starts: upstream gives errors about ranges there. */
  readonly root: string | undefined;
}

export function numberErrors(
  schema: StructuralSchema,
  given: number | bigint,
  name: string,
  places: Places,
): FieldError[] {
  // Upstream compares as floats, too.
  const value = Number(given);
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  const inRange = (what: string, number: number): void => {
    if (isInRange(schema, number)) return;
    errors.push(invalid(places.root, "", `${what} value must be of type ${rangeOf(schema)} in ${name}`));
  };
  const say = (text: string): void => {
    errors.push(invalid(places.at, given, `${name} in body should be ${text}`));
  };
  inRange("Checked", value);
  if (multipleOf !== undefined) {
    inRange("MultipleOf", multipleOf);
    // A whole number is divided by the whole part of the factor.
    const factor = Number.isInteger(value) ? Math.trunc(multipleOf) : multipleOf;
    if (factor <= 0) {
      errors.push(invalid(places.at, factor, `factor MultipleOf declared for ${name} must be positive: ${factor}`));
    } else if (!isMultiple(value, factor)) say(`a multiple of ${factor}`);
  }
  if (minimum !== undefined) {
    inRange("Minimum boundary", minimum);
    if (exclusiveMinimum ? value <= minimum : value < minimum) {
      say(`greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
    }
  }
  if (maximum !== undefined) {
    inRange("Maximum boundary", maximum);
    if (exclusiveMaximum ? value >= maximum : value > maximum) {
      say(`less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
    }
  }
  return errors;
}

function isInRange({ type, format }: StructuralSchema, value: number): boolean {
  if (type !== "integer") return type !== "number" || format !== "float" || Math.abs(value) <= FLOAT;
  if (!Number.isInteger(value)) return false;
  return format === "int32" ? value >= -INT32 && value < INT32 : Math.abs(value) <= INT64;
}

const FORMATS: ReadonlySet<string> = new Set(["int32", "int64", "float"]);

const rangeOf = ({ type, format = "" }: StructuralSchema): string =>
  `${type} ${FORMATS.has(format) ? `with format ${format}` : "(default format)"}`;

/** Within what a double can tell. */
function isMultiple(value: number, factor: number): boolean {
  return Number.isInteger(Number((value / factor).toPrecision(12)));
}
