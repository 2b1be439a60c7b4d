/**
 * Defaults are values as any others: they have the shape of their schema and meet its rules, also those in CEL, so that
 * no object becomes invalid by being defaulted.
 */
import { ownValue } from "../../machinery/json-tree.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { errorText, invalid, path } from "../../machinery/field-errors.ts";
import { ObjectMeta } from "../../machinery/meta/object-meta.ts";
import { DecodeError, decode } from "../../machinery/schema/decode.ts";
import { embeddedErrors } from "../../machinery/structural/embedded.ts";
import { partRuleErrors, wholeBudget } from "../../machinery/structural/rules.ts";
import type { Budget } from "../../machinery/structural/rules.ts";
import { isObject, itemsOf, memberOf } from "../../machinery/structural/schema.ts";
import type { Json, StructuralSchema } from "../../machinery/structural/schema.ts";
import { valueErrors } from "../../machinery/structural/values.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import type { Demands } from "./ratcheting.ts";

const META_FIELDS: ReadonlySet<string> = new Set(["metadata", "kind", "apiVersion"]);

/** Puts a value where it stands in the nearest whole object around it. */
type Surround = (value: unknown) => Json;

const wholeObject: Surround = (value) => ({ apiVersion: "validation/v1", kind: "Validation", ...(value as Json) });

type Asked = Pick<Demands, "prunedDefaults">;

interface Place {
  readonly schema: StructuralSchema;
  readonly at: Path;
  /** The schema of the nearest whole object. */
  readonly whole: StructuralSchema;
  readonly surround: Surround;
  readonly inMeta: boolean;
}

export function defaultErrors(schema: JSONSchemaProps, at: Path, demands: Asked): FieldError[] {
  const errors: FieldError[] = [];
  const budget = wholeBudget();
  const whole = asWhole(schema as StructuralSchema);
  for (const place of places({ schema: whole, at, whole, surround: wholeObject, inMeta: false })) {
    errors.push(...ownErrors(place, demands, budget));
    if (budget.left < 0) break;
  }
  return errors;
}

export function hasUnprunedDefaults(schema: JSONSchemaProps): boolean {
  const whole = asWhole(schema as StructuralSchema);
  const all = places({ schema: whole, at: path(""), whole, surround: wholeObject, inMeta: false });
  return [...all].some((place) => !place.inMeta && hasUnknown(place.schema.default, place.schema));
}

const asWhole = (schema: StructuralSchema): StructuralSchema => ({ ...schema, "x-kubernetes-embedded-resource": true });

/** All schemas with a default. Values of maps have none: these are forbidden or never used. */
function* places(found: Place): Iterable<Place> {
  const { schema, at } = found;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const here = embedded ? { ...found, whole: schema, surround: wholeObject, inMeta: false } : found;
  if ((schema.default ?? undefined) !== undefined) yield here;
  const { surround } = here;
  const items = itemsOf(schema);
  if (items !== undefined) {
    yield* places({ ...here, schema: items, at: at.child("items"), surround: (value) => surround([value] as never) });
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* places({
      ...here,
      schema: property,
      at: at.child("properties").key(name),
      surround: (value) => surround({ [name]: value }),
      inMeta: here.inMeta || (embedded && META_FIELDS.has(name)),
    });
  }
}

function ownErrors(place: Place, demands: Asked, budget: Budget): FieldError[] {
  const { schema, inMeta } = place;
  const value = schema.default;
  const at = place.at.child("default");
  const unknown = !inMeta && hasUnknown(value, schema) && demands.prunedDefaults;
  const errors = unknown ? [invalid(at, value, "must not have unknown fields")] : [];
  const found = inMeta ? metaErrors(place, at) : objectErrors(schema, value, at);
  if (found.length > 0) return [...errors, ...found];
  const wrong = valueErrors(schema, value, { at: String(at) });
  return [...errors, ...(wrong.length > 0 ? wrong : brokenRules(place, value, at, budget))];
}

