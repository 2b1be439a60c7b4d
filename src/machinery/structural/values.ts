/**
 * The checks of OpenAPI v3 on a value, in the order and words of upstream's validator.
 *
 * The path in the text starts where checking starts: a status write checks `status` alone, so its texts say
 * `ready in body` while the error stands at `status.ready`.
 */
import { toJson } from "../exact-json.ts";
import { invalid, notSupported, required, tooLong, tooMany, typeInvalid } from "../field-errors.ts";
import type { FieldError } from "../field-errors.ts";
import { characterCount, quote } from "../go-text.ts";
import { oldItems, oldMember, sameJson } from "./correlation.ts";
import { fitsFormat, isKnownFormat } from "./formats.ts";
import { matchCount } from "./match-count.ts";
import { numberErrors } from "./numbers.ts";
import { patternOf } from "./patterns.ts";
import { typeMismatch } from "./types.ts";
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
    else if (typeof value === "number" || typeof value === "bigint") {
      errors.push(...numberErrors(schema, value, name, { at: this.#where(name), root: this.#where("") }));
    } else if (Array.isArray(value)) errors.push(...this.#list(schema, value, name, old));
    errors.push(...this.#enum(schema, value, name));
    if (isObject(value)) errors.push(...this.#object(schema, value, name, old));
    return errors;
  }

  #where(name: string): string | undefined {
    const trimmed = name.startsWith(".") ? name.slice(1) : name;
    if (trimmed === "") return this.#at === "" ? undefined : this.#at;
    return this.#at === "" ? trimmed : `${this.#at}.${trimmed}`;
  }

  #typeError(schema: StructuralSchema, value: unknown, name: string): FieldError[] {
    const wrong = typeMismatch(schema, value);
    if (wrong === undefined) return [];
    const { wanted, found } = wrong;
    return [typeInvalid(this.#where(name), found, `${name} in body must be of type ${wanted}: ${quote(found)}`)];
  }

  #enum({ enum: allowed }: StructuralSchema, value: unknown, name: string): FieldError[] {
    if (allowed === undefined || allowed.length === 0 || allowed.some((each) => sameJson(each, value))) return [];
    const texts = allowed.map((each) => (typeof each === "string" ? each : toJson(each)));
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
      const length = characterCount(value);
      if (maxLength !== undefined && length > maxLength) return tooLong(this.#where(name), maxLength);
      if (minLength !== undefined && length < minLength) {
        return invalid(this.#where(name), value, `${name} in body should be at least ${minLength} chars long`);
      }
    }
    if (pattern === undefined || pattern === "") return undefined;
    try {
      if (patternOf(pattern).test(value)) return undefined;
    } catch (error) {
      const text = `${name} in body should match '${pattern}, but pattern is invalid: ${(error as Error).message}'`;
      return invalid(this.#where(name), value, text);
    }
    return invalid(this.#where(name), value, `${name} in body should match '${pattern}'`);
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
    const errors: FieldError[] = [];
    if (minProperties !== undefined && members.length < minProperties) {
      const text = `${name} in body should have at least ${minProperties} properties`;
      errors.push(invalid(this.#where(name), members.length, text));
    }
    if (maxProperties !== undefined && members.length > maxProperties) {
      errors.push(tooMany(this.#where(name), members.length, maxProperties));
    }
    for (const member of members) {
      const inner = name === "" ? member : `${name}.${member}`;
      const own = memberOf(schema, member);
      if (own !== undefined) errors.push(...this.check(own, value[member], inner, oldMember(old, member)));
      else if (additionalProperties === false) {
        errors.push(invalid(this.#where(name), member, `${name}.${member} in body is a forbidden property`));
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
    const closest = (schemas: readonly StructuralSchema[], results: readonly FieldError[][]): FieldError[] => {
      const holds = (schema: StructuralSchema, part: unknown): boolean =>
        this.#node(schema, part, name, undefined).length === 0;
      const counts = schemas.map((schema) => matchCount(schema, value, holds));
      return results[counts.indexOf(Math.max(...counts))]!;
    };
    if (anyOf !== undefined && anyOf.length > 0) {
      const results = tried(anyOf);
      if (!results.some((each) => each.length === 0)) {
        say("must validate at least one schema (anyOf)");
        errors.push(...closest(anyOf, results));
      }
    }
    if (oneOf !== undefined && oneOf.length > 0) {
      const results = tried(oneOf);
      const held = results.filter((each) => each.length === 0).length;
      if (held !== 1) {
        const found = held === 0 ? "Found none valid" : `Found ${held} valid alternatives`;
        say(`must validate one and only one schema (oneOf). ${found}`);
        if (held === 0) errors.push(...closest(oneOf, results));
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
