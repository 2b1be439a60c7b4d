/**
 * How large values of a schema can be, for estimates of what rules cost: what the schema limits, otherwise what fits into
 * a request. The numbers are upstream's.
 */
import { ownValue } from "../json-tree.ts";
import { itemsOf, valuesOf } from "../structural/schema.ts";
import type { StructuralSchema } from "../structural/schema.ts";

/** Bytes that a request may have. */
const REQUEST = 3 * 1024 * 1024;

/** Without the quotes or brackets around a value. */
const INSIDE = REQUEST - 2;

/** The longest texts of formats, quotes counted: upstream allows itself to. */
const LONGEST: Readonly<Record<string, number>> = { duration: 32, date: 12, "date-time": 32 };
const SHORTEST: Readonly<Record<string, number>> = { duration: 3, date: 12, "date-time": 21 };

/** A character can be four bytes long. */
const WIDEST = 4;

/** Characters, bytes, items or entries that a value has at most; 0 for what has no length. */
export function mostOf(schema: StructuralSchema): number {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return schema.maxLength === undefined ? INSIDE : positive(schema.maxLength) * WIDEST;
  }
  const values = valuesOf(schema);
  switch (schema.type) {
    case "string":
      return longest(schema);
    case "array":
      return positive(schema.maxItems ?? fitting(1 + leastBytes(itemsOf(schema) ?? {})));
    case "object":
      // Each entry has quotes, a colon, a comma and two characters of a key at least.
      return values === undefined ? 0 : positive(schema.maxProperties ?? fitting(6 + leastBytes(values)));
    default:
      return 0;
  }
}

const positive = (value: number): number => Math.max(0, value);
const fitting = (bytes: number): number => Math.floor(INSIDE / bytes);

function longest({ format = "", maxLength, enum: allowed = [] }: StructuralSchema): number {
  if (format in LONGEST) return LONGEST[format]!;
  if (maxLength !== undefined) return positive(maxLength) * (format === "byte" ? 1 : WIDEST);
  if (format === "byte" || allowed.length === 0) return INSIDE;
  return Math.max(0, ...allowed.map((each) => (typeof each === "string" ? new TextEncoder().encode(each).length : 0)));
}

const BYTES: Readonly<Record<string, number>> = { boolean: 4, integer: 1, number: 1, string: 2, array: 2 };

const known = new WeakMap<StructuralSchema, number>();

/** Bytes of the shortest JSON of a value. */
export function leastBytes(schema: StructuralSchema): number {
  if (schema["x-kubernetes-int-or-string"] === true) return 1;
  if (schema.type !== "object") return SHORTEST[schema.format ?? ""] ?? BYTES[schema.type ?? ""] ?? 1;
  let bytes = known.get(schema);
  if (bytes === undefined) {
    bytes = 2;
    for (const name of schema.required ?? []) {
      const property = ownValue(schema.properties, name);
      if (property !== undefined && property.default === undefined) bytes += name.length + leastBytes(property) + 4;
    }
    known.set(schema, bytes);
  }
  return bytes;
}

/** How often a value of a schema can stand in an object where nothing limits the lists and maps around it. */
export const mostValues = (schema: StructuralSchema): number => Math.floor(REQUEST / (leastBytes(schema) + 1));
