/**
 * Rules on the schemas of custom resources: they must be structural, which means that the type of every field can be
 * told without looking at values, so that unknown fields can be pruned and defaults filled in.
 */
import { compareText } from "../../machinery/go-text.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { errorText, forbidden, invalid, required } from "../../machinery/field-errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import type { Errors } from "../rules.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import { checkCompleteness, checkJunctors, isUnset } from "./structural-junctors.validation.ts";
import { isSchema, schemaHas } from "./walk-schema.ts";

/** Where a schema stands, which decides what must be said of its type. */
type Place = "root" | "field" | "item";

const TYPE_REQUIRED: Readonly<Record<Place, string>> = {
  root: "must not be empty at the root",
  field: "must not be empty for specified object fields",
  item: "must not be empty for specified array items",
};

const UNSUPPORTED = [
  ["id", "id"],
  ["$schema", "schema"],
  ["$ref", "$ref"],
  ["patternProperties", "patternProperties"],
  ["dependencies", "dependencies"],
  ["additionalItems", "additionalItems"],
  ["definitions", "definitions"],
] as const;

/** Why the schema cannot even be looked at as a structural one; undefined where it can. */
export function notStructural(schema: JSONSchemaProps): string | undefined {
  let reason: string | undefined;
  schemaHas(schema, (each) => {
    reason = unsupported(each);
    return reason !== undefined;
  });
  return reason;
}

function unsupported(schema: JSONSchemaProps): string | undefined {
  for (const [field, name] of UNSUPPORTED) {
    const value = schema[field];
    if (!isUnset(value) || (field === "additionalItems" && value === false))
      return `OpenAPIV3Schema '${name}' is not supported`;
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] !== false) return undefined;
  return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
}

/** What keeps a schema from being structural, in the order of the texts. */
export function structuralErrors(schema: JSONSchemaProps, at: Path): FieldError[] {
  const errors: Errors = [];
  checkShape(errors, at, schema, "root");
  checkCompleteness(errors, schema, at);
  return errors
    .map((error) => ({ error, text: errorText(error) }))
    .toSorted((a, b) => compareText(a.text, b.text))
    .map(({ error }) => error);
}

function checkShape(errors: Errors, at: Path, schema: JSONSchemaProps, place: Place): void {
  const { properties = {}, items, additionalProperties: values } = schema;
  if (schema.type === "array" && items === undefined) errors.push(required(at.child("items"), "must be specified"));
  if (isSchema(items)) checkShape(errors, at.child("items"), items, "item");
  for (const name in properties) checkShape(errors, at.child("properties").key(name), properties[name]!, "field");
  if (values !== undefined) {
    const here = at.child("additionalProperties");
    if (place === "root") errors.push(forbidden(here, "must not be used at the root"));
    if (isSchema(values)) checkShape(errors, here, values, "field");
  }
  checkExtensions(errors, at, schema);
  checkJunctors(errors, at, schema);
  checkType(errors, at, schema, place);
  checkObject(errors, at, schema, place);
}

function checkExtensions(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  if (schema["x-kubernetes-int-or-string"] !== true) return;
  for (const other of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const) {
    if (schema[other] !== true) continue;
    errors.push(invalid(at.child(other), true, "must be false if x-kubernetes-int-or-string is true"));
  }
}

function checkType(errors: Errors, at: Path, schema: JSONSchemaProps, place: Place): void {
  const { type = "" } = schema;
  const here = at.child("type");
  if (schema["x-kubernetes-embedded-resource"] === true && type !== "object") {
    const text = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? required(here, text) : invalid(here, type, text));
  } else if (
    type === "" &&
    schema["x-kubernetes-int-or-string"] !== true &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true
  ) {
    errors.push(required(here, TYPE_REQUIRED[place]));
  }
  if (place === "root" && type !== "" && type !== "object") {
    errors.push(invalid(here, type, "must be object at the root"));
  }
}

/** Whole objects, the custom resource itself and those embedded in it, have a type and metadata as all objects. */
function checkObject(errors: Errors, at: Path, schema: JSONSchemaProps, place: Place): void {
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const { properties = {}, additionalProperties } = schema;
  if (embedded && additionalProperties !== undefined) {
    const text = "must not be used if x-kubernetes-embedded-resource is set";
    errors.push(forbidden(at.child("additionalProperties"), text));
  }
  const { kind, apiVersion, metadata } = properties;
  const whole = place === "root" || embedded;
  const typed = (name: string, property: JSONSchemaProps | undefined, type: string): void => {
    if (!whole || property === undefined || property.type === type) return;
    errors.push(invalid(at.child("properties").key(name).child("type"), property.type ?? "", `must be ${type}`));
  };
  typed("kind", kind, "string");
  typed("apiVersion", apiVersion, "string");
  typed("metadata", metadata, "object");
  if (place === "root" && metadata !== undefined && !restrictsNames(metadata)) {
    const text = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(forbidden(at.child("properties").key("metadata"), text));
  }
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (embedded && !open && Object.keys(properties).length === 0) {
    const text =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(at.child("properties"), text));
  }
}

/** Of metadata only the names may be told more about. Defaults are refused elsewhere. */
function restrictsNames({ properties = {}, type: _type, default: _default, ...rest }: JSONSchemaProps): boolean {
  const named = Object.keys(properties).every((name) => name === "name" || name === "generateName");
  return named && Object.values(rest).every(isUnset);
}
