import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int32, string } from "../../machinery/schema/builders.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { SYSTEM_CLASSES, validatePriorityClass, validatePriorityClassUpdate } from "./priority-class.validation.ts";

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
    value: field(2, int32(), "The priority; higher goes first. Cannot be changed.").always(),
    globalDefault: field(3, bool(), "True: for pods that name no class. One class at most should say so."),
    description: field(4, string(), "When to use it, for people."),
    preemptionPolicy: field(
      5,
      string().enum("Never", "PreemptLowerPriority").silentDefault("PreemptLowerPriority"),
      "`PreemptLowerPriority` (the default), or `Never`: its pods wait and drive none away.",
    ).keepEmpty(),
  },
  columns: [
    nameColumn,
    {
      name: "Value",
      type: "integer",
      doc: "value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.",
      value: ({ value }) => value,
    },
    {
      name: "Global-Default",
      type: "boolean",
      doc: "globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.",
      value: ({ globalDefault }) => globalDefault ?? false,
    },
    ageColumn,
    {
      name: "PreemptionPolicy",
      type: "string",
      doc: "preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.",
      value: ({ preemptionPolicy }) => preemptionPolicy ?? "PreemptLowerPriority",
    },
  ],
  refuseDelete: (name) =>
    SYSTEM_CLASSES.has(name) ? "this is a system priority class and cannot be deleted" : undefined,
  validate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
});
export type PriorityClass = ObjectOf<typeof PriorityClass>;
