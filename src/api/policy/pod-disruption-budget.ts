import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { Condition } from "../../machinery/meta/condition.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, int64, intOrString, list, map, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { validatePodDisruptionBudget } from "./pod-disruption-budget.validation.ts";

export const PodDisruptionBudgetSpec = message(
  "io.k8s.api.policy.v1.PodDisruptionBudgetSpec",
  {
    minAvailable: field(
      1,
      intOrString(),
      "How many must be healthy, a number or a share; or `maxUnavailable`.",
    ).keepEmpty(),
    selector: field(2, LabelSelector, "The pods it is about. Empty: all of the namespace.").patch("replace"),
    maxUnavailable: field(
      3,
      intOrString(),
      "How many may be missing, a number or a share; or `minAvailable`.",
    ).keepEmpty(),
    unhealthyPodEvictionPolicy: field(
      4,
      string().enum("AlwaysAllow", "IfHealthyBudget"),
      "Whether pods that run and are not ready may go: `IfHealthyBudget` (the default), only where enough others are healthy, or `AlwaysAllow`.",
    ).keepEmpty(),
  },
  { doc: "How many of some pods evictions must leave." },
);
export type PodDisruptionBudgetSpec = TypeOf<typeof PodDisruptionBudgetSpec>;

export const PodDisruptionBudgetStatus = message(
  "io.k8s.api.policy.v1.PodDisruptionBudgetStatus",
  {
    observedGeneration: field(1, int64(), "The generation the controller has seen; evictions wait for the newest."),
    disruptedPods: field(2, map(time()), "Pods whose eviction was allowed and is not seen yet, with when that was."),
    disruptionsAllowed: field(3, int32(), "How many evictions would be allowed now.").always(),
    currentHealthy: field(4, int32(), "Pods that are healthy.").always(),
    desiredHealthy: field(5, int32(), "How many must be.").always(),
    expectedPods: field(6, int32(), "Pods that the budget counts.").always(),
    conditions: field(7, list(Condition).mapKey("type").patch("merge", "type"), "States such as `DisruptionAllowed`."),
  },
  { doc: "How many pods may go now." },
);
export type PodDisruptionBudgetStatus = TypeOf<typeof PodDisruptionBudgetStatus>;

export const PodDisruptionBudget = defineKind({
  group: "policy",
  version: "v1",
  kind: "PodDisruptionBudget",
  definition: "io.k8s.api.policy.v1.PodDisruptionBudget",
  names: { plural: "poddisruptionbudgets", short: ["pdb"] },
  scope: "Namespaced",
  doc: "How many of a set of pods may be down at a time by choice.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, PodDisruptionBudgetSpec, "How many pods must stay.").always(),
    status: field(3, PodDisruptionBudgetStatus, "How many may go now.").always(),
  },
  columns: [
    nameColumn,
    {
      name: "Min Available",
      type: "string",
      doc: "The minimum number of pods that must be available.",
      value: ({ spec }) => String(spec.minAvailable ?? "N/A"),
    },
    {
      name: "Max Unavailable",
      type: "string",
      doc: "The maximum number of pods that may be unavailable.",
      value: ({ spec }) => String(spec.maxUnavailable ?? "N/A"),
    },
    {
      name: "Allowed Disruptions",
      type: "integer",
      doc: "Calculated number of pods that may be disrupted at this time.",
      value: ({ status }) => status.disruptionsAllowed,
    },
    ageColumn,
  ],
  allowUnconditionalUpdate: false,
  metadataApart: true,
  metadataOnUpdate: () => [],
  validate: validatePodDisruptionBudget,
});
export type PodDisruptionBudget = ObjectOf<typeof PodDisruptionBudget>;
