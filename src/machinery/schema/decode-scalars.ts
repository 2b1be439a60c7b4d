/** Decoding values that have no parts: Go's ranges, canonical forms, and words. */
import { jsonType } from "./go-names.ts";
import { canonicalQuantity } from "../quantity.ts";
import { canonicalMicroTime, canonicalTime } from "../time.ts";
import { DecodeError, numberText } from "./decode-context.ts";
import type { Decode, Context } from "./decode-context.ts";
import { NumberText } from "./json-text.ts";
import type { Schema } from "./schema.ts";

export function scalarDecoder(schema: Schema): Decode {
  switch (schema.form) {
    case "string":
      return (value, context) => {
        if (typeof value !== "string") throw context.mismatch(value, schema);
        return value;
      };
    case "bool":
      return (value, context) => {
        if (typeof value !== "boolean") throw context.mismatch(value, schema);
        return value;
      };
    case "int32":
      return integerDecoder(schema, -0x80000000, 0x7fffffff);
    case "int64":
      return longDecoder(schema);
    case "double":
      return (value, context) => {
        if (value instanceof NumberText) return value.valueOf();
        if (typeof value === "bigint") return Number(value);
        if (typeof value !== "number") throw context.mismatch(value, schema);
        return value;
      };
    case "bytes":
      return decodeBytes;
    case "time":
      return textDecoder(canonicalTime);
    case "microTime":
      return textDecoder(canonicalMicroTime);
    case "quantity":
      return quantityDecoder(canonicalQuantity);
    default:
      return decodeIntOrString;
  }
}

function integerDecoder(schema: Schema, least: number, most: number): Decode {
  return (value, context) => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
      throw context.mismatch(value, schema);
    }
    return value;
  };
}

function longDecoder(schema: Schema): Decode {
  const decode = integerDecoder(schema, -(2 ** 63), 2 ** 63 - 1024);
  return (value, context) => (typeof value === "bigint" ? value : decode(value, context));
}

export function quantityDecoder(canonical: (text: string) => string): Decode {
  return (value) => rewritten(canonical, typeof value === "string" ? value : numberText(value));
}

function textDecoder(canonical: (text: string) => string): Decode {
  return (value) => {
    if (typeof value !== "string") {
      throw new DecodeError(`json: cannot unmarshal ${jsonType(asNumber(value))} into Go value of type string`);
    }
    return rewritten(canonical, value);
  };
}

function rewritten(canonical: (text: string) => string, text: string): string {
  try {
    return canonical(text);
  } catch (error) {
    throw new DecodeError((error as Error).message);
  }
}

const asNumber = (value: unknown): unknown => (value instanceof NumberText ? value.valueOf() : value);

function decodeIntOrString(value: unknown): unknown {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff) return value;
  const what =
    typeof value === "number" || typeof value === "bigint" || value instanceof NumberText
      ? `number ${numberText(value)}`
      : jsonType(value);
  throw new DecodeError(`json: cannot unmarshal ${what} into Go value of type int32`);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBytes(value: unknown, context: Context): unknown {
  if (typeof value !== "string") throw context.mismatch(value, { form: "bytes" });
  // Go's decoder takes line breaks in between.
  const text = value.includes("\n") || value.includes("\r") ? value.replaceAll(/[\r\n]/g, "") : value;
  if (text.length % 4 === 0 && BASE64.test(text)) return text;
  const bad = /[^A-Za-z0-9+/]/.exec(text);
  throw new DecodeError(`illegal base64 data at input byte ${bad?.index ?? text.length - (text.length % 4)}`);
}
