/**
 * What a value may look like, said once: types, decoding, defaulting, pruning, patches, apply, protobuf
 * and OpenAPI all read these nodes. Built by the functions in `builders.ts`; a
 * CustomResourceDefinition's structural schema becomes the same nodes at run time.
 *
 * Objects in memory are exactly their JSON form: times, quantities and bytes are strings.
 */
import type { OpenAPISchema } from "./from-openapi.ts";
export type Schema<T = unknown> = ScalarSchema<T> | FreeSchema<T> | ListSchema<T> | MapSchema<T> | MessageSchema<T>;

/** Carries the TypeScript type; never present at run time. */
declare const typed: unique symbol;
export interface Typed<T> {
  readonly [typed]?: T;
}

/** The TypeScript type a schema describes, deeply read-only. */
export type TypeOf<S> = S extends { readonly [typed]?: infer T } ? Exclude<T, undefined> : never;

export type ScalarForm =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "double"
  /** base64 in JSON */
  | "bytes"
  /** RFC 3339, seconds; null in JSON means absent */
  | "time"
  /** RFC 3339 with six decimals */
  | "microTime"
  | "quantity"
  | "intOrString";

export interface ScalarSchema<T = unknown> extends Typed<T> {
  readonly form: ScalarForm;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

/** Values kept as they came: any JSON, an embedded object, or a managed-fields set. */
export interface FreeSchema<T = unknown> extends Typed<T> {
  readonly form: "json" | "rawExtension" | "fieldsV1";
  /** The OpenAPI definition name where upstream has one of its own, such as `…apiextensions.v1.JSONSchemaPropsOrBool`. */
  readonly name?: string;
  readonly doc?: string;
  /** Upstream's `JSONSchemaPropsOr…` types: an object is this message, anything else is what `or` says. */
  readonly message?: MessageSchema;
  readonly or?: "bool" | "array" | "strings";
  /** Custom resources: objects are emptied, for none of their fields is known. */
  readonly prunes?: boolean;
}

export interface ListSchema<T = unknown> extends Typed<T> {
  readonly form: "list";
  readonly item: Schema;
  /** For server-side apply; atomic when nothing is said. */
  readonly listType?: "atomic" | "set" | "map";
  readonly listMapKeys?: readonly string[];
  /** For strategic merge patch; `replace` when nothing is said. */
  readonly patchStrategy?: PatchStrategy;
  readonly patchMergeKey?: string;
  /** Upstream has a type of its own for the list: in protobuf a message with the items in field 1. */
  readonly named?: boolean;
  readonly nulls?: Nulls;
}

/** Custom resources: what becomes of a null as an item of a list or a value of a map. Absent: it stays. */
export interface Nulls {
  readonly allowed: boolean;
  /** What it gives way to where it is not allowed. Without, items stay and values are dropped. */
  readonly default?: unknown;
}

export interface MapSchema<T = unknown> extends Typed<T> {
  readonly form: "map";
  readonly value: Schema;
  readonly mapType?: "granular" | "atomic";
  readonly patchStrategy?: PatchStrategy;
  readonly nulls?: Nulls;
}

export interface MessageSchema<T = unknown> extends Typed<T> {
  readonly form: "message";
  /** The OpenAPI definition name, such as `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string;
  /** In wire order by name; a getter where messages refer to each other. */
  readonly fields: Readonly<Record<string, Field>>;
  readonly mapType?: "granular" | "atomic";
  readonly doc?: string;
  /** Custom resources only: unknown fields are kept instead of pruned. */
  readonly preserveUnknownFields?: boolean;
  /**
   * Made from a CustomResourceDefinition: decoding takes values of any type as they come (validation checks them),
   * drops no empty ones, and a null stays only where it is allowed.
   */
  readonly custom?: boolean;
  /** With `custom`: the definition's schema, which says more than its shape and is published as it is. */
  readonly published?: OpenAPISchema;
  /** Published as `x-kubernetes-unions`: which field says which of the others holds. */
  readonly unions?: readonly MessageUnion[];
}

export interface MessageUnion {
  readonly discriminator?: string;
  /** Field name to the discriminator's value. */
  readonly fields: Readonly<Record<string, string>>;
}

export type PatchStrategy = "merge" | "replace" | "retainKeys" | "merge,retainKeys" | "replace,retainKeys";

/**
 * How one message uses a schema. What an absent or empty value means follows the Go struct field it stands for,
 * because that decides what clients see:
 *
 * | Go field                     | here                    | absent         | given as `0`, `""`, `false`, `[]` |
 * |------------------------------|-------------------------|----------------|-----------------------------------|
 * | `int32`, omitempty           | (nothing)               | absent         | absent                            |
 * | `*int32`, omitempty          | `keepEmpty`             | absent         | kept                              |
 * | `int32`                      | `always`                | `0`            | kept                              |
 * | struct, omitempty or not     | `always`                | `{}`           | kept                              |
 * | `*struct`, omitempty         | (nothing)               | absent         | `{}` kept                         |
 * | list, map or time, omitempty | (nothing)               | absent         | absent                            |
 * | list or map                  | `always` and `nullable` | `null`         | `null`: so protobuf gives it back |
 * | `*struct`                    | `always` and `nullable` | `null`         | `{}` kept                         |
 */
export interface Field<T = unknown> extends Typed<T> {
  /** Protobuf tag; 0 where the field is not in the protobuf message (custom resources, apiVersion/kind). */
  readonly tag: number;
  /** Tags of the embedded protobuf messages the field lies in, outermost first; their fields are inline in JSON. */
  readonly within?: readonly number[];
  readonly schema: Schema<T>;
  readonly doc?: string;
  /** Listed as `required` in OpenAPI. */
  readonly required?: boolean;
  /** Set when the client leaves the field out. A fresh value is made for each object. */
  readonly default?: unknown;
  /** The default is applied but not published in OpenAPI: upstream sets it in code, not by a marker. */
  readonly defaultUnpublished?: boolean;
  /** An empty value that the client gave is kept (Go: pointer field). Otherwise it is as good as absent. */
  readonly keepEmpty?: boolean;
  /**
   * True where upstream's Go field is no pointer and has no effective omitempty: it is written even when it
   * is empty, such as `status: {}` of a Pod or a container's `resources: {}`.
   */
  readonly always?: boolean;
  /** With `always`: what is written is null, not an empty value. In custom resources: null is a value like others. */
  readonly nullable?: boolean;
  /** Nobody changes the value in place, not even that of a draft, which may have the stored one: whoever wants another makes it. */
  readonly kept?: true;
  /** Of a part of the object itself, a message that is `kept`: many objects have it alike, so it is there once (see alike.ts). */
  readonly alike?: true;
  /** Overrides of the list, map or message schema on this use of it. */
  readonly patchStrategy?: PatchStrategy;
  readonly patchMergeKey?: string;
  readonly mapType?: "granular" | "atomic";
}
