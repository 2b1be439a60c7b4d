/** Whether a value has the type of its schema. */
import { isKnownFormat } from "./formats.ts";
import type { StructuralSchema } from "./schema.ts";

const INT64 = 2 ** 63;

/** JSON's type; whole numbers are integers as far as 64 bits go. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "integer";
  if (typeof value !== "number") return typeof value;
  return Number.isInteger(value) && Math.abs(value) <= INT64 ? "integer" : "number";
}

/** What upstream says was wanted and found; undefined where the type is right. */
export function typeMismatch(
  schema: StructuralSchema,
  value: unknown,
): { readonly wanted: string; readonly found: string } | undefined {
  const { type = "", nullable = false } = schema;
  const found = typeOf(value);
  if (schema["x-kubernetes-int-or-string"] === true) {
    const fits = found === "integer" || found === "string" || (found === "null" && nullable);
    return fits ? undefined : { wanted: "integer,string", found };
  }
  if (found === "null") return type === "" || nullable ? undefined : { wanted: type, found };
  if (type === "" || type === found || (type === "number" && found === "integer")) return undefined;
  const format = schema.format && isKnownFormat(schema.format, type) ? schema.format : "";
  if (format === "") return { wanted: type, found };
  if (found !== "string" && found !== "array") {
    const foundFormat = found === "integer" ? "int64" : found === "number" ? "float64" : "";
    return foundFormat === format ? undefined : { wanted: format, found: foundFormat };
  }
  return type === "number" || type === "integer" ? { wanted: type, found } : undefined;
}
