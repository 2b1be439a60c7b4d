import { field, int64, list, map, message, quantity, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ContainerStatus } from "./container-status.ts";
import { ResourceRequirements } from "./resource-requirements.ts";

export const ContainerExtendedResourceRequest = message("io.k8s.api.core.v1.ContainerExtendedResourceRequest", {
  containerName: field(1, string()).required(),
  resourceName: field(2, string()).required(),
  requestName: field(3, string()).required(),
});
export type ContainerExtendedResourceRequest = TypeOf<typeof ContainerExtendedResourceRequest>;

export const HostIP = message("io.k8s.api.core.v1.HostIP", { ip: field(1, string()).required() });
export type HostIP = TypeOf<typeof HostIP>;

export const NodeAllocatableResourceClaimStatus = message("io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus", {
  resourceClaimName: field(1, string()).required(),
  containers: field(2, list(string()).set()),
  resources: field(3, map(quantity())).required().droppedWhenEmpty(),
});
export type NodeAllocatableResourceClaimStatus = TypeOf<typeof NodeAllocatableResourceClaimStatus>;

export const PodCondition = message("io.k8s.api.core.v1.PodCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastProbeTime: field(3, time()).orNull(),
  lastTransitionTime: field(4, time()).orNull(),
  reason: field(5, string()),
  message: field(6, string()),
  observedGeneration: field(7, int64()),
});
export type PodCondition = TypeOf<typeof PodCondition>;

export const PodExtendedResourceClaimStatus = message("io.k8s.api.core.v1.PodExtendedResourceClaimStatus", {
  requestMappings: field(1, list(ContainerExtendedResourceRequest).atomic()).required(),
  resourceClaimName: field(2, string()).required(),
});
export type PodExtendedResourceClaimStatus = TypeOf<typeof PodExtendedResourceClaimStatus>;

export const PodIP = message("io.k8s.api.core.v1.PodIP", { ip: field(1, string()).required() });
export type PodIP = TypeOf<typeof PodIP>;

export const PodResourceClaimStatus = message("io.k8s.api.core.v1.PodResourceClaimStatus", {
  name: field(1, string()).required(),
  resourceClaimName: field(2, string()).keepEmpty(),
});
export type PodResourceClaimStatus = TypeOf<typeof PodResourceClaimStatus>;

export const PodStatus = message("io.k8s.api.core.v1.PodStatus", {
  phase: field(1, string().enum("Failed", "Pending", "Running", "Succeeded", "Unknown")),
  conditions: field(2, list(PodCondition).mapKey("type").patch("merge", "type")),
  message: field(3, string()),
  reason: field(4, string()),
  hostIP: field(5, string()),
  podIP: field(6, string()),
  startTime: field(7, time()),
  containerStatuses: field(8, list(ContainerStatus).atomic()),
  qosClass: field(9, string().enum("BestEffort", "Burstable", "Guaranteed")),
  initContainerStatuses: field(10, list(ContainerStatus).atomic()),
  nominatedNodeName: field(11, string()),
  podIPs: field(12, list(PodIP).mapKey("ip").patch("merge", "ip")),
  ephemeralContainerStatuses: field(13, list(ContainerStatus).atomic()),
  resize: field(14, string()),
  resourceClaimStatuses: field(15, list(PodResourceClaimStatus).mapKey("name").patch("merge,retainKeys", "name")),
  hostIPs: field(16, list(HostIP).atomic().patch("merge", "ip")),
  observedGeneration: field(17, int64()),
  extendedResourceClaimStatus: field(18, PodExtendedResourceClaimStatus),
  allocatedResources: field(19, map(quantity())),
  resources: field(20, ResourceRequirements),
  nodeAllocatableResourceClaimStatuses: field(21, list(NodeAllocatableResourceClaimStatus).atomic()),
});
export type PodStatus = TypeOf<typeof PodStatus>;
