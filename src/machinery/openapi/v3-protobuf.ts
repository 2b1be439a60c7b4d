/**
 * OpenAPI v3 documents in protobuf, as gnostic's `openapi.v3` package has them: for clients that would rather not parse
 * megabytes of JSON. As in version 2, only what servers of this API say has a field here.
 *
 * Wherever JSON may have a reference in the place of a thing, protobuf has a message with a field for each.
 */
import { bool, double, field, list, map, recursiveMessage, string } from "../schema/builders.ts";
import { encodeMessage } from "../schema/protobuf.ts";
import type { MessageSchema } from "../schema/schema.ts";
import type { Json } from "./definitions.ts";
import {
  Any,
  any,
  extensionsOf,
  externalDocs,
  limitFields,
  mapped,
  of,
  operationFields,
  operationHead,
  pairs,
  pathOf,
  valuesField,
  valuesOf,
} from "./protobuf-values.ts";

export function openApiV3Bytes(document: Json): Uint8Array {
  return encodeMessage(Document, documentOf(document));
}

const Reference = of({ $ref: field(1, string()), description: field(3, string()) });
/** Which of the fields is there is said also where it is empty. */
const Default = of({
  number: field(1, double()).keepEmpty(),
  boolean: field(2, bool()).keepEmpty(),
  string: field(3, string()).keepEmpty(),
});

/** A schema, or where it is. */
const SchemaOrReference: MessageSchema = recursiveMessage("", () => ({
  schema: field(1, Schema),
  reference: field(2, Reference),
}));

const Schema: MessageSchema = recursiveMessage("", () => ({
  nullable: field(1, bool()),
  readOnly: field(3, bool()),
  writeOnly: field(4, bool()),
  externalDocs: externalDocs(6),
  example: field(7, Any),
  deprecated: field(8, bool()),
  title: field(9, string()),
  ...limitFields(10),
  type: field(25, string()),
  allOf: field(26, list(SchemaOrReference)),
  oneOf: field(27, list(SchemaOrReference)),
  anyOf: field(28, list(SchemaOrReference)),
  not: field(29, Schema),
  items: field(30, of({ schemas: field(1, list(SchemaOrReference)) })),
  properties: field(31, pairs(SchemaOrReference)),
  additionalProperties: valuesField(32, SchemaOrReference),
  default: field(33, Default),
  description: field(34, string()),
  format: field(35, string()),
  extensions: field(36, map(Any)),
}));

const MediaTypes = pairs(of({ schema: field(1, SchemaOrReference) }));
const Parameter = of({
  name: field(1, string()),
  in: field(2, string()),
  description: field(3, string()),
  required: field(4, bool()),
  schema: field(10, SchemaOrReference),
  extensions: field(14, map(Any)),
});
const Parameters = list(of({ parameter: field(1, Parameter), reference: field(2, Reference) }));
const RequestBody = of({
  description: field(1, string()),
  content: field(2, MediaTypes),
  required: field(3, bool()),
  extensions: field(4, map(Any)),
});
const Response = of({ description: field(1, string()), content: field(3, MediaTypes), extensions: field(5, map(Any)) });

const Operation = of({
  ...operationHead,
  parameters: field(6, Parameters),
  requestBody: field(7, of({ body: field(1, RequestBody), reference: field(2, Reference) })),
  responses: field(
    8,
    of({ codes: field(2, map(of({ response: field(1, Response), reference: field(2, Reference) }))) }),
  ),
  deprecated: field(10, bool()),
  extensions: field(13, map(Any)),
});

const PathItem = of({
  ...operationFields(4, Operation),
  parameters: field(13, Parameters),
  extensions: field(14, map(Any)),
});

const SecurityScheme = of({
  type: field(1, string()),
  description: field(2, string()),
  name: field(3, string()),
  in: field(4, string()),
});

const Document = of({
  openapi: field(1, string()),
  info: field(2, of({ title: field(1, string()), version: field(6, string()) })),
  paths: field(4, of({ path: field(1, map(PathItem)) })),
  components: field(
    5,
    of({
      schemas: field(1, pairs(SchemaOrReference)),
      securitySchemes: field(7, pairs(of({ scheme: field(1, SecurityScheme), reference: field(2, Reference) }))),
    }),
  ),
});

function documentOf({ paths, components = {}, ...rest }: Json): Json {
  const { schemas, securitySchemes } = components as Json;
  const schemes = mapped(securitySchemes, (scheme) => orReference("scheme", scheme));
  return {
    ...rest,
    paths: { path: mapped(paths, (item) => pathOf(item, operationOf, parametersOf)) },
    components: {
      ...(schemas !== undefined && { schemas: { additionalProperties: mapped(schemas, schemaOrReference) } }),
      ...(securitySchemes !== undefined && { securitySchemes: { additionalProperties: schemes } }),
    },
  };
}

/** `{ $ref }`, or what `name` says it is. */
const orReference = (name: string, thing: Json, written: (thing: Json) => Json = (same) => same): Json =>
  "$ref" in thing ? { reference: thing } : { [name]: written(thing) };

function operationOf({ parameters, requestBody, responses, ...rest }: Json): Json {
  return {
    ...rest,
    parameters: parametersOf(parameters),
    ...(requestBody !== undefined && { requestBody: orReference("body", requestBody as Json, withContent) }),
    responses: { codes: mapped(responses, (response) => orReference("response", response, withContent)) },
    ...extensionsOf(rest),
  };
}

function parametersOf(parameters: unknown): Json[] | undefined {
  return (parameters as Json[] | undefined)?.map((parameter) => orReference("parameter", parameter, withSchema));
}

const withSchema = ({ schema, ...rest }: Json): Json => ({
  ...rest,
  ...(schema !== undefined && { schema: schemaOrReference(schema as Json) }),
  ...extensionsOf(rest),
});

/** Bodies and answers: their content by media type. */
function withContent({ content, ...rest }: Json): Json {
  const types = content !== undefined && { content: { additionalProperties: mapped(content, withSchema) } };
  return { ...rest, ...types, ...extensionsOf(rest) };
}

const schemaOrReference = (schema: Json): Json => orReference("schema", schema, schemaOf);

function schemaOf(schema: Json): Json {
  const { items, properties, additionalProperties: more, enum: values, not, ...rest } = schema;
  const lists = Object.fromEntries(
    ["allOf", "oneOf", "anyOf"]
      .filter((name) => name in rest)
      .map((name) => [name, (rest[name] as Json[]).map(schemaOrReference)]),
  );
  return {
    ...rest,
    ...lists,
    ...(not !== undefined && { not: schemaOf(not as Json) }),
    ...(items !== undefined && { items: { schemas: [schemaOrReference(items as Json)] } }),
    ...(properties !== undefined && { properties: { additionalProperties: mapped(properties, schemaOrReference) } }),
    ...(more !== undefined && { additionalProperties: valuesOf(more, schemaOrReference) }),
    ...(values !== undefined && { enum: (values as unknown[]).map(any) }),
    ...("default" in rest && { default: defaultOf(rest["default"]) }),
    ...("example" in rest && { example: any(rest["example"]) }),
    ...extensionsOf(rest),
  };
}

/** Objects and lists have no form there: that there is a default is all that is said. */
function defaultOf(value: unknown): Json {
  const type = typeof value;
  return type === "number" || type === "boolean" || type === "string" ? { [type]: value } : {};
}
