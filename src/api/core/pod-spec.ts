import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { bool, field, int32, int64, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { Affinity } from "./affinity.ts";
import { Container, EphemeralContainer } from "./container.ts";
import { LocalObjectReference } from "./references.ts";
import { ResourceRequirements } from "./resource-requirements.ts";
import { PodSecurityContext } from "./security-context.ts";
import { Volume } from "./volume.ts";

export const HostAlias = message("io.k8s.api.core.v1.HostAlias", {
  ip: field(1, string()).required(),
  hostnames: field(2, list(string()).atomic()),
});
export type HostAlias = TypeOf<typeof HostAlias>;

export const PodDNSConfigOption = message("io.k8s.api.core.v1.PodDNSConfigOption", {
  name: field(1, string()),
  value: field(2, string()).keepEmpty(),
});
export type PodDNSConfigOption = TypeOf<typeof PodDNSConfigOption>;

export const PodDNSConfig = message("io.k8s.api.core.v1.PodDNSConfig", {
  nameservers: field(1, list(string()).atomic()),
  searches: field(2, list(string()).atomic()),
  options: field(3, list(PodDNSConfigOption).atomic()),
});
export type PodDNSConfig = TypeOf<typeof PodDNSConfig>;

export const PodOS = message("io.k8s.api.core.v1.PodOS", { name: field(1, string()).required() });
export type PodOS = TypeOf<typeof PodOS>;

export const PodReadinessGate = message("io.k8s.api.core.v1.PodReadinessGate", {
  conditionType: field(1, string()).required(),
});
export type PodReadinessGate = TypeOf<typeof PodReadinessGate>;

export const PodResourceClaim = message("io.k8s.api.core.v1.PodResourceClaim", {
  name: field(1, string()).required(),
  resourceClaimName: field(3, string()).keepEmpty(),
  resourceClaimTemplateName: field(4, string()).keepEmpty(),
});
export type PodResourceClaim = TypeOf<typeof PodResourceClaim>;

export const PodSchedulingGate = message("io.k8s.api.core.v1.PodSchedulingGate", {
  name: field(1, string()).required(),
});
export type PodSchedulingGate = TypeOf<typeof PodSchedulingGate>;

export const PodSchedulingGroup = message(
  "io.k8s.api.core.v1.PodSchedulingGroup",
  { podGroupName: field(1, string()).keepEmpty() },
  { unions: [{ fields: { podGroupName: "PodGroupName" } }] },
);
export type PodSchedulingGroup = TypeOf<typeof PodSchedulingGroup>;

export const Toleration = message("io.k8s.api.core.v1.Toleration", {
  key: field(1, string()),
  operator: field(2, string().enum("Equal", "Exists", "Gt", "Lt")),
  value: field(3, string()),
  effect: field(4, string().enum("NoExecute", "NoSchedule", "PreferNoSchedule")),
  tolerationSeconds: field(5, int64()).keepEmpty(),
});
export type Toleration = TypeOf<typeof Toleration>;

export const TopologySpreadConstraint = message("io.k8s.api.core.v1.TopologySpreadConstraint", {
  maxSkew: field(1, int32()).required(),
  topologyKey: field(2, string()).required(),
  whenUnsatisfiable: field(3, string().enum("DoNotSchedule", "ScheduleAnyway")).required(),
  labelSelector: field(4, LabelSelector),
  minDomains: field(5, int32()).keepEmpty(),
  nodeAffinityPolicy: field(6, string().enum("Honor", "Ignore")).keepEmpty(),
  nodeTaintsPolicy: field(7, string().enum("Honor", "Ignore")).keepEmpty(),
  matchLabelKeys: field(8, list(string()).atomic()),
});
export type TopologySpreadConstraint = TypeOf<typeof TopologySpreadConstraint>;

export const PodSpec = message("io.k8s.api.core.v1.PodSpec", {
  volumes: field(1, list(Volume).mapKey("name").patch("merge,retainKeys", "name")),
  containers: field(2, list(Container).mapKey("name").patch("merge", "name")).required(),
  restartPolicy: field(3, string().enum("Always", "Never", "OnFailure").silentDefault("Always")),
  terminationGracePeriodSeconds: field(4, int64().silentDefault(30)).keepEmpty(),
  activeDeadlineSeconds: field(5, int64()).keepEmpty(),
  dnsPolicy: field(
    6,
    string().enum("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None").silentDefault("ClusterFirst"),
  ),
  nodeSelector: field(7, map(string()).atomic()),
  serviceAccountName: field(8, string()),
  serviceAccount: field(9, string()),
  nodeName: field(10, string()),
  hostNetwork: field(11, bool()),
  hostPID: field(12, bool()),
  hostIPC: field(13, bool()),
  securityContext: field(14, PodSecurityContext).filled(),
  imagePullSecrets: field(15, list(LocalObjectReference).mapKey("name").patch("merge", "name")),
  hostname: field(16, string()),
  subdomain: field(17, string()),
  affinity: field(18, Affinity),
  schedulerName: field(19, string().silentDefault("default-scheduler")),
  initContainers: field(20, list(Container).mapKey("name").patch("merge", "name")),
  automountServiceAccountToken: field(21, bool()).keepEmpty(),
  tolerations: field(22, list(Toleration).atomic()),
  hostAliases: field(23, list(HostAlias).mapKey("ip").patch("merge", "ip")),
  priorityClassName: field(24, string()),
  priority: field(25, int32()).keepEmpty(),
  dnsConfig: field(26, PodDNSConfig),
  shareProcessNamespace: field(27, bool()).keepEmpty(),
  readinessGates: field(28, list(PodReadinessGate).atomic()),
  runtimeClassName: field(29, string()).keepEmpty(),
  enableServiceLinks: field(30, bool()).keepEmpty(),
  preemptionPolicy: field(31, string().enum("Never", "PreemptLowerPriority")).keepEmpty(),
  overhead: field(32, map(quantity())),
  topologySpreadConstraints: field(
    33,
    list(TopologySpreadConstraint).mapKey("topologyKey", "whenUnsatisfiable").patch("merge", "topologyKey"),
  ),
  ephemeralContainers: field(34, list(EphemeralContainer).mapKey("name").patch("merge", "name")),
  setHostnameAsFQDN: field(35, bool()).keepEmpty(),
  os: field(36, PodOS),
  hostUsers: field(37, bool()).keepEmpty(),
  schedulingGates: field(38, list(PodSchedulingGate).mapKey("name").patch("merge", "name")),
  resourceClaims: field(39, list(PodResourceClaim).mapKey("name").patch("merge,retainKeys", "name")),
  resources: field(40, ResourceRequirements),
  hostnameOverride: field(41, string()).keepEmpty(),
  schedulingGroup: field(43, PodSchedulingGroup),
});
export type PodSpec = TypeOf<typeof PodSpec>;
