import { bool, embedded, field, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ConfigMapKeySelector, ObjectFieldSelector, ResourceFieldSelector, SecretKeySelector } from "./references.ts";

export const ConfigMapEnvSource = message(
  "io.k8s.api.core.v1.ConfigMapEnvSource",
  {
    ...embedded(1, { name: field(1, string().default(""), "Name of the ConfigMap in the pod's namespace.") }),
    optional: field(2, bool(), "Whether the container starts without the ConfigMap. False by default.").keepEmpty(),
  },
  { doc: "A ConfigMap all of whose keys become environment variables." },
);
export type ConfigMapEnvSource = TypeOf<typeof ConfigMapEnvSource>;

export const SecretEnvSource = message(
  "io.k8s.api.core.v1.SecretEnvSource",
  {
    ...embedded(1, { name: field(1, string().default(""), "Name of the Secret in the pod's namespace.") }),
    optional: field(2, bool(), "Whether the container starts without the Secret. False by default.").keepEmpty(),
  },
  { doc: "A Secret all of whose keys become environment variables." },
);
export type SecretEnvSource = TypeOf<typeof SecretEnvSource>;

export const EnvFromSource = message(
  "io.k8s.api.core.v1.EnvFromSource",
  {
    prefix: field(1, string(), "What is put before each key. Any printable ASCII characters but `=`."),
    configMapRef: field(2, ConfigMapEnvSource, "The ConfigMap to take them from."),
    secretRef: field(3, SecretEnvSource, "The Secret to take them from."),
  },
  { doc: "A source of environment variables: one object, all of whose keys are taken." },
);
export type EnvFromSource = TypeOf<typeof EnvFromSource>;

export const FileKeySelector = message(
  "io.k8s.api.core.v1.FileKeySelector",
  {
    volumeName: field(1, string(), "The pod's volume that has the file, of the type `emptyDir`.").required(),
    path: field(2, string(), "The file's path within the volume. Relative, without `..`.").required(),
    key: field(3, string(), "The variable's name in the file.").required(),
    optional: field(
      4,
      bool().default(false),
      "Whether the container starts without the variable when file or key is missing. False by default.",
    ).keepEmpty(),
  },
  { mapType: "atomic", doc: "Names a file in a volume and a variable in it." },
);
export type FileKeySelector = TypeOf<typeof FileKeySelector>;

export const EnvVarSource = message(
  "io.k8s.api.core.v1.EnvVarSource",
  {
    fieldRef: field(
      1,
      ObjectFieldSelector,
      "A field of the pod: `metadata.name`, `metadata.namespace`, `metadata.uid`, `metadata.labels['key']`, `metadata.annotations['key']`, `spec.nodeName`, `spec.serviceAccountName`, `status.hostIP(s)` or `status.podIP(s)`.",
    ),
    resourceFieldRef: field(
      2,
      ResourceFieldSelector,
      "A request or limit of a container: CPU, memory, ephemeral storage or huge pages.",
    ),
    configMapKeyRef: field(3, ConfigMapKeySelector, "The value of a key of a ConfigMap."),
    secretKeyRef: field(4, SecretKeySelector, "The value of a key of a Secret."),
    fileKeyRef: field(5, FileKeySelector, "The value of a variable in a file of a volume."),
  },
  { doc: "Where an environment variable's value comes from. Exactly one of the fields must be set." },
);
export type EnvVarSource = TypeOf<typeof EnvVarSource>;

export const EnvVar = message(
  "io.k8s.api.core.v1.EnvVar",
  {
    name: field(1, string(), "The variable's name. Any printable ASCII characters but `=`.").required(),
    value: field(
      2,
      string(),
      "The value. `$(NAME)` stands for a variable defined before it, `$$(NAME)` for those characters; unknown names stay as they are. Empty by default.",
    ),
    valueFrom: field(3, EnvVarSource, "Where the value comes from. Only when `value` is empty."),
  },
  { doc: "An environment variable of a container." },
);
export type EnvVar = TypeOf<typeof EnvVar>;
