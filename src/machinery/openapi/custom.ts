/**
 * What is published of a CustomResourceDefinition's schema. Version 3 gets all of it, with the type and metadata that
 * every object has; version 2 only what kubectl's client-side validation understands, so that it never refuses what the
 * server takes.
 */
import { ownValue } from "../json-tree.ts";
import { toJson } from "../exact-json.ts";
import type { OpenAPISchema } from "../schema/from-openapi.ts";
import type { Dialect, Json } from "./definitions.ts";

type Node = OpenAPISchema & Json;

/** Schemas of values that stand beside the shape; version 2 has no such thing. */
const JUNCTORS = ["allOf", "anyOf", "oneOf"] as const;

/** Parts of JSONSchemaProps that describe and do nothing; structural schemas do not have them. */
const DROPPED = new Set(["$ref", "$schema", "id", "example", "externalDocs", "definitions", "additionalItems"]);

const NUMBER_OR_TEXT = [{ type: "integer" }, { type: "string" }];

const PRESERVES = "x-kubernetes-preserve-unknown-fields";
const EMBEDS = "x-kubernetes-embedded-resource";
const MIXED = "x-kubernetes-int-or-string";

/** Of whole objects. `metadata` refers to ObjectMeta. */
export function publishedObject(schema: OpenAPISchema, dialect: Dialect, metadata: Json): Json {
  if (dialect.version === "2" && schema[PRESERVES] === true) return { type: "object" };
  return withHead(published(schema, dialect, metadata), metadata, "APIVersion", "Kind");
}

function published(schema: OpenAPISchema, dialect: Dialect, metadata: Json): Json {
  const node = dialect.version === "2" ? plainer(schema as Node) : unfolded(schema as Node);
  const inner = (each: unknown): Json => published(each as OpenAPISchema, dialect, metadata);
  const out: Json = {};
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined || DROPPED.has(key)) continue;
    out[key] = value;
    if (key === "properties") out[key] = mapped(value as Json, inner);
    else if (key === "items" || key === "not") out[key] = inner(value);
    else if (key === "additionalProperties" && typeof value === "object") out[key] = inner(value);
    else if (JUNCTORS.includes(key as never)) out[key] = (value as unknown[]).map(inner);
  }
  const isOpen = dialect.version === "2" && node[PRESERVES] === true;
  return node[EMBEDS] === true && !isOpen ? embedded(out, metadata) : out;
}

const mapped = (properties: Json, each: (value: unknown) => Json): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, each(value)]));

/** Says in OpenAPI's own words what an extension says. */
function unfolded(node: Node): Node {
  if (node[MIXED] !== true) return node;
  const { anyOf, allOf = [] } = node as { anyOf?: unknown; allOf?: readonly unknown[] };
  if (anyOf === undefined) return { ...node, anyOf: NUMBER_OR_TEXT };
  const given = toJson([anyOf, ...allOf]);
  return given.includes(JSON.stringify(NUMBER_OR_TEXT))
    ? node
    : { ...node, allOf: [...allOf, { anyOf: NUMBER_OR_TEXT }] };
}

/** Without what version 2 cannot say, and without the types of values that kubectl would look into too closely. */
function plainer(node: Node): Node {
  const { allOf: _a, anyOf: _b, oneOf: _c, not: _d, nullable, ...rest } = node;
  const isOpen = node[PRESERVES] === true;
  const { items, properties, type, required, ...others } = rest as Node;
  const shaped = nullable !== true && !isOpen;
  const untyped = nullable === true || (type === "array" && (isOpen || !items)) || (type === "object" && isOpen);
  const { additionalProperties: values } = node;
  const mayBeNull = (name: string): boolean => (shaped && ownValue(properties, name)?.nullable) === true;
  const needed = typeof values === "object" && values.nullable ? [] : required?.filter((name) => !mayBeNull(name));
  return {
    ...others,
    ...(shaped && items && { items }),
    ...(shaped && properties && { properties }),
    ...(!untyped && type && { type }),
    ...(needed?.length && { required: needed }),
  } as Node;
}

function embedded(schema: Json, metadata: Json): Json {
  const required = (schema["required"] ?? []) as readonly string[];
  const missing = ["kind", "apiVersion"].filter((name) => !required.includes(name));
  return { ...withHead(schema, metadata, "apiVersion", "kind"), required: [...required, ...missing] };
}

/** With type and metadata, whose descriptions begin with the words given. */
function withHead(schema: Json, metadata: Json, apiVersion: string, kind: string): Json {
  const { properties } = schema as { properties?: Json };
  const version = `${apiVersion} defines the group and version of the schema that this object is written in.`;
  return {
    ...schema,
    properties: {
      ...properties,
      apiVersion: { type: "string", description: version },
      kind: { type: "string", description: `${kind} is the name of the schema that this object is written in.` },
      metadata: { description: "Standard object's metadata.", ...metadata },
    },
  };
}
