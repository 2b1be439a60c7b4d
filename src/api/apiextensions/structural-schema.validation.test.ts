import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfNew } from "../testing/said.ts";
import { CustomResourceDefinition } from "./custom-resource-definition.ts";

const AT = "spec.validation.openAPIV3Schema";

const definition = (openAPIV3Schema: object, version: object = {}): object => ({
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema }, ...version }],
  },
});
const schema = (spec: object): object => definition({ type: "object", properties: { spec } });

for (const { rule, object, says } of [
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
      `${AT}.properties[spec].x-kubernetes-validations[1].fieldPath: Invalid value: ".nope": must be a valid path`,
    ],
  },
  {
    rule: "is an object at the root",
    object: definition({ type: "string" }),
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
      `${AT}.properties[spec].x-kubernetes-list-map-keys: Invalid value: ["key"]: entries must all be names of item properties`,
    ],
  },
  {
    rule: "has no other fields at the root where its status is apart",
    object: definition({ type: "object", maxProperties: 3 }, { subresources: { status: {} } }),
    says: [
      `${AT}: Invalid value: {"ID":"","Schema":"","Ref":null,"Description":"","Type":"object","Nullable":false,"Format":"","Title":"","Default":null,"Maximum":null,"ExclusiveMaximum":false,"Minimum":null,"ExclusiveMinimum":false,"MaxLength":null,"MinLength":null,"Pattern":"","MaxItems":null,"MinItems":null,"UniqueItems":false,"MultipleOf":null,"Enum":null,"MaxProperties":3,"MinProperties":null,"Required":null,"Items":null,"AllOf":null,"OneOf":null,"AnyOf":null,"Not":null,"Properties":null,"AdditionalProperties":null,"PatternProperties":null,"Dependencies":null,"AdditionalItems":null,"Definitions":null,"ExternalDocs":null,"Example":null,"XPreserveUnknownFields":null,"XEmbeddedResource":false,"XIntOrString":false,"XListMapKeys":null,"XListType":null,"XMapType":null,"XValidations":null}: only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status subresource is enabled`,
    ],
  },
  {
    rule: "is never null, and knows its fields",
    object: definition({ type: "object", nullable: true, additionalProperties: true }),
    says: [
      `${AT}.nullable: Forbidden: nullable cannot be true at the root`,
      `${AT}.additionalProperties: Forbidden: must not be used at the root`,
    ],
  },
  {
    rule: "is of no other dialect",
    object: definition({ type: "object", $schema: "http://json-schema.org/draft-07/schema#" }),
    says: [`${AT}: Invalid value: "": OpenAPIV3Schema 'schema' is not supported`],
  },
  {
    rule: "says of metadata only how names look",
    object: definition({
      type: "object",
      properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } },
    }),
    says: [
      `${AT}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  },
  {
    rule: "may say of metadata how names look",
    object: definition({
      type: "object",
      properties: { metadata: { type: "object", properties: { name: { type: "string", maxLength: 9 } } } },
    }),
    says: [],
  },
  {
    rule: "has a type as all objects",
    object: definition({ type: "object", properties: { kind: { type: "integer" }, metadata: { type: "string" } } }),
    says: [
      `${AT}.properties[kind].type: Invalid value: "integer": must be string`,
      `${AT}.properties[metadata].type: Invalid value: "string": must be object`,
    ],
  },
  {
    rule: "holds whole objects of which something is known",
    object: schema({ type: "object", "x-kubernetes-embedded-resource": true }),
    says: [
      `${AT}.properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
    ],
  },
  {
    rule: "holds no whole objects in metadata",
    object: schema({
      type: "object",
      "x-kubernetes-embedded-resource": true,
      properties: {
        metadata: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        },
      },
    }),
    says: [
      `${AT}.properties[spec].properties[metadata].x-kubernetes-embedded-resource: Forbidden: must not be used inside of resource meta`,
    ],
  },
  {
    rule: "has patterns in RE2",
    object: schema({ type: "string", pattern: "(?=a)" }),
    says: [
      `${AT}.properties[spec].pattern: Invalid value: "(?=a)": must be a valid regular expression, but isn't: error parsing regexp: invalid or unsupported Perl syntax: \`(?=\``,
    ],
  },
  {
    rule: "speaks at the root only of fields that it has",
    object: definition({ type: "object", anyOf: [{ properties: { a: { pattern: "x" } } }] }),
    says: [`${AT}.properties[a]: Required value: because it is defined in ${AT}.anyOf[0].properties[a]`],
  },
  {
    rule: "has no metadata of its own in junctors, nor rules",
    object: schema({
      type: "object",
      allOf: [{ properties: { metadata: {} }, "x-kubernetes-validations": [{ rule: "true" }] }],
    }),
    says: [
      `${AT}.properties[spec].allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context`,
      `${AT}.properties[spec].allOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural`,
    ],
  },
  {
    rule: "keeps what it does not know or does not speak of it",
    object: schema({ type: "object", "x-kubernetes-preserve-unknown-fields": false }),
    says: [
      `${AT}.properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined`,
    ],
  },
  {
    rule: "tells apart objects in sets as wholes",
    object: schema({ type: "array", "x-kubernetes-list-type": "set", items: { type: "object" } }),
    says: [
      `${AT}.properties[spec].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  },
  {
    rule: "tells items apart by fields that are there, and once",
    object: schema({
      type: "array",
      items: { type: "object", nullable: true, properties: { a: { type: "string", nullable: true } } },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["a", "a"],
    }),
    says: [
      `${AT}.properties[spec].x-kubernetes-list-map-keys: Invalid value: ["a","a"]: must not contain duplicate entries`,
      `${AT}.properties[spec].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is map`,
      ...["a", "a"].flatMap((key) => [
        `${AT}.properties[spec].items.properties[${key}].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
        `${AT}.properties[spec].items.properties[${key}].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable`,
      ]),
    ],
  },
  {
    rule: "tells apart the items of lists, by fields that are scalars",
    object: schema({
      type: "object",
      properties: {
        a: { type: "string", "x-kubernetes-list-type": "lane" },
        b: { type: "array", items: { type: "string" }, "x-kubernetes-list-map-keys": ["x"] },
        c: {
          type: "array",
          items: { type: "object", properties: { x: { type: "array", items: { type: "string" } } }, required: ["x"] },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["x"],
        },
      },
    }),
    says: [
      `${AT}.properties[spec].properties[a].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified`,
      `${AT}.properties[spec].properties[a].x-kubernetes-list-type: Unsupported value: "lane": supported values: "atomic", "set", "map"`,
      `${AT}.properties[spec].properties[b].x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty`,
      `${AT}.properties[spec].properties[c].items.properties[x].type: Invalid value: "object": must be a scalar type if parent array's x-kubernetes-list-type is map`,
    ],
  },
]) {
  test(`a schema ${rule}`, () => assert.deepEqual(saidOfNew(CustomResourceDefinition, object), says));
}
