import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const CrossVersionObjectReferenceV1 = message(
  "io.k8s.api.autoscaling.v1.CrossVersionObjectReference",
  {
    kind: field(1, string(), "Its kind.").required(),
    name: field(2, string(), "Its name.").required(),
    apiVersion: field(3, string(), "Its group and version."),
  },
  { doc: "An object, by what it is and how it is called.", mapType: "atomic" },
);
export type CrossVersionObjectReferenceV1 = TypeOf<typeof CrossVersionObjectReferenceV1>;

export const MetricTarget = message(
  "io.k8s.api.autoscaling.v2.MetricTarget",
  {
    type: field(1, string(), "`Utilization`, `Value` or `AverageValue`.").required(),
    value: field(2, quantity(), "The value as it is."),
    averageValue: field(3, quantity(), "The value for each pod, on average."),
    averageUtilization: field(
      4,
      int32(),
      "Percent of what the pods request, on average. Only for resources.",
    ).keepEmpty(),
  },
  { doc: "What a figure shall be; the field for its type must be set." },
);
export type MetricTarget = TypeOf<typeof MetricTarget>;

export const ContainerResourceMetricSource = message(
  "io.k8s.api.autoscaling.v2.ContainerResourceMetricSource",
  {
    name: field(1, string(), "`cpu`, `memory` or another resource.").required(),
    target: field(2, MetricTarget, "What is aimed at.").required(),
    container: field(3, string(), "The container's name.").required(),
  },
  { doc: "How much one container of each pod may use." },
);
export type ContainerResourceMetricSource = TypeOf<typeof ContainerResourceMetricSource>;

export const MetricValueStatus = message(
  "io.k8s.api.autoscaling.v2.MetricValueStatus",
  {
    value: field(1, quantity(), "The value as it is."),
    averageValue: field(2, quantity(), "The value for each pod, on average."),
    averageUtilization: field(3, int32(), "Percent of what the pods request, on average.").keepEmpty(),
  },
  { doc: "What a figure is." },
);
export type MetricValueStatus = TypeOf<typeof MetricValueStatus>;

export const ContainerResourceMetricStatus = message(
  "io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus",
  {
    name: field(1, string(), "The resource.").required(),
    current: field(2, MetricValueStatus, "What was measured.").required(),
    container: field(3, string(), "The container's name.").required(),
  },
  { doc: "How much one container of each pod uses." },
);
export type ContainerResourceMetricStatus = TypeOf<typeof ContainerResourceMetricStatus>;

export const CrossVersionObjectReference = message(
  "io.k8s.api.autoscaling.v2.CrossVersionObjectReference",
  {
    kind: field(1, string(), "Its kind.").required(),
    name: field(2, string(), "Its name.").required(),
    apiVersion: field(3, string(), "Its group and version."),
  },
  { doc: "An object, by what it is and how it is called." },
);
export type CrossVersionObjectReference = TypeOf<typeof CrossVersionObjectReference>;

export const MetricIdentifier = message(
  "io.k8s.api.autoscaling.v2.MetricIdentifier",
  {
    name: field(1, string(), "The figure's name.").required(),
    selector: field(2, LabelSelector, "Narrows it by the labels of its series."),
  },
  { doc: "Names a figure." },
);
export type MetricIdentifier = TypeOf<typeof MetricIdentifier>;

export const ExternalMetricSource = message(
  "io.k8s.api.autoscaling.v2.ExternalMetricSource",
  {
    metric: field(1, MetricIdentifier, "Which figure.").required(),
    target: field(2, MetricTarget, "What is aimed at.").required(),
  },
  { doc: "A figure from outside the cluster, such as the length of a queue." },
);
export type ExternalMetricSource = TypeOf<typeof ExternalMetricSource>;

export const ExternalMetricStatus = message(
  "io.k8s.api.autoscaling.v2.ExternalMetricStatus",
  {
    metric: field(1, MetricIdentifier, "Which figure.").required(),
    current: field(2, MetricValueStatus, "What was measured.").required(),
  },
  { doc: "What a figure from outside the cluster is now." },
);
export type ExternalMetricStatus = TypeOf<typeof ExternalMetricStatus>;

