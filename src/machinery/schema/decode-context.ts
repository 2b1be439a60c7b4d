/** Where decoding is, what it says when it cannot go on, and what its parts have in common. */
import { put } from "../json-tree.ts";
import { goType, jsonType } from "./go-names.ts";
import { NumberText } from "./json-text.ts";
import type { Schema } from "./schema.ts";

/** The value does not fit the schema. The message is Go's, such as `json: cannot unmarshal …`. */
export class DecodeError extends Error {}

export type Json = Readonly<Record<string, unknown>>;
export type Decode = (value: unknown, context: Context) => unknown;

/** Where decoding is, for the words of errors. */
export class Context {
  readonly unknown: string[] | undefined;
  /** Some numbers are {@link NumberText}. */
  readonly oddNumbers: boolean;
  /** The way from the root: field names and list indices, and map keys. */
  readonly path: (string | number)[] = [];
  /** The names of fields only, as Go's errors have them. */
  readonly fields: string[] = [];
  struct = "";
  /** What stands in this place of an object that was decoded before. Whoever decodes parts sets it for each of them. */
  known: unknown;

  constructor(unknown: string[] | undefined, oddNumbers: boolean) {
    this.unknown = unknown;
    this.oddNumbers = oddNumbers;
  }

  unknownField(name: string): void {
    if (this.unknown === undefined) return;
    let text = "";
    for (const part of this.path) text += typeof part === "number" ? `[${part}]` : text === "" ? part : `.${part}`;
    this.unknown.push(text === "" ? name : `${text}.${name}`);
  }

  mismatch(value: unknown, schema: Schema): DecodeError {
    const literal = value instanceof NumberText || typeof value === "number" || typeof value === "bigint";
    const integers = schema.form === "int32" || schema.form === "int64";
    const what = literal ? (integers ? `number ${numberText(value)}` : "number") : jsonType(value);
    const into = this.struct === "" ? "value" : `struct field ${this.struct}.${this.fields.join(".")}`;
    return new DecodeError(`json: cannot unmarshal ${what} into Go ${into} of type ${goType(schema)}`);
  }
}

export const numberText = (value: unknown): string => (value instanceof NumberText ? value.text : String(value));

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

export const recordOf = (value: unknown): Json | undefined => (isObject(value) ? value : undefined);

/** Free values as they came, with numbers as numbers. */
export function plain(value: unknown, context: Context): unknown {
  if (!context.oddNumbers || typeof value !== "object" || value === null) return value;
  if (value instanceof NumberText) return value.valueOf();
  if (Array.isArray(value)) return value.map((item) => plain(item, context));
  const out: Record<string, unknown> = {};
  for (const key in value) put(out, key, plain((value as Json)[key], context));
  return out;
}
