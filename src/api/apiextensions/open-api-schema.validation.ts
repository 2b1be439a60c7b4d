/** Rules on each schema of a custom resource, and on those inside of it, whether it is structural or not. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported } from "../../machinery/field-errors.ts";
import type { StructuralSchema } from "../../machinery/structural/schema.ts";
import type { Errors } from "../rules.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import type { Demands } from "./ratcheting.ts";
import { checkListsAndMaps } from "./structural-lists.validation.ts";
import { checkRule } from "./validation-rule.validation.ts";
import { isSchema } from "./walk-schema.ts";

export const TYPES: ReadonlySet<string> = new Set(["array", "boolean", "integer", "number", "object", "string"]);
const META_FIELDS: ReadonlySet<string> = new Set(["metadata", "kind", "apiVersion"]);

interface Surroundings {
  readonly demands: Demands;
  readonly root: boolean;
  /** Inside of the type or metadata of an object, be it the whole or an embedded one. */
  readonly inMeta: boolean;
  /** Where there may be no defaults. */
  readonly noDefaults?: string;
}

export function checkOpenAPISchema(errors: Errors, at: Path, schema: JSONSchemaProps, demands: Demands): void {
  check(errors, at, schema, { demands, root: true, inMeta: false });
}

function check(errors: Errors, at: Path, schema: JSONSchemaProps, around: Surroundings): void {
  checkFields(errors, at, schema, around);
  checkInner(errors, at, schema, { ...around, root: false }, around.root);
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    errors.push(invalid(at.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  }
  checkListsAndMaps(errors, at, schema, around.demands);
  schema["x-kubernetes-validations"]?.forEach((rule, index) => {
    checkRule(errors, at.child("x-kubernetes-validations").index(index), rule, schema as StructuralSchema);
  });
}

function checkFields(errors: Errors, at: Path, schema: JSONSchemaProps, around: Surroundings): void {
  const { type, items, patternProperties = {}, definitions = {} } = schema;
  const refuse = (field: string, text: string): void => void errors.push(forbidden(at.child(field), text));
  const unsupported = (field: string, there: boolean): void => {
    if (there) refuse(field, `${field} is not supported`);
  };
  if (type && !TYPES.has(type) && around.demands.validTypes) errors.push(notSupported(at.child("type"), type, TYPES));
  if (around.noDefaults !== undefined && (schema.default ?? undefined) !== undefined) {
    refuse("default", `must not be set ${around.noDefaults}`);
  }
  unsupported("id", !!schema.id);
  unsupported("additionalItems", schema.additionalItems !== undefined);
  unsupported("patternProperties", Object.keys(patternProperties).length > 0);
  unsupported("definitions", Object.keys(definitions).length > 0);
  unsupported("dependencies", schema.dependencies !== undefined);
  unsupported("$ref", schema.$ref !== undefined);
  if (type === "null") refuse("type", "type cannot be set to null, use nullable as an alternative");
  if (Array.isArray(items) && items.length > 0) refuse("items", "items must be a schema object and not an array");
  if (around.inMeta && schema["x-kubernetes-embedded-resource"] === true) {
    refuse("x-kubernetes-embedded-resource", "must not be used inside of resource meta");
  }
  if (schema.uniqueItems === true) {
    refuse("uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
  }
}

/** `around` is that of what is inside; `root`: the schema itself is that of the whole object. */
function checkInner(errors: Errors, at: Path, schema: JSONSchemaProps, around: Surroundings, root: boolean): void {
  const { properties = {}, additionalProperties: values, items, not, definitions = {}, dependencies = {} } = schema;
  if (values !== undefined) {
    const here = at.child("additionalProperties");
    if (values !== true && Object.keys(properties).length > 0) {
      errors.push(forbidden(here, "additionalProperties and properties are mutual exclusive"));
    }
    // What is pruned from a map without its values cannot be told.
    const noDefaults = "inside additionalProperties applying to object metadata";
    if (isSchema(values)) check(errors, here, values, around.inMeta ? { ...around, noDefaults } : around);
  }
  const whole = root || schema["x-kubernetes-embedded-resource"] === true;
  for (const name in properties) {
    const here = at.child("properties").key(name);
    check(errors, here, properties[name]!, whole && META_FIELDS.has(name) ? inMeta(around, name, root) : around);
  }
  if (not !== undefined) check(errors, at.child("not"), not, around);
  for (const junctor of ["allOf", "oneOf", "anyOf"] as const) {
    schema[junctor]?.forEach((each, index) => check(errors, at.child(junctor).index(index), each, around));
  }
  for (const name in definitions) check(errors, at.child("definitions").key(name), definitions[name]!, around);
  if (isSchema(items)) check(errors, at.child("items"), items, around);
  else if (Array.isArray(items)) {
    items.forEach((each, index) => check(errors, at.child("items").index(index), each as JSONSchemaProps, around));
  }
  for (const name in dependencies) {
    const dependency = dependencies[name];
    if (isSchema(dependency)) check(errors, at.child("dependencies").key(name), dependency, around);
  }
}

function inMeta(around: Surroundings, name: string, root: boolean): Surroundings {
  return { ...around, inMeta: true, ...(root && { noDefaults: `in top-level ${name}` }) };
}
