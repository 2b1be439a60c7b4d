/**
 * The words in which schemas are written. They make the plain nodes of schema.ts, so that source reads like the
 * thing it describes and its TypeScript type is derived from it:
 *
 *     export const Example = message("io.k8s.api.example.v1.Example", {
 *       replicas: field(1, int32().min(0).default(1)),
 *       containers: field(2, list(Container).mapKey("name").patch("merge", "name")).required(),
 *       ...embedded(3, { paused: field(1, bool()) }),
 *     });
 *     export type Example = TypeOf<typeof Example>;
 *
 * The number before a field is its protobuf tag. A field that is required, always written or has a default is
 * present in the type; any other is optional. Types are deeply read-only.
 */
import type {
  Field,
  FreeSchema,
  ListSchema,
  MapSchema,
  MessageSchema,
  MessageUnion,
  PatchStrategy,
  ScalarSchema,
  Schema,
} from "./schema.ts";

/** A schema that is still being described. Methods give a new description; the old one stays as it is. */
export class Described<T> {
  readonly schema: Schema<T>;

  constructor(schema: Schema<T>) {
    this.schema = schema;
  }

  /** What a field of this type gets when the client leaves it out. */
  default(value: T): Defaulted<T> {
    return { schema: this.schema, value, unpublished: false };
  }

  /** The same for a default that upstream sets in code: applied, but not published in OpenAPI. */
  silentDefault(value: T): Defaulted<T> {
    return { schema: this.schema, value, unpublished: true };
  }
}

export interface Defaulted<T> {
  readonly schema: Schema<T>;
  readonly value: T;
  readonly unpublished: boolean;
}

export class Scalar<T> extends Described<T> {
  declare readonly schema: ScalarSchema<T>;

  min(limit: number): Scalar<T> {
    return new Scalar({ ...this.schema, min: limit });
  }

  max(limit: number): Scalar<T> {
    return new Scalar({ ...this.schema, max: limit });
  }

  enum<const V extends T & string>(...values: readonly V[]): Scalar<V> {
    return new Scalar<V>({ form: this.schema.form, enum: values });
  }
}

export class List<T> extends Described<readonly T[]> {
  declare readonly schema: ListSchema<readonly T[]>;

  /** Server-side apply tells items apart by these fields. */
  mapKey(...keys: readonly string[]): List<T> {
    return new List({ ...this.schema, listType: "map", listMapKeys: keys });
  }

  /** Server-side apply treats the items as a set. */
  set(): List<T> {
    return new List({ ...this.schema, listType: "set" });
  }

  /** Server-side apply replaces the list as a whole. Also what holds when nothing is said, but then unpublished. */
  atomic(): List<T> {
    return new List({ ...this.schema, listType: "atomic" });
  }

  /** A type of its own for upstream, and so a message in protobuf. */
  named(): List<T> {
    return new List({ ...this.schema, named: true });
  }

  /** Strategic merge patch: how, and by which field items are told apart. */
  patch(strategy: PatchStrategy, mergeKey?: string): List<T> {
    return new List({
      ...this.schema,
      patchStrategy: strategy,
      ...(mergeKey !== undefined && { patchMergeKey: mergeKey }),
    });
  }
}

export class MapOf<T> extends Described<Readonly<Record<string, T>>> {
  declare readonly schema: MapSchema<Readonly<Record<string, T>>>;

  granular(): MapOf<T> {
    return new MapOf({ ...this.schema, mapType: "granular" });
  }

  atomic(): MapOf<T> {
    return new MapOf({ ...this.schema, mapType: "atomic" });
  }
}

/** What `list`, `map` and `field` take: a finished schema (a message) or a described one. */
export type Type<T> = Schema<T> | Described<T>;

const schemaOf = <T>(type: Type<T>): Schema<T> => (type instanceof Described ? type.schema : type);

export const string = (): Scalar<string> => new Scalar({ form: "string" });
export const bool = (): Scalar<boolean> => new Scalar({ form: "bool" });
export const int32 = (): Scalar<number> => new Scalar({ form: "int32" });
export const int64 = (): Scalar<number> => new Scalar({ form: "int64" });
export const double = (): Scalar<number> => new Scalar({ form: "double" });
/** base64 in memory as in JSON. */
export const bytes = (): Scalar<string> => new Scalar({ form: "bytes" });
export const time = (): Scalar<string> => new Scalar({ form: "time" });
export const microTime = (): Scalar<string> => new Scalar({ form: "microTime" });
export const quantity = (): Scalar<string> => new Scalar({ form: "quantity" });
export const intOrString = (): Scalar<number | string> => new Scalar({ form: "intOrString" });

export const json = (): FreeSchema => ({ form: "json" });
/** An object of any kind, kept as it came. */
export const rawExtension = (): FreeSchema => ({ form: "rawExtension" });
export const fieldsV1 = (): FreeSchema => ({ form: "fieldsV1" });

