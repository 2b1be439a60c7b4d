import type { Column, KubeObject } from "../../machinery/kind.ts";
import { NONE, UNSET, ageColumn, nameColumn } from "../columns.ts";
import type { MetricSpec, MetricStatus } from "./metrics.ts";

export interface AutoscalerParts extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly MetricSpec[];
  };
  readonly status: { readonly currentReplicas?: number; readonly currentMetrics?: readonly MetricStatus[] | null };
}

/** The columns of both versions; `v2` gives an object's v2 form. */
export function autoscalerColumns<T extends KubeObject>(v2: (object: T) => AutoscalerParts): readonly Column<T>[] {
  return [
    nameColumn,
    { name: "Reference", type: "string", value: (hpa) => referenceText(v2(hpa)) },
    { name: "Targets", type: "string", value: (hpa) => targetsText(v2(hpa)) },
    { name: "MinPods", type: "string", value: (hpa) => String(v2(hpa).spec.minReplicas ?? UNSET) },
    { name: "MaxPods", type: "string", value: (hpa) => v2(hpa).spec.maxReplicas },
    { name: "Replicas", type: "string", value: (hpa) => v2(hpa).status.currentReplicas ?? 0 },
    ageColumn,
  ];
}

const referenceText = ({ spec: { scaleTargetRef } }: AutoscalerParts): string =>
  `${scaleTargetRef.kind}/${scaleTargetRef.name}`;

/** At most two metrics, each as `current/target`. */
function targetsText({ spec, status }: AutoscalerParts): string {
  const texts = (spec.metrics ?? []).map((metric, index) => metricText(metric, status.currentMetrics?.[index]));
  if (texts.length === 0) return NONE;
  const shown = texts.slice(0, 2).join(", ");
  return texts.length > 2 ? `${shown} + ${texts.length - 2} more...` : shown;
}

interface Source {
  readonly target: { readonly value?: string; readonly averageValue?: string; readonly averageUtilization?: number };
}

interface Current {
  readonly current: { readonly value?: string; readonly averageValue?: string; readonly averageUtilization?: number };
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  const now = "<unknown>";
  if (metric.type === "Pods" && metric.pods !== undefined) {
    return `${status?.pods?.current.averageValue ?? now}/${metric.pods.target.averageValue ?? ""}`;
  }
  if (metric.type === "Object" && metric.object !== undefined) return valueText(metric.object, status?.object);
  if (metric.type === "External" && metric.external !== undefined) return valueText(metric.external, status?.external);
  const resource = metric.type === "Resource" ? metric.resource : metric.containerResource;
  const current = metric.type === "Resource" ? status?.resource : status?.containerResource;
  return resource === undefined ? "<unknown type>" : `${resource.name}: ${usageText(resource, current)}`;
}

function valueText({ target }: Source, status: Current | undefined): string {
  if (target.averageValue !== undefined)
    return `${status?.current.averageValue ?? "<unknown>"}/${target.averageValue} (avg)`;
  return `${status?.current.value ?? "<unknown>"}/${target.value ?? ""}`;
}

function usageText({ target }: Source, status: Current | undefined): string {
  if (target.averageValue !== undefined) return `${status?.current.averageValue ?? "<unknown>"}/${target.averageValue}`;
  const used = status?.current.averageUtilization;
  return `${used === undefined ? "<unknown>" : `${used}%`}/${target.averageUtilization ?? "<auto>"}%`;
}
