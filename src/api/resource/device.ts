import { field, int64, message, rawExtension, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const CELDeviceSelector = message("io.k8s.api.resource.v1.CELDeviceSelector", {
  expression: field(1, string()).required(),
});
export type CELDeviceSelector = TypeOf<typeof CELDeviceSelector>;

export const DeviceSelector = message("io.k8s.api.resource.v1.DeviceSelector", { cel: field(1, CELDeviceSelector) });
export type DeviceSelector = TypeOf<typeof DeviceSelector>;

export const DeviceTaint = message("io.k8s.api.resource.v1.DeviceTaint", {
  key: field(1, string()).required(),
  value: field(2, string()),
  effect: field(3, string().enum("NoExecute", "NoSchedule", "None")).required(),
  timeAdded: field(4, time()),
});
export type DeviceTaint = TypeOf<typeof DeviceTaint>;

export const DeviceToleration = message("io.k8s.api.resource.v1.DeviceToleration", {
  key: field(1, string()),
  operator: field(2, string().enum("Equal", "Exists").default("Equal")),
  value: field(3, string()),
  effect: field(4, string().enum("NoExecute", "NoSchedule", "None")),
  tolerationSeconds: field(5, int64()).keepEmpty(),
});
export type DeviceToleration = TypeOf<typeof DeviceToleration>;

export const OpaqueDeviceConfiguration = message("io.k8s.api.resource.v1.OpaqueDeviceConfiguration", {
  driver: field(1, string()).required(),
  parameters: field(2, rawExtension()).required().orNull(),
});
export type OpaqueDeviceConfiguration = TypeOf<typeof OpaqueDeviceConfiguration>;
