/**
 * How well a value fits a schema, as upstream's validator counts it: one for each check that looked at the value and one for
 * each that has something to say of its kind. Of the alternatives of a junctor that all fail, the errors of the one with
 * the highest count are told, the first of equals.
 */
import { isKnownFormat } from "./formats.ts";
import { isObject, itemsOf, memberOf } from "./schema.ts";
import type { StructuralSchema } from "./schema.ts";
import { typeMismatch } from "./types.ts";

type Holds = (schema: StructuralSchema, value: unknown) => boolean;

/** `holds`: whether a value has nothing wrong with it. */
export function matchCount(schema: StructuralSchema, value: unknown, holds: Holds): number {
  const fits = typeMismatch(schema, value) === undefined ? 1 : 0;
  if (value === null) return fits;
  const { type = "", format = "" } = schema;
  const known = format !== "" && isKnownFormat(format, type);
  const hasType = type !== "" || known || schema["x-kubernetes-int-or-string"] === true;
  return (
    1 + (hasType ? 1 + fits : 0) + 2 + joinedCount(schema, value, holds) + 1 + ownCount(schema, value, known, holds)
  );
}

/** Of the checks for the value's own kind, and of what is in it. */
function ownCount(schema: StructuralSchema, value: unknown, known: boolean, holds: Holds): number {
  if (typeof value === "string") return known ? 2 : 1;
  if (typeof value === "number" || typeof value === "bigint") return 2;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return 2 + (items === undefined ? 0 : sum(value.map((item) => matchCount(items, item, holds))));
  }
  if (!isObject(value)) return 0;
  const counts = Object.keys(value).map((name) => {
    const member = memberOf(schema, name);
    return member === undefined ? 0 : matchCount(member, value[name], holds);
  });
  return 1 + sum(counts);
}

function joinedCount({ anyOf = [], oneOf = [], allOf = [] }: StructuralSchema, value: unknown, holds: Holds): number {
  const count = (schema: StructuralSchema): number => matchCount(schema, value, holds);
  const best = (schemas: readonly StructuralSchema[]): number => Math.max(0, ...schemas.map(count));
  const first = anyOf.find((schema) => holds(schema, value));
  const held = oneOf.filter((schema) => holds(schema, value));
  return (
    (first === undefined ? best(anyOf) : count(first)) +
    (held.length === 0 ? best(oneOf) : held.length === 1 ? count(held[0]!) : 0) +
    sum(allOf.map(count))
  );
}

const sum = (counts: readonly number[]): number => counts.reduce((total, each) => total + each, 0);
