import type * as contract from "../kind.ts";
import { bool, field, fieldsV1, int64, list, map, message, string, time } from "../schema/builders.ts";
import type { MessageSchema } from "../schema/schema.ts";

export const ManagedFieldsEntry = message("io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry", {
  manager: field(1, string()),
  operation: field(2, string()),
  apiVersion: field(3, string()),
  time: field(4, time()),
  fieldsType: field(6, string()),
  fieldsV1: field(7, fieldsV1()),
  subresource: field(8, string()),
});
export type ManagedFieldsEntry = contract.ManagedFieldsEntry;

export const OwnerReference: MessageSchema<contract.OwnerReference> = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
  {
    kind: field(1, string()).required(),
    name: field(3, string()).required(),
    uid: field(4, string()).required(),
    apiVersion: field(5, string()).required(),
    controller: field(6, bool()).keepEmpty(),
    blockOwnerDeletion: field(7, bool()).keepEmpty(),
  },
  { mapType: "atomic" },
);
export type OwnerReference = contract.OwnerReference;

const schema = message("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", {
  name: field(1, string()),
  generateName: field(2, string()),
  namespace: field(3, string()),
  selfLink: field(4, string()),
  uid: field(5, string()),
  resourceVersion: field(6, string()),
  generation: field(7, int64()),
  creationTimestamp: field(8, time(), "CreationTimestamp is a timestamp of when the server first stored the object."),
  deletionTimestamp: field(9, time()),
  deletionGracePeriodSeconds: field(10, int64()).keepEmpty(),
  labels: field(11, map(string())),
  annotations: field(12, map(string())),
  ownerReferences: field(13, list(OwnerReference).mapKey("uid").patch("merge", "uid")),
  finalizers: field(14, list(string()).set().patch("merge")),
  managedFields: field(17, list(ManagedFieldsEntry).atomic()),
}) as MessageSchema<contract.ManagedFieldsEntry>;

/** Metadata of stored objects: what the server always sets is present. */
export const ObjectMeta = schema as MessageSchema<contract.ObjectMeta>;
export type ObjectMeta = contract.ObjectMeta;

/** Metadata inside of objects, as in pod templates: nothing is obligatory. */
export const TemplateMeta = schema as MessageSchema<Partial<contract.ObjectMeta>>;
export type TemplateMeta = Partial<contract.ObjectMeta>;
