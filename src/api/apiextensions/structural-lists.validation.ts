/** Rules on `x-kubernetes-list-type`, `-list-map-keys` and `-map-type`: which items and fields server-side apply tells apart. */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import { oneOf } from "../rules.ts";
import { goItems } from "./go-forms.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import type { Demands } from "./ratcheting.ts";
import { isSchema } from "./walk-schema.ts";

const LIST_TYPES = ["atomic", "set", "map"];
const MAP_TYPES = ["atomic", "granular"];

export function checkListsAndMaps(errors: Errors, at: Path, schema: JSONSchemaProps, demands: Demands): void {
  checkMapType(errors, at, schema);
  const list = schema["x-kubernetes-list-type"];
  const set = nonAtomicItem(schema);
  if (list !== undefined && schema.type !== "array") {
    errors.push(wrongType(at, schema, "must be array if x-kubernetes-list-type is specified"));
  } else if (set !== undefined && demands.atomicSets) {
    const text = "must be atomic as item of a list with x-kubernetes-list-type=set";
    errors.push(invalid(at.child("items", set.field), set.shown, text));
  }
  oneOf(errors, at, "x-kubernetes-list-type", list, LIST_TYPES);
  checkKeys(errors, at, schema);
  const found = listKeyErrors(schema, at);
  if (found.length > 0 && demands.listMapKeys) errors.push(...found);
}

function checkMapType(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  const map = schema["x-kubernetes-map-type"];
  if (map === undefined) return;
  if (schema.type !== "object") {
    errors.push(wrongType(at, schema, "must be object if x-kubernetes-map-type is specified"));
  }
  if (!MAP_TYPES.includes(map)) errors.push(notSupported(at.child("x-kubernetes-map-type"), map, MAP_TYPES));
}

function wrongType(at: Path, { type = "" }: JSONSchemaProps, text: string): ReturnType<typeof invalid> {
  return type === "" ? required(at.child("type"), text) : invalid(at.child("type"), type, text);
}

/** Which field of a set's items lets them be merged; upstream shows the list type for both. */
function nonAtomicItem(
  schema: JSONSchemaProps,
): { readonly field: string; readonly shown: string | undefined } | undefined {
  const { items } = schema;
  if (schema["x-kubernetes-list-type"] !== "set" || !isSchema(items)) return undefined;
  const shown = items["x-kubernetes-list-type"];
  if (items.type === "array" && shown !== undefined && shown !== "atomic") {
    return { field: "x-kubernetes-list-type", shown };
  }
  const object = items.type === "object" && items["x-kubernetes-map-type"] !== "atomic";
  return object ? { field: "x-kubernetes-map-type", shown } : undefined;
}

export const isSetOfNonAtomic = (schema: JSONSchemaProps): boolean => nonAtomicItem(schema) !== undefined;

function checkKeys(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  const { items } = schema;
  const list = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (keys.length > 0 && list !== "map") {
    const here = at.child("x-kubernetes-list-type");
    const text = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(list === undefined ? required(here, text) : invalid(here, list, text));
  }
  if (list !== "map") return;
  const here = at.child("x-kubernetes-list-map-keys");
  if (keys.length === 0) errors.push(required(here, "must not be empty if x-kubernetes-list-type is map"));
  if (items === undefined) {
    errors.push(required(at.child("items"), "must have a schema if x-kubernetes-list-type is map"));
  } else if (!isSchema(items)) {
    const text = "must only have a single schema if x-kubernetes-list-type is map";
    errors.push(invalid(at.child("items"), goItems(items), text));
  } else if (items.type !== "object") {
    const text = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(at.child("items", "type"), items.type ?? "", text));
  } else checkKeyFields(errors, at, keys, items);
}

function checkKeyFields(errors: Errors, at: Path, keys: readonly string[], items: JSONSchemaProps): void {
  const here = at.child("x-kubernetes-list-map-keys");
  keys.forEach((key, index) => {
    const property = ownValue(items.properties, key);
    if (property === undefined) errors.push(invalid(here, keys, "entries must all be names of item properties"));
    else if (property.type === "array" || property.type === "object") {
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      // Upstream prints the type of the item.
      errors.push(invalid(at.child("items", "properties").key(key).child("type"), items.type, text));
    }
    if (keys.indexOf(key) !== index) errors.push(invalid(here, keys, "must not contain duplicate entries"));
  });
}

/** Items of sets and maps are there, and those of maps have their keys. */
export function listKeyErrors(schema: JSONSchemaProps, at: Path): Errors {
  const errors: Errors = [];
  const { items } = schema;
  const list = schema["x-kubernetes-list-type"];
  if (!isSchema(items) || (list !== "set" && list !== "map")) return errors;
  const here = at.child("items");
  if (items.nullable === true) {
    errors.push(forbidden(here.child("nullable"), `cannot be nullable when x-kubernetes-list-type is ${list}`));
  }
  if (list === "set") return errors;
  for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
    const property = ownValue(items.properties, key);
    if (property === undefined) continue;
    const keyAt = here.child("properties").key(key);
    if (items.required?.includes(key) !== true && (property.default ?? undefined) === undefined) {
      const text =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      errors.push(required(keyAt.child("default"), text));
    }
    if (property.nullable === true) {
      const text = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
      errors.push(forbidden(keyAt.child("nullable"), text));
    }
  }
  return errors;
}
