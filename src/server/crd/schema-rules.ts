/**
 * Values of custom resources against their OpenAPI schema, in upstream's words. What the schema's shape alone decides
 * (pruning, defaults) happens when decoding.
 */
import { invalid, notSupported, required, tooLong, tooMany, typeInvalid } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import type { OpenAPISchema } from "../../machinery/schema/from-openapi.ts";
import { parseTime } from "../../machinery/time.ts";
import { deepEqual } from "../objects.ts";

export interface RuleSchema extends OpenAPISchema {
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly RuleSchema[];
  readonly anyOf?: readonly RuleSchema[];
  readonly oneOf?: readonly RuleSchema[];
  readonly not?: RuleSchema;
}

type Json = Readonly<Record<string, unknown>>;

/** All that is wrong with a whole object; apiVersion, kind and metadata are checked elsewhere. */
export function schemaErrors(schema: RuleSchema, object: object): FieldError[] {
  const { apiVersion: _v, kind: _k, metadata: _m, ...own } = object as Json;
  const properties = { ...schema.properties };
  for (const name of ["apiVersion", "kind", "metadata"]) delete properties[name];
  const needed = schema.required?.filter((name) => !["apiVersion", "kind", "metadata"].includes(name));
  return check({ ...schema, type: "object", properties, ...(needed && { required: needed }) }, own, "");
}

function check(schema: RuleSchema, value: unknown, at: string): FieldError[] {
  if (value === null)
    return schema.nullable === true || schema.type === undefined ? [] : [wrongType(schema.type, value, at)];
  const wrong = typeError(schema, value, at);
  if (wrong !== undefined) return wrong;
  const errors = [...enumErrors(schema, value, at), ...joined(schema, value, at)];
  if (typeof value === "string") errors.push(...textErrors(schema, value, at));
  else if (typeof value === "number") errors.push(...numberErrors(schema, value, at));
  else if (Array.isArray(value)) errors.push(...listErrors(schema, value, at));
  else if (typeof value === "object") errors.push(...objectErrors(schema, value as Json, at));
  return errors;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function wrongType(type: string, value: unknown, at: string): FieldError {
  const kind = kindOf(value);
  return typeInvalid(at, kind, `${at} in body must be of type ${type}: ${JSON.stringify(kind)}`);
}

function typeError(schema: RuleSchema, value: unknown, at: string): FieldError[] | undefined {
  const kind = kindOf(value);
  if (schema["x-kubernetes-int-or-string"] === true) {
    return kind === "integer" || kind === "string" ? undefined : [wrongType("integer,string", value, at)];
  }
  const { type } = schema;
  if (type === undefined || type === kind || (type === "number" && kind === "integer")) return undefined;
  const errors = [wrongType(type, value, at)];
  if (type === "integer" && kind === "number") {
    errors.push(invalid(undefined, "", `Checked value must be of type integer (default format) in ${at}`));
  }
  return errors;
}

function enumErrors({ enum: allowed }: RuleSchema, value: unknown, at: string): FieldError[] {
  if (allowed === undefined || allowed.some((each) => deepEqual(each, value))) return [];
  return [
    notSupported(
      at,
      value,
      allowed.map((each) => (typeof each === "string" ? each : JSON.stringify(each))),
    ),
  ];
}

/** The first that does not hold, as upstream; a wrong format is said beside it. */
function textErrors(schema: RuleSchema, value: string, at: string): FieldError[] {
  const { format } = schema;
  const first = lengthOrPatternError(schema, value, at);
  const errors = first === undefined ? [] : [first];
  if (format !== undefined && !fits(format, value)) {
    errors.push(typeInvalid(at, value, `${at} in body must be of type ${format}: ${JSON.stringify(value)}`));
  }
  return errors;
}

function lengthOrPatternError(
  { pattern, minLength, maxLength }: RuleSchema,
  value: string,
  at: string,
): FieldError | undefined {
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) return tooLong(at, maxLength);
  if (minLength !== undefined && length < minLength) {
    return invalid(at, value, `${at} in body should be at least ${minLength} chars long`);
  }
  if (pattern === undefined || expression(pattern)?.test(value)) return undefined;
  return invalid(at, value, `${at} in body should match '${pattern}'`);
}

