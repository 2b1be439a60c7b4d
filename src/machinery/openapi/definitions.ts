/**
 * Schema nodes as OpenAPI definitions. The two versions differ in how they refer to each other, in defaults (v2 has
 * none) and in the types that are more than one JSON type.
 */
import { ObjectMeta } from "../meta/object-meta.ts";
import type { OpenAPISchema } from "../schema/from-openapi.ts";
import { publishedDefault } from "../schema/published-default.ts";
import type { Field, MessageSchema, Schema } from "../schema/schema.ts";
import { publishedObject } from "./custom.ts";

export type Json = Record<string, unknown>;

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** One version of OpenAPI, and what its document has collected so far. */
export interface Dialect {
  readonly version: "2" | "3";
  /** Where definitions are in the document: `#/definitions/` or `#/components/schemas/`. */
  readonly prefix: string;
}

export const V2: Dialect = { version: "2", prefix: "#/definitions/" };
export const V3: Dialect = { version: "3", prefix: "#/components/schemas/" };

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** Types with a definition of their own that is not a message: its name, and what they are. */
const NAMED: Readonly<Record<string, readonly [name: string, doc: string]>> = {
  time: [`${META}.Time`, "A point in time in RFC 3339, to the second, such as `2026-01-31T12:00:00Z`."],
  microTime: [`${META}.MicroTime`, "A point in time in RFC 3339, to the microsecond."],
  quantity: [
    "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "A decimal number with a unit: `n`, `u`, `m`, `k`, `M`, `G`, `T`, `P`, `E` are powers of 1000, `Ki`, `Mi`, `Gi`, `Ti`, `Pi`, `Ei` powers of 1024, and an exponent such as `e3` a power of 10. `100m` is a tenth, `1Gi` is 1073741824. What is finer than `1n` is rounded up.",
  ],
  intOrString: [
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    "A number or a text, such as `8080`, `http` or `25%`.",
  ],
  rawExtension: [
    "io.k8s.apimachinery.pkg.runtime.RawExtension",
    "An object of any kind, with its apiVersion and kind where it is one of the API.",
  ],
  fieldsV1: [
    `${META}.FieldsV1`,
    "A set of fields as a tree: `f:` and a name is a field, `k:` and key fields an item of a list, `v:` and a value an item of a set, `i:` and a position an item; `.` is the thing itself.",
  ],
};

const PLAIN: Readonly<Record<string, Json>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
};

const DATE: Json = { type: "string", format: "date-time" };

/** The definitions a document refers to; grows with each {@link Definitions.refer}. */
export class Definitions {
  readonly made: Record<string, Json> = {};
  private readonly dialect: Dialect;
  private readonly kinds: ReadonlyMap<string, readonly GroupVersionKind[]>;

  /** `kinds`: what the definitions with a group, version and kind are, by name. */
  constructor(dialect: Dialect, kinds: ReadonlyMap<string, readonly GroupVersionKind[]>) {
    this.dialect = dialect;
    this.kinds = kinds;
  }

  /** `{ $ref }` to the schema, whose definition is made if it is not there yet. */
  refer(schema: MessageSchema): Json {
    if (!(schema.name in this.made)) {
      // Stands there first, for messages that contain themselves.
      const definition: Json = (this.made[schema.name] = {});
      Object.assign(definition, this.message(schema));
    }
    return { $ref: this.dialect.prefix + schema.name };
  }

  /** Definitions that no schema stands behind, such as Patch. */
  referNamed(name: string, definition: Json): Json {
    this.made[name] ??= definition;
    return { $ref: this.dialect.prefix + name };
  }

