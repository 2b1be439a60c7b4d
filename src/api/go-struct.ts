/**
 * A part of an object as upstream shows it in errors: its internal types have no JSON names, so fields come under
 * their Go names, all of them, empty or not. Only ever asked for when something is wrong.
 */
import type { Field, MessageSchema, Schema } from "../machinery/schema/schema.ts";

const WORDS: Readonly<Record<string, string>> = {
  api: "API",
  cel: "CEL",
  cidr: "CIDR",
  cidrs: "CIDRs",
  csi: "CSI",
  id: "ID",
  ip: "IP",
  uid: "UID",
  url: "URL",
};

const META = "io.k8s.apimachinery.pkg.apis.meta.";

/** What JSON of the Go struct would be; `undefined` is a nil pointer. */
export function goStruct(schema: MessageSchema, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (schema.name.startsWith(META)) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(schema.fields).map(([name, field]) => [goName(name), fieldValue(field, fields[name])]),
  );
}

/** `apiGroup` becomes `APIGroup`, `minAvailable` `MinAvailable`. */
function goName(name: string): string {
  return name
    .split(/(?=[A-Z])/)
    .map((word, index) => WORDS[word.toLowerCase()] ?? (index === 0 ? word[0]!.toUpperCase() + word.slice(1) : word))
    .join("");
}

function fieldValue(field: Field, value: unknown): unknown {
  if (value !== undefined && value !== null) return schemaValue(field.schema, value);
  // Kept when empty means a pointer in Go.
  if (field.keepEmpty === true) return null;
  switch (field.schema.form) {
    case "string":
      return "";
    case "bool":
      return false;
    case "int32":
    case "int64":
    case "double":
      return 0;
    default:
      return null;
  }
}

function schemaValue(schema: Schema, value: unknown): unknown {
  if (schema.form === "message") return goStruct(schema, value);
  if (schema.form === "list") return (value as readonly unknown[]).map((item) => schemaValue(schema.item, item));
  if (schema.form !== "map") return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, item]) => [key, schemaValue(schema.value, item)]),
  );
}
