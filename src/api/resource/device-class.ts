import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { embedded, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { DeviceSelector, OpaqueDeviceConfiguration } from "./device.ts";
import { nameAndAge } from "../columns.ts";
import { validateDeviceClass } from "./resource.validation.ts";

export const DeviceClassConfiguration = message(
  "io.k8s.api.resource.v1.DeviceClassConfiguration",
  {
    ...embedded(1, { opaque: field(1, OpaqueDeviceConfiguration, "Settings that only the driver understands.") }),
  },
  { doc: "Settings that come with a class." },
);
export type DeviceClassConfiguration = TypeOf<typeof DeviceClassConfiguration>;

export const DeviceClassSpec = message(
  "io.k8s.api.resource.v1.DeviceClassSpec",
  {
    selectors: field(1, list(DeviceSelector).atomic(), "Which devices are in it; all must say yes."),
    config: field(2, list(DeviceClassConfiguration).atomic(), "Settings for every claim of the class."),
    extendedResourceName: field(
      4,
      string(),
      "A resource name, such as `example.com/gpu`, by which pods can ask for the class in their requests.",
    ).keepEmpty(),
  },
  { doc: "What a class of devices is." },
);
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
  fields: { spec: field(2, DeviceClassSpec, "Which devices are in the class, and their settings.").required() },
  columns: nameAndAge,
  returnsDeleted: true,
  metadataOnUpdate: ["change", "whole"],
  validate: validateDeviceClass,
});
export type DeviceClass = ObjectOf<typeof DeviceClass>;
