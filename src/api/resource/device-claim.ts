import type { Draft } from "../../machinery/kind.ts";
import { bool, embedded, field, int64, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { DeviceSelector, DeviceToleration, OpaqueDeviceConfiguration } from "./device.ts";

export const CapacityRequirements = message("io.k8s.api.resource.v1.CapacityRequirements", {
  requests: field(1, map(quantity())),
});
export type CapacityRequirements = TypeOf<typeof CapacityRequirements>;

export const DeviceClaimConfiguration = message("io.k8s.api.resource.v1.DeviceClaimConfiguration", {
  requests: field(1, list(string()).atomic()),
  ...embedded(2, { opaque: field(1, OpaqueDeviceConfiguration) }),
});
export type DeviceClaimConfiguration = TypeOf<typeof DeviceClaimConfiguration>;

export const DeviceConstraint = message("io.k8s.api.resource.v1.DeviceConstraint", {
  requests: field(1, list(string()).atomic()),
  matchAttribute: field(2, string()).keepEmpty(),
  distinctAttribute: field(3, string()).keepEmpty(),
});
export type DeviceConstraint = TypeOf<typeof DeviceConstraint>;

export const ExactDeviceRequest = message("io.k8s.api.resource.v1.ExactDeviceRequest", {
  deviceClassName: field(1, string()).required(),
  selectors: field(2, list(DeviceSelector).atomic()),
  allocationMode: field(3, string().enum("All", "ExactCount")),
  count: field(4, int64()),
  adminAccess: field(5, bool()).keepEmpty(),
  tolerations: field(6, list(DeviceToleration).atomic()),
  capacity: field(7, CapacityRequirements),
});
export type ExactDeviceRequest = TypeOf<typeof ExactDeviceRequest>;

export const DeviceSubRequest = message("io.k8s.api.resource.v1.DeviceSubRequest", {
  name: field(1, string()).required(),
  deviceClassName: field(2, string()).required(),
  selectors: field(3, list(DeviceSelector).atomic()),
  allocationMode: field(4, string().enum("All", "ExactCount")),
  count: field(5, int64()),
  tolerations: field(6, list(DeviceToleration).atomic()),
  capacity: field(7, CapacityRequirements),
});
export type DeviceSubRequest = TypeOf<typeof DeviceSubRequest>;

export const DeviceRequest = message("io.k8s.api.resource.v1.DeviceRequest", {
  name: field(1, string()).required(),
  exactly: field(2, ExactDeviceRequest),
  firstAvailable: field(3, list(DeviceSubRequest).atomic()),
});
export type DeviceRequest = TypeOf<typeof DeviceRequest>;

export const DeviceClaim = message("io.k8s.api.resource.v1.DeviceClaim", {
  requests: field(1, list(DeviceRequest).atomic()).orNull(),
  constraints: field(2, list(DeviceConstraint).atomic()),
  config: field(3, list(DeviceClaimConfiguration).atomic()),
});
export type DeviceClaim = TypeOf<typeof DeviceClaim>;

export const ResourceClaimSpec = message("io.k8s.api.resource.v1.ResourceClaimSpec", {
  devices: field(1, DeviceClaim).always(),
});
export type ResourceClaimSpec = TypeOf<typeof ResourceClaimSpec>;

/** A request that does not say how many devices wants exactly one. */
export function defaultDeviceClaim(claim: Draft<DeviceClaim>): void {
  for (const request of claim.requests ?? []) {
    for (const wanted of [request.exactly, ...(request.firstAvailable ?? [])]) {
      if (wanted === undefined) continue;
      wanted.allocationMode ||= "ExactCount";
      if (wanted.allocationMode === "ExactCount") wanted.count ||= 1;
    }
  }
}
