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

export const NetworkDeviceData = message("io.k8s.api.resource.v1.NetworkDeviceData", {
  interfaceName: field(1, string()),
  ips: field(2, list(string()).atomic()),
  hardwareAddress: field(3, string()),
});
export type NetworkDeviceData = TypeOf<typeof NetworkDeviceData>;

export const AllocatedDeviceStatus = message("io.k8s.api.resource.v1.AllocatedDeviceStatus", {
  driver: field(1, string()).required(),
  pool: field(2, string()).required(),
  device: field(3, string()).required(),
  conditions: field(4, list(Condition).mapKey("type")).orNull(),
  data: field(5, rawExtension()),
  networkData: field(6, NetworkDeviceData),
  shareID: field(7, string()).keepEmpty(),
});
export type AllocatedDeviceStatus = TypeOf<typeof AllocatedDeviceStatus>;

export const DeviceAllocationConfiguration = message("io.k8s.api.resource.v1.DeviceAllocationConfiguration", {
  source: field(1, string().enum("FromClaim", "FromClass")).required(),
  requests: field(2, list(string()).atomic()),
  ...embedded(3, { opaque: field(1, OpaqueDeviceConfiguration) }),
});
export type DeviceAllocationConfiguration = TypeOf<typeof DeviceAllocationConfiguration>;

export const DeviceRequestAllocationResult = message("io.k8s.api.resource.v1.DeviceRequestAllocationResult", {
  request: field(1, string()).required(),
  driver: field(2, string()).required(),
  pool: field(3, string()).required(),
  device: field(4, string()).required(),
  adminAccess: field(5, bool()).keepEmpty(),
  tolerations: field(6, list(DeviceToleration).atomic()),
  bindingConditions: field(7, list(string()).atomic()),
  bindingFailureConditions: field(8, list(string()).atomic()),
  shareID: field(9, string()).keepEmpty(),
  consumedCapacity: field(10, map(quantity())),
});
export type DeviceRequestAllocationResult = TypeOf<typeof DeviceRequestAllocationResult>;

export const DeviceAllocationResult = message("io.k8s.api.resource.v1.DeviceAllocationResult", {
  results: field(1, list(DeviceRequestAllocationResult).atomic()),
  config: field(2, list(DeviceAllocationConfiguration).atomic()),
});
export type DeviceAllocationResult = TypeOf<typeof DeviceAllocationResult>;

export const AllocationResult = message("io.k8s.api.resource.v1.AllocationResult", {
  devices: field(1, DeviceAllocationResult).always(),
  nodeSelector: field(3, NodeSelector),
  allocationTimestamp: field(5, time()),
});
export type AllocationResult = TypeOf<typeof AllocationResult>;

export const ResourceClaimConsumerReference = message("io.k8s.api.resource.v1.ResourceClaimConsumerReference", {
  apiGroup: field(1, string()),
  resource: field(3, string()).required(),
  name: field(4, string()).required(),
  uid: field(5, string()).required(),
});
export type ResourceClaimConsumerReference = TypeOf<typeof ResourceClaimConsumerReference>;

export const ResourceClaimStatus = message("io.k8s.api.resource.v1.ResourceClaimStatus", {
  allocation: field(1, AllocationResult),
  reservedFor: field(2, list(ResourceClaimConsumerReference).mapKey("uid").patch("merge", "uid")),
  devices: field(4, list(AllocatedDeviceStatus).mapKey("driver", "device", "pool", "shareID")),
});
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
  fields: { spec: field(2, ResourceClaimSpec).required(), status: field(3, ResourceClaimStatus).always() },
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
  validate: validateResourceClaim,
  validateUpdate: validateResourceClaimUpdate,
});
export type ResourceClaim = ObjectOf<typeof ResourceClaim>;

function claimState({ metadata, status }: KubeObject & { readonly status: ResourceClaimStatus }): string {
  const states = metadata.deletionTimestamp === undefined ? [] : ["deleted"];
  if (status.allocation !== undefined) states.push("allocated");
  if (status.reservedFor !== undefined) states.push("reserved");
  return states.length === 0 ? "pending" : states.join(",");
}
