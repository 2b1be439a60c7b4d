/** How upstream's error texts name things: Go types for schemas, JSON types for values. */
import type { Schema } from "./schema.ts";

const SCALARS: Readonly<Record<string, string>> = {
  string: "string",
  bool: "bool",
  int32: "int32",
  int64: "int64",
  double: "float64",
  bytes: "[]uint8",
  time: "v1.Time",
  microTime: "v1.MicroTime",
  quantity: "resource.Quantity",
  intOrString: "intstr.IntOrString",
  json: "interface {}",
  rawExtension: "runtime.RawExtension",
  fieldsV1: "v1.FieldsV1",
};

/** `[]v1.Container`, `map[string]string`, `int32`. */
export function goType(schema: Schema): string {
  if (schema.form === "list") return `[]${goType(schema.item)}`;
  if (schema.form === "map") {
    const value = schema.value;
    return value.form === "quantity" ? "v1.ResourceList" : `map[string]${goType(value)}`;
  }
  if (schema.form !== "message") return SCALARS[schema.form] ?? schema.form;
  const parts = schema.name.split(".");
  return `${parts.at(-2)}.${parts.at(-1)}`;
}

/** The Go struct behind a message: the last part of its name. */
export function structName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** `number`, `string`, `bool`, `array`, `object`, `null`, as encoding/json says them. */
export function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint") return "number";
  return typeof value === "boolean" ? "bool" : typeof value;
}
