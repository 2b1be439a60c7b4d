import { field, int64, list, map, message, quantity, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ContainerStatus } from "./container-status.ts";
import { ResourceRequirements } from "./resource-requirements.ts";

export const ContainerExtendedResourceRequest = message(
  "io.k8s.api.core.v1.ContainerExtendedResourceRequest",
  {
    containerName: field(1, string(), "The container that asked for the resource.").required(),
    resourceName: field(2, string(), "The extended resource, such as `example.com/gpu`.").required(),
    requestName: field(3, string(), "The request in the claim that was made for it.").required(),
  },
  { doc: "Which request of a claim stands behind an extended resource of a container." },
);
export type ContainerExtendedResourceRequest = TypeOf<typeof ContainerExtendedResourceRequest>;

export const HostIP = message(
  "io.k8s.api.core.v1.HostIP",
  { ip: field(1, string(), "The address, IPv4 or IPv6.").required() },
  { doc: "An IP address of a node." },
);
export type HostIP = TypeOf<typeof HostIP>;

export const NodeAllocatableResourceClaimStatus = message(
  "io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus",
  {
    resourceClaimName: field(1, string(), "The claim through which they were allocated.").required(),
    containers: field(2, list(string()).set(), "Names of all containers of the pod that use the claim."),
    resources: field(3, map(quantity()), "How much was allocated to the claim in all, by the resource's name.")
      .required()
      .droppedWhenEmpty(),
  },
  { doc: "What came through one of the claims." },
);
export type NodeAllocatableResourceClaimStatus = TypeOf<typeof NodeAllocatableResourceClaimStatus>;

export const PodCondition = message(
  "io.k8s.api.core.v1.PodCondition",
  {
    type: field(
      1,
      string(),
      "Which aspect: PodScheduled, Initialized, ContainersReady, Ready, DisruptionTarget, PodReadyToStartContainers, PodResizePending, PodResizeInProgress, or a readiness gate.",
    ).required(),
    status: field(2, string(), "True, False or Unknown.").required(),
    lastProbeTime: field(3, time(), "When the condition was last checked.").orNull(),
    lastTransitionTime: field(4, time(), "When `status` last changed.").orNull(),
    reason: field(5, string(), "A word in CamelCase for why the status last changed, meant for programs."),
    message: field(6, string(), "The details, meant for people."),
    observedGeneration: field(7, int64(), "The pod's `metadata.generation` that the condition speaks of."),
  },
  { doc: "One aspect of where a pod stands, such as whether it is ready." },
);
export type PodCondition = TypeOf<typeof PodCondition>;

export const PodExtendedResourceClaimStatus = message(
  "io.k8s.api.core.v1.PodExtendedResourceClaimStatus",
  {
    requestMappings: field(
      1,
      list(ContainerExtendedResourceRequest).atomic(),
      "Which request of the claim belongs to which resource of which container.",
    ).required(),
    resourceClaimName: field(2, string(), "Name of the ResourceClaim in the pod's namespace.").required(),
  },
  { doc: "Names a claim, and tells which of its requests stands for which container's resource." },
);
export type PodExtendedResourceClaimStatus = TypeOf<typeof PodExtendedResourceClaimStatus>;

export const PodIP = message(
  "io.k8s.api.core.v1.PodIP",
  { ip: field(1, string(), "The address, IPv4 or IPv6.").required() },
  { doc: "An IP address of a pod." },
);
export type PodIP = TypeOf<typeof PodIP>;

export const PodResourceClaimStatus = message(
  "io.k8s.api.core.v1.PodResourceClaimStatus",
  {
    name: field(1, string(), "The entry's name.").required(),
    resourceClaimName: field(
      2,
      string(),
      "The claim made from the entry's template, in the pod's namespace. Absent when none had to be made.",
    ).keepEmpty(),
  },
  { doc: "Which ResourceClaim stands for an entry of the pod's `spec.resourceClaims`." },
);
export type PodResourceClaimStatus = TypeOf<typeof PodResourceClaimStatus>;

