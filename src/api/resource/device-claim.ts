import type { Draft } from "../../machinery/kind.ts";
import { bool, embedded, field, int64, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { DeviceSelector, DeviceToleration, OpaqueDeviceConfiguration } from "./device.ts";

export const CapacityRequirements = message(
  "io.k8s.api.resource.v1.CapacityRequirements",
  {
    requests: field(1, map(quantity()), "Amounts by capacity. What is not named is given whole, or by its policy."),
  },
  { doc: "How much of a device's capacities is wanted." },
);
export type CapacityRequirements = TypeOf<typeof CapacityRequirements>;

export const DeviceClaimConfiguration = message(
  "io.k8s.api.resource.v1.DeviceClaimConfiguration",
  {
    requests: field(1, list(string()).atomic(), "For which requests. Nothing said: all."),
    ...embedded(2, { opaque: field(1, OpaqueDeviceConfiguration, "Settings that only the driver understands.") }),
  },
  { doc: "Settings for the driver." },
);
export type DeviceClaimConfiguration = TypeOf<typeof DeviceClaimConfiguration>;

export const DeviceConstraint = message(
  "io.k8s.api.resource.v1.DeviceConstraint",
  {
    requests: field(1, list(string()).atomic(), "For which requests. Nothing said: all."),
    matchAttribute: field(2, string(), "An attribute that must be the same, such as `example.com/numa`.").keepEmpty(),
    distinctAttribute: field(3, string(), "An attribute that must differ.").keepEmpty(),
  },
  { doc: "What devices must have in common, or not; one of the two." },
);
export type DeviceConstraint = TypeOf<typeof DeviceConstraint>;

export const ExactDeviceRequest = message(
  "io.k8s.api.resource.v1.ExactDeviceRequest",
  {
    deviceClassName: field(1, string(), "The class they must be of.").required(),
    selectors: field(2, list(DeviceSelector).atomic(), "Further conditions, all of which must hold."),
    allocationMode: field(3, string().enum("All", "ExactCount"), "`ExactCount` (the default) or `All` that fit."),
    count: field(4, int64(), "How many, for `ExactCount`. Default 1."),
    adminAccess: field(
      5,
      bool(),
      "True: beside others' use, for looking after devices. Only in namespaces labelled for that.",
    ).keepEmpty(),
    tolerations: field(6, list(DeviceToleration).atomic(), "Taints that are put up with."),
    capacity: field(7, CapacityRequirements, "How much of each device's capacities."),
  },
  { doc: "Devices of one class." },
);
export type ExactDeviceRequest = TypeOf<typeof ExactDeviceRequest>;

export const DeviceSubRequest = message(
  "io.k8s.api.resource.v1.DeviceSubRequest",
  {
    name: field(1, string(), "What it is called, behind the request's name and a slash.").required(),
    deviceClassName: field(2, string(), "The class they must be of.").required(),
    selectors: field(3, list(DeviceSelector).atomic(), "Further conditions, all of which must hold."),
    allocationMode: field(4, string().enum("All", "ExactCount"), "`ExactCount` (the default) or `All` that fit."),
    count: field(5, int64(), "How many, for `ExactCount`. Default 1."),
    tolerations: field(6, list(DeviceToleration).atomic(), "Taints that are put up with."),
    capacity: field(7, CapacityRequirements, "How much of each device's capacities."),
  },
  { doc: "One of several things, any of which would do." },
);
export type DeviceSubRequest = TypeOf<typeof DeviceSubRequest>;

export const DeviceRequest = message(
  "io.k8s.api.resource.v1.DeviceRequest",
  {
    name: field(1, string(), "What containers and constraints call it by.").required(),
    exactly: field(2, ExactDeviceRequest, "The thing."),
    firstAvailable: field(
      3,
      list(DeviceSubRequest).atomic(),
      "Several things, of which the first that can be had is given. At most 8.",
    ),
  },
  { doc: "One thing that is wanted; exactly one way to say it." },
);
export type DeviceRequest = TypeOf<typeof DeviceRequest>;

export const DeviceClaim = message(
  "io.k8s.api.resource.v1.DeviceClaim",
  {
    requests: field(1, list(DeviceRequest).atomic(), "What is wanted, all of it. At most 32.").orNull(),
    constraints: field(
      2,
      list(DeviceConstraint).atomic(),
      "What devices of several requests must have in common or not.",
    ),
    config: field(3, list(DeviceClaimConfiguration).atomic(), "Settings for the driver."),
  },
  { doc: "Devices that are wanted." },
);
export type DeviceClaim = TypeOf<typeof DeviceClaim>;

export const ResourceClaimSpec = message(
  "io.k8s.api.resource.v1.ResourceClaimSpec",
  {
    devices: field(1, DeviceClaim, "Devices that are wanted.").always(),
  },
  { doc: "What a claim wants." },
);
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
