/**
 * Any value of a schema, as clients may send it, for properties that hold for all kinds. Lists and maps have at least
 * one member: protobuf cannot tell an empty one from none.
 */
import * as fc from "fast-check";
import type { Field, MessageSchema, Schema } from "../schema.ts";

/** How deep messages that contain themselves may go. */
const DEPTH = 4;

export function anyObject(schema: MessageSchema): fc.Arbitrary<Record<string, unknown>> {
  return anyMessage(schema, DEPTH);
}

function anyMessage(schema: MessageSchema, depth: number): fc.Arbitrary<Record<string, unknown>> {
  // Few of the optional fields at a time: PodSpec alone has 40, and all of them at every level never ends.
  const entries = Object.entries(schema.fields);
  const some = fc.subarray(entries, { minLength: 0, maxLength: Math.min(entries.length, depth > 2 ? 5 : 3) });
  return some.chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map(([name, field]) => [name, anyField(field, depth)])), {
      noNullPrototype: true,
    }),
  );
}

function anyField(field: Field, depth: number): fc.Arbitrary<unknown> {
  return any(field.schema, depth - 1);
}

function any(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.form === "message") return depth <= 0 ? fc.constant({}) : anyMessage(schema, depth);
  if (schema.form === "list") return fc.array(any(schema.item, depth), { minLength: 1, maxLength: 2 });
  if (schema.form === "map")
    return fc.dictionary(fc.string({ maxLength: 8 }), any(schema.value, depth), {
      minKeys: 1,
      maxKeys: 2,
      noNullPrototype: true,
    });
  if (schema.form === "json" && schema.or !== undefined) {
    const other =
      schema.or === "bool"
        ? fc.boolean()
        : fc.array(schema.or === "array" ? fc.constant({}) : fc.string(), { minLength: 1 });
    return depth <= 0 ? other : fc.oneof(other, anyMessage(schema.message!, depth));
  }
  return SCALARS[schema.form]!;
}

const nonEmptyJson = fc.oneof(
  fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
    minKeys: 1,
    maxKeys: 3,
    noNullPrototype: true,
  }),
  fc.string({ minLength: 1 }),
  fc.integer({ min: 1 }),
);
const seconds = fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true });

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.string({ unit: "grapheme", maxLength: 12 }),
  bool: fc.boolean(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  bytes: fc.uint8Array({ maxLength: 9 }).map((raw) => btoa(String.fromCharCode(...raw))),
  time: seconds.map((date) => `${date.toISOString().slice(0, 19)}Z`),
  microTime: seconds.map((date) => `${date.toISOString().slice(0, 23)}000Z`),
  quantity: fc
    .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom("", "m", "k", "Ki", "Gi"))
    .map((parts) => parts.join("")),
  intOrString: fc.oneof(fc.integer(), fc.string({ maxLength: 5 })),
  json: nonEmptyJson,
  rawExtension: fc.dictionary(fc.string(), fc.string(), { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
  fieldsV1: fc.constant({ "f:metadata": { "f:labels": {} } }),
};
