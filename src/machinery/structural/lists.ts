/** Lists of type `set` hold no value twice, those of type `map` no keys twice. */
import { ownValue } from "../json-tree.ts";
import { toJson } from "../exact-json.ts";
import { duplicate, invalid, path } from "../field-errors.ts";
import type { FieldError, Path } from "../field-errors.ts";
import { keysOf } from "./correlation.ts";
import { isObject, itemsOf, valuesOf } from "./schema.ts";
import type { StructuralSchema } from "./schema.ts";

export function listTypeErrors(schema: StructuralSchema, value: unknown, at?: Path): FieldError[] {
  if (Array.isArray(value)) return listErrors(schema, value, at);
  if (!isObject(value)) return [];
  const values = valuesOf(schema);
  return Object.keys(value).flatMap((name) => {
    const property = ownValue(schema.properties, name);
    if (property !== undefined)
      return listTypeErrors(property, value[name], at === undefined ? path(name) : at.child(name));
    return values === undefined ? [] : listTypeErrors(values, value[name], at?.key(name) ?? path(name));
  });
}

function listErrors(schema: StructuralSchema, value: readonly unknown[], at: Path | undefined): FieldError[] {
  const items = itemsOf(schema);
  const odd =
    schema["x-kubernetes-list-type"] === "map" ? value.findIndex((item) => item !== null && !isObject(item)) : -1;
  if (odd >= 0) return [invalid(at?.index(odd), value[odd], "must be an object for an array of list-type map")];
  const errors = repeated(schema, value).map(([index, shown]) => duplicate(at?.index(index), shown));
  if (items === undefined) return errors;
  return [...errors, ...value.flatMap((item, index) => listTypeErrors(items, item, at?.index(index)))];
}

/** Index and value of each item that was there before. */
function repeated(schema: StructuralSchema, value: readonly unknown[]): [number, unknown][] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<string>();
  const told = new Set<string>();
  return value.flatMap((item, index): [number, unknown][] => {
    const shown = type === "map" ? keysOf(item, keys) : item;
    const text = canonical(shown);
    const again = seen.has(text) && !told.has(text);
    if (again) told.add(text);
    seen.add(text);
    return again ? [[index, shown]] : [];
  });
}

/** One text for equal values. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return toJson(value);
  const members = Object.keys(value).toSorted();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}