export const list = <T>(item: Type<T>): List<T> => new List({ form: "list", item: schemaOf(item) });

/** Keys are always strings. */
export const map = <T>(value: Type<T>): MapOf<T> => new MapOf({ form: "map", value: schemaOf(value) });

declare const presence: unique symbol;

/** A field that is still being described. `P` says whether it is there in every object. */
export class FieldOf<T, P extends boolean> {
  declare readonly [presence]: P;
  readonly node: Field<T>;

  constructor(node: Field<T>) {
    this.node = node;
  }

  private with<Q extends boolean, U = T>(changes: Partial<Field>): FieldOf<U, Q> {
    return new FieldOf<U, Q>({ ...this.node, ...changes } as Field<U>);
  }

  /** Clients must give it (OpenAPI `required`); written even when it is empty. */
  required(): FieldOf<T, true> {
    return this.with({ required: true, always: true });
  }

  /** Written even when it is empty: `0`, `""`, `false` or `{}`. */
  always(): FieldOf<T, true> {
    return this.with({ always: true });
  }

  /** Written as null when it is absent. */
  orNull(): FieldOf<P extends true ? T : T | null, P> {
    return this.with({ always: true, nullable: true });
  }

  /** An empty value that the client gave is kept. */
  keepEmpty(): FieldOf<T, P> {
    return this.with({ keepEmpty: true });
  }

  /** An absent message becomes an empty one (with defaults of its own): upstream sets it in code. */
  filled(): FieldOf<T, true> {
    return this.with({ default: {}, defaultUnpublished: true });
  }

  /** After `required()`: left out when it is empty all the same. */
  droppedWhenEmpty(): FieldOf<T, P> {
    return this.with({ always: false });
  }

  /** Nobody changes the value in place. */
  kept(): FieldOf<T, P> {
    return this.with({ kept: true });
  }

  /** The same, and many objects have it alike. */
  alike(): FieldOf<T, P> {
    return this.with({ kept: true, alike: true });
  }

  patch(strategy: PatchStrategy): FieldOf<T, P> {
    return this.with({ patchStrategy: strategy });
  }

  granular(): FieldOf<T, P> {
    return this.with({ mapType: "granular" });
  }

  /** In protobuf the field lies in the message at `tag` (and so on inwards). */
  within(tag: number): FieldOf<T, P> {
    return this.with({ within: [tag, ...(this.node.within ?? [])] });
  }
}

export function field<T>(tag: number, type: Defaulted<T>, doc?: string): FieldOf<T, true>;
export function field<T>(tag: number, type: Type<T>, doc?: string): FieldOf<T, false>;
export function field<T>(tag: number, type: Type<T> | Defaulted<T>, doc?: string): FieldOf<T, boolean> {
  const said = doc === undefined ? {} : { doc };
  if (!("value" in type) || "form" in type)
    return new FieldOf<T, boolean>({ tag, schema: schemaOf(type as Type<T>), ...said });
  const silent = type.unpublished && { defaultUnpublished: true };
  return new FieldOf<T, boolean>({ tag, schema: type.schema, ...said, default: type.value, ...silent });
}

export type Fields = Readonly<Record<string, FieldOf<unknown, boolean>>>;

/** The object type that fields describe. */
export type ObjectFrom<F> = {
  readonly [K in keyof F as F[K] extends FieldOf<unknown, true> ? K : never]: F[K] extends FieldOf<infer T, true>
    ? T
    : never;
} & {
  readonly [K in keyof F as F[K] extends FieldOf<unknown, true> ? never : K]?: F[K] extends FieldOf<infer T, boolean>
    ? T
    : never;
};

/** Fields that are inline in JSON but lie in a message of their own, at `tag`, in protobuf. */
export function embedded<F extends Fields>(tag: number, fields: F): F {
  return Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, each.within(tag)])) as F;
}

interface MessageOptions {
  readonly mapType?: "granular" | "atomic";
  readonly doc?: string;
  readonly unions?: readonly MessageUnion[];
}

/** `name` is the OpenAPI definition name. */
export function message<F extends Fields>(
  name: string,
  fields: F,
  options: MessageOptions = {},
): MessageSchema<ObjectFrom<F>> {
  return { form: "message", name, fields: nodesOf(fields), ...options };
}

/**
 * A message that mentions itself: its fields are made when first asked for. The type cannot be derived then and
 * is written out.
 */
export function recursiveMessage<T>(
  name: string,
  fields: () => Fields,
  options: Pick<MessageOptions, "doc"> = {},
): MessageSchema<T> {
  let made: Readonly<Record<string, Field>> | undefined;
  return {
    form: "message",
    name,
    ...options,
    get fields() {
      return (made ??= nodesOf(fields()));
    },
  };
}

function nodesOf(fields: Fields): Readonly<Record<string, Field>> {
  return Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, each.node]));
}
