import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, bytes, field, map, string } from "../../machinery/schema/builders.ts";

export const Secret = defineKind({
  group: "",
  version: "v1",
  kind: "Secret",
  definition: "io.k8s.api.core.v1.Secret",
  names: { plural: "secrets" },
  scope: "Namespaced",
  doc: "Confidential data as keys and values.",
  fields: {
    data: field(2, map(bytes())),
    type: field(3, string()),
    stringData: field(4, map(string())),
    immutable: field(5, bool()).keepEmpty(),
  },
});
export type Secret = ObjectOf<typeof Secret>;
