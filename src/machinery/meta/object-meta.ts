import type * as contract from "../kind.ts";
import { bool, field, fieldsV1, int64, list, map, message, string, time } from "../schema/builders.ts";
import type { MessageSchema } from "../schema/schema.ts";

export const ManagedFieldsEntry = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry",
  {
    manager: field(1, string(), "Who set the fields."),
    operation: field(2, string(), "Apply for server-side apply, Update for all other writes."),
    apiVersion: field(3, string(), "The version of the API in which the fields are named."),
    time: field(4, time(), "When the entry was made or its fields last changed."),
    fieldsType: field(6, string(), "The form of the field set; only FieldsV1 exists."),
    fieldsV1: field(7, fieldsV1(), "The fields they have set."),
    subresource: field(
      8,
      string(),
      "The subresource they were set through, such as `status`; empty for the object itself.",
    ),
  },
  { doc: "Fields that somebody has set, and how." },
);
export type ManagedFieldsEntry = contract.ManagedFieldsEntry;

export const OwnerReference: MessageSchema<contract.OwnerReference> = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
  {
    kind: field(1, string(), "The owner's kind.").required(),
    name: field(3, string(), "The owner's name.").required(),
    uid: field(4, string(), "The owner's UID.").required(),
    apiVersion: field(5, string(), "Group and version of the owner's API.").required(),
    controller: field(
      6,
      bool(),
      "Whether the owner is the one that manages the object; at most one is. False by default.",
    ).keepEmpty(),
    blockOwnerDeletion: field(
      7,
      bool(),
      "Whether the owner, deleted in the foreground, waits until this object is gone. False by default; needs the right to set finalizers of the owner.",
    ).keepEmpty(),
  },
  {
    mapType: "atomic",
    doc: "An object in the same namespace, or one without a namespace, that this object belongs to. When all owners are gone, it is deleted.",
  },
);
export type OwnerReference = contract.OwnerReference;

const schema = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
  {
    name: field(1, string(), "The object's name, unique among its kind in the namespace. Cannot be changed."),
    generateName: field(
      2,
      string(),
      "Start of a name that the server completes with five random characters, when `name` is empty. If it is taken all the same, the answer is 409 and the request may be repeated.",
    ),
    namespace: field(
      3,
      string(),
      "The namespace the object is in; `default` for clients that say nothing, and empty for kinds that have none. Cannot be changed.",
    ),
    selfLink: field(4, string(), "Deprecated and no longer set."),
    uid: field(
      5,
      string(),
      "Tells the object from all others, also from earlier ones of the same name. Set by the server, never changes.",
    ),
    resourceVersion: field(
      6,
      string(),
      "Changes with every write. An update that carries it is refused with 409 when somebody else was faster. Set by the server; do not interpret it.",
    ),
    generation: field(
      7,
      int64(),
      "A number that grows when what is asked for changes, for most kinds with the spec. Set by the server.",
    ),
    creationTimestamp: field(
      8,
      time(),
      "CreationTimestamp is a timestamp of when the server first stored the object, in UTC. Set by the server.",
    ),
    deletionTimestamp: field(
      9,
      time(),
      "Set when deletion was asked for, to the time at which the object may go; it stays until its finalizers are gone. Can then only be brought forward.",
    ),
    deletionGracePeriodSeconds: field(
      10,
      int64(),
      "Seconds that the object has to end in order. Only set together with `deletionTimestamp`; can only be shortened.",
    ).keepEmpty(),
    labels: field(
      11,
      map(string()),
      "Keys and values by which objects are selected and grouped. Values have at most 63 characters.",
    ),
    annotations: field(
      12,
      map(string()),
      "Keys and values for tools and people. They cannot be selected by; at most 256 KiB in all.",
    ),
    ownerReferences: field(
      13,
      list(OwnerReference).mapKey("uid").patch("merge", "uid"),
      "The objects that this one belongs to. It is deleted when all of them are gone; at most one is the controller.",
    ),
    finalizers: field(
      14,
      list(string()).set().patch("merge"),
      "Who must be done before the object goes: each takes its name off. Nothing can be added once it is being deleted.",
    ),
    managedFields: field(
      17,
      list(ManagedFieldsEntry).atomic(),
      "Who has set which fields; kept by the server for server-side apply. Clients need not care, and can empty it.",
    )
      .keepEmpty()
      .kept(),
  },
  { doc: "Metadata that all objects have." },
) as MessageSchema<contract.ManagedFieldsEntry>;

/** Metadata of stored objects: what the server always sets is present. */
export const ObjectMeta = schema as MessageSchema<contract.ObjectMeta>;
export type ObjectMeta = contract.ObjectMeta;

/** Metadata inside of objects, as in pod templates: nothing is obligatory. */
export const TemplateMeta = schema as MessageSchema<Partial<contract.ObjectMeta>>;
export type TemplateMeta = Partial<contract.ObjectMeta>;
