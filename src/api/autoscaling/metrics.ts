import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const CrossVersionObjectReferenceV1 = message(
  "io.k8s.api.autoscaling.v1.CrossVersionObjectReference",
  { kind: field(1, string()).required(), name: field(2, string()).required(), apiVersion: field(3, string()) },
  { mapType: "atomic" },
);
export type CrossVersionObjectReferenceV1 = TypeOf<typeof CrossVersionObjectReferenceV1>;

export const MetricTarget = message("io.k8s.api.autoscaling.v2.MetricTarget", {
  type: field(1, string()).required(),
  value: field(2, quantity()),
  averageValue: field(3, quantity()),
  averageUtilization: field(4, int32()).keepEmpty(),
});
export type MetricTarget = TypeOf<typeof MetricTarget>;

export const ContainerResourceMetricSource = message("io.k8s.api.autoscaling.v2.ContainerResourceMetricSource", {
  name: field(1, string()).required(),
  target: field(2, MetricTarget).required(),
  container: field(3, string()).required(),
});
export type ContainerResourceMetricSource = TypeOf<typeof ContainerResourceMetricSource>;

export const MetricValueStatus = message("io.k8s.api.autoscaling.v2.MetricValueStatus", {
  value: field(1, quantity()),
  averageValue: field(2, quantity()),
  averageUtilization: field(3, int32()).keepEmpty(),
});
export type MetricValueStatus = TypeOf<typeof MetricValueStatus>;

export const ContainerResourceMetricStatus = message("io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus", {
  name: field(1, string()).required(),
  current: field(2, MetricValueStatus).required(),
  container: field(3, string()).required(),
});
export type ContainerResourceMetricStatus = TypeOf<typeof ContainerResourceMetricStatus>;

export const CrossVersionObjectReference = message("io.k8s.api.autoscaling.v2.CrossVersionObjectReference", {
  kind: field(1, string()).required(),
  name: field(2, string()).required(),
  apiVersion: field(3, string()),
});
export type CrossVersionObjectReference = TypeOf<typeof CrossVersionObjectReference>;

export const MetricIdentifier = message("io.k8s.api.autoscaling.v2.MetricIdentifier", {
  name: field(1, string()).required(),
  selector: field(2, LabelSelector),
});
export type MetricIdentifier = TypeOf<typeof MetricIdentifier>;

export const ExternalMetricSource = message("io.k8s.api.autoscaling.v2.ExternalMetricSource", {
  metric: field(1, MetricIdentifier).required(),
  target: field(2, MetricTarget).required(),
});
export type ExternalMetricSource = TypeOf<typeof ExternalMetricSource>;

export const ExternalMetricStatus = message("io.k8s.api.autoscaling.v2.ExternalMetricStatus", {
  metric: field(1, MetricIdentifier).required(),
  current: field(2, MetricValueStatus).required(),
});
export type ExternalMetricStatus = TypeOf<typeof ExternalMetricStatus>;

export const ObjectMetricSource = message("io.k8s.api.autoscaling.v2.ObjectMetricSource", {
  describedObject: field(1, CrossVersionObjectReference).required(),
  target: field(2, MetricTarget).required(),
  metric: field(3, MetricIdentifier).required(),
});
export type ObjectMetricSource = TypeOf<typeof ObjectMetricSource>;

export const PodsMetricSource = message("io.k8s.api.autoscaling.v2.PodsMetricSource", {
  metric: field(1, MetricIdentifier).required(),
  target: field(2, MetricTarget).required(),
});
export type PodsMetricSource = TypeOf<typeof PodsMetricSource>;

export const ResourceMetricSource = message("io.k8s.api.autoscaling.v2.ResourceMetricSource", {
  name: field(1, string()).required(),
  target: field(2, MetricTarget).required(),
});
export type ResourceMetricSource = TypeOf<typeof ResourceMetricSource>;

export const MetricSpec = message("io.k8s.api.autoscaling.v2.MetricSpec", {
  type: field(1, string()).required(),
  object: field(2, ObjectMetricSource),
  pods: field(3, PodsMetricSource),
  resource: field(4, ResourceMetricSource),
  external: field(5, ExternalMetricSource),
  containerResource: field(7, ContainerResourceMetricSource),
});
export type MetricSpec = TypeOf<typeof MetricSpec>;

export const ObjectMetricStatus = message("io.k8s.api.autoscaling.v2.ObjectMetricStatus", {
  metric: field(1, MetricIdentifier).required(),
  current: field(2, MetricValueStatus).required(),
  describedObject: field(3, CrossVersionObjectReference).required(),
});
export type ObjectMetricStatus = TypeOf<typeof ObjectMetricStatus>;

export const PodsMetricStatus = message("io.k8s.api.autoscaling.v2.PodsMetricStatus", {
  metric: field(1, MetricIdentifier).required(),
  current: field(2, MetricValueStatus).required(),
});
export type PodsMetricStatus = TypeOf<typeof PodsMetricStatus>;

export const ResourceMetricStatus = message("io.k8s.api.autoscaling.v2.ResourceMetricStatus", {
  name: field(1, string()).required(),
  current: field(2, MetricValueStatus).required(),
});
export type ResourceMetricStatus = TypeOf<typeof ResourceMetricStatus>;

export const MetricStatus = message("io.k8s.api.autoscaling.v2.MetricStatus", {
  type: field(1, string()).required(),
  object: field(2, ObjectMetricStatus),
  pods: field(3, PodsMetricStatus),
  resource: field(4, ResourceMetricStatus),
  external: field(5, ExternalMetricStatus),
  containerResource: field(7, ContainerResourceMetricStatus),
});
export type MetricStatus = TypeOf<typeof MetricStatus>;
