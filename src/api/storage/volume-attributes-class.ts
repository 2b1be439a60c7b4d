import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, map, string } from "../../machinery/schema/builders.ts";
import { ageColumn, nameOrDefault } from "../columns.ts";
import { validateVolumeAttributesClass, validateVolumeAttributesClassUpdate } from "./storage.validation.ts";

export const VolumeAttributesClass = defineKind({
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttributesClass",
  definition: "io.k8s.api.storage.v1.VolumeAttributesClass",
  names: { plural: "volumeattributesclasses", short: ["vac"] },
  scope: "Cluster",
  doc: "Mutable settings for volumes of a driver.",
  fields: {
    driverName: field(2, string(), "The driver. Cannot be changed.").required(),
    parameters: field(3, map(string()), "Settings for the volume, such as its speed. Cannot be changed; at most 512."),
  },
  columns: [
    nameOrDefault(["volumeattributesclass.alpha.kubernetes.io/is-default-class"]),
    {
      name: "DriverName",
      type: "string",
      doc: "Name of the CSI driver This field is immutable.",
      value: ({ driverName }) => driverName,
    },
    ageColumn,
  ],
  returnsDeleted: true,
  metadataOnUpdate: ["change", "whole"],
  changesFirst: true,
  validate: validateVolumeAttributesClass,
  validateUpdate: validateVolumeAttributesClassUpdate,
});
export type VolumeAttributesClass = ObjectOf<typeof VolumeAttributesClass>;
