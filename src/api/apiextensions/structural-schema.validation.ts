/**
 * Rules on the schemas of custom resources: they must be structural, which means that the type of every field can be
 * told without looking at values, so that unknown fields can be pruned and defaults filled in.
 */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import { oneOf, same } from "../rules.ts";
import { ruleCompileErrors } from "../../machinery/structural/rule-compile-errors.ts";
import { checkRule } from "./validation-rule.validation.ts";
import type { StructuralSchema } from "../../machinery/structural/schema.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";

const TYPES: ReadonlySet<string> = new Set(["array", "boolean", "integer", "number", "object", "string"]);
const LIST_TYPES = ["atomic", "set", "map"];
const MAP_TYPES = ["granular", "atomic"];

/** Where a schema stands, which decides what must be said of its type. */
type Place = "root" | "field" | "item" | "value";

const TYPE_REQUIRED: Readonly<Record<Place, string>> = {
  root: "must not be empty at the root",
  field: "must not be empty for specified object fields",
  item: "must not be empty for specified array items",
  value: "must not be empty for specified object fields",
};

/** `unchanged`: it was stored like this before, so that the costs of single rules are not held against it. */
export function checkStructuralSchema(errors: Errors, at: Path, schema: JSONSchemaProps, unchanged = false): void {
  const own: Errors = [];
  checkSchema(own, at, schema, "root");
  errors.push(...own, ...ruleCompileErrors(schema as StructuralSchema, at, own, unchanged));
}

function checkSchema(errors: Errors, at: Path, schema: JSONSchemaProps, place: Place): void {
  checkUnsupported(errors, at, schema);
  checkType(errors, at, schema, place);
  checkExtensions(errors, at, schema);
  const { properties, items, additionalProperties: rest } = schema;
  if (rest !== undefined && rest !== false && Object.keys(properties ?? {}).length > 0) {
    errors.push(
      forbidden(at.child("additionalProperties"), "additionalProperties and properties are mutual exclusive"),
    );
  }
  for (const name in properties) checkSchema(errors, at.child("properties").key(name), properties[name]!, "field");
  if (isSchema(rest)) checkSchema(errors, at.child("additionalProperties"), rest, "value");
  if (isSchema(items)) checkSchema(errors, at.child("items"), items, "item");
  checkJunctors(errors, at, schema, schema);
}

const isSchema = (value: unknown): value is JSONSchemaProps =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const UNSUPPORTED = [
  ["id", "id is not supported"],
  ["additionalItems", "additionalItems is not supported"],
  ["patternProperties", "patternProperties is not supported"],
  ["definitions", "definitions is not supported"],
  ["dependencies", "dependencies is not supported"],
  ["$ref", "$ref is not supported"],
] as const;

function checkUnsupported(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  for (const [field, text] of UNSUPPORTED) {
    if (schema[field] !== undefined) errors.push(forbidden(at.child(field), text));
  }
  if (schema.uniqueItems === true) {
    const text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbidden(at.child("uniqueItems"), text));
  }
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(at.child("items"), "items must be a schema object and not an array"));
  }
}

function checkType(errors: Errors, at: Path, schema: JSONSchemaProps, place: Place): void {
  const { type = "", items } = schema;
  const here = at.child("type");
  if (type === "null") {
    errors.push(forbidden(here, "type cannot be set to null, use nullable as an alternative"));
  } else if (type === "") {
    const free =
      schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
    if (place === "root" || !free) errors.push(required(here, TYPE_REQUIRED[place]));
  } else if (!TYPES.has(type)) errors.push(notSupported(here, type, TYPES));
  else if (place === "root" && type !== "object") errors.push(invalid(here, type, "must be object at the root"));
  if (type === "array" && items === undefined) errors.push(required(at.child("items"), "must be specified"));
  if (type !== "" && schema["x-kubernetes-int-or-string"] === true) {
    errors.push(invalid(here, type, "must be empty if x-kubernetes-int-or-string is true"));
  }
}

