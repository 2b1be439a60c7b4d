/** Ways in which one object names another, or a field of it. */
import { bool, embedded, field, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ConfigMapKeySelector = message(
  "io.k8s.api.core.v1.ConfigMapKeySelector",
  {
    ...embedded(1, { name: field(1, string().default("")) }),
    key: field(2, string()).required(),
    optional: field(3, bool()).keepEmpty(),
  },
  { mapType: "atomic" },
);
export type ConfigMapKeySelector = TypeOf<typeof ConfigMapKeySelector>;

export const LocalObjectReference = message(
  "io.k8s.api.core.v1.LocalObjectReference",
  { name: field(1, string().default("")) },
  { mapType: "atomic" },
);
export type LocalObjectReference = TypeOf<typeof LocalObjectReference>;

export const ObjectFieldSelector = message(
  "io.k8s.api.core.v1.ObjectFieldSelector",
  { apiVersion: field(1, string().silentDefault("v1")), fieldPath: field(2, string()).required() },
  { mapType: "atomic" },
);
export type ObjectFieldSelector = TypeOf<typeof ObjectFieldSelector>;

export const ObjectReference = message(
  "io.k8s.api.core.v1.ObjectReference",
  {
    kind: field(1, string()),
    namespace: field(2, string()),
    name: field(3, string()),
    uid: field(4, string()),
    apiVersion: field(5, string()),
    resourceVersion: field(6, string()),
    fieldPath: field(7, string()),
  },
  { mapType: "atomic" },
);
export type ObjectReference = TypeOf<typeof ObjectReference>;

export const ResourceFieldSelector = message(
  "io.k8s.api.core.v1.ResourceFieldSelector",
  {
    containerName: field(1, string()),
    resource: field(2, string()).required(),
    divisor: field(3, quantity()).always(),
  },
  { mapType: "atomic" },
);
export type ResourceFieldSelector = TypeOf<typeof ResourceFieldSelector>;

export const SecretKeySelector = message(
  "io.k8s.api.core.v1.SecretKeySelector",
  {
    ...embedded(1, { name: field(1, string().default("")) }),
    key: field(2, string()).required(),
    optional: field(3, bool()).keepEmpty(),
  },
  { mapType: "atomic" },
);
export type SecretKeySelector = TypeOf<typeof SecretKeySelector>;

export const SecretReference = message(
  "io.k8s.api.core.v1.SecretReference",
  { name: field(1, string()), namespace: field(2, string()) },
  { mapType: "atomic" },
);
export type SecretReference = TypeOf<typeof SecretReference>;

export const TypedLocalObjectReference = message(
  "io.k8s.api.core.v1.TypedLocalObjectReference",
  {
    apiGroup: field(1, string()).orNull().keepEmpty(),
    kind: field(2, string()).required(),
    name: field(3, string()).required(),
  },
  { mapType: "atomic" },
);
export type TypedLocalObjectReference = TypeOf<typeof TypedLocalObjectReference>;

export const TypedObjectReference = message("io.k8s.api.core.v1.TypedObjectReference", {
  apiGroup: field(1, string()).orNull().keepEmpty(),
  kind: field(2, string()).required(),
  name: field(3, string()).required(),
  namespace: field(4, string()).keepEmpty(),
});
export type TypedObjectReference = TypeOf<typeof TypedObjectReference>;
