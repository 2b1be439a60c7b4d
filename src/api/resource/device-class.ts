import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { embedded, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { DeviceSelector, OpaqueDeviceConfiguration } from "./device.ts";
import { nameAndAge } from "../columns.ts";
import { validateDeviceClass } from "./resource.validation.ts";

export const DeviceClassConfiguration = message("io.k8s.api.resource.v1.DeviceClassConfiguration", {
  ...embedded(1, { opaque: field(1, OpaqueDeviceConfiguration) }),
});
export type DeviceClassConfiguration = TypeOf<typeof DeviceClassConfiguration>;

export const DeviceClassSpec = message("io.k8s.api.resource.v1.DeviceClassSpec", {
  selectors: field(1, list(DeviceSelector).atomic()),
  config: field(2, list(DeviceClassConfiguration).atomic()),
  extendedResourceName: field(4, string()).keepEmpty(),
});
export type DeviceClassSpec = TypeOf<typeof DeviceClassSpec>;

export const DeviceClass = defineKind({
  group: "resource.k8s.io",
  version: "v1",
  kind: "DeviceClass",
  definition: "io.k8s.api.resource.v1.DeviceClass",
  names: { plural: "deviceclasses" },
  scope: "Cluster",
  generation: true,
  doc: "A sort of device that claims can ask for.",
  fields: { spec: field(2, DeviceClassSpec).required() },
  columns: nameAndAge,
  returnsDeleted: true,
  validate: validateDeviceClass,
});
export type DeviceClass = ObjectOf<typeof DeviceClass>;
