/** Volumes whose files come from objects of the API: one kind of source alone, or several projected into one volume. */
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { bool, embedded, field, int32, int64, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ObjectFieldSelector, ResourceFieldSelector } from "./references.ts";

const mode = (tag: number) =>
  field(
    tag,
    int32(),
    "The file's permissions, 0 to 0777 octal (JSON: decimal, to 511). The volume's default when it is absent.",
  ).keepEmpty();
const defaultMode = (tag: number) =>
  field(
    tag,
    int32().silentDefault(420),
    "Permissions of files that set none, 0 to 0777 octal (JSON: decimal, to 511). 0644 by default; `fsGroup` may add to them.",
  ).keepEmpty();

export const KeyToPath = message(
  "io.k8s.api.core.v1.KeyToPath",
  {
    key: field(1, string(), "A key of the ConfigMap or Secret.").required(),
    path: field(2, string(), "The file's path within the volume. Relative, without `..`.").required(),
    mode: mode(3),
  },
  { doc: "A key, and the file in a volume that gets its value." },
);
export type KeyToPath = TypeOf<typeof KeyToPath>;

const items = field(
  2,
  list(KeyToPath).atomic(),
  "The keys to take, with their paths. All keys, each as a file of its name, when it is absent. A key that is missing is an error unless `optional`.",
);

export const ClusterTrustBundleProjection = message(
  "io.k8s.api.core.v1.ClusterTrustBundleProjection",
  {
    name: field(1, string(), "The ClusterTrustBundle. Not together with `signerName` and `labelSelector`.").keepEmpty(),
    signerName: field(
      2,
      string(),
      "The signer whose ClusterTrustBundles are put together, without duplicates. Not together with `name`.",
    ).keepEmpty(),
    labelSelector: field(
      3,
      LabelSelector,
      "Labels of the signer's bundles that are taken. None when it is absent, all when it is empty.",
    ),
    path: field(4, string(), "The file's path within the volume. Relative.").required(),
    optional: field(5, bool(), "Whether the pod starts without any such bundle. False by default.").keepEmpty(),
  },
  { doc: "One ClusterTrustBundle by name, or all of a signer, and their file." },
);
export type ClusterTrustBundleProjection = TypeOf<typeof ClusterTrustBundleProjection>;

export const ConfigMapProjection = message(
  "io.k8s.api.core.v1.ConfigMapProjection",
  {
    ...embedded(1, { name: field(1, string().default(""), "Name of the ConfigMap in the pod's namespace.") }),
    items,
    optional: field(
      4,
      bool(),
      "Whether the pod starts without the ConfigMap or its keys. False by default.",
    ).keepEmpty(),
  },
  { doc: "Which ConfigMap, and which of its keys." },
);
export type ConfigMapProjection = TypeOf<typeof ConfigMapProjection>;

export const ConfigMapVolumeSource = message(
  "io.k8s.api.core.v1.ConfigMapVolumeSource",
  {
    ...embedded(1, { name: field(1, string().default(""), "Name of the ConfigMap in the pod's namespace.") }),
    items,
    defaultMode: defaultMode(3),
    optional: field(
      4,
      bool(),
      "Whether the pod starts without the ConfigMap or its keys. False by default.",
    ).keepEmpty(),
  },
  {
    doc: "Which ConfigMap, and which of its keys. The files follow its changes after a while, except for mounts with `subPath`.",
  },
);
export type ConfigMapVolumeSource = TypeOf<typeof ConfigMapVolumeSource>;

export const DownwardAPIVolumeFile = message(
  "io.k8s.api.core.v1.DownwardAPIVolumeFile",
  {
    path: field(1, string(), "The file's path within the volume. Relative, without `..`.").required(),
    fieldRef: field(2, ObjectFieldSelector, "A field of the pod: its name, namespace, uid, labels or annotations."),
    resourceFieldRef: field(
      3,
      ResourceFieldSelector,
      "A request or limit of a container: CPU, memory, ephemeral storage or huge pages.",
    ),
    mode: mode(4),
  },
  { doc: "A file with something about the pod." },
);
export type DownwardAPIVolumeFile = TypeOf<typeof DownwardAPIVolumeFile>;

export const DownwardAPIProjection = message(
  "io.k8s.api.core.v1.DownwardAPIProjection",
  {
    items: field(1, list(DownwardAPIVolumeFile).atomic(), "The files, each with a fact about the pod."),
  },
  { doc: "Which facts in which files." },
);
export type DownwardAPIProjection = TypeOf<typeof DownwardAPIProjection>;

