import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { toJson } from "../../machinery/exact-json.ts";
import { bool, field, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NONE, UNSET, ageColumn, nameColumn } from "../columns.ts";
import { validateCSIDriver, validateCSIDriverUpdate } from "./storage.validation.ts";

export const CSITokenRequest = message(
  "io.k8s.api.storage.v1.TokenRequest",
  {
    audience: field(1, string(), "For whom the token is; empty: the API server.").required(),
    expirationSeconds: field(2, int64(), "How long it shall be good.").keepEmpty(),
  },
  { doc: "A token that a driver gets." },
);
export type CSITokenRequest = TypeOf<typeof CSITokenRequest>;

export const CSIDriverSpec = message(
  "io.k8s.api.storage.v1.CSIDriverSpec",
  {
    attachRequired: field(
      1,
      bool().silentDefault(true),
      "Whether volumes are attached to a node before they are mounted. Default true. Cannot be changed.",
    ).keepEmpty(),
    podInfoOnMount: field(
      2,
      bool().silentDefault(false),
      "Whether the driver is told of the pod when it mounts. Default false.",
    ).keepEmpty(),
    volumeLifecycleModes: field(
      3,
      list(string()).set().silentDefault(["Persistent"]),
      "`Persistent` (the default), `Ephemeral` (volumes in the pod itself), or both.",
    ),
    storageCapacity: field(
      4,
      bool().silentDefault(false),
      "Whether pods go only where the driver has said that there is room.",
    ).keepEmpty(),
    fsGroupPolicy: field(
      5,
      string().silentDefault("ReadWriteOnceWithFSType"),
      "Whether a pod's group is given the files: `ReadWriteOnceWithFSType` (the default), `File` or `None`.",
    ).keepEmpty(),
    tokenRequests: field(
      6,
      list(CSITokenRequest).atomic(),
      "Tokens of the pod's service account that the driver gets.",
    ),
    requiresRepublish: field(
      7,
      bool().silentDefault(false),
      "Whether mounts are asked for again and again, so that the driver can renew what is in them.",
    ).keepEmpty(),
    seLinuxMount: field(
      8,
      bool().silentDefault(false),
      "Whether volumes may be mounted with the pod's SELinux label.",
    ).keepEmpty(),
    nodeAllocatableUpdatePeriodSeconds: field(
      9,
      int64(),
      "How often the node asks anew how many volumes it can have, at least every 10 seconds.",
    ).keepEmpty(),
    serviceAccountTokenInSecrets: field(
      10,
      bool(),
      "Whether tokens are handed over as secrets of the call instead of in its context.",
    ).keepEmpty(),
    preventPodSchedulingIfMissing: field(
      11,
      bool(),
      "Whether pods stay off nodes on which the driver is not there.",
    ).keepEmpty(),
  },
  { doc: "What a driver can do and needs." },
);
export type CSIDriverSpec = TypeOf<typeof CSIDriverSpec>;

const TOKENS_IN_SECRETS =
  "if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes";

