/**
 * What autoscaling/v2 says beyond v1, as the annotations of v1 say it: to the letter those of upstream, which has forms of
 * its own for metrics there, and its internal names for the behaviour.
 */
import { compareText, goJson } from "../../machinery/go-text.ts";
import type { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { decode } from "../../machinery/schema/decode.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { goStruct } from "../go-struct.ts";
import {
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
} from "./horizontal-pod-autoscaler.ts";
import { BEHAVIOR, CONDITIONS, CURRENT, METRICS } from "./hpa-round-trip.ts";
import type { Annotations } from "./hpa-round-trip.ts";
import type { HorizontalPodAutoscaler } from "./horizontal-pod-autoscaler.ts";
import type { CrossVersionObjectReference, MetricIdentifier, MetricSpec, MetricStatus } from "./metrics.ts";

type Behavior = HorizontalPodAutoscaler["spec"]["behavior"];
type Conditions = NonNullable<HorizontalPodAutoscaler["status"]["conditions"]>;

export interface Extras {
  readonly metrics: readonly MetricSpec[];
  readonly current: readonly MetricStatus[];
  readonly conditions: Conditions;
  readonly behavior: Behavior;
}

export function annotationsOf({ metrics, current, conditions, behavior }: Extras): Annotations {
  return {
    ...(metrics.length > 0 && { [METRICS]: goJson(metrics.map(specToV1)) }),
    ...(current.length > 0 && { [CURRENT]: goJson(current.map(statusToV1)) }),
    ...(conditions.length > 0 && { [CONDITIONS]: goJson(conditions.map(conditionInOrder)) }),
    ...(behavior && { [BEHAVIOR]: goJson(goStruct(HorizontalPodAutoscalerBehavior as MessageSchema, behavior)) }),
  };
}

/** What the annotations of v1 say; one that cannot be read says nothing. */
export function extrasOf(annotations: Annotations = {}): Partial<Extras> {
  const { metrics, behavior } = readable(HorizontalPodAutoscalerSpec, {
    metrics: () => listIn(annotations[METRICS])?.map((item) => specFromV1((item ?? {}) as V1Spec)),
    behavior: () => behaviorIn(annotations[BEHAVIOR]),
  });
  const { currentMetrics, conditions } = readable(HorizontalPodAutoscalerStatus, {
    currentMetrics: () => listIn(annotations[CURRENT])?.map((item) => statusFromV1((item ?? {}) as V1Status)),
    conditions: () => listIn(annotations[CONDITIONS]),
  });
  return { metrics, behavior, current: currentMetrics, conditions } as Partial<Extras>;
}

/** Fields of a message, each of them only if it can be read as one. */
function readable(schema: MessageSchema, fields: Readonly<Record<string, () => unknown>>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(fields)) {
    try {
      found[name] = (decode(schema, { [name]: read() }) as Record<string, unknown>)[name];
    } catch {
      // As upstream: nobody is told.
    }
  }
  return found;
}

function listIn(text: string | undefined): readonly unknown[] | undefined {
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every((item) => typeof item === "object" && !Array.isArray(item)) ? value : undefined;
}

function behaviorIn(text: string | undefined): unknown {
  const { scaleUp, scaleDown } = withJsonNames(text === undefined ? {} : JSON.parse(text)) as Record<string, unknown>;
  return scaleUp || scaleDown ? { scaleUp, scaleDown } : undefined;
}

interface V1Spec {
  type: string;
  object?: V1Named & { target: CrossVersionObjectReference; targetValue: string; averageValue?: string };
  pods?: V1Named & { targetAverageValue: string };
  resource?: V1Resource;
  containerResource?: V1Resource & { container: string };
  external?: {
    metricName: string;
    metricSelector?: LabelSelector;
    targetValue?: string;
    targetAverageValue?: string;
  };
}

interface V1Named {
  metricName: string;
  selector?: LabelSelector;
}

interface V1Resource {
  name: string;
  targetAverageUtilization?: number;
  targetAverageValue?: string;
}

