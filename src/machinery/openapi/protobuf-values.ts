/** What the messages of both versions have alike, be it with other tags, and how it is written. */
import { toJson } from "../exact-json.ts";
import { bool, double, field, int64, list, map, message, string } from "../schema/builders.ts";
import type { Fields, Type } from "../schema/builders.ts";
import type { MessageSchema, Schema } from "../schema/schema.ts";
import type { Json } from "./definitions.ts";

export const of = (fields: Fields): MessageSchema => message("", fields) as MessageSchema;
/** Pairs of a name and a value. */
export const pairs = (value: Schema): MessageSchema => of({ additionalProperties: field(1, map(value)) });

/** Any value, as YAML; JSON is YAML. */
export const Any = of({ yaml: field(2, string()) });

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

/** A path's operations, whose tags follow each other in both versions. */
export const operationFields = (first: number, operation: MessageSchema): Fields =>
  Object.fromEntries(METHODS.map((method, index) => [method, field(first + index, operation)]));

const LIMITS: Readonly<Record<string, Type<unknown>>> = {
  multipleOf: double(),
  maximum: double(),
  exclusiveMaximum: bool(),
  minimum: double(),
  exclusiveMinimum: bool(),
  maxLength: int64(),
  minLength: int64(),
  pattern: string(),
  maxItems: int64(),
  minItems: int64(),
  uniqueItems: bool(),
  maxProperties: int64(),
  minProperties: int64(),
  required: list(string()),
  enum: list(Any),
};

/** What a schema holds values to; these tags follow each other, too. */
export const limitFields = (first: number): Fields =>
  Object.fromEntries(Object.entries(LIMITS).map(([name, value], index) => [name, field(first + index, value)]));

const ExternalDocs = of({ description: field(1, string()), url: field(2, string()) });
export const externalDocs = (tag: number): Fields[string] => field(tag, ExternalDocs);

/** What an operation begins with. */
export const operationHead: Fields = {
  tags: field(1, list(string())),
  summary: field(2, string()),
  description: field(3, string()),
  externalDocs: externalDocs(4),
  operationId: field(5, string()),
};

/** The values of a map: a schema, or whether there may be any. */
export const valuesField = (tag: number, schema: MessageSchema): Fields[string] =>
  field(tag, of({ schema: field(1, schema), boolean: field(2, bool()) }));
export const valuesOf = (values: unknown, schemaOf: (schema: Json) => Json): Json =>
  typeof values === "boolean" ? { boolean: values } : { schema: schemaOf(values as Json) };

export function pathOf(
  item: Json,
  operationOf: (operation: Json) => Json,
  parametersOf: (parameters: unknown) => Json[] | undefined,
): Json {
  const methods = METHODS.filter((method) => method in item);
  return {
    ...(Object.fromEntries(methods.map((method) => [method, operationOf(item[method] as Json)])) as Json),
    parameters: parametersOf(item["parameters"]),
    ...extensionsOf(item),
  };
}

export const any = (value: unknown): Json => ({ yaml: `${toJson(value)}\n` });

/** What begins with `x-`. */
export function extensionsOf(object: Json): Json {
  const found = Object.entries(object).filter(([key]) => key.startsWith("x-"));
  if (found.length === 0) return {};
  return { extensions: Object.fromEntries(found.map(([key, value]) => [key, any(value)])) };
}

export function mapped(object: unknown, change: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries((object ?? {}) as Json).map(([key, value]) => [key, change(value as Json)]));
}