function checkExtensions(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  const { type } = schema;
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    errors.push(invalid(at.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  }
  if (schema["x-kubernetes-embedded-resource"] === true && type !== "object") {
    const text = "must be object if x-kubernetes-embedded-resource is true";
    if ((type ?? "") === "") errors.push(required(at.child("type"), text));
    else errors.push(invalid(at.child("type"), type, text));
  }
  oneOf(errors, at, "x-kubernetes-map-type", schema["x-kubernetes-map-type"], MAP_TYPES);
  if (schema["x-kubernetes-map-type"] !== undefined && type !== "object") {
    errors.push(invalid(at.child("type"), type ?? "", "must be object if x-kubernetes-map-type is specified"));
  }
  checkListType(errors, at, schema);
  schema["x-kubernetes-validations"]?.forEach((rule, index) => {
    checkRule(errors, at.child("x-kubernetes-validations").index(index), rule, schema as StructuralSchema);
  });
}

function checkListType(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  const list = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const here = at.child("x-kubernetes-list-map-keys");
  if (list === undefined) {
    if (keys.length > 0)
      errors.push(
        required(at.child("x-kubernetes-list-type"), "must be map if x-kubernetes-list-map-keys is non-empty"),
      );
    return;
  }
  oneOf(errors, at, "x-kubernetes-list-type", list, LIST_TYPES);
  if (schema.type !== "array") {
    const text = "must be array if x-kubernetes-list-type is specified";
    if ((schema.type ?? "") === "") errors.push(required(at.child("type"), text));
    else errors.push(invalid(at.child("type"), schema.type, text));
  }
  if (list !== "map") {
    if (keys.length === 0) return;
    const text = "must be map if x-kubernetes-list-map-keys is non-empty";
    errors.push(invalid(at.child("x-kubernetes-list-type"), list, text));
    return;
  }
  if (keys.length === 0) errors.push(required(here, "must not be empty if x-kubernetes-list-type is map"));
  const { items } = schema;
  if (!isSchema(items)) return;
  if (items.type !== "object") {
    errors.push(
      invalid(
        at.child("items", "type"),
        items.type ?? "",
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
  }
  keys.forEach((key, index) => {
    const property = items.properties?.[key];
    if (property === undefined) {
      errors.push(invalid(here.index(index), key, "entries must all be names of item properties"));
    } else if (property.type === "array" || property.type === "object") {
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(at.child("items", "properties").key(key).child("type"), property.type, text));
    }
    if (keys.indexOf(key) !== index) errors.push(duplicateKey(here.index(index), key));
  });
}

const duplicateKey = (at: Path, key: string): ReturnType<typeof invalid> =>
  invalid(at, key, "must not be specified twice");

const JUNCTORS = ["allOf", "anyOf", "oneOf"] as const;

/** What may only stand outside of a junctor, because it would make a field's shape depend on values. */
const OUTSIDE = [
  "additionalProperties",
  "type",
  "title",
  "description",
  "default",
  "nullable",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
] as const;

function checkJunctors(errors: Errors, at: Path, schema: JSONSchemaProps, outer: JSONSchemaProps): void {
  for (const junctor of JUNCTORS) {
    schema[junctor]?.forEach((inner, index) => checkInner(errors, at.child(junctor).index(index), inner, outer));
  }
  if (schema.not !== undefined) checkInner(errors, at.child("not"), schema.not, outer);
}

/** The only types a junctor may name: those of a field that is a number or a text. */
const INT_OR_STRING: readonly JSONSchemaProps[] = [{ type: "integer" }, { type: "string" }];

function checkInner(errors: Errors, at: Path, inner: JSONSchemaProps, outer: JSONSchemaProps): void {
  const number = outer["x-kubernetes-int-or-string"] === true && INT_OR_STRING.some((each) => same(each, inner));
  if (number) return;
  for (const field of OUTSIDE) {
    const value = inner[field];
    if (value === undefined || value === false || value === "") continue;
    errors.push(forbidden(at.child(field), field === "type" ? "must be empty to be structural" : unset(field)));
  }
  for (const name in inner.properties) {
    const known = outer.properties?.[name];
    const here = at.child("properties").key(name);
    if (known === undefined) errors.push(required(here, "because it is defined in a junctor only"));
    else checkInner(errors, here, inner.properties[name]!, known);
  }
  if (isSchema(inner.items) && isSchema(outer.items)) checkInner(errors, at.child("items"), inner.items, outer.items);
  checkJunctors(errors, at, inner, outer);
}

const FLAGS: ReadonlySet<string> = new Set([
  "nullable",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
]);

const unset = (field: string): string =>
  FLAGS.has(field)
    ? "must be false to be structural"
    : field === "default" || field === "additionalProperties"
      ? "must be undefined to be structural"
      : "must be empty to be structural";