const expressions = new Map<string, RegExp | undefined>();
const MOST_EXPRESSIONS = 1000;

function expression(pattern: string): RegExp | undefined {
  if (!expressions.has(pattern)) {
    if (expressions.size >= MOST_EXPRESSIONS) expressions.clear();
    expressions.set(pattern, compiled(pattern));
  }
  return expressions.get(pattern);
}

function compiled(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}

const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  "date-time": isTime,
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isTime(`${value}T00:00:00Z`),
  uuid: (value) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(value),
  email: (value) => /^[^@\s]+@[^@\s]+$/.test(value),
  ipv4: (value) => /^(\d{1,3}\.){3}\d{1,3}$/.test(value) && value.split(".").every((part) => Number(part) < 256),
  byte: (value) => /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0,
};

function fits(format: string, value: string): boolean {
  return FORMATS[format]?.(value) ?? true;
}

function isTime(value: string): boolean {
  try {
    return !Number.isNaN(parseTime(value));
  } catch {
    return false;
  }
}

function numberErrors(schema: RuleSchema, value: number, at: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const say = (text: string): FieldError => invalid(at, value, `${at} in body should be ${text}`);
  const errors: FieldError[] = [];
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(say(`less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`));
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(say(`greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`));
  }
  if (multipleOf !== undefined && !Number.isInteger(Number((value / multipleOf).toPrecision(12)))) {
    errors.push(say(`a multiple of ${multipleOf}`));
  }
  return errors;
}

function listErrors(schema: RuleSchema, value: readonly unknown[], at: string): FieldError[] {
  const { minItems, maxItems, items } = schema;
  const errors: FieldError[] = [];
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(at, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalid(at, value.length, `${at} in body should have at least ${minItems} items`));
  }
  if (items === undefined || Array.isArray(items)) return errors;
  return [...errors, ...value.flatMap((item, i) => check(items as RuleSchema, item, `${at}[${i}]`))];
}

function objectErrors(schema: RuleSchema, value: Json, at: string): FieldError[] {
  const { properties = {}, additionalProperties, minProperties, maxProperties } = schema;
  const errors: FieldError[] = [];
  const names = Object.keys(value);
  if (maxProperties !== undefined && names.length > maxProperties)
    errors.push(tooMany(at, names.length, maxProperties));
  if (minProperties !== undefined && names.length < minProperties) {
    errors.push(invalid(at, names.length, `${at} in body should have at least ${minProperties} properties`));
  }
  const embedded = schema["x-kubernetes-embedded-resource"] === true ? ["apiVersion", "kind"] : [];
  for (const name of new Set([...embedded, ...(schema.required ?? [])])) {
    if (value[name] === undefined) errors.push(required(at === "" ? name : `${at}.${name}`));
  }
  for (const name of names) {
    const own = properties[name] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    if (own !== undefined) errors.push(...check(own as RuleSchema, value[name], at === "" ? name : `${at}.${name}`));
  }
  return errors;
}

function joined({ allOf = [], anyOf, oneOf, not }: RuleSchema, value: unknown, at: string): FieldError[] {
  const errors = allOf.flatMap((schema) => check(schema, value, at));
  const holds = (schema: RuleSchema): boolean => check(schema, value, at).length === 0;
  const say = (text: string): void => void errors.push(invalid(at, "", `${JSON.stringify(at)} ${text}`));
  if (anyOf !== undefined && !anyOf.some(holds)) say("must validate at least one schema (anyOf)");
  if (oneOf !== undefined && oneOf.filter(holds).length !== 1) say("must validate one and only one schema (oneOf)");
  if (not !== undefined && holds(not)) say("must not validate the schema (not)");
  return errors;
}
