import {
  bool,
  field,
  int32,
  int64,
  list,
  map,
  message,
  quantity,
  string,
  time,
} from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const AttachedVolume = message("io.k8s.api.core.v1.AttachedVolume", {
  name: field(1, string()).required(),
  devicePath: field(2, string()).required(),
});
export type AttachedVolume = TypeOf<typeof AttachedVolume>;

export const ConfigMapNodeConfigSource = message("io.k8s.api.core.v1.ConfigMapNodeConfigSource", {
  namespace: field(1, string()).required(),
  name: field(2, string()).required(),
  uid: field(3, string()),
  resourceVersion: field(4, string()),
  kubeletConfigKey: field(5, string()).required(),
});
export type ConfigMapNodeConfigSource = TypeOf<typeof ConfigMapNodeConfigSource>;

export const ContainerImage = message("io.k8s.api.core.v1.ContainerImage", {
  names: field(1, list(string()).atomic()).orNull(),
  sizeBytes: field(2, int64()),
});
export type ContainerImage = TypeOf<typeof ContainerImage>;

export const DaemonEndpoint = message("io.k8s.api.core.v1.DaemonEndpoint", { Port: field(1, int32()).required() });
export type DaemonEndpoint = TypeOf<typeof DaemonEndpoint>;

export const NodeAddress = message("io.k8s.api.core.v1.NodeAddress", {
  type: field(1, string()).required(),
  address: field(2, string()).required(),
});
export type NodeAddress = TypeOf<typeof NodeAddress>;

export const NodeCondition = message("io.k8s.api.core.v1.NodeCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastHeartbeatTime: field(3, time()).orNull(),
  lastTransitionTime: field(4, time()).orNull(),
  reason: field(5, string()),
  message: field(6, string()),
});
export type NodeCondition = TypeOf<typeof NodeCondition>;

export const NodeConfigSource = message("io.k8s.api.core.v1.NodeConfigSource", {
  configMap: field(2, ConfigMapNodeConfigSource),
});
export type NodeConfigSource = TypeOf<typeof NodeConfigSource>;

export const NodeConfigStatus = message("io.k8s.api.core.v1.NodeConfigStatus", {
  assigned: field(1, NodeConfigSource),
  active: field(2, NodeConfigSource),
  lastKnownGood: field(3, NodeConfigSource),
  error: field(4, string()),
});
export type NodeConfigStatus = TypeOf<typeof NodeConfigStatus>;

export const NodeDaemonEndpoints = message("io.k8s.api.core.v1.NodeDaemonEndpoints", {
  kubeletEndpoint: field(1, DaemonEndpoint).always(),
});
export type NodeDaemonEndpoints = TypeOf<typeof NodeDaemonEndpoints>;

export const NodeFeatures = message("io.k8s.api.core.v1.NodeFeatures", {
  supplementalGroupsPolicy: field(1, bool()).keepEmpty(),
});
export type NodeFeatures = TypeOf<typeof NodeFeatures>;

export const NodeRuntimeHandlerFeatures = message("io.k8s.api.core.v1.NodeRuntimeHandlerFeatures", {
  recursiveReadOnlyMounts: field(1, bool()).keepEmpty(),
  userNamespaces: field(2, bool()).keepEmpty(),
});
export type NodeRuntimeHandlerFeatures = TypeOf<typeof NodeRuntimeHandlerFeatures>;

export const NodeRuntimeHandler = message("io.k8s.api.core.v1.NodeRuntimeHandler", {
  name: field(1, string()).always(),
  features: field(2, NodeRuntimeHandlerFeatures),
});
export type NodeRuntimeHandler = TypeOf<typeof NodeRuntimeHandler>;

export const NodeSwapStatus = message("io.k8s.api.core.v1.NodeSwapStatus", { capacity: field(1, int64()).keepEmpty() });
export type NodeSwapStatus = TypeOf<typeof NodeSwapStatus>;

export const NodeSystemInfo = message("io.k8s.api.core.v1.NodeSystemInfo", {
  machineID: field(1, string()).required(),
  systemUUID: field(2, string()).required(),
  bootID: field(3, string()).required(),
  kernelVersion: field(4, string()).required(),
  osImage: field(5, string()).required(),
  containerRuntimeVersion: field(6, string()).required(),
  kubeletVersion: field(7, string()).required(),
  kubeProxyVersion: field(8, string()).required(),
  operatingSystem: field(9, string()).required(),
  architecture: field(10, string()).required(),
  swap: field(11, NodeSwapStatus),
});
export type NodeSystemInfo = TypeOf<typeof NodeSystemInfo>;

export const NodeStatus = message("io.k8s.api.core.v1.NodeStatus", {
  capacity: field(1, map(quantity())),
  allocatable: field(2, map(quantity())),
  phase: field(3, string().enum("Pending", "Running", "Terminated")),
  conditions: field(4, list(NodeCondition).mapKey("type").patch("merge", "type")),
  addresses: field(5, list(NodeAddress).mapKey("type").patch("merge", "type")),
  daemonEndpoints: field(6, NodeDaemonEndpoints).always(),
  nodeInfo: field(7, NodeSystemInfo).always(),
  images: field(8, list(ContainerImage).atomic()),
  volumesInUse: field(9, list(string()).atomic()),
  volumesAttached: field(10, list(AttachedVolume).atomic()),
  config: field(11, NodeConfigStatus),
  runtimeHandlers: field(12, list(NodeRuntimeHandler).atomic()),
  features: field(13, NodeFeatures),
  declaredFeatures: field(14, list(string()).atomic()),
});
export type NodeStatus = TypeOf<typeof NodeStatus>;
