/**
 * Rules on what stands in `allOf`, `anyOf`, `oneOf` and `not` of a structural schema: it says more of values, but nothing
 * that a field's shape would depend on.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, required } from "../../machinery/field-errors.ts";
import { patternOf } from "../../machinery/structural/patterns.ts";
import type { Errors } from "../rules.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import { isSchema } from "./walk-schema.ts";

/** Says nothing: Go's empty value. */
export const isUnset = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === "" ||
  (Array.isArray(value) && value.length === 0);

/** A schema's pattern and its junctors. */
export function checkJunctors(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  const inFirst = isIntOrString(schema.allOf?.[0]?.anyOf);
  checkValues(errors, at, schema, isIntOrString(schema.anyOf), inFirst);
}

/** The only types a junctor may name: those of a field that is a number or a text. */
function isIntOrString(schemas: readonly JSONSchemaProps[] | undefined): boolean {
  if (schemas?.length !== 2) return false;
  return isOnly(schemas[0]!, "integer") && isOnly(schemas[1]!, "string");
}

const isOnly = ({ type, ...rest }: JSONSchemaProps, wanted: string): boolean =>
  type === wanted && Object.values(rest).every(isUnset);

/** `skipAny`, `skipAnyInFirst`: the `anyOf` here, or that of the first of `allOf`, names the two types. */
function checkValues(
  errors: Errors,
  at: Path,
  schema: JSONSchemaProps,
  skipAny: boolean,
  skipAnyInFirst: boolean,
): void {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern = "" } = schema;
  if (!skipAny) anyOf.forEach((each, index) => checkInner(errors, at.child("anyOf").index(index), each));
  allOf.forEach((each, index) => {
    checkInner(errors, at.child("allOf").index(index), each, skipAnyInFirst && index === 0);
  });
  oneOf.forEach((each, index) => checkInner(errors, at.child("oneOf").index(index), each));
  if (not !== undefined) checkInner(errors, at.child("not"), not);
  if (pattern === "") return;
  try {
    patternOf(pattern);
  } catch (error) {
    const text = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
    errors.push(invalid(at.child("pattern"), pattern, text));
  }
}

const EMPTY = "must be empty to be structural";
const FALSE = "must be false to be structural";
const UNDEFINED = "must be undefined to be structural";

const OUTSIDE: readonly (readonly [keyof JSONSchemaProps, string])[] = [
  ["type", EMPTY],
  ["additionalProperties", UNDEFINED],
  ["default", UNDEFINED],
  ["title", EMPTY],
  ["description", EMPTY],
  ["nullable", FALSE],
  ["x-kubernetes-preserve-unknown-fields", FALSE],
  ["x-kubernetes-embedded-resource", FALSE],
  ["x-kubernetes-int-or-string", FALSE],
  ["x-kubernetes-list-map-keys", EMPTY],
  ["x-kubernetes-list-type", UNDEFINED],
  ["x-kubernetes-map-type", UNDEFINED],
  ["x-kubernetes-validations", EMPTY],
];

function checkInner(errors: Errors, at: Path, inner: JSONSchemaProps, skipAny = false): void {
  checkValues(errors, at, inner, skipAny, false);
  const { items, properties = {} } = inner;
  if (isSchema(items)) checkInner(errors, at.child("items"), items);
  for (const name in properties) checkInner(errors, at.child("properties").key(name), properties[name]!);
  for (const [field, text] of OUTSIDE) {
    const value = inner[field];
    // A default of false or "" is one.
    const unset = field === "default" ? value === undefined || value === null : isUnset(value);
    if (!unset) errors.push(forbidden(at.child(field), text));
  }
  if (properties["metadata"] !== undefined) {
    const here = at.child("properties").key("metadata");
    errors.push(forbidden(here, "must not be specified in a nested context"));
  }
}

/** Fields that the root's junctors speak of are fields that the schema has. */
export function checkCompleteness(errors: Errors, schema: JSONSchemaProps, at: Path): void {
  checkJunctorsKnown(errors, schema, schema, at, at);
}

function checkJunctorsKnown(
  errors: Errors,
  { not, allOf = [], anyOf = [], oneOf = [] }: JSONSchemaProps,
  known: JSONSchemaProps,
  knownAt: Path,
  at: Path,
): void {
  if (not !== undefined) checkKnown(errors, not, known, knownAt, at.child("not"));
  for (const [name, schemas] of Object.entries({ allOf, anyOf, oneOf })) {
    schemas.forEach((each, index) => checkKnown(errors, each, known, knownAt, at.child(name).index(index)));
  }
}

function checkKnown(
  errors: Errors,
  inner: JSONSchemaProps,
  known: JSONSchemaProps | undefined,
  knownAt: Path,
  at: Path,
): void {
  if (known === undefined) {
    errors.push(required(knownAt, `because it is defined in ${String(at)}`));
    return;
  }
  checkJunctorsKnown(errors, inner, known, knownAt, at);
  if (isSchema(inner.items)) {
    const items = isSchema(known.items) ? known.items : undefined;
    checkKnown(errors, inner.items, items, knownAt.child("items"), at.child("items"));
  }
  for (const name in inner.properties) {
    const [there, here] = [knownAt.child("properties").key(name), at.child("properties").key(name)];
    checkKnown(errors, inner.properties[name]!, ownValue(known.properties, name), there, here);
  }
}
