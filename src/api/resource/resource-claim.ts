import type { KubeObject } from "../../machinery/kind.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { Condition } from "../../machinery/meta/condition.ts";
import {
  bool,
  embedded,
  field,
  list,
  map,
  message,
  quantity,
  rawExtension,
  string,
  time,
} from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NodeSelector } from "../core/node-selector.ts";
import { DeviceToleration, OpaqueDeviceConfiguration } from "./device.ts";
import { ResourceClaimSpec } from "./device-claim.ts";
import { defaultDeviceClaim } from "./device-claim.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateResourceClaim, validateResourceClaimUpdate } from "./resource.validation.ts";

export const NetworkDeviceData = message(
  "io.k8s.api.resource.v1.NetworkDeviceData",
  {
    interfaceName: field(1, string(), "Its name in the pod."),
    ips: field(2, list(string()).atomic(), "Its addresses with the length of their network, such as `10.1.2.3/24`."),
    hardwareAddress: field(3, string(), "Its MAC address or the like."),
  },
  { doc: "What a network device has." },
);
export type NetworkDeviceData = TypeOf<typeof NetworkDeviceData>;

export const AllocatedDeviceStatus = message(
  "io.k8s.api.resource.v1.AllocatedDeviceStatus",
  {
    driver: field(1, string(), "The driver.").required(),
    pool: field(2, string(), "The pool it is in.").required(),
    device: field(3, string(), "The device's name in its pool.").required(),
    conditions: field(4, list(Condition).mapKey("type"), "States of the device. At most 8.").orNull(),
    data: field(5, rawExtension(), "Anything else, as an object of at most 10 KiB."),
    networkData: field(6, NetworkDeviceData, "Of network devices: addresses and the like."),
    shareID: field(7, string(), "Which share of a device that several use.").keepEmpty(),
  },
  { doc: "What a driver tells of a device that was given out." },
);
export type AllocatedDeviceStatus = TypeOf<typeof AllocatedDeviceStatus>;

export const DeviceAllocationConfiguration = message(
  "io.k8s.api.resource.v1.DeviceAllocationConfiguration",
  {
    source: field(1, string().enum("FromClaim", "FromClass"), "`FromClass` or `FromClaim`.").required(),
    requests: field(2, list(string()).atomic(), "For which requests of the claim. Nothing said: all."),
    ...embedded(3, { opaque: field(1, OpaqueDeviceConfiguration, "Settings that only the driver understands.") }),
  },
  { doc: "Settings that go with what was given." },
);
export type DeviceAllocationConfiguration = TypeOf<typeof DeviceAllocationConfiguration>;

export const DeviceRequestAllocationResult = message(
  "io.k8s.api.resource.v1.DeviceRequestAllocationResult",
  {
    request: field(1, string(), "The request, with a slash and the alternative where there were several.").required(),
    driver: field(2, string(), "The driver.").required(),
    pool: field(3, string(), "The pool it is in.").required(),
    device: field(4, string(), "The device's name in its pool.").required(),
    adminAccess: field(5, bool(), "True: given beside its users, for looking after it.").keepEmpty(),
    tolerations: field(6, list(DeviceToleration).atomic(), "Taints that the request put up with."),
    bindingConditions: field(7, list(string()).atomic(), "Conditions that the pod waits for, as of when it was given."),
    bindingFailureConditions: field(8, list(string()).atomic(), "Conditions that end the wait as failed."),
    shareID: field(9, string(), "Which share of a device that several use.").keepEmpty(),
    consumedCapacity: field(10, map(quantity()), "How much of its capacities is taken."),
  },
  { doc: "One device that was given for a request." },
);
export type DeviceRequestAllocationResult = TypeOf<typeof DeviceRequestAllocationResult>;

export const DeviceAllocationResult = message(
  "io.k8s.api.resource.v1.DeviceAllocationResult",
  {
    results: field(1, list(DeviceRequestAllocationResult).atomic(), "The devices."),
    config: field(2, list(DeviceAllocationConfiguration).atomic(), "Settings from classes and claim, in that order."),
  },
  { doc: "The devices that a claim was given." },
);
export type DeviceAllocationResult = TypeOf<typeof DeviceAllocationResult>;

export const AllocationResult = message(
  "io.k8s.api.resource.v1.AllocationResult",
  {
    devices: field(1, DeviceAllocationResult, "The devices.").always(),
    nodeSelector: field(3, NodeSelector, "Nodes on which they can be used. Nothing said: all."),
    allocationTimestamp: field(5, time(), "When it was given."),
  },
  { doc: "What a claim was given." },
);
export type AllocationResult = TypeOf<typeof AllocationResult>;

export const ResourceClaimConsumerReference = message(
  "io.k8s.api.resource.v1.ResourceClaimConsumerReference",
  {
    apiGroup: field(1, string(), "Its API group; empty for core."),
    resource: field(3, string(), "Its resource, mostly `pods`.").required(),
    name: field(4, string(), "Its name.").required(),
    uid: field(5, string(), "Its uid.").required(),
  },
  { doc: "Who uses a claim." },
);
export type ResourceClaimConsumerReference = TypeOf<typeof ResourceClaimConsumerReference>;

export const ResourceClaimStatus = message(
  "io.k8s.api.resource.v1.ResourceClaimStatus",
  {
    allocation: field(1, AllocationResult, "What was given. Nothing: not yet."),
    reservedFor: field(
      2,
      list(ResourceClaimConsumerReference).mapKey("uid").patch("merge", "uid"),
      "Who may use it now. At most 256.",
    ),
    devices: field(
      4,
      list(AllocatedDeviceStatus).mapKey("driver", "device", "pool", "shareID"),
      "What drivers tell of the devices.",
    ),
  },
  { doc: "What a claim was given, and who uses it." },
);
export type ResourceClaimStatus = TypeOf<typeof ResourceClaimStatus>;

export const ResourceClaim = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "ResourceClaim",
  definition: "io.k8s.api.resource.v1.ResourceClaim",
  names: { plural: "resourceclaims" },
  scope: "Namespaced",
  generation: false,
  doc: "A request for devices.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, ResourceClaimSpec, "What is wanted. Cannot be changed.").required(),
    status: field(3, ResourceClaimStatus, "What was given, and who uses it.").always(),
  },
  defaults: (draft) => defaultDeviceClaim(draft.spec.devices),
  columns: [
    nameColumn,
    {
      name: "State",
      type: "string",
      doc: "A summary of the current state (allocated, pending, reserved, etc.).",
      value: (claim) => claimState(claim),
    },
    ageColumn,
  ],
  returnsDeleted: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateResourceClaim,
  validateUpdate: validateResourceClaimUpdate,
});
export type ResourceClaim = ObjectOf<typeof ResourceClaim>;

function claimState({ metadata, status }: KubeObject & { readonly status: ResourceClaimStatus }): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  if (status.allocation === undefined) return deleted ? "deleted" : "pending";
  return [...(deleted ? ["deleted"] : []), "allocated", ...(status.reservedFor?.length ? ["reserved"] : [])].join(",");
}