export const ObjectMetricSource = message(
  "io.k8s.api.autoscaling.v2.ObjectMetricSource",
  {
    describedObject: field(1, CrossVersionObjectReference, "The object.").required(),
    target: field(2, MetricTarget, "What is aimed at.").required(),
    metric: field(3, MetricIdentifier, "Which figure.").required(),
  },
  { doc: "A figure of one object, such as the requests of an Ingress." },
);
export type ObjectMetricSource = TypeOf<typeof ObjectMetricSource>;

export const PodsMetricSource = message(
  "io.k8s.api.autoscaling.v2.PodsMetricSource",
  {
    metric: field(1, MetricIdentifier, "Which figure.").required(),
    target: field(2, MetricTarget, "What is aimed at; only an average value.").required(),
  },
  { doc: "A figure that each pod has." },
);
export type PodsMetricSource = TypeOf<typeof PodsMetricSource>;

export const ResourceMetricSource = message(
  "io.k8s.api.autoscaling.v2.ResourceMetricSource",
  {
    name: field(1, string(), "`cpu`, `memory` or another resource.").required(),
    target: field(2, MetricTarget, "What is aimed at.").required(),
  },
  { doc: "How much each pod may use of a resource." },
);
export type ResourceMetricSource = TypeOf<typeof ResourceMetricSource>;

export const MetricSpec = message(
  "io.k8s.api.autoscaling.v2.MetricSpec",
  {
    type: field(1, string(), "`Resource`, `ContainerResource`, `Pods`, `Object` or `External`.").required(),
    object: field(2, ObjectMetricSource, "For the type `Object`: a figure of one object in the cluster."),
    pods: field(3, PodsMetricSource, "For the type `Pods`: a figure that each pod has, taken on average."),
    resource: field(4, ResourceMetricSource, "For the type `Resource`: what each pod uses, of what it requests."),
    external: field(5, ExternalMetricSource, "For the type `External`: a figure from outside the cluster."),
    containerResource: field(
      7,
      ContainerResourceMetricSource,
      "For the type `ContainerResource`: what one container of each pod uses.",
    ),
  },
  { doc: "One figure to scale by; the field for its type must be set." },
);
export type MetricSpec = TypeOf<typeof MetricSpec>;

export const ObjectMetricStatus = message(
  "io.k8s.api.autoscaling.v2.ObjectMetricStatus",
  {
    metric: field(1, MetricIdentifier, "Which figure.").required(),
    current: field(2, MetricValueStatus, "What was measured.").required(),
    describedObject: field(3, CrossVersionObjectReference, "The object.").required(),
  },
  { doc: "What a figure of one object is now." },
);
export type ObjectMetricStatus = TypeOf<typeof ObjectMetricStatus>;

export const PodsMetricStatus = message(
  "io.k8s.api.autoscaling.v2.PodsMetricStatus",
  {
    metric: field(1, MetricIdentifier, "Which figure.").required(),
    current: field(2, MetricValueStatus, "What was measured.").required(),
  },
  { doc: "What the pods' figure is now." },
);
export type PodsMetricStatus = TypeOf<typeof PodsMetricStatus>;

export const ResourceMetricStatus = message(
  "io.k8s.api.autoscaling.v2.ResourceMetricStatus",
  {
    name: field(1, string(), "The resource.").required(),
    current: field(2, MetricValueStatus, "What was measured.").required(),
  },
  { doc: "How much the pods use of a resource." },
);
export type ResourceMetricStatus = TypeOf<typeof ResourceMetricStatus>;

export const MetricStatus = message(
  "io.k8s.api.autoscaling.v2.MetricStatus",
  {
    type: field(1, string(), "Which of the fields is set.").required(),
    object: field(2, ObjectMetricStatus, "Of the type `Object`."),
    pods: field(3, PodsMetricStatus, "Of the type `Pods`."),
    resource: field(4, ResourceMetricStatus, "Of the type `Resource`."),
    external: field(5, ExternalMetricStatus, "Of the type `External`."),
    containerResource: field(7, ContainerResourceMetricStatus, "Of the type `ContainerResource`."),
  },
  { doc: "One figure as last read; the field for its type is set." },
);
export type MetricStatus = TypeOf<typeof MetricStatus>;
