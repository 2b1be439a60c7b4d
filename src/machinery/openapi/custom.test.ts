import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenAPISchema } from "../schema/from-openapi.ts";
import { publishedObject } from "./custom.ts";
import { V2, V3, type Json } from "./definitions.ts";

const PRESERVES = { "x-kubernetes-preserve-unknown-fields": true } as const;
const EITHER = [{ type: "integer" }, { type: "string" }];

interface Row {
  readonly rule: string;
  /** The schema of `spec`, and what the two versions say of it. */
  readonly given: Json;
  readonly two: Json;
  readonly three: Json;
}

const same = { type: "object", description: "d", minProperties: 1, properties: { a: { enum: ["x"], pattern: "x" } } };

const rows: readonly Row[] = [
  { rule: "what is said of values is published", given: same, two: same, three: same },
  {
    rule: "what only describes is not",
    given: { type: "string", example: "x", externalDocs: { url: "x" } },
    two: { type: "string" },
    three: { type: "string" },
  },
  {
    rule: "junctors are not in version 2",
    given: { type: "integer", anyOf: [{ minimum: 1 }], not: { enum: [3] } },
    two: { type: "integer" },
    three: { type: "integer", anyOf: [{ minimum: 1 }], not: { enum: [3] } },
  },
  {
    rule: "what may be null has no type in version 2, and is not required",
    given: {
      type: "object",
      required: ["a"],
      properties: { a: { type: "array", items: { type: "string" }, nullable: true } },
    },
    two: { type: "object", properties: { a: {} } },
    three: {
      type: "object",
      required: ["a"],
      properties: { a: { type: "array", items: { type: "string" }, nullable: true } },
    },
  },
  {
    rule: "what is open has neither type nor shape in version 2",
    given: { type: "object", ...PRESERVES, properties: { a: { type: "string" } } },
    two: PRESERVES,
    three: { type: "object", ...PRESERVES, properties: { a: { type: "string" } } },
  },
  {
    rule: "a number or a text is both in version 3",
    given: { "x-kubernetes-int-or-string": true },
    two: { "x-kubernetes-int-or-string": true },
    three: { "x-kubernetes-int-or-string": true, anyOf: EITHER },
  },
  {
    rule: "another choice stays beside that",
    given: { "x-kubernetes-int-or-string": true, anyOf: [{ pattern: "x" }] },
    two: { "x-kubernetes-int-or-string": true },
    three: { "x-kubernetes-int-or-string": true, anyOf: [{ pattern: "x" }], allOf: [{ anyOf: EITHER }] },
  },
];

for (const { rule, given, two, three } of rows) {
  test(rule, () => {
    const specOf = (dialect: typeof V2): unknown =>
      (
        publishedObject(
          { type: "object", properties: { spec: given } } as OpenAPISchema,
          dialect,
          {},
        ) as unknown as Published
      ).properties.spec;
    assert.deepEqual([specOf(V2), specOf(V3)], [two, three]);
  });
}

interface Published {
  readonly properties: Json & { readonly spec?: Json & { properties: Json } };
  readonly required?: readonly string[];
}

test("an object, and one inside of it, have type and metadata", () => {
  const schema: OpenAPISchema = {
    type: "object",
    properties: { spec: { type: "object", "x-kubernetes-embedded-resource": true, properties: {} } },
  };
  const { properties } = publishedObject(schema, V3, { $ref: "meta" }) as unknown as Published;
  for (const each of [properties, properties.spec!.properties]) {
    assert.partialDeepStrictEqual(each, { apiVersion: { type: "string" }, kind: { type: "string" } });
    assert.deepEqual(each["metadata"], { description: "Standard object's metadata.", $ref: "meta" });
  }
  assert.deepEqual(properties.spec!["required"], ["kind", "apiVersion"]);
});

test("an object that keeps everything is not described in version 2, for kubectl would refuse what it is not told", () => {
  assert.deepEqual(publishedObject({ type: "object", ...PRESERVES }, V2, {}), { type: "object" });
});
