import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, int64, list, message, quantity, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { conditionFields } from "../conditions.ts";
import { CrossVersionObjectReference, MetricSpec, MetricStatus } from "./metrics.ts";
import type { Draft } from "../../machinery/kind.ts";
import { autoscalerColumns } from "./hpa.columns.ts";
import type { AutoscalerParts } from "./hpa.columns.ts";
import { withoutCarriers } from "./hpa-round-trip.ts";
import { validateAutoscaler } from "./hpa.validation.ts";

export const HPAScalingPolicy = message(
  "io.k8s.api.autoscaling.v2.HPAScalingPolicy",
  {
    type: field(1, string(), "What is counted: `Pods` or `Percent`.").required(),
    value: field(2, int32(), "How much, more than 0.").required(),
    periodSeconds: field(3, int32(), "The time, 1 to 1800 seconds.").required(),
  },
  { doc: "How much the number may change within some time." },
);
export type HPAScalingPolicy = TypeOf<typeof HPAScalingPolicy>;

export const HPAScalingRules = message(
  "io.k8s.api.autoscaling.v2.HPAScalingRules",
  {
    selectPolicy: field(
      1,
      string(),
      "`Max` (the default) takes the policy that allows most, `Min` the one that allows least, `Disabled` allows nothing.",
    ).keepEmpty(),
    policies: field(
      2,
      list(HPAScalingPolicy).atomic(),
      "Limits; which of them counts is said by `selectPolicy`.",
    ).keepEmpty(),
    stabilizationWindowSeconds: field(
      3,
      int32(),
      "For how long back the gentlest recommendation counts, 0 to 3600. Default: 0 up, 300 down.",
    ).keepEmpty(),
    tolerance: field(
      4,
      quantity(),
      "How far the figure may be off before anything is done, as a share. Default: the cluster's, 0.1.",
    ),
  },
  { doc: "How fast the number may change in one direction." },
);
export type HPAScalingRules = TypeOf<typeof HPAScalingRules>;

export const HorizontalPodAutoscalerBehavior = message(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior",
  {
    scaleUp: field(
      1,
      HPAScalingRules,
      "Upwards. Default: by 4 pods or to twice as many every 15 seconds, whichever is more.",
    ),
    scaleDown: field(2, HPAScalingRules, "Downwards. Default: to the lowest recommendation of the last 300 seconds."),
  },
  { doc: "How fast the number may change." },
);
export type HorizontalPodAutoscalerBehavior = TypeOf<typeof HorizontalPodAutoscalerBehavior>;

export const HorizontalPodAutoscalerCondition = message(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition",
  conditionFields,
  { doc: "One thing that is true or not of the object now, and since when." },
);
export type HorizontalPodAutoscalerCondition = TypeOf<typeof HorizontalPodAutoscalerCondition>;

export const HorizontalPodAutoscalerSpec = message(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec",
  {
    scaleTargetRef: field(
      1,
      CrossVersionObjectReference,
      "What is scaled; it needs the subresource `scale`.",
    ).required(),
    minReplicas: field(2, int32().silentDefault(1), "The fewest pods. Default 1.").keepEmpty(),
    maxReplicas: field(3, int32(), "The most pods it may ask for; not below `minReplicas`.").required(),
    metrics: field(
      4,
      list(MetricSpec).atomic(),
      "Figures to go by; the one that asks for most pods counts. Default: 80 % of the requested CPU.",
    ),
    behavior: field(5, HorizontalPodAutoscalerBehavior, "How fast the number may change."),
  },
  { doc: "What an autoscaler wants." },
);
export type HorizontalPodAutoscalerSpec = TypeOf<typeof HorizontalPodAutoscalerSpec>;

export const HorizontalPodAutoscalerStatus = message(
  "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus",
  {
    observedGeneration: field(1, int64(), "The generation it has seen.").keepEmpty(),
    lastScaleTime: field(2, time(), "When it last changed the number."),
    currentReplicas: field(3, int32(), "How many pods there are."),
    desiredReplicas: field(4, int32(), "How many pods it asks for.").required(),
    currentMetrics: field(5, list(MetricStatus).atomic(), "The figures as last read.").orNull(),
    conditions: field(
      6,
      list(HorizontalPodAutoscalerCondition).mapKey("type").patch("merge", "type"),
      "States such as `AbleToScale`, `ScalingActive` and `ScalingLimited`.",
    ),
  },
  { doc: "What an autoscaler sees and does." },
);
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
    spec: field(
      2,
      HorizontalPodAutoscalerSpec,
      "What is scaled, by which figures, and between which limits.",
    ).required(),
    status: field(3, HorizontalPodAutoscalerStatus, "What the autoscaler sees and does.").always(),
  },
  defaults({ metadata, spec }) {
    const annotations = withoutCarriers(metadata.annotations);
    if (annotations === undefined) delete metadata.annotations;
    else metadata.annotations = annotations;
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
