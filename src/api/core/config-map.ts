import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, bytes, field, map, string } from "../../machinery/schema/builders.ts";

export const ConfigMap = defineKind({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  definition: "io.k8s.api.core.v1.ConfigMap",
  names: { plural: "configmaps", short: ["cm"] },
  scope: "Namespaced",
  doc: "Configuration as keys and values.",
  fields: {
    data: field(2, map(string())),
    binaryData: field(3, map(bytes())),
    immutable: field(4, bool()).keepEmpty(),
  },
});
export type ConfigMap = ObjectOf<typeof ConfigMap>;
