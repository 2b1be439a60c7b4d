import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int32, string } from "../../machinery/schema/builders.ts";
import { ageColumn, nameColumn } from "../columns.ts";

export const PriorityClass = defineKind({
  group: "scheduling.k8s.io",
  version: "v1",
  kind: "PriorityClass",
  definition: "io.k8s.api.scheduling.v1.PriorityClass",
  names: { plural: "priorityclasses", short: ["pc"] },
  scope: "Cluster",
  generation: true,
  doc: "A name for the importance of pods.",
  fields: {
    value: field(2, int32()).always(),
    globalDefault: field(3, bool()),
    description: field(4, string()),
    preemptionPolicy: field(
      5,
      string().enum("Never", "PreemptLowerPriority").silentDefault("PreemptLowerPriority"),
    ).keepEmpty(),
  },
  columns: [
    nameColumn,
    { name: "Value", type: "integer", value: ({ value }) => value },
    { name: "Global-Default", type: "boolean", value: ({ globalDefault }) => globalDefault ?? false },
    ageColumn,
    { name: "PreemptionPolicy", type: "string", value: ({ preemptionPolicy }) => preemptionPolicy },
  ],
});
export type PriorityClass = ObjectOf<typeof PriorityClass>;
