/**
 * autoscaling/v1 can say one CPU target and nothing else. All that v2 says beyond is carried in annotations, so that
 * an object read as v1 and written back loses nothing.
 */
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { decode } from "../../machinery/schema/decode.ts";
import { annotationsOf, extrasOf } from "./hpa-annotations.ts";
import { withoutCarriers } from "./hpa-round-trip.ts";
import { HorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import type { MetricSpec } from "./metrics.ts";

/** What v1's schema then decodes; the annotations carry the rest. */
export function v1Fields(stored: HorizontalPodAutoscaler): Record<string, unknown> {
  const { metrics = [], behavior, ...spec } = stored.spec;
  const { conditions = [], currentMetrics, ...status } = stored.status;
  const current = currentMetrics ?? [];
  // Only the first CPU metric is a candidate, as it was when there was one.
  const cpu = metrics.find(({ type, resource }) => type === "Resource" && resource?.name === "cpu");
  const used = current.flatMap(({ type, resource }) =>
    type === "Resource" && resource?.name === "cpu" ? (resource.current.averageUtilization ?? []) : [],
  );
  const extras = annotationsOf({
    metrics: metrics.filter((metric) => cpuUtilization(metric) === undefined),
    current,
    conditions,
    behavior,
  });
  const { annotations, ...metadata } = stored.metadata;
  const all = { ...withoutCarriers(annotations), ...extras };
  return {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: Object.keys(all).length === 0 ? metadata : { ...metadata, annotations: all },
    spec: { ...spec, targetCPUUtilizationPercentage: cpu && cpuUtilization(cpu) },
    status: { ...status, currentCPUUtilizationPercentage: used.at(-1) },
  };
}

type V1 = KubeObject & { spec: object; status: object };

export function toV2(object: V1): Draft<HorizontalPodAutoscaler> {
  const draft = toV2AsIs(object);
  HorizontalPodAutoscaler.defaults?.(draft);
  return draft;
}

/** Without v2's defaults. */
export function toV2AsIs(object: V1): Draft<HorizontalPodAutoscaler> {
  const { targetCPUUtilizationPercentage: target, ...spec } = object.spec as Record<string, unknown>;
  const { currentCPUUtilizationPercentage: current, ...status } = object.status as Record<string, unknown>;
  const extras = extrasOf(object.metadata.annotations);
  const cpu = target === undefined ? [] : [cpuMetric({ target: { type: "Utilization", averageUtilization: target } })];
  const currentCpu = current === undefined ? [] : [cpuMetric({ current: { averageUtilization: current } })];
  return decode(HorizontalPodAutoscaler.schema, {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: object.metadata,
    spec: { ...spec, behavior: extras.behavior, metrics: [...(extras.metrics ?? []), ...cpu] },
    status: { ...status, currentMetrics: extras.current ?? currentCpu, conditions: extras.conditions },
  });
}

function cpuMetric(source: object): object {
  return { type: "Resource", resource: { name: "cpu", ...source } };
}

function cpuUtilization({ type, resource }: MetricSpec): number | undefined {
  return type === "Resource" && resource?.name === "cpu" ? resource.target.averageUtilization : undefined;
}
