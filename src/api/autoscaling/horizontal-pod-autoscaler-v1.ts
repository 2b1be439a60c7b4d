import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, int64, message, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { CrossVersionObjectReferenceV1 } from "./metrics.ts";
import { toV2, v1Fields } from "./hpa-conversion.ts";
import type { HorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import { autoscalerColumns } from "./hpa.columns.ts";
import { validateAutoscaler } from "./hpa.validation.ts";

export const HorizontalPodAutoscalerV1Spec = message("io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec", {
  scaleTargetRef: field(1, CrossVersionObjectReferenceV1).required(),
  minReplicas: field(2, int32().silentDefault(1)).keepEmpty(),
  maxReplicas: field(3, int32()).required(),
  targetCPUUtilizationPercentage: field(4, int32()).keepEmpty(),
});
export type HorizontalPodAutoscalerV1Spec = TypeOf<typeof HorizontalPodAutoscalerV1Spec>;

export const HorizontalPodAutoscalerV1Status = message("io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus", {
  observedGeneration: field(1, int64()).keepEmpty(),
  lastScaleTime: field(2, time()),
  currentReplicas: field(3, int32()).required(),
  desiredReplicas: field(4, int32()).required(),
  currentCPUUtilizationPercentage: field(5, int32()).keepEmpty(),
});
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
    spec: field(2, HorizontalPodAutoscalerV1Spec).required(),
    status: field(3, HorizontalPodAutoscalerV1Status).always(),
  },
  convert: {
    toStorage: toV2,
    fromStorage: (stored) => v1Fields(stored as HorizontalPodAutoscaler),
  },
  columns: autoscalerColumns(toV2),
  validate: (hpa, context) => validateAutoscaler(toV2(hpa), context),
});
export type HorizontalPodAutoscalerV1 = ObjectOf<typeof HorizontalPodAutoscalerV1>;
