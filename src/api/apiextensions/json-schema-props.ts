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

export const ExternalDocumentation = message(
  `${GROUP}.ExternalDocumentation`,
  {
    description: field(1, string(), "What is told there."),
    url: field(2, string(), "Where."),
  },
  { doc: "Where more is told." },
);
export type ExternalDocumentation = TypeOf<typeof ExternalDocumentation>;

export const ValidationRule = message(
  `${GROUP}.ValidationRule`,
  {
    rule: field(1, string(), "CEL over `self` and, in changes, `oldSelf`, that gives true or false.").required(),
    message: field(2, string(), "What is said where the rule is not met. Needed where it has line breaks."),
    messageExpression: field(3, string(), "CEL that makes that text of the value; goes before `message`."),
    reason: field(
      4,
      string().enum("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"),
      "`FieldValueInvalid` (the default), `FieldValueForbidden`, `FieldValueRequired` or `FieldValueDuplicate`.",
    ).keepEmpty(),
    fieldPath: field(
      5,
      string(),
      "Which field an error names, such as `.size`. Nothing said: the value with the rule.",
    ),
    optionalOldSelf: field(
      6,
      bool(),
      "True: the rule is also looked at for new values, and `oldSelf` is an optional.",
    ).keepEmpty(),
  },
  { doc: "A rule in CEL that a value must meet." },
);
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
function schemaOr<T>(name: string, or: "bool" | "array" | "strings", doc: string): FreeSchema<JSONSchemaProps | T> {
  return {
    form: "json",
    name: `${GROUP}.${name}`,
    doc,
    or,
    get message() {
      return JSONSchemaProps as MessageSchema;
    },
  };
}

const anyJson: FreeSchema = { ...json(), name: `${GROUP}.JSON`, doc: "Any JSON value." };
const schemaOrBool = schemaOr<boolean>("JSONSchemaPropsOrBool", "bool", "A schema, or true or false.");
const schemaOrArray = schemaOr<readonly JSONSchemaProps[]>(
  "JSONSchemaPropsOrArray",
  "array",
  "One schema, or a list of them.",
);
const schemaOrStrings = schemaOr<readonly string[]>(
  "JSONSchemaPropsOrStringArray",
  "strings",
  "A schema, or a list of texts.",
);

export const JSONSchemaProps: MessageSchema<JSONSchemaProps> = recursiveMessage(
  `${GROUP}.JSONSchemaProps`,
  () => ({
    id: field(1, string(), "Not supported here."),
    $schema: field(2, string(), "The dialect. Not read."),
    $ref: field(3, string(), "Not supported here.").keepEmpty(),
    description: field(4, string(), "What it is, for people."),
    type: field(5, string(), "`object`, `array`, `string`, `integer`, `number` or `boolean`."),
    format: field(
      6,
      string(),
      "What a text or number is more exactly, such as `date-time`, `int64` or `ipv4`. Unknown ones are ignored.",
    ),
    title: field(7, string(), "A short name, for people."),
    default: field(8, anyJson, "What a field gets that is not there."),
    maximum: field(9, double(), "The largest number.").keepEmpty(),
    exclusiveMaximum: field(10, bool(), "True: `maximum` itself is not allowed."),
    minimum: field(11, double(), "The smallest number.").keepEmpty(),
    exclusiveMinimum: field(12, bool(), "True: `minimum` itself is not allowed."),
    maxLength: field(13, int64(), "The most characters of a text.").keepEmpty(),
    minLength: field(14, int64(), "The fewest characters of a text.").keepEmpty(),
    pattern: field(15, string(), "A regular expression (RE2) that a text must fit."),
    maxItems: field(16, int64(), "The most items of a list.").keepEmpty(),
    minItems: field(17, int64(), "The fewest items of a list.").keepEmpty(),
    uniqueItems: field(18, bool(), "Must not be true here; `x-kubernetes-list-type: set` does it."),
    multipleOf: field(19, double(), "Numbers must be multiples of it.").keepEmpty(),
    enum: field(20, list(anyJson).atomic(), "The only values that are allowed."),
    maxProperties: field(21, int64(), "The most entries of a map.").keepEmpty(),
    minProperties: field(22, int64(), "The fewest entries of a map.").keepEmpty(),
    required: field(23, list(string()).atomic(), "Fields that must be there."),
    items: field(24, schemaOrArray, "The schema of a list's items."),
    allOf: field(25, list(JSONSchemaProps).atomic(), "All of these must fit."),
    oneOf: field(26, list(JSONSchemaProps).atomic(), "Exactly one of these must fit."),
    anyOf: field(27, list(JSONSchemaProps).atomic(), "At least one of these must fit."),
    not: field(28, JSONSchemaProps, "This must not fit."),
    properties: field(29, map(JSONSchemaProps), "The fields of an object."),
    additionalProperties: field(
      30,
      schemaOrBool,
      "The schema of a map's values; or whether others than `properties` are allowed.",
    ),
    patternProperties: field(31, map(JSONSchemaProps), "Not supported here."),
    dependencies: field(32, map(schemaOrStrings), "Not supported here."),
    additionalItems: field(33, schemaOrBool, "Not supported here."),
    definitions: field(34, map(JSONSchemaProps), "Not supported here."),
    externalDocs: field(35, ExternalDocumentation, "Where more is told."),
    example: field(36, anyJson, "A value, for people."),
    nullable: field(37, bool(), "Whether null is allowed."),
    "x-kubernetes-preserve-unknown-fields": field(
      38,
      bool(),
      "True: fields without a schema are kept here.",
    ).keepEmpty(),
    "x-kubernetes-embedded-resource": field(
      39,
      bool(),
      "True: the value is a whole object with apiVersion, kind and metadata.",
    ),
    "x-kubernetes-int-or-string": field(40, bool(), "True: a number or a text."),
    "x-kubernetes-list-map-keys": field(
      41,
      list(string()).atomic(),
      "Fields that tell a list's items apart, for the list type `map`.",
    ),
    "x-kubernetes-list-type": field(
      42,
      string(),
      "`atomic` (the default, replaced as a whole), `set` or `map`.",
    ).keepEmpty(),
    "x-kubernetes-map-type": field(
      43,
      string(),
      "`granular` (the default, merged field by field) or `atomic`.",
    ).keepEmpty(),
    "x-kubernetes-validations": field(44, list(ValidationRule).mapKey("rule").patch("merge", "rule"), "Rules in CEL."),
  }),
  { doc: "A schema, after JSON Schema and OpenAPI v3." },
);
