import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, bytes, field, map, string } from "../../machinery/schema/builders.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validateConfigMap, validateConfigMapUpdate } from "./config-map.validation.ts";

export const ConfigMap = defineKind({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  definition: "io.k8s.api.core.v1.ConfigMap",
  names: { plural: "configmaps", short: ["cm"] },
  scope: "Namespaced",
  doc: "Configuration as keys and values, which pods read as files or environment variables.",
  fields: {
    data: field(
      2,
      map(string()),
      "Values in UTF-8, by key. Keys have letters, digits, dashes, underscores and dots, and may not also be in `binaryData`.",
    ),
    binaryData: field(
      3,
      map(bytes()),
      "Values that are not UTF-8, in base64, by key. Keys are as in `data`, and may not also be there.",
    ),
    immutable: field(
      4,
      bool(),
      "When true the data cannot change any more, nor can this be taken back: only deleted. Saves the kubelets watching it.",
    ).keepEmpty(),
  },
  columns: [
    nameColumn,
    {
      name: "Data",
      type: "string",
      doc: "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
      value: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn,
  ],
  metadataOnUpdate: ["change", "whole"],
  changesFirst: true,
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
});
export type ConfigMap = ObjectOf<typeof ConfigMap>;
