import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText, path } from "../../machinery/field-errors.ts";
import { checkSchema } from "./custom-resource-definition-version.validation.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import { demandsOf } from "./ratcheting.ts";
import type { CustomResourceDefinitionSpec } from "./custom-resource-definition.ts";

function said(schema: JSONSchemaProps): string[] {
  const errors: Parameters<typeof checkSchema>[0] = [];
  const demands = demandsOf({} as CustomResourceDefinitionSpec, undefined);
  checkSchema(errors, path("s"), schema, { status: false, structural: true, version: undefined, demands });
  return errors.map(errorText);
}

const root = (properties: object): JSONSchemaProps => ({ type: "object", properties }) as JSONSchemaProps;
const spec = (schema: object): JSONSchemaProps => root({ spec: schema });
const AT = "s.properties[spec].default";
const pod = {
  type: "object",
  "x-kubernetes-embedded-resource": true,
  properties: { metadata: { type: "object", properties: { name: { type: "string" } } }, spec: { type: "string" } },
};
const named = (name: unknown): object => ({
  ...pod,
  properties: { metadata: { type: "object", properties: { name: { type: "string", default: name } } } },
});
const ruled = (rule: object): JSONSchemaProps =>
  spec({ type: "integer", maximum: 9, default: 3, "x-kubernetes-validations": [rule] });

for (const { rule, schema, says } of [
  { rule: "are values of their schema", schema: spec({ type: "string", default: "a" }), says: [] },
  {
    rule: "have its type",
    schema: spec({ type: "string", default: 3 }),
    says: [`${AT}: Invalid value: "integer":  in body must be of type string: "integer"`],
  },
  {
    rule: "meet its limits, also inside",
    schema: spec({ type: "object", properties: { a: { type: "integer", maximum: 1 } }, default: { a: 2 } }),
    says: [`${AT}.a: Invalid value: 2: a in body should be less than or equal to 1`],
  },
  {
    rule: "hold no fields that it does not know",
    schema: spec({ type: "object", properties: { a: { type: "string" } }, default: { b: 1 } }),
    says: [`${AT}: Invalid value: {"b":1}: must not have unknown fields`],
  },
  {
    rule: "may hold those that it keeps",
    schema: spec({ type: "object", "x-kubernetes-preserve-unknown-fields": true, default: { b: 1 } }),
    says: [],
  },
  {
    rule: "may hold entries of maps",
    schema: spec({ type: "object", additionalProperties: { type: "integer" }, default: { b: 1 } }),
    says: [],
  },
  {
    rule: "are not there for what all objects have",
    schema: root({
      kind: { type: "string", default: "Widget" },
      metadata: { type: "object", properties: { name: { type: "string", default: "x" } } },
    }),
    says: [
      "s.properties[kind].default: Forbidden: must not be set in top-level kind",
      "s.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata",
    ],
  },
  { rule: "may be there in the metadata of objects within", schema: spec(named("x")), says: [] },
  {
    rule: "give these a name they can have",
    schema: spec(named("a/b")),
    says: [
      `s.properties[spec].properties[metadata].properties[name].default: Invalid value: "a/b": must result in valid metadata: metadata.name: Invalid value: "a/b": may not contain '/'`,
    ],
  },
  {
    rule: "give these metadata that can be read",
    schema: spec(named(3)),
    says: [
      's.properties[spec].properties[metadata].properties[name].default: Invalid value: 3: must result in valid metadata: metadata: Invalid value: {"name":3}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string',
    ],
  },
  {
    rule: "that are whole objects have a type",
    schema: spec({ ...pod, default: { spec: "x" } }),
    says: [`${AT}.apiVersion: Required value`, `${AT}.kind: Required value`],
  },
  {
    rule: "that are whole objects have a type that is text",
    schema: spec({ ...pod, default: { apiVersion: 1, kind: "Pod" } }),
    says: [`${AT}.apiVersion: Invalid value: 1: must be a string`],
  },
  { rule: "meet the rules in CEL", schema: ruled({ rule: "self == 3" }), says: [] },
  {
    rule: "break no rule in CEL",
    schema: ruled({ rule: "self > 3", message: "more" }),
    says: [`${AT}: Invalid value: 3: more`],
  },
  {
    rule: "meet rules on changes with themselves as the value before",
    schema: ruled({ rule: "self > oldSelf" }),
    says: [`${AT}: Invalid value: 3: failed rule: self > oldSelf`],
  },
  {
    rule: "meet rules on changes without a value before",
    schema: ruled({ rule: "oldSelf.hasValue()", optionalOldSelf: true }),
    says: [`${AT}: Invalid value: 3: failed rule: oldSelf.hasValue()`],
  },
]) {
  test(`defaults ${rule}`, () => assert.deepEqual(said(schema), says));
}
