/**
 * autoscaling/v1 can say one CPU target and nothing else. All that v2 says beyond is carried in annotations, so that
 * an object read as v1 and written back loses nothing.
 */
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { decode } from "../../machinery/schema/decode.ts";
import { HorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import type { MetricSpec } from "./metrics.ts";

const ANNOTATION = "autoscaling.alpha.kubernetes.io/";

interface Extras {
  readonly metrics?: readonly MetricSpec[];
  readonly behavior?: unknown;
  readonly "current-metrics"?: readonly unknown[];
  readonly conditions?: readonly unknown[];
}

/** What v1's schema then decodes; the annotations carry the rest. */
export function v1Fields(stored: HorizontalPodAutoscaler): Record<string, unknown> {
  const { metrics = [], behavior, ...spec } = stored.spec;
  const cpu = metrics.find((metric) => cpuUtilization(metric) !== undefined);
  const { conditions = [], currentMetrics, ...status } = stored.status;
  const current = currentMetrics ?? [];
  const currentCpu = current.find(({ resource }) => resource?.name === "cpu");
  const extras = {
    metrics: metrics.filter((metric) => metric !== cpu),
    behavior,
    "current-metrics": current.filter((metric) => metric !== currentCpu),
    conditions,
  };
  return {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: withAnnotations(stored.metadata, extras),
    spec: { ...spec, targetCPUUtilizationPercentage: cpu && cpuUtilization(cpu) },
    status: { ...status, currentCPUUtilizationPercentage: currentCpu?.resource?.current.averageUtilization },
  };
}

export function toV2(object: KubeObject & { spec: object; status: object }): Draft<HorizontalPodAutoscaler> {
  const { targetCPUUtilizationPercentage: target, ...spec } = object.spec as Record<string, unknown>;
  const { currentCPUUtilizationPercentage: current, ...status } = object.status as Record<string, unknown>;
  const { metadata, extras } = takeAnnotations(object.metadata);
  const cpu = target === undefined ? [] : [cpuMetric({ target: { type: "Utilization", averageUtilization: target } })];
  const currentCpu = current === undefined ? [] : [cpuMetric({ current: { averageUtilization: current } })];
  const metrics = [...cpu, ...(extras.metrics ?? [])];
  const draft = decode(HorizontalPodAutoscaler.schema, {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata,
    spec: { ...spec, behavior: extras.behavior, metrics },
    status: {
      ...status,
      currentMetrics: [...currentCpu, ...(extras["current-metrics"] ?? [])],
      conditions: extras.conditions,
    },
  });
  HorizontalPodAutoscaler.defaults?.(draft);
  return draft;
}

function cpuMetric(source: object): object {
  return { type: "Resource", resource: { name: "cpu", ...source } };
}

function cpuUtilization({ type, resource }: MetricSpec): number | undefined {
  return type === "Resource" && resource?.name === "cpu" ? resource.target.averageUtilization : undefined;
}

function withAnnotations(metadata: KubeObject["metadata"], extras: Extras): object {
  const annotations: Record<string, string> = { ...metadata.annotations };
  for (const [name, value] of Object.entries(extras) as [string, unknown][]) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    annotations[ANNOTATION + name] = JSON.stringify(value);
  }
  return { ...metadata, annotations };
}

function takeAnnotations(metadata: KubeObject["metadata"]): { metadata: object; extras: Extras } {
  const extras: Record<string, unknown> = {};
  const annotations: Record<string, string> = {};
  for (const [key, text] of Object.entries(metadata.annotations ?? {})) {
    const value = key.startsWith(ANNOTATION) ? parsed(text) : undefined;
    if (value === undefined) annotations[key] = text;
    else extras[key.slice(ANNOTATION.length)] = value;
  }
  return { metadata: { ...metadata, annotations }, extras };
}

/** An annotation that somebody else wrote there stays what it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
