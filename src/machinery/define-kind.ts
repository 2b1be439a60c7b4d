/**
 * Makes a {@link Kind} from one definition: fills in what follows from the rest (the object's schema, singular
 * names, storage, the usual verbs) and derives the object's TypeScript type.
 *
 *     export const ReplicaSet = defineKind({
 *       group: "apps", version: "v1", kind: "ReplicaSet", definition: "io.k8s.api.apps.v1.ReplicaSet",
 *       names: { plural: "replicasets", short: ["rs"], categories: ["all"] },
 *       scope: "Namespaced",
 *       doc: "Keeps a chosen number of identical pods running.",
 *       fields: { spec: field(2, ReplicaSetSpec).always(), status: field(3, ReplicaSetStatus).always() },
 *     });
 *     export type ReplicaSet = ObjectOf<typeof ReplicaSet>;
 */
import type { Conversion, Kind, KubeObject } from "./kind.ts";
import { ListMeta } from "./meta/list-meta.ts";
import { ObjectMeta } from "./meta/object-meta.ts";
import { field, list, message } from "./schema/builders.ts";
import { decode } from "./schema/decode.ts";
import type { Fields, ObjectFrom } from "./schema/builders.ts";
import { dropSwitchedOff } from "./switched-off.ts";
import type { Feature } from "./switched-off.ts";
import type { MessageSchema, TypeOf } from "./schema/schema.ts";
import { METADATA_DOC, typeMeta } from "./meta/type-meta.ts";

/** The object type of a kind. */
export type ObjectOf<K extends { readonly schema: MessageSchema }> = TypeOf<K["schema"]>;

/** Metadata by the contract's type, and the fields of its own. */
export type Described<F extends Fields> = KubeObject & ObjectFrom<F>;

/** What may be left out has a usual value; see {@link Kind} for the meaning of each. */
export interface KindDefinition<F extends Fields, T extends KubeObject = Described<F>> extends Omit<
  Kind<T>,
  "names" | "schema" | "storage" | "verbs" | "subresources" | "selectableFields" | "convert"
> {
  /** The OpenAPI definition name, such as `io.k8s.api.apps.v1.ReplicaSet`. */
  readonly definition: string;
  /** The singular is the kind in lower case when nothing is said. */
  readonly names: Partial<Pick<Kind["names"], "singular">> & Omit<Kind["names"], "singular">;
  /** All fields but apiVersion, kind and metadata (whose protobuf tag is always 1). */
  readonly fields: F;
  /** False for options that are no objects (PodExecOptions); OpenAPI lists it as required for few kinds. */
  readonly metadata?: boolean | "required";
  /** Its own place under group and plural when nothing is said. */
  readonly storage?: Kind["storage"];
  /** A new object may come with a status (Node). Otherwise kinds with a `status` subresource begin with an empty one. */
  readonly keepsStatus?: boolean;
  /** Features that the version has off: their fields are dropped before the kind has its say. */
  readonly switchedOff?: readonly Feature[];
  /** All eight of a stored resource when nothing is said. */
  readonly verbs?: readonly string[];
  readonly subresources?: Kind["subresources"];
  readonly selectableFields?: Kind<T>["selectableFields"];
  /** As Kind's; what `fromStorage` gives is decoded by this kind's schema. */
  readonly convert?: Pick<Conversion<T>, "toStorage" | "toStorageAsIs"> & { fromStorage(stored: KubeObject): object };
}

export const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

/** `status` as most kinds have it. */
export const STATUS = { status: { verbs: ["get", "patch", "update"] } } as const;

/** `scale` as workloads have it. */
export const SCALE = {
  scale: {
    verbs: ["get", "patch", "update"],
    speaks: { group: "autoscaling", version: "v1", kind: "Scale" },
    scale: { wanted: "spec.replicas", actual: "status.replicas", selector: "spec.selector" },
  },
} as const;

export function defineKind<const F extends Fields>(definition: KindDefinition<F>): Kind<Described<F>> {
  const { definition: name, fields, metadata, names, group, version, convert, keepsStatus, ...others } = definition;
  const { switchedOff, ...rest } = others;
  const withStatus = definition.subresources?.["status"] !== undefined && keepsStatus !== true;
  const create = withStatus ? beginWithoutStatus(definition) : definition.prepareForCreate;
  const schema = objectSchema(name, fields, metadata, definition.doc);
  return {
    ...rest,
    group,
    version,
    names: { singular: definition.kind.toLowerCase(), ...names },
    schema,
    storage: definition.storage ?? { group: group || "core", resource: names.plural, version },
    verbs: definition.verbs ?? ALL_VERBS,
    subresources: definition.subresources ?? {},
    selectableFields: definition.selectableFields ?? {},
    ...(create && { prepareForCreate: create }),
    ...(switchedOff && withoutSwitchedOff(switchedOff, create, definition.prepareForUpdate)),
    ...(convert && {
      convert: { ...convert, fromStorage: (stored: KubeObject) => decode(schema, convert.fromStorage(stored)) },
    }),
  };
}

function withoutSwitchedOff<T extends KubeObject>(
  features: readonly Feature[],
  create: Kind<T>["prepareForCreate"],
  update: Kind<T>["prepareForUpdate"],
): Pick<Kind<T>, "prepareForCreate" | "prepareForUpdate"> {
  return {
    prepareForCreate(draft, context) {
      dropSwitchedOff(draft, undefined, features);
      create?.(draft, context);
    },
    prepareForUpdate(draft, previous, context) {
      dropSwitchedOff(draft, previous, features);
      update?.(draft, previous, context);
    },
  };
}

/** Clients cannot set a status when they create: it begins empty, with its defaults, then the kind has its say. */
function beginWithoutStatus<F extends Fields, T extends KubeObject>({
  fields,
  prepareForCreate,
}: KindDefinition<F, T>): NonNullable<Kind<T>["prepareForCreate"]> {
  const status = fields["status"]?.node;
  return (draft, context) => {
    const parts = draft as { status?: unknown };
    if (status?.always === true) parts.status = decode(status.schema as MessageSchema, {});
    else delete parts.status;
    prepareForCreate?.(draft, context);
  };
}

function objectSchema<F extends Fields>(
  name: string,
  fields: F,
  metadata: boolean | "required" | undefined,
  doc: string | undefined,
): MessageSchema<Described<F>> {
  const meta = field(1, ObjectMeta, METADATA_DOC);
  const head = {
    ...typeMeta,
    ...(metadata !== false && { metadata: metadata === "required" ? meta.required() : meta.always() }),
  };
  return message(name, { ...head, ...fields }, doc === undefined ? {} : { doc }) as MessageSchema<Described<F>>;
}

const lists = new WeakMap<Kind, MessageSchema>();

/** The schema of a kind's lists, such as PodList; made on first use. */
export function listSchema(kind: Kind): MessageSchema {
  let schema = lists.get(kind);
  if (schema === undefined) {
    schema = message(
      `${kind.schema.name}List`,
      {
        ...typeMeta,
        metadata: field(1, ListMeta, "What holds for the list as a whole.").always(),
        items: field(2, list(kind.schema), `The objects, each of the kind ${kind.kind}.`).required(),
      },
      { doc: `A list of objects of the kind ${kind.kind}.` },
    ) as MessageSchema;
    lists.set(kind, schema);
  }
  return schema;
}

/** The `kind` of a kind's lists. */
export function listKindOf(kind: Kind): string {
  return kind.names.list ?? `${kind.kind}List`;
}
