import assert from "node:assert/strict";
import { test } from "node:test";
import { typeOfSchema } from "../cel/index.ts";
import { resolvedSchema } from "./resolve.ts";

const KIND = { group: "stable.example.com", version: "v1", kind: "Foo" };
const DOCUMENT = {
  components: {
    schemas: {
      "example.Foo": {
        type: "object",
        "x-kubernetes-group-version-kind": [{ ...KIND, version: "v2" }, KIND],
        properties: {
          spec: { allOf: [{ $ref: "#/components/schemas/example.Spec" }], default: {} },
          port: { $ref: "#/components/schemas/example.IntOrString" },
          gone: { $ref: "#/components/schemas/example.Gone" },
        },
      },
      "example.Spec": {
        type: "object",
        properties: {
          names: { type: "array", items: { $ref: "#/components/schemas/example.Name" } },
          inner: { $ref: "#/components/schemas/example.Spec" },
          named: { type: "object", additionalProperties: { $ref: "#/components/schemas/example.Name" } },
        },
      },
      "example.Name": { type: "string" },
      "example.IntOrString": { oneOf: [{ type: "integer" }, { type: "string" }], format: "int-or-string" },
    },
  },
};
const resolved = resolvedSchema(DOCUMENT, KIND)!;

test("what a schema refers to stands in its place, wherever it is", () => {
  const { spec } = resolved.properties!;
  assert.deepEqual(spec!.properties!["names"], { type: "array", items: { type: "string" } });
  assert.deepEqual(spec!.properties!["named"], { type: "object", additionalProperties: { type: "string" } });
});

test("a schema that contains itself ends there, and so does one whose definition is missing", () => {
  assert.deepEqual(resolved.properties!["spec"]!.properties!["inner"], { type: "object" });
  assert.deepEqual(resolved.properties!["gone"], { type: "object" });
});

test("references that multiply end somewhere", () => {
  const twice = (name: string): object => {
    const $ref = `#/components/schemas/${name}`;
    return { type: "object", properties: { a: { $ref }, b: { $ref } } };
  };
  const levels = Array.from({ length: 40 }, (_, level) => [`L${level}`, twice(`L${level + 1}`)]);
  const schemas = { ...Object.fromEntries(levels), Foo: { ...twice("L0"), "x-kubernetes-group-version-kind": [KIND] } };
  assert.equal(resolvedSchema({ components: { schemas } }, KIND)?.properties?.["a"]?.type, "object");
});

test("a number or text is either", () => {
  assert.equal(resolved.properties!["port"]!["x-kubernetes-int-or-string"], true);
});

test("types are named by where they stand", () => {
  const type = typeOfSchema(resolved, true);
  assert.equal(type.title, "Foo");
  assert.equal(type.field?.("spec")?.title, "Foo.spec");
});

for (const [rule, document] of [
  ["another document", { components: { schemas: { Bar: { type: "object" } } } }],
  ["an empty one", {}],
] as const) {
  test(`${rule} has no schema of the kind`, () => assert.equal(resolvedSchema(document, KIND), undefined));
}