export const CSIDriver = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "CSIDriver",
  definition: "io.k8s.api.storage.v1.CSIDriver",
  names: { plural: "csidrivers" },
  scope: "Cluster",
  doc: "What a storage driver can do and wants.",
  fields: { spec: field(2, CSIDriverSpec, "What the driver can do and needs.").required() },
  columns: [
    nameColumn,
    {
      name: "AttachRequired",
      type: "boolean",
      doc: "attachRequired indicates this CSI volume driver requires an attach operation (because it implements the CSI ControllerPublishVolume() method), and that the Kubernetes attach detach controller should call the attach volume interface which checks the volumeattachment status and waits until the volume is attached before proceeding to mounting. The CSI external-attacher coordinates with CSI volume driver and updates the volumeattachment status when the attach operation is complete. If the value is specified to false, the attach operation will be skipped. Otherwise the attach operation will be called.\n\nThis field is immutable.",
      value: ({ spec }) => spec.attachRequired ?? true,
    },
    {
      name: "PodInfoOnMount",
      type: "boolean",
      doc: 'podInfoOnMount indicates this CSI volume driver requires additional pod information (like podName, podUID, etc.) during mount operations, if set to true. If set to false, pod information will not be passed on mount. Default is false.\n\nThe CSI driver specifies podInfoOnMount as part of driver deployment. If true, Kubelet will pass pod information as VolumeContext in the CSI NodePublishVolume() calls. The CSI driver is responsible for parsing and validating the information passed in as VolumeContext.\n\nThe following VolumeContext will be passed if podInfoOnMount is set to true. This list might grow, but the prefix will be used. "csi.storage.k8s.io/pod.name": pod.Name "csi.storage.k8s.io/pod.namespace": pod.Namespace "csi.storage.k8s.io/pod.uid": string(pod.UID) "csi.storage.k8s.io/ephemeral": "true" if the volume is an ephemeral inline volume\n                                defined by a CSIVolumeSource, otherwise "false"\n\n"csi.storage.k8s.io/ephemeral" is a new feature in Kubernetes 1.16. It is only required for drivers which support both the "Persistent" and "Ephemeral" VolumeLifecycleMode. Other drivers can leave pod info disabled and/or ignore this field. As Kubernetes 1.15 doesn\'t support this field, drivers can only support one mode when deployed on such a cluster and the deployment determines which mode that is, for example via a command line parameter of the driver.\n\nThis field was immutable in Kubernetes < 1.29 and now is mutable.',
      value: ({ spec }) => spec.podInfoOnMount ?? false,
    },
    {
      name: "StorageCapacity",
      type: "boolean",
      doc: "storageCapacity indicates that the CSI volume driver wants pod scheduling to consider the storage capacity that the driver deployment will report by creating CSIStorageCapacity objects with capacity information, if set to true.\n\nThe check can be enabled immediately when deploying a driver. In that case, provisioning new volumes with late binding will pause until the driver deployment has published some suitable CSIStorageCapacity object.\n\nAlternatively, the driver can be deployed with the field unset or false and it can be flipped later when storage capacity information has been published.\n\nThis field was immutable in Kubernetes <= 1.22 and now is mutable.",
      value: ({ spec }) => spec.storageCapacity ?? false,
    },
    {
      name: "TokenRequests",
      type: "string",
      doc: 'tokenRequests indicates the CSI driver needs pods\' service account tokens it is mounting volume for to do necessary authentication. Kubelet will pass the tokens in VolumeContext in the CSI NodePublishVolume calls. The CSI driver should parse and validate the following VolumeContext: "csi.storage.k8s.io/serviceAccount.tokens": {\n  "<audience>": {\n    "token": <token>,\n    "expirationTimestamp": <expiration timestamp in RFC3339>,\n  },\n  ...\n}\n\nNote: Audience in each TokenRequest should be different and at most one token is empty string. To receive a new token after expiry, RequiresRepublish can be used to trigger NodePublishVolume periodically.',
      value: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(",") ?? UNSET,
    },
    {
      name: "RequiresRepublish",
      type: "boolean",
      doc: "requiresRepublish indicates the CSI driver wants `NodePublishVolume` being periodically called to reflect any possible change in the mounted volume. This field defaults to false.\n\nNote: After a successful initial NodePublishVolume call, subsequent calls to NodePublishVolume should only update the contents of the volume. New mount points will not be seen by a running container.",
      value: ({ spec }) => spec.requiresRepublish ?? false,
    },
    {
      name: "Modes",
      type: "string",
      doc: 'volumeLifecycleModes defines what kind of volumes this CSI volume driver supports. The default if the list is empty is "Persistent", which is the usage defined by the CSI specification and implemented in Kubernetes via the usual PV/PVC mechanism.\n\nThe other mode is "Ephemeral". In this mode, volumes are defined inline inside the pod spec with CSIVolumeSource and their lifecycle is tied to the lifecycle of that pod. A driver has to be aware of this because it is only going to get a NodePublishVolume call for such a volume.\n\nFor more information about implementing this mode, see https://kubernetes-csi.github.io/docs/ephemeral-local-volumes.html A driver can support one or more of these modes and more modes may be added in the future.\n\nThis field is beta. This field is immutable.',
      value: ({ spec }) => spec.volumeLifecycleModes?.join(",") || NONE,
    },
    ageColumn,
  ],
  returnsDeleted: true,
  allowUnconditionalUpdate: false,
  // VolumeLimitScaling
  switchedOff: [["spec.preventPodSchedulingIfMissing"]],
  warnings({ spec: { tokenRequests = [], serviceAccountTokenInSecrets } }, previous) {
    if (tokenRequests.length === 0 || serviceAccountTokenInSecrets !== undefined) return [];
    const same = previous !== undefined && toJson(previous.spec.tokenRequests) === toJson(tokenRequests);
    return same ? [] : [`spec.serviceAccountTokenInSecrets is unset; ${TOKENS_IN_SECRETS}`];
  },
  validate: validateCSIDriver,
  validateUpdate: validateCSIDriverUpdate,
});
export type CSIDriver = ObjectOf<typeof CSIDriver>;