  private message(schema: MessageSchema): Json {
    if (schema.published !== undefined && schema.name !== "") return this.custom(schema, schema.published);
    const entries = Object.entries(schema.fields);
    const required = entries.filter(([, field]) => field.required === true).map(([name]) => name);
    const properties = Object.fromEntries(
      entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, field]) => [name, this.property(field, schema)]),
    );
    const kinds = this.kinds.get(schema.name);
    return {
      ...(schema.doc !== undefined && { description: schema.doc }),
      type: "object",
      ...(required.length > 0 && { required }),
      ...(entries.length > 0 && { properties }),
      ...(kinds !== undefined && { "x-kubernetes-group-version-kind": kinds }),
      ...(schema.mapType !== undefined && { "x-kubernetes-map-type": schema.mapType }),
      ...(schema.unions !== undefined && { "x-kubernetes-unions": schema.unions.map(unionOf) }),
      ...(schema.preserveUnknownFields === true && { "x-kubernetes-preserve-unknown-fields": true }),
    };
  }

  private custom({ name }: MessageSchema, source: OpenAPISchema): Json {
    const metadata = this.refer(ObjectMeta);
    const kinds = this.kinds.get(name);
    return {
      ...publishedObject(source, this.dialect, this.dialect.version === "2" ? metadata : { allOf: [metadata] }),
      ...(kinds !== undefined && { "x-kubernetes-group-version-kind": kinds }),
    };
  }

  private property(field: Field, message: MessageSchema): Json {
    const strategy = field.patchStrategy;
    const beside: Json = {
      ...(field.doc !== undefined && { description: field.doc }),
      ...(this.dialect.version === "3" && defaultOf(field, message.custom === true)),
      ...(strategy !== undefined && { "x-kubernetes-patch-strategy": strategy }),
      ...(field.mapType !== undefined && { "x-kubernetes-map-type": field.mapType }),
    };
    const type = this.type(field.schema);
    if (!("$ref" in type)) return { ...type, ...beside };
    if (Object.keys(beside).length === 0) return type;
    return this.dialect.version === "2" ? { ...type, ...beside } : { ...beside, allOf: [type] };
  }

  private type(schema: Schema): Json {
    switch (schema.form) {
      case "message":
        return schema.name === "" ? this.message(schema) : this.refer(schema);
      case "list":
        return { type: "array", items: this.type(schema.item), ...listExtensions(schema) };
      case "map": {
        const atomic = schema.mapType !== undefined && { "x-kubernetes-map-type": schema.mapType };
        return { type: "object", additionalProperties: this.type(schema.value), ...atomic };
      }
      case "json":
        if (schema.name === undefined) return {};
        return this.referNamed(schema.name, schema.doc === undefined ? {} : { description: schema.doc });
      default: {
        const named = NAMED[schema.form];
        if (named !== undefined)
          return this.referNamed(named[0], { description: named[1], ...this.named(schema.form) });
        const values = "enum" in schema && schema.enum !== undefined && { enum: schema.enum.toSorted() };
        return { ...PLAIN[schema.form], ...values };
      }
    }
  }

  private named(form: string): Json {
    if (form === "time" || form === "microTime") return DATE;
    if (form === "rawExtension" || form === "fieldsV1") return { type: "object" };
    const two = this.dialect.version === "2";
    if (form === "quantity") return two ? { type: "string" } : { oneOf: [{ type: "string" }, { type: "number" }] };
    const types = two ? { type: "string" } : { oneOf: [{ type: "integer" }, { type: "string" }] };
    return { ...types, format: "int-or-string" };
  }
}

function unionOf({ discriminator, fields }: NonNullable<MessageSchema["unions"]>[number]): Json {
  return { ...(discriminator !== undefined && { discriminator }), "fields-to-discriminateBy": fields };
}

function listExtensions({ listType, listMapKeys, patchStrategy, patchMergeKey }: Schema & { form: "list" }): Json {
  return {
    ...(listMapKeys !== undefined && { "x-kubernetes-list-map-keys": listMapKeys }),
    ...(listType !== undefined && { "x-kubernetes-list-type": listType }),
    ...(patchMergeKey !== undefined && { "x-kubernetes-patch-merge-key": patchMergeKey }),
    ...(patchStrategy !== undefined && { "x-kubernetes-patch-strategy": patchStrategy }),
  };
}

function defaultOf(field: Field, custom: boolean): Json {
  const value = publishedDefault(field, custom);
  return value === undefined ? {} : { default: value };
}
