/**
 * The checks of OpenAPI v3 on a value, in the order and words of upstream's validator.
 *
 * The path in the text starts where checking starts: a status write checks `status` alone, so its texts say
 * `ready in body` while the error stands at `status.ready`.
 */
import { invalid, notSupported, required, tooLong, tooMany, typeInvalid } from "../field-errors.ts";
import type { FieldError } from "../field-errors.ts";
import { quote } from "../go-text.ts";
import { oldItems, oldMember, sameJson } from "./correlation.ts";
import { fitsFormat, isKnownFormat } from "./formats.ts";
import { patternOf } from "./patterns.ts";
import { isObject, itemsOf, memberOf } from "./schema.ts";
import type { Json, StructuralSchema } from "./schema.ts";

export interface ValueCheck {
  /** Where errors stand before the path in their text, such as `status`. */
  readonly at?: string;
  /** The object before: parts that did not change are not checked again. */
  readonly old?: unknown;
}

/** All that is wrong with `value`. */
export function valueErrors(schema: StructuralSchema, value: unknown, { at = "", old }: ValueCheck = {}): FieldError[] {
  return new Checker(at).check(schema, value, "", old);
}

/** JSON's type; whole numbers are integers. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

class Checker {
  readonly #at: string;

  constructor(at: string) {
    this.#at = at;
  }

  /** A node that failed but is as it was before passes. */
  check(schema: StructuralSchema, value: unknown, name: string, old: unknown): FieldError[] {
    const errors = this.#node(schema, value, name, old);
    return errors.length > 0 && old !== undefined && sameJson(value, old) ? [] : errors;
  }

  #node(schema: StructuralSchema, value: unknown, name: string, old: unknown): FieldError[] {
    const wrong = this.#typeError(schema, value, name);
    if (value === null) return wrong;
    const errors = [...wrong, ...this.#joined(schema, value, name)];
    if (typeof value === "string") errors.push(...this.#text(schema, value, name));
    else if (typeof value === "number") errors.push(...this.#number(schema, value, name));
    else if (Array.isArray(value)) errors.push(...this.#list(schema, value, name, old));
    errors.push(...this.#enum(schema, value, name));
    if (isObject(value)) errors.push(...this.#object(schema, value, name, old));
    return errors;
  }

  #where(name: string): string | undefined {
    const trimmed = name.startsWith(".") ? name.slice(1) : name;
    if (trimmed === "") return this.#at === "" ? undefined : this.#at;
    return this.#at === "" ? trimmed : `${this.#at}.${trimmed}`;
  }

  #wrong(name: string, wanted: string, found: string): FieldError {
    return typeInvalid(this.#where(name), found, `${name} in body must be of type ${wanted}: ${quote(found)}`);
  }

  #typeError(schema: StructuralSchema, value: unknown, name: string): FieldError[] {
    const { type, nullable } = schema;
    const format = schema.format && isKnownFormat(schema.format, type) ? schema.format : "";
    const found = typeOf(value);
    if (schema["x-kubernetes-int-or-string"] === true) {
      const fits = found === "integer" || found === "string" || (found === "null" && nullable === true);
      return fits ? [] : [this.#wrong(name, "integer,string", found)];
    }
    if (found === "null") return type === undefined || nullable === true ? [] : [this.#wrong(name, type, "null")];
    if (type === undefined || type === "") return [];
    const fits = type === found || (type === "number" && found === "integer");
    if (fits) return [];
    const numeric = type === "number" || type === "integer";
    if (format !== "" && found !== "string" && found !== "array") {
      const foundFormat = found === "integer" ? "int64" : found === "number" ? "double" : "";
      return foundFormat === format ? [] : [this.#wrong(name, format, foundFormat)];
    }
    return format !== "" && !numeric ? [] : [this.#wrong(name, type, found)];
  }

  #enum({ enum: allowed }: StructuralSchema, value: unknown, name: string): FieldError[] {
    if (allowed === undefined || allowed.length === 0 || allowed.some((each) => sameJson(each, value))) return [];
    const texts = allowed.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
    return [notSupported(this.#where(name), value, texts)];
  }

  #text(schema: StructuralSchema, value: string, name: string): FieldError[] {
    const { format, type } = schema;
    const first = this.#lengthOrPattern(schema, value, name);
    const errors = first === undefined ? [] : [first];
    if (format !== undefined && isKnownFormat(format, type) && !fitsFormat(format, value)) {
      errors.push(typeInvalid(this.#where(name), value, `${name} in body must be of type ${format}: ${quote(value)}`));
    }
    return errors;
  }

  /** The first that does not hold. */
  #lengthOrPattern(schema: StructuralSchema, value: string, name: string): FieldError | undefined {
    const { pattern, minLength, maxLength } = schema;
    if (minLength !== undefined || maxLength !== undefined) {
      const length = [...value].length;
      if (maxLength !== undefined && length > maxLength) return tooLong(this.#where(name), maxLength);
      if (minLength !== undefined && length < minLength) {
        return invalid(this.#where(name), value, `${name} in body should be at least ${minLength} chars long`);
      }
    }
    if (pattern === undefined || pattern === "") return undefined;
    try {
      if (patternOf(pattern).test(value)) return undefined;
    } catch (error) {
      const text = `${name} in body should match '${pattern}', but pattern is invalid: ${(error as Error).message}`;
      return invalid(this.#where(name), value, text);
    }
    return invalid(this.#where(name), value, `${name} in body should match '${pattern}'`);
  }

  #number(schema: StructuralSchema, value: number, name: string): FieldError[] {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    const errors = rangeErrors(schema, value, name, this.#where(""));
    const say = (text: string): void => {
      errors.push(invalid(this.#where(name), value, `${name} in body should be ${text}`));
    };
    if (multipleOf !== undefined && !isMultiple(value, multipleOf)) say(`a multiple of ${multipleOf}`);
    if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
      say(`less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
    }
    if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
      say(`greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
    }
    return errors;
  }

  #list(schema: StructuralSchema, value: readonly unknown[], name: string, old: unknown): FieldError[] {
    const { minItems, maxItems } = schema;
    const items = itemsOf(schema);
    const errors: FieldError[] = [];
    if (items !== undefined) {
      const before = oldItems(schema, old);
      value.forEach((item, index) => errors.push(...this.check(items, item, `${name}[${index}]`, before(item))));
    }
    const length = value.length;
    if (minItems !== undefined && length < minItems) {
      errors.push(invalid(this.#where(name), length, `${name} in body should have at least ${minItems} items`));
    }
    if (maxItems !== undefined && length > maxItems) errors.push(tooMany(this.#where(name), length, maxItems));
    return errors;
  }

  #object(schema: StructuralSchema, value: Json, name: string, old: unknown): FieldError[] {
    const { minProperties, maxProperties, additionalProperties } = schema;
    const members = Object.keys(value);
    if (minProperties !== undefined && members.length < minProperties) {
      const text = `${name} in body should have at least ${minProperties} properties`;
      return [invalid(this.#where(name), members.length, text)];
    }
    if (maxProperties !== undefined && members.length > maxProperties) {
      return [tooMany(this.#where(name), members.length, maxProperties)];
    }
    const errors: FieldError[] = [];
    for (const member of members) {
      const inner = name === "" ? member : `${name}.${member}`;
      const own = memberOf(schema, member);
      if (own !== undefined) errors.push(...this.check(own, value[member], inner, oldMember(old, member)));
      else if (additionalProperties === false) {
        errors.push(invalid(this.#where(inner), "", `${name}.${member} in body is a forbidden property`));
      }
    }
    for (const member of schema.required ?? []) {
      if (!Object.hasOwn(value, member)) errors.push(required(this.#where(`${name}.${member}`)));
    }
    return errors;
  }

  /** Joined schemas say that they did not hold, and what was wrong with the one that came closest. */
  #joined({ allOf, anyOf, oneOf, not }: StructuralSchema, value: unknown, name: string): FieldError[] {
    const errors: FieldError[] = [];
    const say = (text: string): void => void errors.push(invalid(this.#where(""), "", `${quote(name)} ${text}`));
    const tried = (schemas: readonly StructuralSchema[]): FieldError[][] =>
      schemas.map((schema) => this.#node(schema, value, name, undefined));
    const closest = (results: readonly FieldError[][]): FieldError[] =>
      results.reduce((best, each) => (each.length < best.length ? each : best));
    if (anyOf !== undefined && anyOf.length > 0) {
      const results = tried(anyOf);
      if (!results.some((each) => each.length === 0)) {
        say("must validate at least one schema (anyOf)");
        errors.push(...closest(results));
      }
    }
    if (oneOf !== undefined && oneOf.length > 0) {
      const results = tried(oneOf);
      const held = results.filter((each) => each.length === 0).length;
      if (held !== 1) {
        const found = held === 0 ? "Found none valid" : `Found ${held} valid alternatives`;
        say(`must validate one and only one schema (oneOf). ${found}`);
        if (held === 0) errors.push(...closest(results));
      }
    }
    if (allOf !== undefined && allOf.length > 0) {
      const results = tried(allOf);
      const failed = results.filter((each) => each.length > 0);
      errors.push(...failed.flat());
      if (failed.length > 0) {
        say(`must validate all the schemas (allOf)${failed.length === results.length ? ". None validated" : ""}`);
      }
    }
    if (not !== undefined && this.#node(not, value, name, undefined).length === 0) {
      say("must not validate the schema (not)");
    }
    return errors;
  }
}

const INT32 = 2 ** 31;

/** Upstream gives these at the place where checking starts. */
function rangeErrors(
  { type, format }: StructuralSchema,
  value: number,
  name: string,
  where: string | undefined,
): FieldError[] {
  if (type !== "integer") return [];
  const narrow = format === "int32";
  if (Number.isInteger(value) && !(narrow && (value < -INT32 || value >= INT32))) return [];
  const form = format ? `with format ${format}` : "(default format)";
  return [invalid(where, "", `Checked value must be of type integer ${form} in ${name}`)];
}

/** Within what a double can tell. */
function isMultiple(value: number, factor: number): boolean {
  return Number.isInteger(Number((value / factor).toPrecision(12)));
}
