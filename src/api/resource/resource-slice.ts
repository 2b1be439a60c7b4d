import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int64, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NodeSelector } from "../core/node-selector.ts";
import { DeviceTaint } from "./device.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateResourceSlice } from "./resource-slice.validation.ts";

export const CapacityRequestPolicyRange = message(
  "io.k8s.api.resource.v1.CapacityRequestPolicyRange",
  {
    min: field(1, quantity(), "The least.").required().droppedWhenEmpty(),
    max: field(2, quantity(), "The most."),
    step: field(3, quantity(), "Amounts are rounded up to this many steps from the least."),
  },
  { doc: "A range of amounts." },
);
export type CapacityRequestPolicyRange = TypeOf<typeof CapacityRequestPolicyRange>;

export const CapacityRequestPolicy = message(
  "io.k8s.api.resource.v1.CapacityRequestPolicy",
  {
    default: field(1, quantity(), "What a claim gets that does not say.").orNull(),
    validValues: field(3, list(quantity()).atomic(), "Only these amounts, lowest first; or `validRange`."),
    validRange: field(4, CapacityRequestPolicyRange, "Amounts within a range; or `validValues`."),
  },
  { doc: "How much of a capacity may be asked for." },
);
export type CapacityRequestPolicy = TypeOf<typeof CapacityRequestPolicy>;

export const Counter = message(
  "io.k8s.api.resource.v1.Counter",
  { value: field(1, quantity(), "How much there is, or is used.").required() },
  { doc: "An amount that is shared." },
);
export type Counter = TypeOf<typeof Counter>;

export const CounterSet = message(
  "io.k8s.api.resource.v1.CounterSet",
  {
    name: field(1, string(), "What devices call the set by.").required(),
    counters: field(2, map(Counter), "Amounts by name.").required().droppedWhenEmpty(),
  },
  { doc: "Amounts that several devices of a pool draw from." },
);
export type CounterSet = TypeOf<typeof CounterSet>;

export const DeviceAttribute = message(
  "io.k8s.api.resource.v1.DeviceAttribute",
  {
    int: field(2, int64(), "A whole number.").keepEmpty(),
    bool: field(3, bool(), "True or false.").keepEmpty(),
    string: field(4, string(), "A text of at most 64 characters.").keepEmpty(),
    version: field(5, string(), "A version as semver has it.").keepEmpty(),
    ints: field(6, list(int64()).atomic(), "Several whole numbers."),
    bools: field(7, list(bool()).atomic(), "Several such values."),
    strings: field(8, list(string()).atomic(), "Several texts."),
    versions: field(9, list(string()).atomic(), "Several versions."),
  },
  { doc: "One property; exactly one value." },
);
export type DeviceAttribute = TypeOf<typeof DeviceAttribute>;

export const DeviceCapacity = message(
  "io.k8s.api.resource.v1.DeviceCapacity",
  {
    value: field(1, quantity(), "How much there is.").required(),
    requestPolicy: field(
      2,
      CapacityRequestPolicy,
      "How much of it may be asked for, for devices that several claims may have.",
    ),
  },
  { doc: "An amount that a device has." },
);
export type DeviceCapacity = TypeOf<typeof DeviceCapacity>;

export const DeviceCounterConsumption = message(
  "io.k8s.api.resource.v1.DeviceCounterConsumption",
  {
    counterSet: field(1, string(), "The set.").required(),
    counters: field(2, map(Counter), "Amounts by counter.").required().droppedWhenEmpty(),
  },
  { doc: "What a device takes of a set of counters." },
);
export type DeviceCounterConsumption = TypeOf<typeof DeviceCounterConsumption>;

export const NodeAllocatableResourceMapping = message(
  "io.k8s.api.resource.v1.NodeAllocatableResourceMapping",
  {
    capacityKey: field(1, string(), "The capacity that is counted. Nothing said: the device as a whole.").keepEmpty(),
    allocationMultiplier: field(2, quantity(), "How much for each device, or for each unit of the capacity."),
  },
  { doc: "How much of a resource of the node a device is." },
);
export type NodeAllocatableResourceMapping = TypeOf<typeof NodeAllocatableResourceMapping>;

