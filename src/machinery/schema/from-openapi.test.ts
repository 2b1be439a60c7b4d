import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "./decode.ts";
import { definitionName, objectSchemaFromOpenAPI } from "./from-openapi.ts";
import type { OpenAPISchema } from "./from-openapi.ts";

const spec = (properties: Record<string, OpenAPISchema>, more: OpenAPISchema = {}): OpenAPISchema => ({
  type: "object",
  properties: { spec: { type: "object", properties, ...more } },
});

for (const { rule, schema, given, kept, unknown = [] } of [
  {
    rule: "unknown fields are pruned and named",
    schema: spec({ a: { type: "string" } }),
    given: { a: "x", b: 1 },
    kept: { a: "x" },
    unknown: ["spec.b"],
  },
  {
    rule: "unknown fields are kept where they are preserved",
    schema: spec({}, { "x-kubernetes-preserve-unknown-fields": true }),
    given: { b: { c: 1 } },
    kept: { b: { c: 1 } },
  },
  {
    rule: "values of a wrong type are left to validation",
    schema: spec({ a: { type: "string" } }),
    given: { a: 5 },
    kept: { a: 5 },
  },
  {
    rule: "empty values are kept",
    schema: spec({ a: { type: "string" }, l: { type: "array", items: {} } }),
    given: { a: "", l: [] },
    kept: { a: "", l: [] },
  },
  { rule: "defaults are filled in", schema: spec({ a: { type: "integer", default: 3 } }), given: {}, kept: { a: 3 } },
  {
    rule: "defaults below absent objects are not",
    schema: spec({ o: { type: "object", properties: { a: { default: 1 } } } }),
    given: {},
    kept: {},
  },
  {
    rule: "null gives way to a default",
    schema: spec({ a: { type: "integer", default: 3 } }),
    given: { a: null },
    kept: { a: 3 },
  },
  {
    rule: "null stays where it is allowed",
    schema: spec({ a: { type: "integer", default: 3, nullable: true } }),
    given: { a: null },
    kept: { a: null },
  },
  {
    rule: "null is dropped where it is not allowed",
    schema: spec({ a: { type: "integer" }, m: { type: "object", additionalProperties: { type: "integer" } } }),
    given: { a: null, m: { x: null, y: 1 } },
    kept: { m: { y: 1 } },
  },
  {
    rule: "null in lists stays, or gives way to a default",
    schema: spec({
      l: { type: "array", items: { type: "integer" } },
      d: { type: "array", items: { type: "integer", default: 3 } },
      m: { type: "object", additionalProperties: { type: "integer", default: 3 } },
    }),
    given: { l: [null], d: [null], m: { x: null } },
    kept: { l: [null], d: [3], m: { x: 3 } },
  },
  {
    rule: "null as a value of maps and lists stays where it is allowed",
    schema: spec({
      l: { type: "array", items: { type: "integer", default: 3, nullable: true } },
      m: { type: "object", additionalProperties: { type: "integer", nullable: true } },
    }),
    given: { l: [null], m: { x: null } },
    kept: { l: [null], m: { x: null } },
  },
  {
    rule: "maps of anything keep any value, but no fields that nobody knows",
    schema: spec({ m: { type: "object", additionalProperties: true } }),
    given: { m: { x: 1, y: null, z: { a: 1 }, l: [{ b: 1 }] } },
    kept: { m: { x: 1, y: null, z: {}, l: [{}] } },
    unknown: ["spec.m.z.a", "spec.m.l[0].b"],
  },
  {
    rule: "maps keep any key and prune below",
    schema: spec({ m: { type: "object", additionalProperties: { type: "object", properties: { a: {} } } } }),
    given: { m: { x: { a: 1, b: 2 } } },
    kept: { m: { x: { a: 1 } } },
    unknown: ["spec.m.x.b"],
  },
  {
    rule: "list items are pruned",
    schema: spec({ l: { type: "array", items: { type: "object", properties: { a: {} } } } }),
    given: { l: [{ a: 1, b: 2 }] },
    kept: { l: [{ a: 1 }] },
    unknown: ["spec.l[0].b"],
  },
  {
    rule: "int-or-string keeps both",
    schema: spec({ a: { "x-kubernetes-int-or-string": true } }),
    given: { a: "x" },
    kept: { a: "x" },
  },
]) {
  test(rule, () => {
    const found: string[] = [];
    const object = decode(objectSchemaFromOpenAPI("t", schema), { spec: given }, found) as { spec: unknown };
    assert.deepEqual({ spec: object.spec, found }, { spec: kept, found: unknown });
  });
}

test("metadata is checked as that of any object", () => {
  const schema = objectSchemaFromOpenAPI("t", spec({}));
  assert.throws(() => decode(schema, { metadata: { labels: { a: 1 } } }), /ObjectMeta.labels of type string/);
});

test("the definition is named from the group backwards", () => {
  assert.equal(definitionName("stable.example.com", "v1", "Widget"), "com.example.stable.v1.Widget");
});
