import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int64, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NodeSelector } from "../core/node-selector.ts";
import { DeviceTaint } from "./device.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateResourceSlice, validateResourceSliceUpdate } from "./resource-slice.validation.ts";

export const CapacityRequestPolicyRange = message("io.k8s.api.resource.v1.CapacityRequestPolicyRange", {
  min: field(1, quantity()).required().droppedWhenEmpty(),
  max: field(2, quantity()),
  step: field(3, quantity()),
});
export type CapacityRequestPolicyRange = TypeOf<typeof CapacityRequestPolicyRange>;

export const CapacityRequestPolicy = message("io.k8s.api.resource.v1.CapacityRequestPolicy", {
  default: field(1, quantity()).orNull(),
  validValues: field(3, list(quantity()).atomic()),
  validRange: field(4, CapacityRequestPolicyRange),
});
export type CapacityRequestPolicy = TypeOf<typeof CapacityRequestPolicy>;

export const Counter = message("io.k8s.api.resource.v1.Counter", { value: field(1, quantity()).required() });
export type Counter = TypeOf<typeof Counter>;

export const CounterSet = message("io.k8s.api.resource.v1.CounterSet", {
  name: field(1, string()).required(),
  counters: field(2, map(Counter)).required().droppedWhenEmpty(),
});
export type CounterSet = TypeOf<typeof CounterSet>;

export const DeviceAttribute = message("io.k8s.api.resource.v1.DeviceAttribute", {
  int: field(2, int64()).keepEmpty(),
  bool: field(3, bool()).keepEmpty(),
  string: field(4, string()).keepEmpty(),
  version: field(5, string()).keepEmpty(),
  ints: field(6, list(int64()).atomic()),
  bools: field(7, list(bool()).atomic()),
  strings: field(8, list(string()).atomic()),
  versions: field(9, list(string()).atomic()),
});
export type DeviceAttribute = TypeOf<typeof DeviceAttribute>;

export const DeviceCapacity = message("io.k8s.api.resource.v1.DeviceCapacity", {
  value: field(1, quantity()).required(),
  requestPolicy: field(2, CapacityRequestPolicy),
});
export type DeviceCapacity = TypeOf<typeof DeviceCapacity>;

export const DeviceCounterConsumption = message("io.k8s.api.resource.v1.DeviceCounterConsumption", {
  counterSet: field(1, string()).required(),
  counters: field(2, map(Counter)).required().droppedWhenEmpty(),
});
export type DeviceCounterConsumption = TypeOf<typeof DeviceCounterConsumption>;

export const NodeAllocatableResourceMapping = message("io.k8s.api.resource.v1.NodeAllocatableResourceMapping", {
  capacityKey: field(1, string()).keepEmpty(),
  allocationMultiplier: field(2, quantity()),
});
export type NodeAllocatableResourceMapping = TypeOf<typeof NodeAllocatableResourceMapping>;

export const Device = message("io.k8s.api.resource.v1.Device", {
  name: field(1, string()).required(),
  attributes: field(2, map(DeviceAttribute)),
  capacity: field(3, map(DeviceCapacity)),
  consumesCounters: field(4, list(DeviceCounterConsumption).atomic()),
  nodeName: field(5, string()).keepEmpty(),
  nodeSelector: field(6, NodeSelector),
  allNodes: field(7, bool()).keepEmpty(),
  taints: field(8, list(DeviceTaint).atomic()),
  bindsToNode: field(9, bool()).keepEmpty(),
  bindingConditions: field(10, list(string()).atomic()),
  bindingFailureConditions: field(11, list(string()).atomic()),
  allowMultipleAllocations: field(12, bool()).keepEmpty(),
  nodeAllocatableResourceMappings: field(13, map(NodeAllocatableResourceMapping)),
});
export type Device = TypeOf<typeof Device>;

export const ResourcePool = message("io.k8s.api.resource.v1.ResourcePool", {
  name: field(1, string()).required(),
  generation: field(2, int64()).required(),
  resourceSliceCount: field(3, int64()).required(),
});
export type ResourcePool = TypeOf<typeof ResourcePool>;

export const ResourceSliceSpec = message("io.k8s.api.resource.v1.ResourceSliceSpec", {
  driver: field(1, string()).required(),
  pool: field(2, ResourcePool).required(),
  nodeName: field(3, string()).keepEmpty(),
  nodeSelector: field(4, NodeSelector),
  allNodes: field(5, bool()).keepEmpty(),
  devices: field(6, list(Device).atomic()),
  perDeviceNodeSelection: field(7, bool()).keepEmpty(),
  sharedCounters: field(8, list(CounterSet).atomic()),
});
export type ResourceSliceSpec = TypeOf<typeof ResourceSliceSpec>;

export const ResourceSlice = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceSlice",
  definition: "io.k8s.api.resource.v1.ResourceSlice",
  names: { plural: "resourceslices" },
  scope: "Cluster",
  doc: "Devices that one driver offers, on a node or in a pool.",
  fields: { spec: field(2, ResourceSliceSpec).required() },
  columns: [
    nameColumn,
    {
      name: "Node",
      type: "string",
      doc: "NodeName identifies the node which provides the resources in this pool. A field selector can be used to list only ResourceSlice objects belonging to a certain node.\n\nThis field can be used to limit access from nodes to ResourceSlices with the same node name. It also indicates to autoscalers that adding new nodes of the same type as some old node might also make new resources available.\n\nExactly one of NodeName, NodeSelector, AllNodes, and PerDeviceNodeSelection must be set. This field is immutable.",
      value: ({ spec }) => spec.nodeName ?? "",
    },
    {
      name: "Driver",
      type: "string",
      doc: "Driver identifies the DRA driver providing the capacity information. A field selector can be used to list only ResourceSlice objects with a certain driver name.\n\nMust be a DNS subdomain and should end with a DNS domain owned by the vendor of the driver. It should use only lower case characters. This field is immutable.",
      value: ({ spec }) => spec.driver,
    },
    {
      name: "Pool",
      type: "string",
      doc: "Name is used to identify the pool. For node-local devices, this is often the node name, but this is not required.\n\nIt must not be longer than 253 characters and must consist of one or more DNS sub-domains separated by slashes. This field is immutable.",
      value: ({ spec }) => spec.pool.name,
    },
    ageColumn,
  ],
  returnsDeleted: true,
  selectableFields: { "spec.nodeName": ({ spec }) => spec.nodeName ?? "", "spec.driver": ({ spec }) => spec.driver },
  generation: true,
  validate: validateResourceSlice,
  validateUpdate: validateResourceSliceUpdate,
});
export type ResourceSlice = ObjectOf<typeof ResourceSlice>;
