import { HorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import { HorizontalPodAutoscalerV1 } from "./horizontal-pod-autoscaler-v1.ts";
import { Scale } from "./scale.ts";

export * from "./horizontal-pod-autoscaler.ts";
export * from "./horizontal-pod-autoscaler-v1.ts";
export * from "./metrics.ts";
export * from "./scale.ts";

export const autoscalingKinds = [HorizontalPodAutoscaler, HorizontalPodAutoscalerV1, Scale] as const;
