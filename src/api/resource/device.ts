import { field, int64, message, rawExtension, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const CELDeviceSelector = message(
  "io.k8s.api.resource.v1.CELDeviceSelector",
  {
    expression: field(
      1,
      string(),
      "CEL over `device` (`driver`, `attributes`, `capacity`) that gives true for those wanted. At most 10 KiB.",
    ).required(),
  },
  { doc: "Chooses devices by an expression." },
);
export type CELDeviceSelector = TypeOf<typeof CELDeviceSelector>;

export const DeviceSelector = message(
  "io.k8s.api.resource.v1.DeviceSelector",
  { cel: field(1, CELDeviceSelector, "By an expression.") },
  { doc: "Chooses devices." },
);
export type DeviceSelector = TypeOf<typeof DeviceSelector>;

export const DeviceTaint = message(
  "io.k8s.api.resource.v1.DeviceTaint",
  {
    key: field(1, string(), "What is wrong, as a label's key.").required(),
    value: field(2, string(), "More of it, as a label's value."),
    effect: field(
      3,
      string().enum("NoExecute", "NoSchedule", "None"),
      "`None` (only told), `NoSchedule` (for new claims) or `NoExecute` (pods that use it go, too).",
    ).required(),
    timeAdded: field(4, time(), "Since when. Set by the server where it is not said."),
  },
  { doc: "Keeps claims off a device, or sends them away." },
);
export type DeviceTaint = TypeOf<typeof DeviceTaint>;

export const DeviceToleration = message(
  "io.k8s.api.resource.v1.DeviceToleration",
  {
    key: field(1, string(), "With which key. Nothing said, and `Exists`: with any."),
    operator: field(
      2,
      string().enum("Equal", "Exists").default("Equal"),
      "`Equal` (the default), also the value must be the same, or `Exists`.",
    ),
    value: field(3, string(), "With which value, for `Equal`."),
    effect: field(4, string().enum("NoExecute", "NoSchedule", "None"), "Of which effect. Nothing said: of all."),
    tolerationSeconds: field(
      5,
      int64(),
      "How long a `NoExecute` taint is put up with. Nothing said: for ever.",
    ).keepEmpty(),
  },
  { doc: "Taints that a request puts up with." },
);
export type DeviceToleration = TypeOf<typeof DeviceToleration>;

export const OpaqueDeviceConfiguration = message(
  "io.k8s.api.resource.v1.OpaqueDeviceConfiguration",
  {
    driver: field(1, string(), "The driver.").required(),
    parameters: field(2, rawExtension(), "The settings, an object of at most 10 KiB with its own kind and version.")
      .required()
      .orNull(),
  },
  { doc: "Settings that only a driver understands." },
);
export type OpaqueDeviceConfiguration = TypeOf<typeof OpaqueDeviceConfiguration>;
