import type { Column, KubeObject } from "../../machinery/kind.ts";
import { NONE, UNKNOWN, UNSET, ageColumn, nameColumn } from "../columns.ts";
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
    {
      name: "Reference",
      type: "string",
      doc: "scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.",
      value: (hpa) => referenceText(v2(hpa)),
    },
    {
      name: "Targets",
      type: "string",
      doc: "metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.",
      value: (hpa) => targetsText(v2(hpa)),
    },
    {
      name: "MinPods",
      type: "string",
      doc: "minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.",
      value: (hpa) => String(v2(hpa).spec.minReplicas ?? UNSET),
    },
    {
      name: "MaxPods",
      type: "string",
      doc: "maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.",
      value: (hpa) => v2(hpa).spec.maxReplicas,
    },
    {
      name: "Replicas",
      type: "string",
      doc: "currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.",
      value: (hpa) => v2(hpa).status.currentReplicas ?? 0,
    },
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
  if (metric.type === "Pods" && metric.pods !== undefined) {
    return `${amount(status?.pods, "averageValue")}/${metric.pods.target.averageValue ?? NIL}`;
  }
  if (metric.type === "Object" && metric.object !== undefined) return valueText(metric.object, status?.object);
  if (metric.type === "External" && metric.external !== undefined) return valueText(metric.external, status?.external);
  const resource = metric.type === "Resource" ? metric.resource : metric.containerResource;
  const current = metric.type === "Resource" ? status?.resource : status?.containerResource;
  return resource === undefined ? "<unknown type>" : `${resource.name}: ${usageText(resource, current)}`;
}

function valueText({ target }: Source, status: Current | undefined): string {
  if (target.averageValue === undefined) return `${amount(status, "value")}/${target.value ?? NIL}`;
  return `${status?.current.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
}

function usageText({ target }: Source, status: Current | undefined): string {
  if (target.averageValue !== undefined) return `${amount(status, "averageValue")}/${target.averageValue}`;
  return `${percent(status?.current.averageUtilization) ?? UNKNOWN}/${percent(target.averageUtilization) ?? "<auto>"}`;
}

/** How Go shows a quantity that is not there, which upstream does not look for in a metric that was measured. */
const NIL = "<nil>";

const amount = (status: Current | undefined, name: "value" | "averageValue"): string =>
  status === undefined ? UNKNOWN : (status.current[name] ?? NIL);

const percent = (share: number | undefined): string | undefined => (share === undefined ? undefined : `${share}%`);
