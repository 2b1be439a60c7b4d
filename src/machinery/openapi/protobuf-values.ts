/** What both versions' messages write alike: any value as YAML, extensions, and objects whose values change form. */
import { field, map, message, string } from "../schema/builders.ts";
import type { Fields } from "../schema/builders.ts";
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

export const any = (value: unknown): Json => ({ yaml: `${JSON.stringify(value)}\n` });

/** What begins with `x-`. */
export function extensionsOf(object: Json): Json {
  const found = Object.entries(object).filter(([key]) => key.startsWith("x-"));
  if (found.length === 0) return {};
  return { extensions: Object.fromEntries(found.map(([key, value]) => [key, any(value)])) };
}

export function mapped(object: unknown, change: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries((object ?? {}) as Json).map(([key, value]) => [key, change(value as Json)]));
}
