/**
 * A kind: everything the system knows of one sort of object, said in one place.
 *
 * `defineKind` (define-kind.ts) makes one from source, a CustomResourceDefinition makes one at run time; all other
 * parts (server, client, patches, apply, discovery, OpenAPI, tables, kubectl) read only this interface.
 */
import type { UserInfo } from "./door.ts";
import type { FieldError } from "./field-errors.ts";
import type { MessageSchema } from "./schema/schema.ts";
import type { SignatureVerifier } from "./x509/signature.ts";

/** What all objects have. `apiVersion` and `kind` are always set on stored objects. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  /** Decimal revision of the last change. Opaque to clients. */
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
  readonly selfLink?: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: "Apply" | "Update";
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: unknown;
  readonly subresource?: string;
}

/**
 * The same type without its `readonly`s: an object that is still private to one request. Decoding always makes
 * a fresh draft, so defaulting, preparing and admission change it in place; once stored it is a shared value
 * that nobody changes.
 */
export type Draft<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Draft<T[K]> }
    : T;

/** What preparing and validating may know besides the object itself. */
export interface StrategyContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly namespace?: string;
  readonly subresource?: string;
  readonly username?: string;
  /** The user with groups and the rest, where the caller has them. */
  readonly user?: UserInfo;
  /** The object as it was, in an update: what it already had may stay although it would be refused today. */
  readonly previous?: KubeObject;
  /** Adds a `Warning: 299` header; for what can no longer be seen in the object once it is prepared. */
  readonly warn?: (text: string) => void;
  /** Absent: signatures are believed. */
  readonly verifySignature?: SignatureVerifier;
}

/** Functions are declared as methods, so that a `Kind<Pod>` is also a `Kind`. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly names: {
    readonly plural: string;
    readonly singular: string;
    /** The kind of lists: `<kind>List` when nothing is said. */
    readonly list?: string;
    readonly short?: readonly string[];
    readonly categories?: readonly string[];
  };
  readonly scope: "Namespaced" | "Cluster";
  readonly doc?: string;
  /** The whole object: apiVersion, kind, metadata and what else there is. */
  readonly schema: MessageSchema<T>;
  /** Where objects lie in the store: `<group>/<resource>`; two kinds that serve the same objects share it. */
  readonly storage: { readonly group: string; readonly resource: string; readonly version: string };
  /** Supported verbs; reviews and options have only `create` or none. */
  readonly verbs: readonly string[];
  /** Those that discovery tells of, where it does not tell of all. */
  readonly toldVerbs?: readonly string[];
  readonly subresources: Readonly<Record<string, Subresource>>;
  /** Field labels beside metadata.name and metadata.namespace, with how to read them. */
  readonly selectableFields: Readonly<Record<string, FieldReader<T>>>;
  readonly columns?: readonly Column<T>[];
  /** What a table says of the row as a whole. */
  rowConditions?(object: T): readonly RowCondition[] | undefined;
  /** The order of a table's rows, where it is not that of the list. */
  rowOrder?(a: T, b: T): number;
  /** Paths that may not change after creation, such as `spec.selector`: "field is immutable". */
  readonly immutable?: readonly string[];

  /**
   * Defaults that depend on other fields; those of single fields stand in the schema. A part that is the very one of `known`,
   * the object before, has them.
   */
  defaults?(draft: Draft<T>, known?: T): void;
  /** Resets what clients may not set, generates what the server sets. */
  prepareForCreate?(draft: Draft<T>, context: StrategyContext): void;
  prepareForUpdate?(draft: Draft<T>, previous: T, context: StrategyContext): void;
  /** Rules on names; DNS subdomain when nothing is said. Gives texts, as upstream's ValidateNameFunc. */
  readonly validateName?: (name: string, prefix: boolean) => readonly string[];
  validate?(object: T, context: StrategyContext): readonly FieldError[];
  validateUpdate?(object: T, previous: T, context: StrategyContext): readonly FieldError[];
  /** A text for a `Warning: 299` header with every request, where this version is on its way out. */
  readonly deprecated?: string;
  /**
   * What an update repeats of the rules on metadata, beside what all kinds are asked: those of a change when nothing is said.
   * Upstream's causes tell an error as often as it was found. A list counts for the object and for what is not its status,
   * of which only the rules of a change are repeated.
   */
  readonly metadataOnUpdate?: readonly MetadataRule[] | ((subresource: string) => readonly MetadataRule[]);
  /** Its own rules say nothing of metadata: those of any kind are asked, of a new object once its own found nothing. */
  readonly metadataApart?: boolean;
  /** What may not change is told before what is wrong with the object as it is. */
  readonly changesFirst?: boolean;
  /** Texts for `Warning: 299` headers. */
  warnings?(object: T, previous: T | undefined): readonly string[];
  /** The same of its status, where that is what is written. */
  statusWarnings?(object: T): readonly string[];
  /** Upstream's AllowUnconditionalUpdate and AllowCreateOnUpdate. Defaults: true and false. */
  readonly allowUnconditionalUpdate?: boolean;
  readonly allowCreateOnUpdate?: boolean;
  /** The revision since which the kind is served, where it came at run time: there are no events of before. */
  readonly servedSince?: number;
  /** A DELETE that removes at once answers with the object it removed, not with a Status. */
  readonly returnsDeleted?: boolean;
  /** Why the object of this name may not be deleted alone (403); upstream lets those go that a DELETE of many meets. */
  refuseDelete?(name: string): string | undefined;
  /** A DELETE that says nothing of dependents leaves them alone, and may warn of that. */
  readonly orphansByDefault?: { readonly warning?: string };
  /** Deletion waits for this many seconds (Pods); undefined: deleted at once. */
  gracePeriodSeconds?(object: T, requested: number | undefined): number;
  /** Spec changes bump metadata.generation. Default: true where the schema has `spec` and `status`. */
  readonly generation?: boolean;
  /** Where the stored objects are of another kind (`storage`): both ways, each making a fresh object. */
  readonly convert?: Conversion<T>;
}

