import {
  bool,
  double,
  field,
  int64,
  json,
  list,
  map,
  message,
  recursiveMessage,
  string,
} from "../../machinery/schema/builders.ts";
import type { FreeSchema, MessageSchema, TypeOf } from "../../machinery/schema/schema.ts";

const GROUP = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

export const ExternalDocumentation = message(`${GROUP}.ExternalDocumentation`, {
  description: field(1, string()),
  url: field(2, string()),
});
export type ExternalDocumentation = TypeOf<typeof ExternalDocumentation>;

export const ValidationRule = message(`${GROUP}.ValidationRule`, {
  rule: field(1, string()).required(),
  message: field(2, string()),
  messageExpression: field(3, string()),
  reason: field(
    4,
    string().enum("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"),
  ).keepEmpty(),
  fieldPath: field(5, string()),
  optionalOldSelf: field(6, bool()).keepEmpty(),
});
export type ValidationRule = TypeOf<typeof ValidationRule>;

/** An OpenAPI v3 schema. It contains itself, so its type stands here in full. */
export interface JSONSchemaProps {
  readonly id?: string;
  readonly $schema?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly default?: unknown;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly unknown[];
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly items?: JSONSchemaProps | readonly JSONSchemaProps[];
  readonly allOf?: readonly JSONSchemaProps[];
  readonly oneOf?: readonly JSONSchemaProps[];
  readonly anyOf?: readonly JSONSchemaProps[];
  readonly not?: JSONSchemaProps;
  readonly properties?: Readonly<Record<string, JSONSchemaProps>>;
  readonly additionalProperties?: JSONSchemaProps | boolean;
  readonly patternProperties?: Readonly<Record<string, JSONSchemaProps>>;
  readonly dependencies?: Readonly<Record<string, JSONSchemaProps | readonly string[]>>;
  readonly additionalItems?: JSONSchemaProps | boolean;
  readonly definitions?: Readonly<Record<string, JSONSchemaProps>>;
  readonly externalDocs?: ExternalDocumentation;
  readonly example?: unknown;
  readonly nullable?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
}

/** Upstream's types for "a schema or something else": a message of their own on the wire, plain JSON here. */
function schemaOr<T>(name: string, or: "bool" | "array" | "strings"): FreeSchema<JSONSchemaProps | T> {
  return {
    form: "json",
    name: `${GROUP}.${name}`,
    or,
    get message() {
      return JSONSchemaProps as MessageSchema;
    },
  };
}

const anyJson: FreeSchema = { ...json(), name: `${GROUP}.JSON` };
const schemaOrBool = schemaOr<boolean>("JSONSchemaPropsOrBool", "bool");
const schemaOrArray = schemaOr<readonly JSONSchemaProps[]>("JSONSchemaPropsOrArray", "array");
const schemaOrStrings = schemaOr<readonly string[]>("JSONSchemaPropsOrStringArray", "strings");

export const JSONSchemaProps: MessageSchema<JSONSchemaProps> = recursiveMessage(`${GROUP}.JSONSchemaProps`, () => ({
  id: field(1, string()),
  $schema: field(2, string()),
  $ref: field(3, string()).keepEmpty(),
  description: field(4, string()),
  type: field(5, string()),
  format: field(6, string()),
  title: field(7, string()),
  default: field(8, anyJson),
  maximum: field(9, double()).keepEmpty(),
  exclusiveMaximum: field(10, bool()),
  minimum: field(11, double()).keepEmpty(),
  exclusiveMinimum: field(12, bool()),
  maxLength: field(13, int64()).keepEmpty(),
  minLength: field(14, int64()).keepEmpty(),
  pattern: field(15, string()),
  maxItems: field(16, int64()).keepEmpty(),
  minItems: field(17, int64()).keepEmpty(),
  uniqueItems: field(18, bool()),
  multipleOf: field(19, double()).keepEmpty(),
  enum: field(20, list(anyJson).atomic()),
  maxProperties: field(21, int64()).keepEmpty(),
  minProperties: field(22, int64()).keepEmpty(),
  required: field(23, list(string()).atomic()),
  items: field(24, schemaOrArray),
  allOf: field(25, list(JSONSchemaProps).atomic()),
  oneOf: field(26, list(JSONSchemaProps).atomic()),
  anyOf: field(27, list(JSONSchemaProps).atomic()),
  not: field(28, JSONSchemaProps),
  properties: field(29, map(JSONSchemaProps)),
  additionalProperties: field(30, schemaOrBool),
  patternProperties: field(31, map(JSONSchemaProps)),
  dependencies: field(32, map(schemaOrStrings)),
  additionalItems: field(33, schemaOrBool),
  definitions: field(34, map(JSONSchemaProps)),
  externalDocs: field(35, ExternalDocumentation),
  example: field(36, anyJson),
  nullable: field(37, bool()),
  "x-kubernetes-preserve-unknown-fields": field(38, bool()).keepEmpty(),
  "x-kubernetes-embedded-resource": field(39, bool()),
  "x-kubernetes-int-or-string": field(40, bool()),
  "x-kubernetes-list-map-keys": field(41, list(string()).atomic()),
  "x-kubernetes-list-type": field(42, string()).keepEmpty(),
  "x-kubernetes-map-type": field(43, string()).keepEmpty(),
  "x-kubernetes-validations": field(44, list(ValidationRule).mapKey("rule").patch("merge", "rule")),
}));
