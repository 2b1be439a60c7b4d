/**
 * The OpenAPI v2 document in protobuf, as gnostic's `openapi.v2` package has it: what kubectl before 1.27 reads, and
 * later ones for `explain --output=plaintext-openapiv2`.
 *
 * The messages below are those that servers of this API fill; limits of parameters, headers, examples and other kinds
 * of security are left out. Where JSON has an object of anything, protobuf has the same pairs one message deeper; what
 * JSON says by its shape (one type or several, a schema or a boolean) is a message with one field for each.
 */
import { bool, field, list, map, recursiveMessage, string } from "../schema/builders.ts";
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

export function openApiV2Bytes(document: Json): Uint8Array {
  return encodeMessage(Document, documentOf(document));
}

const Values = of({ value: field(1, list(string())) });
const JsonReference = of({ $ref: field(1, string()), description: field(2, string()) });

const SchemaObject: MessageSchema = recursiveMessage("", () => ({
  $ref: field(1, string()),
  format: field(2, string()),
  title: field(3, string()),
  description: field(4, string()),
  default: field(5, Any),
  ...limitFields(6),
  additionalProperties: valuesField(21, SchemaObject),
  type: field(22, Values),
  items: field(23, of({ schema: field(1, list(SchemaObject)) })),
  allOf: field(24, list(SchemaObject)),
  properties: field(25, pairs(SchemaObject)),
  discriminator: field(26, string()),
  readOnly: field(27, bool()),
  externalDocs: externalDocs(29),
  example: field(30, Any),
  extensions: field(31, map(Any)),
}));

const BodyParameter = of({
  description: field(1, string()),
  name: field(2, string()),
  in: field(3, string()),
  required: field(4, bool()),
  schema: field(5, SchemaObject),
  extensions: field(6, map(Any)),
});

const parameterHead = {
  required: field(1, bool()),
  in: field(2, string()),
  description: field(3, string()),
  name: field(4, string()),
};
const PathParameter = of({
  ...parameterHead,
  type: field(5, string()),
  format: field(6, string()),
  uniqueItems: field(19, bool()),
  extensions: field(22, map(Any)),
});
const QueryParameter = of({
  ...parameterHead,
  type: field(6, string()),
  format: field(7, string()),
  uniqueItems: field(20, bool()),
  extensions: field(23, map(Any)),
});

const NonBodyParameter = of({
  header: field(1, PathParameter),
  formData: field(2, QueryParameter),
  query: field(3, QueryParameter),
  path: field(4, PathParameter),
});
const Parameter = of({ body: field(1, BodyParameter), other: field(2, NonBodyParameter) });
const ParametersItem = of({
  parameter: field(1, Parameter),
  reference: field(2, JsonReference),
});

const Response = of({
  description: field(1, string()),
  schema: field(2, of({ schema: field(1, SchemaObject) })),
  extensions: field(5, map(Any)),
});
const Responses = of({
  codes: field(1, map(of({ response: field(1, Response), reference: field(2, JsonReference) }))),
});

const Operation = of({
  ...operationHead,
  produces: field(6, list(string())),
  consumes: field(7, list(string())),
  parameters: field(8, list(ParametersItem)),
  responses: field(9, Responses),
  schemes: field(10, list(string())),
  deprecated: field(11, bool()),
  extensions: field(13, map(Any)),
});

const PathItem = of({
  ...operationFields(2, Operation),
  parameters: field(9, list(ParametersItem)),
  extensions: field(10, map(Any)),
});

const ApiKeySecurity = of({
  type: field(1, string()),
  name: field(2, string()),
  in: field(3, string()),
  description: field(4, string()),
});

const Document = of({
  swagger: field(1, string()),
  info: field(2, of({ title: field(1, string()), version: field(2, string()) })),
  paths: field(8, of({ path: field(2, map(PathItem)) })),
  definitions: field(9, pairs(SchemaObject)),
  parameters: field(10, pairs(Parameter)),
  security: field(12, list(pairs(Values))),
  securityDefinitions: field(13, pairs(of({ apiKey: field(2, ApiKeySecurity) }))),
});

function documentOf({ paths, definitions, parameters, security, securityDefinitions, ...rest }: Json): Json {
  return {
    ...rest,
    paths: { path: mapped(paths, (item) => pathOf(item, operationOf, parametersOf)) },
    definitions: { additionalProperties: mapped(definitions, schemaOf) },
    parameters: { additionalProperties: mapped(parameters, parameterOf) },
    security: (security as Json[]).map((each) => ({
      additionalProperties: mapped(each, (value) => ({ value })),
    })),
    securityDefinitions: { additionalProperties: mapped(securityDefinitions, (apiKey) => ({ apiKey })) },
  };
}

function operationOf({ parameters, responses, ...rest }: Json): Json {
  return {
    ...rest,
    parameters: parametersOf(parameters),
    responses: { codes: mapped(responses, responseOf) },
    ...extensionsOf(rest),
  };
}

function parametersOf(parameters: unknown): Json[] | undefined {
  return (parameters as Json[] | undefined)?.map((parameter) =>
    "$ref" in parameter ? { reference: parameter } : { parameter: parameterOf(parameter) },
  );
}

function parameterOf(parameter: Json): Json {
  const filled = { ...parameter, ...extensionsOf(parameter) };
  if (parameter["in"] !== "body") return { other: { [String(parameter["in"])]: filled } };
  return { body: { ...filled, schema: schemaOf((parameter["schema"] ?? {}) as Json) } };
}

function responseOf(response: Json): Json {
  if ("$ref" in response) return { reference: response };
  const { schema, ...rest } = response;
  return {
    response: {
      ...rest,
      ...(schema !== undefined && { schema: { schema: schemaOf(schema as Json) } }),
      ...extensionsOf(rest),
    },
  };
}

function schemaOf(schema: Json): Json {
  const { type, items, allOf, properties, additionalProperties: more, enum: values, ...rest } = schema;
  return {
    ...rest,
    ...(type !== undefined && { type: { value: [type].flat() } }),
    ...(items !== undefined && { items: { schema: [items].flat().map((each) => schemaOf(each as Json)) } }),
    ...(allOf !== undefined && { allOf: (allOf as Json[]).map(schemaOf) }),
    ...(properties !== undefined && { properties: { additionalProperties: mapped(properties, schemaOf) } }),
    ...(more !== undefined && { additionalProperties: valuesOf(more, schemaOf) }),
    ...(values !== undefined && { enum: (values as unknown[]).map(any) }),
    ...("default" in rest && { default: any(rest["default"]) }),
    ...("example" in rest && { example: any(rest["example"]) }),
    ...extensionsOf(rest),
  };
}