export const Device = message(
  "io.k8s.api.resource.v1.Device",
  {
    name: field(1, string(), "Its name, unique in the pool.").required(),
    attributes: field(2, map(DeviceAttribute), "Properties by name, for selectors."),
    capacity: field(3, map(DeviceCapacity), "Amounts it has, by name."),
    consumesCounters: field(4, list(DeviceCounterConsumption).atomic(), "What it takes of shared counters."),
    nodeName: field(5, string(), "The node it is on. Only where the slice says `perDeviceNodeSelection`.").keepEmpty(),
    nodeSelector: field(
      6,
      NodeSelector,
      "Nodes it can be used from. Only where the slice says `perDeviceNodeSelection`.",
    ),
    allNodes: field(
      7,
      bool(),
      "True: usable from every node. Only where the slice says `perDeviceNodeSelection`.",
    ).keepEmpty(),
    taints: field(8, list(DeviceTaint).atomic(), "Keep claims off that do not tolerate them."),
    bindsToNode: field(9, bool(), "True: once given out, it is tied to the node that was chosen.").keepEmpty(),
    bindingConditions: field(
      10,
      list(string()).atomic(),
      "Conditions that must be true before a pod is bound. At most 4.",
    ),
    bindingFailureConditions: field(11, list(string()).atomic(), "Conditions that end the wait as failed. At most 4."),
    allowMultipleAllocations: field(12, bool(), "True: several claims may have it at a time.").keepEmpty(),
    nodeAllocatableResourceMappings: field(
      13,
      map(NodeAllocatableResourceMapping),
      "Which resources of the node it is made of, by resource.",
    ),
  },
  { doc: "One device of a slice." },
);
export type Device = TypeOf<typeof Device>;

export const ResourcePool = message(
  "io.k8s.api.resource.v1.ResourcePool",
  {
    name: field(1, string(), "The pool's name, often the node's.").required(),
    generation: field(2, int64(), "Grows when the pool's slices change; only those of the newest count.").required(),
    resourceSliceCount: field(3, int64(), "How many slices the pool has in this generation.").required(),
  },
  { doc: "Slices that belong together." },
);
export type ResourcePool = TypeOf<typeof ResourcePool>;

export const ResourceSliceSpec = message(
  "io.k8s.api.resource.v1.ResourceSliceSpec",
  {
    driver: field(1, string(), "The driver. Cannot be changed.").required(),
    pool: field(2, ResourcePool, "The pool that the slice is part of.").required(),
    nodeName: field(3, string(), "The one node they are on. Cannot be changed.").keepEmpty(),
    nodeSelector: field(4, NodeSelector, "Nodes they can be used from."),
    allNodes: field(5, bool(), "True: usable from every node.").keepEmpty(),
    devices: field(6, list(Device).atomic(), "The devices. At most 128."),
    perDeviceNodeSelection: field(7, bool(), "True: each device says where it is.").keepEmpty(),
    sharedCounters: field(8, list(CounterSet).atomic(), "Amounts that devices of the pool draw from."),
  },
  { doc: "Devices of one driver, and where they are; exactly one way to say where." },
);
export type ResourceSliceSpec = TypeOf<typeof ResourceSliceSpec>;

export const ResourceSlice = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceSlice",
  definition: "io.k8s.api.resource.v1.ResourceSlice",
  names: { plural: "resourceslices" },
  scope: "Cluster",
  doc: "Devices that one driver offers, on a node or in a pool.",
  fields: { spec: field(2, ResourceSliceSpec, "Devices, and where they are.").required() },
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
  switchedOff: [
    // DRANodeAllocatableResources
    ["spec.devices[].nodeAllocatableResourceMappings"],
    // DRAListTypeAttributes
    ["ints", "bools", "strings", "versions"].map((type) => `spec.devices[].attributes{}.${type}`),
  ],
  validate: validateResourceSlice,
});
export type ResourceSlice = ObjectOf<typeof ResourceSlice>;
