import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, int64, list, message, quantity, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { CrossVersionObjectReference, MetricSpec, MetricStatus } from "./metrics.ts";
import type { Draft } from "../../machinery/kind.ts";
import { autoscalerColumns } from "./hpa.columns.ts";
import type { AutoscalerParts } from "./hpa.columns.ts";
import { validateAutoscaler } from "./hpa.validation.ts";

export const HPAScalingPolicy = message("io.k8s.api.autoscaling.v2.HPAScalingPolicy", {
  type: field(1, string()).required(),
  value: field(2, int32()).required(),
  periodSeconds: field(3, int32()).required(),
});
export type HPAScalingPolicy = TypeOf<typeof HPAScalingPolicy>;

export const HPAScalingRules = message("io.k8s.api.autoscaling.v2.HPAScalingRules", {
  selectPolicy: field(1, string()).keepEmpty(),
  policies: field(2, list(HPAScalingPolicy).atomic()),
  stabilizationWindowSeconds: field(3, int32()).keepEmpty(),
  tolerance: field(4, quantity()),
});
export type HPAScalingRules = TypeOf<typeof HPAScalingRules>;

export const HorizontalPodAutoscalerBehavior = message("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior", {
  scaleUp: field(1, HPAScalingRules),
  scaleDown: field(2, HPAScalingRules),
});
export type HorizontalPodAutoscalerBehavior = TypeOf<typeof HorizontalPodAutoscalerBehavior>;

export const HorizontalPodAutoscalerCondition = message("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastTransitionTime: field(3, time()).orNull(),
  reason: field(4, string()),
  message: field(5, string()),
});
export type HorizontalPodAutoscalerCondition = TypeOf<typeof HorizontalPodAutoscalerCondition>;

export const HorizontalPodAutoscalerSpec = message("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec", {
  scaleTargetRef: field(1, CrossVersionObjectReference).required(),
  minReplicas: field(2, int32().silentDefault(1)).keepEmpty(),
  maxReplicas: field(3, int32()).required(),
  metrics: field(4, list(MetricSpec).atomic()),
  behavior: field(5, HorizontalPodAutoscalerBehavior),
});
export type HorizontalPodAutoscalerSpec = TypeOf<typeof HorizontalPodAutoscalerSpec>;

export const HorizontalPodAutoscalerStatus = message("io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus", {
  observedGeneration: field(1, int64()).keepEmpty(),
  lastScaleTime: field(2, time()),
  currentReplicas: field(3, int32()),
  desiredReplicas: field(4, int32()).required(),
  currentMetrics: field(5, list(MetricStatus).atomic()).orNull(),
  conditions: field(6, list(HorizontalPodAutoscalerCondition).mapKey("type").patch("merge", "type")),
});
export type HorizontalPodAutoscalerStatus = TypeOf<typeof HorizontalPodAutoscalerStatus>;

export const HorizontalPodAutoscaler = defineKind({
  group: "autoscaling",
  version: "v2",
  kind: "HorizontalPodAutoscaler",
  definition: "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
  names: { plural: "horizontalpodautoscalers", short: ["hpa"], categories: ["all"] },
  scope: "Namespaced",
  generation: false,
  doc: "Scales a workload so that its metrics stay near their targets.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, HorizontalPodAutoscalerSpec).required(),
    status: field(3, HorizontalPodAutoscalerStatus).always(),
  },
  defaults({ spec }) {
    if (spec.metrics === undefined) spec.metrics = [cpuMetric()];
    if (spec.behavior !== undefined) defaultBehavior(spec.behavior);
  },
  columns: autoscalerColumns<AutoscalerParts>((hpa) => hpa),
  validate: validateAutoscaler,
});
export type HorizontalPodAutoscaler = ObjectOf<typeof HorizontalPodAutoscaler>;

/** Without metrics: CPU at 80% of what is requested. */
function cpuMetric(): Draft<MetricSpec> {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } };
}

function defaultBehavior(behavior: Draft<HorizontalPodAutoscalerBehavior>): void {
  behavior.scaleUp = {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
    ...behavior.scaleUp,
  };
  const down = [{ type: "Percent", value: 100, periodSeconds: 15 }];
  behavior.scaleDown = { selectPolicy: "Max", policies: down, ...behavior.scaleDown };
}
