import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, int64, message, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { CrossVersionObjectReferenceV1 } from "./metrics.ts";
import { toV2, toV2AsIs, v1Fields } from "./hpa-conversion.ts";
import type { HorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import { autoscalerColumns } from "./hpa.columns.ts";
import { validateAutoscaler } from "./hpa.validation.ts";

export const HorizontalPodAutoscalerV1Spec = message(
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec",
  {
    scaleTargetRef: field(
      1,
      CrossVersionObjectReferenceV1,
      "What is scaled; it needs the subresource `scale`.",
    ).required(),
    minReplicas: field(2, int32().silentDefault(1), "The fewest pods. Default 1.").keepEmpty(),
    maxReplicas: field(3, int32(), "The most pods it may ask for; not below `minReplicas`.").required(),
    targetCPUUtilizationPercentage: field(
      4,
      int32(),
      "How busy the pods shall be on average, in percent of the CPU they request.",
    ).keepEmpty(),
  },
  { doc: "What an autoscaler wants." },
);
export type HorizontalPodAutoscalerV1Spec = TypeOf<typeof HorizontalPodAutoscalerV1Spec>;

export const HorizontalPodAutoscalerV1Status = message(
  "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus",
  {
    observedGeneration: field(1, int64(), "The generation it has seen.").keepEmpty(),
    lastScaleTime: field(2, time(), "When it last changed the number."),
    currentReplicas: field(3, int32(), "How many pods there are.").required(),
    desiredReplicas: field(4, int32(), "How many pods it asks for.").required(),
    currentCPUUtilizationPercentage: field(
      5,
      int32(),
      "How busy the pods are on average, in percent of the CPU they request.",
    ).keepEmpty(),
  },
  { doc: "What an autoscaler sees and does." },
);
export type HorizontalPodAutoscalerV1Status = TypeOf<typeof HorizontalPodAutoscalerV1Status>;

export const HorizontalPodAutoscalerV1 = defineKind({
  group: "autoscaling",
  version: "v1",
  kind: "HorizontalPodAutoscaler",
  definition: "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler",
  names: { plural: "horizontalpodautoscalers", short: ["hpa"], categories: ["all"] },
  scope: "Namespaced",
  generation: false,
  doc: "Scales a workload so that its CPU use stays near a target.",
  subresources: { ...STATUS },
  storage: { group: "autoscaling", resource: "horizontalpodautoscalers", version: "v2" },
  fields: {
    spec: field(2, HorizontalPodAutoscalerV1Spec, "What is scaled, and between which limits.").required(),
    status: field(3, HorizontalPodAutoscalerV1Status, "What the autoscaler sees and does.").always(),
  },
  convert: {
    toStorage: toV2,
    toStorageAsIs: toV2AsIs,
    fromStorage: (stored) => v1Fields(stored as HorizontalPodAutoscaler),
  },
  columns: autoscalerColumns(toV2),
  validate: (hpa, context) => validateAutoscaler(toV2(hpa), context),
});
export type HorizontalPodAutoscalerV1 = ObjectOf<typeof HorizontalPodAutoscalerV1>;