export const PodStatus = message(
  "io.k8s.api.core.v1.PodStatus",
  {
    phase: field(
      1,
      string().enum("Failed", "Pending", "Running", "Succeeded", "Unknown"),
      "Where the pod is in its life: Pending until all containers have been started once, Running, then Succeeded (all ended with code 0) or Failed. Unknown when its node is silent. See the conditions for more.",
    ),
    conditions: field(
      2,
      list(PodCondition).mapKey("type").patch("merge", "type"),
      "Aspects of where the pod stands, one for each type.",
    ),
    message: field(3, string(), "Why the pod is in this state, meant for people."),
    reason: field(4, string(), "A word in CamelCase for why the pod is in this state, such as Evicted."),
    hostIP: field(
      5,
      string(),
      "An IP address of the pod's node; empty until the pod is placed and seen by its kubelet. The first of `hostIPs`.",
    ),
    podIP: field(
      6,
      string(),
      "The pod's IP address, reachable within the cluster; empty until it has one. The first of `podIPs`.",
    ),
    startTime: field(7, time(), "When the kubelet took the pod on, before it pulled any image."),
    containerStatuses: field(8, list(ContainerStatus).atomic(), "One entry for each container of `spec.containers`."),
    qosClass: field(
      9,
      string().enum("BestEffort", "Burstable", "Guaranteed"),
      "How the pod fares when its node runs short: Guaranteed (limits equal requests for all containers) goes last, BestEffort (nothing requested) first, Burstable between. Set on creation and kept.",
    ),
    initContainerStatuses: field(
      10,
      list(ContainerStatus).atomic(),
      "One entry for each init container, in the order of `spec.initContainers`.",
    ),
    nominatedNodeName: field(
      11,
      string(),
      "The node that is expected to have room for the pod, for instance after others were removed to make it. The pod may still be placed elsewhere.",
    ),
    podIPs: field(
      12,
      list(PodIP).mapKey("ip").patch("merge", "ip"),
      "The pod's IP addresses, at most one of each family.",
    ),
    ephemeralContainerStatuses: field(
      13,
      list(ContainerStatus).atomic(),
      "One entry for each ephemeral container that was started.",
    ),
    resize: field(
      14,
      string(),
      "Deprecated: see the conditions PodResizePending and PodResizeInProgress. State of a change of resources under way; empty when there is none.",
    ),
    resourceClaimStatuses: field(
      15,
      list(PodResourceClaimStatus).mapKey("name").patch("merge,retainKeys", "name"),
      "Which claims were made from templates for `spec.resourceClaims`.",
    ),
    hostIPs: field(
      16,
      list(HostIP).atomic().patch("merge", "ip"),
      "The IP addresses of the pod's node, at most one of each family; empty until the pod is placed and seen by its kubelet.",
    ),
    observedGeneration: field(17, int64(), "The pod's `metadata.generation` that the status was told from."),
    extendedResourceClaimStatus: field(
      18,
      PodExtendedResourceClaimStatus,
      "The claim that was made for extended resources which are provided by devices.",
    ),
    allocatedResources: field(
      19,
      map(quantity()),
      "The requests the node has set aside for the pod: those of the pod as a whole, or else the sum of its containers.",
    ),
    resources: field(
      20,
      ResourceRequirements,
      "The requests and limits that hold for the pod as a whole at the moment, where `spec.resources` asks for some.",
    ),
    nodeAllocatableResourceClaimStatuses: field(
      21,
      list(NodeAllocatableResourceClaimStatus).atomic(),
      "CPU, memory and the like which the pod has been given through its resource claims.",
    ),
  },
  {
    doc: "What is known about a pod, mostly told by the kubelet of its node; may lag behind when the node cannot be reached.",
  },
);
export type PodStatus = TypeOf<typeof PodStatus>;