/** As a change to itself and as a value that was not there before; the dearer of the two counts. */
function brokenRules({ schema, whole }: Place, value: unknown, at: Path, budget: Budget): FieldError[] {
  const run = (old: unknown): { errors: FieldError[]; left: number } => {
    const own = { left: budget.left };
    return { errors: partRuleErrors(schema, value, old, { at, root: schema === whole, budget: own }), left: own.left };
  };
  const kept = run(value);
  const fresh = kept.errors.length === 0 ? run(undefined) : kept;
  budget.left = Math.min(kept.left, fresh.left);
  return fresh.errors;
}

function metaErrors({ schema, whole, surround }: Place, at: Path): FieldError[] {
  const found = objectErrors(whole, surround(schema.default), path(""));
  if (found.length === 0) return [];
  const texts = [...new Set(found.map(errorText))];
  const text = texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
  return [invalid(at, schema.default, `must result in valid metadata: ${text}`)];
}

/** What is wrong with the types and metadata of the whole objects in it. */
function objectErrors(schema: StructuralSchema, value: unknown, at: Path): FieldError[] {
  const malformed = malformedObject(schema, value, at);
  return malformed === undefined ? embeddedErrors(schema, value, at) : [malformed];
}

function malformedObject(schema: StructuralSchema, value: unknown, at: Path): FieldError | undefined {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items && firstOf(value, (item, index) => malformedObject(items, item, at.index(index)));
  }
  if (!isObject(value)) return undefined;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  return firstOf(Object.keys(value), (name) => {
    const own = embedded ? malformedMeta(name, value[name], at.child(name)) : undefined;
    const member = memberOf(schema, name);
    if (own !== undefined || member === undefined) return own;
    return malformedObject(member, value[name], ownValue(schema.properties, name) ? at.child(name) : at.key(name));
  });
}

function malformedMeta(name: string, value: unknown, at: Path): FieldError | undefined {
  if (name !== "metadata") {
    const wrong = META_FIELDS.has(name) && typeof value !== "string";
    return wrong ? invalid(at, value, "must be a string") : undefined;
  }
  try {
    decode(ObjectMeta, value);
    return undefined;
  } catch (error) {
    if (error instanceof DecodeError) return invalid(at, value, error.message);
    throw error;
  }
}

function firstOf<T, R>(items: readonly T[], find: (item: T, index: number) => R | undefined): R | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether pruning would take something away. */
function hasUnknown(value: unknown, schema: StructuralSchema | undefined): boolean {
  if (schema?.["x-kubernetes-preserve-unknown-fields"] === true) return hasUnknownInKept(value, schema);
  if (Array.isArray(value)) return value.some((item) => hasUnknown(item, schema && itemsOf(schema)));
  if (!isObject(value)) return false;
  if (schema === undefined) return Object.keys(value).length > 0;
  return Object.keys(value).some((name) => {
    if (schema["x-kubernetes-embedded-resource"] === true && META_FIELDS.has(name)) return false;
    if (!isKnown(schema, name)) return true;
    return hasUnknown(value[name], memberOf(schema, name));
  });
}

/** What a schema keeps, it keeps down to where one says more. */
function hasUnknownInKept(value: unknown, schema: StructuralSchema | undefined): boolean {
  if (schema === undefined) return false;
  if (Array.isArray(value)) return value.some((item) => hasUnknownInKept(item, itemsOf(schema)));
  if (!isObject(value)) return false;
  return Object.keys(value).some((name) => {
    if (schema["x-kubernetes-embedded-resource"] === true && META_FIELDS.has(name)) return false;
    return isKnown(schema, name) && hasUnknown(value[name], memberOf(schema, name));
  });
}

const isKnown = (schema: StructuralSchema, name: string): boolean =>
  Object.hasOwn(schema.properties ?? {}, name) || schema.additionalProperties !== undefined;
