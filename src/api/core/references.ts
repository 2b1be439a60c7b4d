/** Ways in which one object names another, or a field of it. */
import { bool, embedded, field, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ConfigMapKeySelector = message(
  "io.k8s.api.core.v1.ConfigMapKeySelector",
  {
    ...embedded(1, { name: field(1, string().default(""), "Name of the ConfigMap in the same namespace.") }),
    key: field(2, string(), "The key whose value is taken.").required(),
    optional: field(3, bool(), "Whether it may be missing, ConfigMap or key. False by default.").keepEmpty(),
  },
  { mapType: "atomic", doc: "Names a ConfigMap and a key of it." },
);
export type ConfigMapKeySelector = TypeOf<typeof ConfigMapKeySelector>;

export const LocalObjectReference = message(
  "io.k8s.api.core.v1.LocalObjectReference",
  { name: field(1, string().default(""), "The object's name.") },
  { mapType: "atomic", doc: "Names an object of a known kind in the same namespace." },
);
export type LocalObjectReference = TypeOf<typeof LocalObjectReference>;

export const ObjectFieldSelector = message(
  "io.k8s.api.core.v1.ObjectFieldSelector",
  {
    apiVersion: field(1, string().silentDefault("v1"), "The version that `fieldPath` is read in; `v1` by default."),
    fieldPath: field(2, string(), "The field's path, such as `metadata.name`.").required(),
  },
  { mapType: "atomic", doc: "A field of an object, in one version of its API." },
);
export type ObjectFieldSelector = TypeOf<typeof ObjectFieldSelector>;

export const ObjectReference = message(
  "io.k8s.api.core.v1.ObjectReference",
  {
    kind: field(1, string(), "The object's kind, such as `Pod`."),
    namespace: field(2, string(), "The object's namespace."),
    name: field(3, string(), "The object's name."),
    uid: field(4, string(), "The object's UID, which tells it from earlier ones of the same name."),
    apiVersion: field(5, string(), "The group and version of the object's API."),
    resourceVersion: field(6, string(), "The object's resource version the reference was made with."),
    fieldPath: field(
      7,
      string(),
      "The part of the object that is meant, such as `spec.containers{name}` for a container of a pod.",
    ),
  },
  { mapType: "atomic", doc: "Names any object, or a part of it. New APIs use narrower references." },
);
export type ObjectReference = TypeOf<typeof ObjectReference>;

export const ResourceFieldSelector = message(
  "io.k8s.api.core.v1.ResourceFieldSelector",
  {
    containerName: field(
      1,
      string(),
      "The container; needed in volumes, and in environment variables the container itself when it is empty.",
    ),
    resource: field(2, string(), "Which one: `limits.cpu`, `requests.memory` and so on.").required(),
    divisor: field(
      3,
      quantity(),
      "The unit the value is told in, such as `1m` or `1Mi`; rounded up. 1 by default.",
    ).always(),
  },
  { mapType: "atomic", doc: "Names a container's resource and the unit." },
);
export type ResourceFieldSelector = TypeOf<typeof ResourceFieldSelector>;

export const SecretKeySelector = message(
  "io.k8s.api.core.v1.SecretKeySelector",
  {
    ...embedded(1, { name: field(1, string().default(""), "Name of the Secret in the same namespace.") }),
    key: field(2, string(), "The key whose value is taken.").required(),
    optional: field(3, bool(), "Whether it may be missing, Secret or key. False by default.").keepEmpty(),
  },
  { mapType: "atomic", doc: "Names a Secret and a key of it." },
);
export type SecretKeySelector = TypeOf<typeof SecretKeySelector>;

export const SecretReference = message(
  "io.k8s.api.core.v1.SecretReference",
  { name: field(1, string(), "The Secret's name."), namespace: field(2, string(), "The Secret's namespace.") },
  { mapType: "atomic", doc: "Names a Secret in any namespace." },
);
export type SecretReference = TypeOf<typeof SecretReference>;

export const TypedLocalObjectReference = message(
  "io.k8s.api.core.v1.TypedLocalObjectReference",
  {
    apiGroup: field(1, string(), "The group of the object's API; absent for the core group.").orNull().keepEmpty(),
    kind: field(2, string(), "The object's kind, such as `Pod`.").required(),
    name: field(3, string(), "The object's name.").required(),
  },
  { mapType: "atomic", doc: "Names an object of any kind in the same namespace." },
);
export type TypedLocalObjectReference = TypeOf<typeof TypedLocalObjectReference>;

export const TypedObjectReference = message(
  "io.k8s.api.core.v1.TypedObjectReference",
  {
    apiGroup: field(1, string(), "The group of the object's API; absent for the core group.").orNull().keepEmpty(),
    kind: field(2, string(), "The object's kind, such as `Pod`.").required(),
    name: field(3, string(), "The object's name.").required(),
    namespace: field(
      4,
      string(),
      "The object's namespace. Another one than that of the referrer needs a ReferenceGrant there which allows it.",
    ).keepEmpty(),
  },
  { doc: "Names an object of any kind, maybe in another namespace." },
);
export type TypedObjectReference = TypeOf<typeof TypedObjectReference>;
