import { bool, embedded, field, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ConfigMapKeySelector, ObjectFieldSelector, ResourceFieldSelector, SecretKeySelector } from "./references.ts";

export const ConfigMapEnvSource = message("io.k8s.api.core.v1.ConfigMapEnvSource", {
  ...embedded(1, { name: field(1, string().default("")) }),
  optional: field(2, bool()).keepEmpty(),
});
export type ConfigMapEnvSource = TypeOf<typeof ConfigMapEnvSource>;

export const SecretEnvSource = message("io.k8s.api.core.v1.SecretEnvSource", {
  ...embedded(1, { name: field(1, string().default("")) }),
  optional: field(2, bool()).keepEmpty(),
});
export type SecretEnvSource = TypeOf<typeof SecretEnvSource>;

export const EnvFromSource = message("io.k8s.api.core.v1.EnvFromSource", {
  prefix: field(1, string()),
  configMapRef: field(2, ConfigMapEnvSource),
  secretRef: field(3, SecretEnvSource),
});
export type EnvFromSource = TypeOf<typeof EnvFromSource>;

export const FileKeySelector = message(
  "io.k8s.api.core.v1.FileKeySelector",
  {
    volumeName: field(1, string()).required(),
    path: field(2, string()).required(),
    key: field(3, string()).required(),
    optional: field(4, bool().default(false)).keepEmpty(),
  },
  { mapType: "atomic" },
);
export type FileKeySelector = TypeOf<typeof FileKeySelector>;

export const EnvVarSource = message("io.k8s.api.core.v1.EnvVarSource", {
  fieldRef: field(1, ObjectFieldSelector),
  resourceFieldRef: field(2, ResourceFieldSelector),
  configMapKeyRef: field(3, ConfigMapKeySelector),
  secretKeyRef: field(4, SecretKeySelector),
  fileKeyRef: field(5, FileKeySelector),
});
export type EnvVarSource = TypeOf<typeof EnvVarSource>;

export const EnvVar = message("io.k8s.api.core.v1.EnvVar", {
  name: field(1, string()).required(),
  value: field(2, string()),
  valueFrom: field(3, EnvVarSource),
});
export type EnvVar = TypeOf<typeof EnvVar>;