export const DownwardAPIVolumeSource = message(
  "io.k8s.api.core.v1.DownwardAPIVolumeSource",
  {
    items: field(1, list(DownwardAPIVolumeFile).atomic(), "The files, each with a fact about the pod."),
    defaultMode: defaultMode(2),
  },
  { doc: "Which facts in which files. They follow changes after a while." },
);
export type DownwardAPIVolumeSource = TypeOf<typeof DownwardAPIVolumeSource>;

export const PodCertificateProjection = message(
  "io.k8s.api.core.v1.PodCertificateProjection",
  {
    signerName: field(1, string(), "The signer that is asked for the certificate.").required().droppedWhenEmpty(),
    keyType: field(2, string(), "The kind of key: RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.")
      .required()
      .droppedWhenEmpty(),
    maxExpirationSeconds: field(
      3,
      int32(),
      "How long the certificate may be valid at most: 3600 (an hour) to 7862400 (91 days). A day by default; signers named `kubernetes.io/…` never issue for longer than a day.",
    ).keepEmpty(),
    credentialBundlePath: field(
      4,
      string(),
      "File for key and certificate chain together, in PEM. They always belong together, even while they are being renewed.",
    ),
    keyPath: field(
      5,
      string(),
      "File for the key. While it is being renewed, key and certificate may not belong together: use `credentialBundlePath` if you can.",
    ),
    certificateChainPath: field(
      6,
      string(),
      "File for the certificate chain. While it is being renewed, key and certificate may not belong together: use `credentialBundlePath` if you can.",
    ),
    userAnnotations: field(
      7,
      map(string()),
      "What the signer is told besides, by names with a domain. Nobody checks it: signers say what they understand.",
    ),
  },
  { doc: "A private key, made on the node, and a certificate for it that a signer issues. Both are renewed in time." },
);
export type PodCertificateProjection = TypeOf<typeof PodCertificateProjection>;

export const SecretProjection = message(
  "io.k8s.api.core.v1.SecretProjection",
  {
    ...embedded(1, { name: field(1, string().default(""), "Name of the Secret in the pod's namespace.") }),
    items,
    optional: field(4, bool(), "Whether the pod starts without the Secret or its keys. False by default.").keepEmpty(),
  },
  { doc: "Which Secret, and which of its keys." },
);
export type SecretProjection = TypeOf<typeof SecretProjection>;

export const SecretVolumeSource = message(
  "io.k8s.api.core.v1.SecretVolumeSource",
  {
    secretName: field(1, string(), "Name of the Secret in the pod's namespace."),
    items,
    defaultMode: defaultMode(3),
    optional: field(4, bool(), "Whether the pod starts without the Secret or its keys. False by default.").keepEmpty(),
  },
  {
    doc: "Which Secret, and which of its keys. The files are kept in memory and follow its changes after a while, except for mounts with `subPath`.",
  },
);
export type SecretVolumeSource = TypeOf<typeof SecretVolumeSource>;

export const ServiceAccountTokenProjection = message(
  "io.k8s.api.core.v1.ServiceAccountTokenProjection",
  {
    audience: field(
      1,
      string(),
      "For whom the token is meant; the recipient must refuse tokens for others. The API server by default.",
    ),
    expirationSeconds: field(
      2,
      int64().silentDefault(3600),
      "How long the token is valid, at least 600 seconds. It is renewed after 80 % of that, or a day. An hour by default.",
    ).keepEmpty(),
    path: field(3, string(), "The file's path within the volume. Relative.").required(),
  },
  { doc: "For whom a token is, how long it is valid, and its file." },
);
export type ServiceAccountTokenProjection = TypeOf<typeof ServiceAccountTokenProjection>;

export const VolumeProjection = message(
  "io.k8s.api.core.v1.VolumeProjection",
  {
    secret: field(1, SecretProjection, "Files with the values of a Secret."),
    downwardAPI: field(2, DownwardAPIProjection, "Files with facts about the pod."),
    configMap: field(3, ConfigMapProjection, "Files with the values of a ConfigMap."),
    serviceAccountToken: field(4, ServiceAccountTokenProjection, "A token of the pod's service account."),
    clusterTrustBundle: field(5, ClusterTrustBundleProjection, "Certificates of trust from ClusterTrustBundles."),
    podCertificate: field(6, PodCertificateProjection, "A private key with a certificate for the pod."),
  },
  { doc: "One of the sources of a projected volume. Exactly one of the fields must be set." },
);
export type VolumeProjection = TypeOf<typeof VolumeProjection>;

export const ProjectedVolumeSource = message(
  "io.k8s.api.core.v1.ProjectedVolumeSource",
  {
    sources: field(1, list(VolumeProjection).atomic(), "The sources. No two may give the same path.").orNull(),
    defaultMode: defaultMode(2),
  },
  { doc: "Sources whose files come to lie in one directory." },
);
export type ProjectedVolumeSource = TypeOf<typeof ProjectedVolumeSource>;
