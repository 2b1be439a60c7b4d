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

export const AttachedVolume = message(
  "io.k8s.api.core.v1.AttachedVolume",
  {
    name: field(1, string(), "The volume's unique name, made of driver and handle.").required(),
    devicePath: field(2, string(), "Where on the node the volume's device is.").required(),
  },
  { doc: "A volume that is attached to a node." },
);
export type AttachedVolume = TypeOf<typeof AttachedVolume>;

export const ConfigMapNodeConfigSource = message(
  "io.k8s.api.core.v1.ConfigMapNodeConfigSource",
  {
    namespace: field(1, string(), "The ConfigMap's namespace.").required(),
    name: field(2, string(), "The ConfigMap's name.").required(),
    uid: field(3, string(), "The ConfigMap's UID; only in the status."),
    resourceVersion: field(4, string(), "The ConfigMap's resource version; only in the status."),
    kubeletConfigKey: field(5, string(), "The key that has the configuration.").required(),
  },
  {
    doc: "A ConfigMap with a kubelet's configuration. No longer used: dynamic configuration was taken out of the kubelet in v1.24.",
  },
);
export type ConfigMapNodeConfigSource = TypeOf<typeof ConfigMapNodeConfigSource>;

export const ContainerImage = message(
  "io.k8s.api.core.v1.ContainerImage",
  {
    names: field(1, list(string()).atomic(), "Names under which the image is known, with tags and digests.").orNull(),
    sizeBytes: field(2, int64(), "Its size in bytes."),
  },
  { doc: "An image that is on a node." },
);
export type ContainerImage = TypeOf<typeof ContainerImage>;

export const DaemonEndpoint = message(
  "io.k8s.api.core.v1.DaemonEndpoint",
  { Port: field(1, int32(), "The number of the port.").required() },
  { doc: "A port of a daemon on a node." },
);
export type DaemonEndpoint = TypeOf<typeof DaemonEndpoint>;

export const NodeAddress = message(
  "io.k8s.api.core.v1.NodeAddress",
  {
    type: field(1, string(), "Which one: Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.").required(),
    address: field(2, string(), "The IP address or DNS name, as the type says.").required(),
  },
  { doc: "An address of a node." },
);
export type NodeAddress = TypeOf<typeof NodeAddress>;

export const NodeCondition = message(
  "io.k8s.api.core.v1.NodeCondition",
  {
    type: field(
      1,
      string(),
      "Which aspect: Ready, MemoryPressure, DiskPressure, PIDPressure or NetworkUnavailable.",
    ).required(),
    status: field(2, string(), "True, False, or Unknown when the kubelet is silent.").required(),
    lastHeartbeatTime: field(3, time(), "When the kubelet last reported the condition.").orNull(),
    lastTransitionTime: field(4, time(), "When `status` last changed.").orNull(),
    reason: field(5, string(), "A word in CamelCase for why the status last changed, meant for programs."),
    message: field(6, string(), "The details, meant for people."),
  },
  { doc: "One aspect of a node's health." },
);
export type NodeCondition = TypeOf<typeof NodeCondition>;

export const NodeConfigSource = message(
  "io.k8s.api.core.v1.NodeConfigSource",
  {
    configMap: field(2, ConfigMapNodeConfigSource, "The ConfigMap with the configuration."),
  },
  {
    doc: "Where a kubelet took its configuration from. No longer used: dynamic configuration was taken out of the kubelet in v1.24.",
  },
);
export type NodeConfigSource = TypeOf<typeof NodeConfigSource>;

export const NodeConfigStatus = message(
  "io.k8s.api.core.v1.NodeConfigStatus",
  {
    assigned: field(1, NodeConfigSource, "The configuration it was told to use."),
    active: field(2, NodeConfigSource, "The configuration it uses."),
    lastKnownGood: field(3, NodeConfigSource, "The configuration it returns to when the assigned one fails."),
    error: field(4, string(), "Why the assigned configuration could not be used."),
  },
  {
    doc: "Which configuration a kubelet uses. No longer used: dynamic configuration was taken out of the kubelet in v1.24.",
  },
);
export type NodeConfigStatus = TypeOf<typeof NodeConfigStatus>;

export const NodeDaemonEndpoints = message(
  "io.k8s.api.core.v1.NodeDaemonEndpoints",
  {
    kubeletEndpoint: field(1, DaemonEndpoint, "Where the kubelet listens.").always(),
  },
  { doc: "Where daemons listen." },
);
export type NodeDaemonEndpoints = TypeOf<typeof NodeDaemonEndpoints>;

export const NodeFeatures = message(
  "io.k8s.api.core.v1.NodeFeatures",
  {
    supplementalGroupsPolicy: field(
      1,
      bool(),
      "Whether it knows `supplementalGroupsPolicy` and tells the users of containers.",
    ).keepEmpty(),
  },
  { doc: "Features of a container runtime." },
);
export type NodeFeatures = TypeOf<typeof NodeFeatures>;