function specToV1({ type, object, pods, resource, containerResource, external }: MetricSpec): unknown {
  return {
    type,
    object: object && {
      target: referenceInOrder(object.describedObject),
      metricName: object.metric.name,
      targetValue: object.target.value ?? "0",
      selector: selectorOf(object.metric),
      averageValue: object.target.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue ?? "0",
      selector: selectorOf(pods.metric),
    },
    resource: resource && targetToV1(resource),
    containerResource: containerResource && {
      ...targetToV1(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      metricSelector: selectorOf(external.metric),
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    },
  };
}

function targetToV1({ name, target }: NonNullable<MetricSpec["resource"]>): object {
  return { name, targetAverageUtilization: target.averageUtilization, targetAverageValue: target.averageValue };
}

function specFromV1({ type, object, pods, resource, containerResource, external }: V1Spec): MetricSpec {
  return defined({
    type,
    object: object && {
      describedObject: object.target,
      target: defined({
        type: object.averageValue === undefined ? "Value" : "AverageValue",
        value: object.targetValue ?? "0",
        averageValue: object.averageValue,
      }),
      metric: defined({ name: object.metricName, selector: object.selector }),
    },
    pods: pods && {
      metric: defined({ name: pods.metricName, selector: pods.selector }),
      target: { type: "AverageValue", averageValue: pods.targetAverageValue ?? "0" },
    },
    resource: resource && targetFromV1(resource),
    containerResource: containerResource && {
      ...targetFromV1(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: defined({ name: external.metricName, selector: external.metricSelector }),
      target: defined({
        type: external.targetValue === undefined ? "AverageValue" : "Value",
        value: external.targetValue,
        averageValue: external.targetAverageValue,
      }),
    },
  }) as MetricSpec;
}

function targetFromV1({ name, targetAverageUtilization, targetAverageValue }: V1Resource) {
  const type = targetAverageUtilization === undefined ? "AverageValue" : "Utilization";
  const target = { type, averageValue: targetAverageValue, averageUtilization: targetAverageUtilization };
  return { name, target: defined(target) };
}

interface V1Status {
  type: string;
  object?: V1Named & { target: CrossVersionObjectReference; currentValue: string; averageValue?: string };
  pods?: V1Named & { currentAverageValue: string };
  resource?: V1Used;
  containerResource?: V1Used & { container: string };
  external?: {
    metricName: string;
    metricSelector?: LabelSelector;
    currentValue: string;
    currentAverageValue?: string;
  };
}

interface V1Used {
  name: string;
  currentAverageUtilization?: number;
  currentAverageValue: string;
}

function statusToV1({ type, object, pods, resource, containerResource, external }: MetricStatus): unknown {
  return {
    type,
    object: object && {
      target: referenceInOrder(object.describedObject),
      metricName: object.metric.name,
      currentValue: object.current.value ?? "0",
      selector: selectorOf(object.metric),
      averageValue: object.current.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? "0",
      selector: selectorOf(pods.metric),
    },
    resource: resource && usedToV1(resource),
    containerResource: containerResource && { ...usedToV1(containerResource), container: containerResource.container },
    external: external && {
      metricName: external.metric.name,
      metricSelector: selectorOf(external.metric),
      currentValue: external.current.value ?? "0",
      currentAverageValue: external.current.averageValue,
    },
  };
}

function usedToV1({ name, current }: NonNullable<MetricStatus["resource"]>): object {
  const { averageUtilization, averageValue = "0" } = current;
  return { name, currentAverageUtilization: averageUtilization, currentAverageValue: averageValue };
}

function statusFromV1({ type, object, pods, resource, containerResource, external }: V1Status): MetricStatus {
  return defined({
    type,
    object: object && {
      metric: defined({ name: object.metricName, selector: object.selector }),
      current: defined({ value: object.currentValue ?? "0", averageValue: object.averageValue }),
      describedObject: object.target,
    },
    pods: pods && {
      metric: defined({ name: pods.metricName, selector: pods.selector }),
      current: { averageValue: pods.currentAverageValue ?? "0" },
    },
    resource: resource && usedFromV1(resource),
    containerResource: containerResource && {
      ...usedFromV1(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: defined({ name: external.metricName, selector: external.metricSelector }),
      current: defined({ value: external.currentValue ?? "0", averageValue: external.currentAverageValue }),
    },
  }) as MetricStatus;
}

function usedFromV1({ name, currentAverageUtilization, currentAverageValue }: V1Used) {
  return {
    name,
    current: defined({ averageValue: currentAverageValue ?? "0", averageUtilization: currentAverageUtilization }),
  };
}

const referenceInOrder = ({ kind, name, apiVersion }: CrossVersionObjectReference): object => ({
  kind,
  name,
  apiVersion: apiVersion || undefined,
});

function conditionInOrder({ type, status, lastTransitionTime, reason, message, ...rest }: Conditions[number]): object {
  const time = lastTransitionTime ?? null;
  return {
    type,
    status,
    lastTransitionTime: time,
    reason: reason || undefined,
    message: message || undefined,
    ...rest,
  };
}

function selectorOf({ selector }: MetricIdentifier): object | undefined {
  if (selector === undefined) return undefined;
  const { matchLabels, matchExpressions } = selector;
  return {
    matchLabels:
      matchLabels && Object.fromEntries(Object.entries(matchLabels).toSorted(([a], [b]) => compareText(a, b))),
    matchExpressions: matchExpressions?.map(({ key, operator, values }) => ({ key, operator, values })),
  };
}

/** `StabilizationWindowSeconds` becomes `stabilizationWindowSeconds`; what was nil in Go goes. */
function withJsonNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withJsonNames);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key[0]!.toLowerCase() + key.slice(1), withJsonNames(each)]));
}

/** Without the fields that are undefined. */
const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
