import { bool, field, int32, int64, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { Affinity } from "./affinity.ts";
import { Container, EphemeralContainer } from "./container.ts";
import { PodSchedulingGate, PodSchedulingGroup, Toleration, TopologySpreadConstraint } from "./pod-scheduling.ts";
import { LocalObjectReference } from "./references.ts";
import { ResourceRequirements } from "./resource-requirements.ts";
import { PodSecurityContext } from "./security-context.ts";
import { Volume } from "./volume.ts";

export const HostAlias = message(
  "io.k8s.api.core.v1.HostAlias",
  {
    ip: field(1, string(), "The IP address the names stand for.").required(),
    hostnames: field(2, list(string()).atomic(), "Host names that lead to the address."),
  },
  { doc: "A line for the pod's `/etc/hosts`." },
);
export type HostAlias = TypeOf<typeof HostAlias>;

export const PodDNSConfigOption = message(
  "io.k8s.api.core.v1.PodDNSConfigOption",
  {
    name: field(1, string(), "The option's name. Must not be empty."),
    value: field(2, string(), "The option's value; absent for options that stand alone, such as `edns0`.").keepEmpty(),
  },
  { doc: "A resolver option, such as `ndots` with the value 2." },
);
export type PodDNSConfigOption = TypeOf<typeof PodDNSConfigOption>;

export const PodDNSConfig = message(
  "io.k8s.api.core.v1.PodDNSConfig",
  {
    nameservers: field(
      1,
      list(string()).atomic(),
      "IP addresses of name servers, after those of the DNS policy; duplicates are dropped. At most three, and at least one when the policy is None.",
    ),
    searches: field(
      2,
      list(string()).atomic(),
      "Domains in which short names are looked up, after those of the DNS policy; duplicates are dropped. At most 32 with 2048 characters in all.",
    ),
    options: field(
      3,
      list(PodDNSConfigOption).atomic(),
      "Resolver options. One with the name of an option of the DNS policy replaces it.",
    ),
  },
  { doc: "What is added to a pod's `resolv.conf`, after that of the DNS policy." },
);
export type PodDNSConfig = TypeOf<typeof PodDNSConfig>;

export const PodOS = message(
  "io.k8s.api.core.v1.PodOS",
  {
    name: field(
      1,
      string(),
      "`linux` or `windows`. Other values may come; treat one you do not know as if nothing was said.",
    ).required(),
  },
  { doc: "The operating system a pod is made for." },
);
export type PodOS = TypeOf<typeof PodOS>;

export const PodReadinessGate = message(
  "io.k8s.api.core.v1.PodReadinessGate",
  {
    conditionType: field(1, string(), "The `type` of the condition in the pod's status that must be True.").required(),
  },
  { doc: "A condition, set by something outside the pod, that the pod's readiness waits for." },
);
export type PodReadinessGate = TypeOf<typeof PodReadinessGate>;

export const PodResourceClaim = message(
  "io.k8s.api.core.v1.PodResourceClaim",
  {
    name: field(
      1,
      string(),
      "The name by which containers refer to the claim in `resources.claims`. A DNS label, unique in the pod.",
    ).required(),
    resourceClaimName: field(
      3,
      string(),
      "An existing ResourceClaim in the pod's namespace, which pods may share.",
    ).keepEmpty(),
    resourceClaimTemplateName: field(
      4,
      string(),
      "A ResourceClaimTemplate in the pod's namespace. A claim of the pod's own is made from it and deleted with the pod; its name is in the pod's status.",
    ).keepEmpty(),
  },
  { doc: "A claim on devices that the pod's containers can use. Exactly one of the two sources must be set." },
);
export type PodResourceClaim = TypeOf<typeof PodResourceClaim>;

export const PodSpec = message(
  "io.k8s.api.core.v1.PodSpec",
  {
    volumes: field(
      1,
      list(Volume).mapKey("name").patch("merge,retainKeys", "name"),
      "Storage that the pod's containers can mount.",
    ),
    containers: field(
      2,
      list(Container).mapKey("name").patch("merge", "name"),
      "The containers that make up the pod; they start together, after the init containers. At least one; cannot be added or removed later.",
    ).required(),
    restartPolicy: field(
      3,
      string().enum("Always", "Never", "OnFailure").silentDefault("Always"),
      "When containers that ended are started again: Always (the default), OnFailure (after a non-zero exit code) or Never. The waits between restarts grow up to five minutes. Containers can override it.",
    ),
    terminationGracePeriodSeconds: field(
      4,
      int64().silentDefault(30),
      "Seconds between the signal to stop and the kill; a `preStop` hook counts towards them. 0 kills at once. 30 when it is absent; a deletion may bring a period of its own.",
    ).keepEmpty(),
    activeDeadlineSeconds: field(
      5,
      int64(),
      "Seconds the pod may be active on its node, from `status.startTime`, before it is stopped and counts as failed. A positive number; can be added or shortened later.",
    ).keepEmpty(),
    dnsPolicy: field(
      6,
      string().enum("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None").silentDefault("ClusterFirst"),
      "Where names are resolved: ClusterFirst (the default) asks the cluster's DNS, ClusterFirstWithHostNet does so for pods on the host's network too, Default takes the node's settings, None only `dnsConfig`.",
    ),
    nodeSelector: field(
      7,
      map(string()).atomic(),
      "Labels with their values that a node must have for the pod to be placed there.",
    ),
    serviceAccountName: field(
      8,
      string(),
      "Name of the ServiceAccount, in the pod's namespace, as which the pod's processes speak to the API. `default` when nothing is said.",
    ),
    serviceAccount: field(9, string(), "Deprecated: another name of `serviceAccountName`, which is kept equal to it."),
    nodeName: field(
      10,
      string(),
      "The node the pod is on; empty until the scheduler has chosen. A pod created with a name here skips the scheduler and is run by that node's kubelet, fit or not.",
    ),
    hostNetwork: field(
      11,
      bool(),
      "Use the node's network instead of one of the pod's own. Ports of containers are then ports of the node. False by default.",
    ),
    hostPID: field(
      12,
      bool(),
      "See and signal the node's processes. False by default; cannot be combined with `shareProcessNamespace`.",
    ),
    hostIPC: field(
      13,
      bool(),
      "Share the node's inter-process communication, such as shared memory. False by default.",
    ),
    securityContext: field(
      14,
      PodSecurityContext,
      "User, groups, system settings and restrictions of all the pod's containers. What containers say themselves comes first.",
    ).filled(),
    imagePullSecrets: field(
      15,
      list(LocalObjectReference).mapKey("name").patch("merge", "name"),
      "Secrets in the pod's namespace with the credentials for pulling its images. Those of the service account are taken when there are none here.",
    ),
    hostname: field(
      16,
      string(),
      "The pod's host name, a DNS label. The pod's name, cut to 63 characters, when it is absent.",
    ),
    subdomain: field(
      17,
      string(),
      "With it the full host name is `hostname.subdomain.namespace.svc.` and the cluster's domain; the cluster's DNS knows it when a headless service has the subdomain's name.",
    ),
    affinity: field(18, Affinity, "Which nodes, and which other pods' company, the pod needs or prefers."),
    schedulerName: field(
      19,
      string().silentDefault("default-scheduler"),
      "The scheduler that places the pod; `default-scheduler` when nothing is said.",
    ),
    initContainers: field(
      20,
      list(Container).mapKey("name").patch("merge", "name"),
      "Containers that run one after the other before the others start; each must succeed first. One whose own `restartPolicy` is Always is a sidecar: it keeps running beside the others and stops after them.",
    ),
    automountServiceAccountToken: field(
      21,
      bool(),
      "Whether a token of the service account is mounted into the containers. When it is absent, what the ServiceAccount says; otherwise yes.",
    ).keepEmpty(),
    tolerations: field(
      22,
      list(Toleration).atomic(),
      "The taints that do not keep the pod off a node, or drive it away. Tolerations can be added later.",
    ),
    hostAliases: field(
      23,
      list(HostAlias).mapKey("ip").patch("merge", "ip"),
      "Lines to add to the `/etc/hosts` of the pod's containers.",
    ),
    priorityClassName: field(
      24,
      string(),
      "The PriorityClass that gives the pod its priority. `system-node-critical` and `system-cluster-critical` are the highest. The cluster's default class when it is absent, or priority 0 without one.",
    ),
    priority: field(
      25,
      int32(),
      "The pod's rank when it is placed and when others must make room; higher is first. Filled in from the PriorityClass; a different value is refused.",
    ).keepEmpty(),
    dnsConfig: field(
      26,
      PodDNSConfig,
      "Name servers, search domains and options, in addition to those of `dnsPolicy`.",
    ),
    shareProcessNamespace: field(
      27,
      bool(),
      "Let the pod's containers see and signal one another's processes. False by default; cannot be combined with `hostPID`.",
    ).keepEmpty(),
    readinessGates: field(
      28,
      list(PodReadinessGate).atomic(),
      "Further conditions that must be True, besides that all containers are ready, for the pod to be ready.",
    ),
    runtimeClassName: field(
      29,
      string(),
      "The RuntimeClass that says by which runtime the containers are run; the pod is not started without it. The node's default runtime when it is absent.",
    ).keepEmpty(),
    enableServiceLinks: field(
      30,
      bool(),
      "Whether each container gets environment variables with the address of each service of the namespace. True by default.",
    ).keepEmpty(),
    preemptionPolicy: field(
      31,
      string().enum("Never", "PreemptLowerPriority"),
      "PreemptLowerPriority (the default) may remove pods of lower priority to make room, Never waits. Filled in from the PriorityClass; a different value is refused.",
    ).keepEmpty(),
    overhead: field(
      32,
      map(quantity()),
      "Resources the pod takes besides those of its containers. Filled in from the RuntimeClass; counted when the pod is placed and against quotas.",
    ),
    topologySpreadConstraints: field(
      33,
      list(TopologySpreadConstraint).mapKey("topologyKey", "whenUnsatisfiable").patch("merge", "topologyKey"),
      "How the pod and those like it are spread over zones, nodes or other domains. All must be met.",
    ),
    ephemeralContainers: field(
      34,
      list(EphemeralContainer).mapKey("name").patch("merge", "name"),
      "Containers added to a running pod for debugging. Only the `ephemeralcontainers` subresource sets them, and they can be neither changed nor removed.",
    ),
    setHostnameAsFQDN: field(
      35,
      bool(),
      "Make the pod's host name the full name instead of its first part. False by default; no effect without a full name.",
    ).keepEmpty(),
    os: field(
      36,
      PodOS,
      "The operating system of the containers. Fields that the other system does not know must then be absent. It does not choose a node: use `nodeSelector` for that.",
    ),
    hostUsers: field(
      37,
      bool(),
      "False gives the pod a user namespace of its own, in which root has no rights on the node. True (the default) shares the node's.",
    ).keepEmpty(),
    schedulingGates: field(
      38,
      list(PodSchedulingGate).mapKey("name").patch("merge", "name"),
      "While there is one, the scheduler leaves the pod alone. Gates can only be set when the pod is created, and only be removed after.",
    ),
    resourceClaims: field(
      39,
      list(PodResourceClaim).mapKey("name").patch("merge,retainKeys", "name"),
      "Claims on devices that must be allocated and reserved before the pod starts. Containers name the ones they use.",
    ),
    resources: field(
      40,
      ResourceRequirements,
      "CPU, memory and huge pages for the pod as a whole, which its containers share. Claims are not allowed here.",
    ),
    hostnameOverride: field(
      41,
      string(),
      "The host name the pod's processes see, instead of that from `hostname` and `subdomain`; DNS records do not follow it. A DNS subdomain of at most 64 characters; not with `hostNetwork` or `setHostnameAsFQDN`.",
    ).keepEmpty(),
    schedulingGroup: field(
      43,
      PodSchedulingGroup,
      "The group of pods with which the pod is placed, by the group's policies. Alone when it is absent. Cannot be changed.",
    ),
  },
  {
    doc: "Containers, storage, identity and settings of a pod. Most of it cannot be changed once the pod exists.",
  },
);
export type PodSpec = TypeOf<typeof PodSpec>;
