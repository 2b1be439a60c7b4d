/**
 * The structural schema of a CustomResourceDefinition as the nodes all parts read, so that custom resources take the
 * path of built-in kinds. Only the shape is taken over (fields, lists, maps, defaults, what is preserved): values are
 * checked against the OpenAPI schema itself, by validation.
 */
import { put } from "../json-tree.ts";
import { ObjectMeta } from "../meta/object-meta.ts";
import { METADATA_DOC, typeMeta } from "../meta/type-meta.ts";
import type { Field, FreeSchema, MessageSchema, Nulls, ScalarForm, Schema } from "./schema.ts";

/** What is read of an OpenAPI v3 schema; apiextensions' JSONSchemaProps is one. */
export interface OpenAPISchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, OpenAPISchema>>;
  readonly additionalProperties?: OpenAPISchema | boolean;
  readonly items?: OpenAPISchema | readonly OpenAPISchema[];
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-map-type"?: string;
}

/** The schema of a custom resource's whole objects. `name` as OpenAPI has it: `com.example.v1.Widget`. */
export function objectSchemaFromOpenAPI(name: string, schema: OpenAPISchema = PRESERVE): MessageSchema {
  return { ...embeddedResource(name, schema), published: schema };
}

/** `io.example.v1.Widget` for group `example.io`. */
export function definitionName(group: string, version: string, kind: string): string {
  return [...group.split(".").toReversed(), version, kind].join(".");
}

/** A CRD without a schema keeps everything. */
const PRESERVE: OpenAPISchema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const ANY: FreeSchema = { form: "json" };

/** Values of any type, of whose fields none is known. */
const NOTHING_KNOWN: FreeSchema = { form: "json", prunes: true };

const nullsOf = ({ nullable = false, default: value }: OpenAPISchema): Nulls => ({
  allowed: nullable,
  ...(value !== undefined && value !== null && { default: value }),
});

function schemaFromOpenAPI(schema: OpenAPISchema): Schema {
  if (schema["x-kubernetes-int-or-string"] === true) return { form: "intOrString" };
  if (schema["x-kubernetes-embedded-resource"] === true) return embeddedResource("", schema);
  switch (schema.type) {
    case "object":
      return objectOrMap(schema);
    case "array":
      return listFrom(schema);
    case undefined:
      return schema.properties === undefined ? ANY : objectOrMap(schema);
    default:
      return { form: scalarForm(schema) };
  }
}

function scalarForm({ type, format }: OpenAPISchema): ScalarForm {
  if (type === "integer") return format === "int32" ? "int32" : "int64";
  if (type === "number") return "double";
  return type === "boolean" ? "bool" : "string";
}

function objectOrMap(schema: OpenAPISchema): Schema {
  const { additionalProperties: values } = schema;
  const mapType = schema["x-kubernetes-map-type"] === "atomic" ? ({ mapType: "atomic" } as const) : {};
  if (values !== undefined && schema.properties === undefined) {
    if (typeof values === "boolean") return { form: "map", value: NOTHING_KNOWN, ...mapType };
    return { form: "map", value: schemaFromOpenAPI(values), nulls: nullsOf(values), ...mapType };
  }
  return { ...messageFrom("", schema), ...mapType };
}

function messageFrom(name: string, schema: OpenAPISchema): MessageSchema {
  const fields: Record<string, Field> = {};
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    put(fields, key, fieldFrom(property, schema.required?.includes(key) ?? false));
  }
  const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true && { preserveUnknownFields: true };
  const doc = schema.description !== undefined && { doc: schema.description };
  return { form: "message", name, fields, custom: true, ...keeps, ...doc };
}

function fieldFrom(property: OpenAPISchema, required: boolean): Field {
  return {
    tag: 0,
    schema: schemaFromOpenAPI(property),
    keepEmpty: true,
    ...(required && { required }),
    ...(property.default !== undefined && { default: property.default }),
    ...(property.nullable === true && { nullable: true }),
    ...(property.description !== undefined && { doc: property.description }),
  };
}

/** An object with a type and metadata of its own, which are checked as those of any object. */
function embeddedResource(name: string, schema: OpenAPISchema): MessageSchema {
  const message = messageFrom(name, schema);
  const { apiVersion: _v, kind: _k, metadata: _m, ...own } = message.fields;
  const head: Record<string, Field> = {
    apiVersion: typeMeta.apiVersion.keepEmpty().node,
    kind: typeMeta.kind.keepEmpty().node,
    metadata: { tag: 0, schema: ObjectMeta, doc: METADATA_DOC },
  };
  return { ...message, fields: { ...head, ...own } };
}

function listFrom(schema: OpenAPISchema): Schema {
  const { items } = schema;
  const known = items === undefined || Array.isArray(items) ? undefined : (items as OpenAPISchema);
  const list = {
    form: "list",
    item: known === undefined ? ANY : schemaFromOpenAPI(known),
    ...(known !== undefined && { nulls: nullsOf(known) }),
  } as const;
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "map") return { ...list, listType, listMapKeys: schema["x-kubernetes-list-map-keys"] ?? [] };
  return listType === "set" || listType === "atomic" ? { ...list, listType } : list;
}