export const NodeRuntimeHandlerFeatures = message(
  "io.k8s.api.core.v1.NodeRuntimeHandlerFeatures",
  {
    recursiveReadOnlyMounts: field(
      1,
      bool(),
      "Whether it can make mounts below a read-only mount read-only too.",
    ).keepEmpty(),
    userNamespaces: field(2, bool(), "Whether it can run pods in a user namespace of their own.").keepEmpty(),
  },
  { doc: "What a runtime handler can do." },
);
export type NodeRuntimeHandlerFeatures = TypeOf<typeof NodeRuntimeHandlerFeatures>;

export const NodeRuntimeHandler = message(
  "io.k8s.api.core.v1.NodeRuntimeHandler",
  {
    name: field(1, string(), "The handler's name; empty for the default one.").always(),
    features: field(2, NodeRuntimeHandlerFeatures, "What it can do."),
  },
  { doc: "A runtime handler of a node, which a RuntimeClass can name." },
);
export type NodeRuntimeHandler = TypeOf<typeof NodeRuntimeHandler>;

export const NodeSwapStatus = message(
  "io.k8s.api.core.v1.NodeSwapStatus",
  { capacity: field(1, int64(), "Its size in bytes.").keepEmpty() },
  { doc: "Size of the swap space." },
);
export type NodeSwapStatus = TypeOf<typeof NodeSwapStatus>;

export const NodeSystemInfo = message(
  "io.k8s.api.core.v1.NodeSystemInfo",
  {
    machineID: field(
      1,
      string(),
      "The machine's identifier, from `/etc/machine-id`; unique in the cluster.",
    ).required(),
    systemUUID: field(2, string(), "The system's UUID, from its firmware.").required(),
    bootID: field(3, string(), "A new identifier for each start of the system.").required(),
    kernelVersion: field(4, string(), "Version of the kernel, as `uname -r` tells it.").required(),
    osImage: field(5, string(), "Name of the operating system, from `/etc/os-release`.").required(),
    containerRuntimeVersion: field(
      6,
      string(),
      "Name and version of the container runtime, such as `containerd://2.1.0`.",
    ).required(),
    kubeletVersion: field(7, string(), "Version of the kubelet.").required(),
    kubeProxyVersion: field(8, string(), "Deprecated: was the kubelet's version too, and is empty now.").required(),
    operatingSystem: field(9, string(), "`linux` or `windows`.").required(),
    architecture: field(10, string(), "The processor's architecture, such as `amd64` or `arm64`.").required(),
    swap: field(11, NodeSwapStatus, "Swap space of the node."),
  },
  { doc: "Identifiers and versions of a node." },
);
export type NodeSystemInfo = TypeOf<typeof NodeSystemInfo>;

export const NodeStatus = message(
  "io.k8s.api.core.v1.NodeStatus",
  {
    capacity: field(1, map(quantity()), "What the machine has in all, by resource."),
    allocatable: field(
      2,
      map(quantity()),
      "What pods can request of it, by resource: the capacity without what is reserved for the system.",
    ),
    phase: field(
      3,
      string().enum("Pending", "Running", "Terminated"),
      "Deprecated and no longer set: see the conditions.",
    ),
    conditions: field(
      4,
      list(NodeCondition).mapKey("type").patch("merge", "type"),
      "Aspects of the node's health, one for each type.",
    ),
    addresses: field(
      5,
      list(NodeAddress).mapKey("type").patch("merge", "type"),
      "Addresses at which the node can be reached, from the cloud provider where there is one. Several of a type are possible.",
    ),
    daemonEndpoints: field(6, NodeDaemonEndpoints, "Ports of the daemons on the node.").always(),
    nodeInfo: field(7, NodeSystemInfo, "Identifiers and versions of the machine and its software.").always(),
    images: field(
      8,
      list(ContainerImage).atomic(),
      "Images that are on the node, the largest first; 50 by default. The scheduler prefers nodes that have a pod's images.",
    ),
    volumesInUse: field(
      9,
      list(string()).atomic(),
      "Names of the attachable volumes that pods on the node use. They are not detached while they are listed.",
    ),
    volumesAttached: field(10, list(AttachedVolume).atomic(), "Volumes that are attached to the node."),
    config: field(11, NodeConfigStatus, "State of the configuration from a ConfigMap. No longer set."),
    runtimeHandlers: field(12, list(NodeRuntimeHandler).atomic(), "The runtime handlers the node has."),
    features: field(13, NodeFeatures, "What the node's container runtime can do."),
    declaredFeatures: field(
      14,
      list(string()).atomic(),
      "Names of features, still behind gates, that the node tells it has, so that pods which need them are placed there.",
    ),
  },
  { doc: "What is known about a node, mostly told by its kubelet." },
);
export type NodeStatus = TypeOf<typeof NodeStatus>;