/** The rules for a new object, or those for what may not change. */
export type MetadataRule = "whole" | "change";

/**
 * Between a kind and the one its objects are stored as, such as autoscaling/v1 and v2. What the one cannot say,
 * the other carries in annotations, so that there and back loses nothing.
 */
export interface Conversion<T extends KubeObject = KubeObject> {
  toStorage(object: T): Draft<KubeObject>;
  /** The same without the defaults that the storage version has and this one has not; absent where there are none. */
  toStorageAsIs?(object: T): Draft<KubeObject>;
  fromStorage(stored: KubeObject): Draft<T>;
  /**
   * Set where another program knows how: objects of any version of the kind as `apiVersion`, fresh ones in the same
   * order. The two above then only take objects that are in the right version already.
   */
  ask?(objects: readonly KubeObject[], apiVersion: string): Promise<KubeObject[]>;
}

/** Reads a selectable field's value; empty where there is none. */
export type FieldReader<T> = { read(object: T): string }["read"];

/** The same type with nothing obligatory, at any depth: what writers may give where the server fills in the rest. */
export type Sketch<T> = T extends readonly (infer Item)[]
  ? readonly Sketch<Item>[]
  : T extends object
    ? { readonly [K in keyof T]?: Sketch<T[K]> }
    : T;

export interface Subresource {
  readonly verbs: readonly string[];
  /** The kind it speaks when it is another one: Scale, Eviction, Binding, TokenRequest. */
  readonly speaks?: { readonly group: string; readonly version: string; readonly kind: string };
  /** For `scale`: where the numbers are. */
  readonly scale?: { readonly wanted: string; readonly actual: string; readonly selector?: string };
}

/** As metav1.TableRowCondition: such as `Completed`, for which clients may hide or grey the row. */
export interface RowCondition {
  readonly type: "Completed";
  readonly status: "True";
  readonly reason: string;
  readonly message: string;
}

/** A printer column of `kubectl get`, as metav1.TableColumnDefinition. */
export interface Column<T = KubeObject> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly doc?: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority?: number;
  /** Its cells are in the rows, but the table does not define it. */
  readonly unlisted?: boolean;
  /** The cell; `now` (milliseconds) for ages. */
  value(object: T, now: number): Cell;
}

export type Cell = string | number | bigint | boolean | null;
