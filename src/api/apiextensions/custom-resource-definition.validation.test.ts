import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfNew } from "../testing/said.ts";
import { CustomResourceDefinition } from "./custom-resource-definition.ts";

const AT = "spec.validation.openAPIV3Schema";

const definition = (change: object, version: object = {}): object => ({
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } }, ...version },
    ],
    ...change,
  },
});

const schema = (spec: object): object =>
  definition({}, { schema: { openAPIV3Schema: { type: "object", properties: { spec } } } });

for (const { rule, object, says } of [
  { rule: "is right", object: definition({}), says: [] },
  {
    rule: "has a domain for a group",
    object: { ...definition({ group: "example" }), metadata: { name: "widgets.example" } },
    says: ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
  },
  {
    rule: "calls its list something else",
    object: definition({ names: { plural: "widgets", kind: "Widget", listKind: "Widget" } }),
    says: ['spec.names.listKind: Invalid value: "Widget": kind and listKind may not be the same'],
  },
  {
    rule: "warns only of versions that are deprecated",
    object: definition({}, { deprecationWarning: "old" }),
    says: ['spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'],
  },
  {
    rule: "scales what it wants",
    object: definition(
      {},
      { subresources: { scale: { specReplicasPath: ".status.x", statusReplicasPath: ".status.y" } } },
    ),
    says: ['spec.subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec'],
  },
  {
    rule: "has columns of known types",
    object: definition({}, { additionalPrinterColumns: [{ name: "A", type: "text", jsonPath: ".spec.a" }] }),
    says: [
      'spec.additionalPrinterColumns[0].type: Unsupported value: "text": supported values: "boolean", "date", "integer", "number", "string"',
    ],
  },
  {
    rule: "has rules that end in time, also for all values they are run on",
    object: schema({
      type: "array",
      maxItems: 20,
      items: {
        type: "object",
        "x-kubernetes-validations": [{ rule: "!self.message.contains(self.wanted)" }],
        properties: { message: { type: "string", maxLength: 4096 }, wanted: { type: "string", maxLength: 4096 } },
      },
    }),
    says: [
      `${AT}.properties[spec].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 5.4x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
    ],
  },
  {
    rule: "names the rules that together take too long",
    object: schema({
      type: "array",
      items: { type: "string", "x-kubernetes-validations": [{ rule: "self.contains('x')" }] },
    }),
    says: [
      `${AT}.properties[spec].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
      `${AT}.properties[spec].items.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
      `${AT}: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
    ],
  },
  {
    rule: "compares only what has an earlier self",
    object: schema({
      type: "array",
      maxItems: 3,
      items: { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf" }] },
    }),
    says: [
      `${AT}.properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${AT}.properties[spec]`,
    ],
  },
  {
    rule: "says of a rule what there is to say",
    object: schema({
      type: "object",
      properties: { "a.b": { type: "string" } },
      "x-kubernetes-validations": [
        { rule: "true\n|| false" },
        { rule: "true", fieldPath: ".nope" },
        { rule: "true", fieldPath: "['a.b']" },
      ],
    }),
    says: [
      `${AT}.properties[spec].x-kubernetes-validations[0].message: Required value: message must be specified if rule contains line breaks`,
      `${AT}.properties[spec].x-kubernetes-validations[1].fieldPath: Invalid value: ".nope": fieldPath must be a valid path`,
    ],
  },
  {
    rule: "is an object at the root",
    object: definition({}, { schema: { openAPIV3Schema: { type: "string" } } }),
    says: [`${AT}.type: Invalid value: "string": must be object at the root`],
  },
  {
    rule: "may keep what it does not know",
    object: schema({ "x-kubernetes-preserve-unknown-fields": true }),
    says: [],
  },
  {
    rule: "tells the type of what lists hold",
    object: schema({ type: "array", items: {} }),
    says: [`${AT}.properties[spec].items.type: Required value: must not be empty for specified array items`],
  },
  {
    rule: "knows its fields or their values, not both",
    object: schema({ type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } }),
    says: [
      `${AT}.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  },
  {
    rule: "refers to nothing",
    object: schema({ type: "object", $ref: "#/x" }),
    says: [`${AT}.properties[spec].$ref: Forbidden: $ref is not supported`],
  },
  {
    rule: "has the same type whatever the value",
    object: schema({ type: "object", anyOf: [{ type: "object" }] }),
    says: [`${AT}.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural`],
  },
  {
    rule: "may hold a number or a text",
    object: schema({ "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] }),
    says: [],
  },
  {
    rule: "tells items apart by fields they have",
    object: schema({
      type: "array",
      items: { type: "object", properties: { name: { type: "string" } } },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key"],
    }),
    says: [
      `${AT}.properties[spec].x-kubernetes-list-map-keys[0]: Invalid value: "key": entries must all be names of item properties`,
    ],
  },
]) {
  test(`a definition ${rule}`, () => assert.deepEqual(saidOfNew(CustomResourceDefinition, object), says));
}
