/**
 * How the walkers of server-side apply see a value: as a whole (`leaf`), by its fields (`record`) or by
 * its items (`items`). A value that does not fit its schema is a leaf, so no walk ever fails on one.
 */
import { goJson, quote } from "../go-text.ts";
import { remembering } from "../remember.ts";
import type { Field, ListSchema, Schema } from "../schema/schema.ts";
import { publishedDefault } from "../schema/published-default.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Where no schema says more: objects are merged by field, all else is a leaf. */
const DEDUCED: Schema = Object.freeze({ form: "json" });

export type Shape = "leaf" | "record" | "items";

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value` may be null or absent: then the schema alone decides. */
export function shapeOf(schema: Schema, value: unknown): Shape {
  if (schema === DEDUCED) return isRecord(value) ? "record" : "leaf";
  const absent = value === undefined || value === null;
  if (schema.form === "message" || schema.form === "map") {
    return schema.mapType !== "atomic" && (absent || isRecord(value)) ? "record" : "leaf";
  }
  if (schema.form === "list" && (schema.listType === "set" || schema.listType === "map")) {
    return absent || Array.isArray(value) ? "items" : "leaf";
  }
  return "leaf";
}

/** The schema of a field or entry; undefined for a field the schema does not have. */
export function childSchema(schema: Schema, name: string): Schema | undefined {
  if (schema === DEDUCED) return DEDUCED;
  if (schema.form === "map") return schema.value;
  if (schema.form !== "message") return undefined;
  if (Object.hasOwn(schema.fields, name)) return schemaIn(schema.fields[name]!);
  return schema.preserveUnknownFields ? DEDUCED : undefined;
}

/** Schemas as fields have them that merge differently, such as the reference of a volume to its claim. */
const ofFields = new WeakMap<Field, Schema>();

function schemaIn(field: Field): Schema {
  const { schema, mapType } = field;
  if (mapType === undefined || schema.form !== "message") return schema;
  let made = ofFields.get(field);
  if (made === undefined) ofFields.set(field, (made = { ...schema, mapType }));
  return made;
}

/** Whether the field has a name in the schema, as fields of messages do and entries of maps do not. */
export function isNamed(schema: Schema, name: string): boolean {
  return schema.form === "message" && Object.hasOwn(schema.fields, name);
}

/** Whether many objects have the field alike. */
export function isAlike(schema: Schema, name: string): boolean {
  return schema.form === "message" && Object.hasOwn(schema.fields, name) && schema.fields[name]!.alike === true;
}

/**
 * What a missing field counts as: fields that are always written are there even when nobody set them, as
 * null or as their empty value. Undefined for all others.
 */
export function implied(schema: Schema, name: string): unknown {
  if (schema.form !== "message" || !Object.hasOwn(schema.fields, name)) return undefined;
  const field = schema.fields[name]!;
  return field.always ? emptyOf(field.schema) : undefined;
}

function emptyOf({ form }: Schema): unknown {
  switch (form) {
    case "message":
      return {};
    case "string":
    case "bytes":
      return "";
    case "int32":
    case "int64":
    case "double":
    case "intOrString":
      return 0;
    case "bool":
      return false;
    case "quantity":
      return "0";
    default:
      return null;
  }
}

/** The path element of an item; undefined for one that cannot have any: {@link unnamed} says why. */
export function elementOf(list: ListSchema, item: unknown): string | undefined {
  if (list.listType === "set") {
    return typeof item === "object" || item === undefined ? undefined : `v:${goJson(item)}`;
  }
  if (!isRecord(item)) return undefined;
  const keys = list.listMapKeys ?? [];
  const only = keys.length === 1 ? item[keys[0]!] : undefined;
  if (typeof only === "string") return elementsOf(list, keys[0]!)(only);
  const key: Record<string, unknown> = {};
  let empty = true;
  for (const name of keys.length > 1 ? keys.toSorted() : keys) {
    const value = item[name] === undefined ? keyDefault(list.item, name) : item[name];
    if (value === undefined) continue;
    key[name] = value;
    empty = false;
  }
  // An item without one of the keys is another one than with any value of it.
  return empty ? undefined : `k:${goJson(key)}`;
}

/** Why an item has no path element. */
export function unnamed(list: ListSchema, item: unknown): string {
  if (list.listType === "set") {
    if (Array.isArray(item)) return "not supported: associative list with lists as elements";
    const what = item === null ? "an explicit null" : "a map type";
    return `associative list without keys has an element that's ${what}`;
  }
  if (item === null) return "associative list with keys may not have a null element";
  if (!isRecord(item)) return "associative list with keys may not have non-map elements";
  const keys = (list.listMapKeys ?? []).map(quote).join(" ");
  return `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`;
}

/** Most lists have one key, a name, and the same few names come again and again. */
const elements = new WeakMap<ListSchema, (value: string) => string>();

function elementsOf(list: ListSchema, key: string): (value: string) => string {
  let made = elements.get(list);
  if (made === undefined) {
    made = remembering((value) => `k:${goJson({ [key]: value })}`);
    elements.set(list, made);
  }
  return made;
}

/** What upstream's schema, read from OpenAPI, gives a key that is not there. */
function keyDefault(item: Schema, name: string): unknown {
  if (item.form !== "message" || !Object.hasOwn(item.fields, name)) return undefined;
  return publishedDefault(item.fields[name]!, item.custom === true);
}

/** Items by element in order; undefined when one has none, or (unless allowed) two have the same. */
export function indexItems(list: ListSchema, items: readonly unknown[]): Map<string, unknown> | undefined {
  const index = new Map<string, unknown>();
  for (const item of items) {
    const element = elementOf(list, item);
    if (element === undefined || index.has(element)) return undefined;
    index.set(element, item);
  }
  return index;
}

/** Deep equality of JSON values; cheap where both share structure. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  let fields = 0;
  for (const name in a) {
    if (a[name] === undefined) continue;
    fields++;
    if (!sameJson(a[name], b[name])) return false;
  }
  for (const name in b) if (b[name] !== undefined) fields--;
  return fields === 0;
}

export function isEmptyRecord(value: unknown): boolean {
  if (!isRecord(value)) return false;
  for (const name in value) if (value[name] !== undefined) return false;
  return true;
}
