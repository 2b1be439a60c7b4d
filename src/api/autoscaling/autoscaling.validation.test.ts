import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { HorizontalPodAutoscaler } from "./index.ts";

const scaleTargetRef = { kind: "Deployment", name: "a", apiVersion: "apps/v1" };
const scaled = (spec: object): object => ({ spec: { scaleTargetRef, maxReplicas: 5, ...spec } });
const measured = (metric: object): object => scaled({ metrics: [metric] });
const target = { type: "Value", value: "1" };
const object = (more: object): object =>
  measured({
    type: "Object",
    object: { describedObject: { kind: "Ingress", name: "a" }, metric: { name: "m" }, target, ...more },
  });
const container = (more: object): object => ({
  type: "ContainerResource",
  containerResource: { name: "cpu", container: "c", target: { type: "AverageValue", averageValue: "1" }, ...more },
});
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

for (const [rule, hpa, ...says] of [
  ["is right", scaled({})],
  [
    "scales what has a group",
    scaled({ scaleTargetRef: { ...scaleTargetRef, apiVersion: "v1" } }),
    'spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group',
  ],
  [
    "scales a controller of the core group by any version",
    scaled({ scaleTargetRef: { kind: "ReplicationController", name: "a" } }),
  ],
  [
    "scales what has one group",
    scaled({ scaleTargetRef: { ...scaleTargetRef, apiVersion: "a/b/c" } }),
    'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ],
  ["measures an object of no group", object({ describedObject: { kind: "Pod", name: "a", apiVersion: "v1" } })],
  [
    "measures an object of one group",
    object({ describedObject: { kind: "Pod", name: "a", apiVersion: "a/b/c" } }),
    'spec.metrics[0].object.describedObject.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ],
  [
    "measures what has a name",
    object({ metric: { name: "" } }),
    "spec.metrics[0].object.metric.name: Required value: must specify a metric name",
  ],
  ["asks for figures with any selector", object({ metric: { name: "m", selector: { matchLabels: { a: "-" } } } })],
  [
    "has a figure for pods, above zero",
    measured({ type: "Pods", pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "0" } } }),
    'spec.metrics[0].pods.target.averageValue: Invalid value: "0": must be positive',
  ],
  [
    "has a figure for pods",
    measured({ type: "Pods", pods: { metric: { name: "m" }, target } }),
    "spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue",
  ],
  [
    "measures what a container has, of a container",
    measured(container({ name: "nvidia", container: "C" })),
    'spec.metrics[0].containerResource.name: Invalid value: "nvidia": must be a standard resource type or fully qualified',
    'spec.metrics[0].containerResource.name: Invalid value: "nvidia": must be a standard resource for containers',
    `spec.metrics[0].containerResource.container: Invalid value: "C": ${LABEL}`,
  ],
  [
    "tolerates no less than nothing",
    scaled({ behavior: { scaleUp: { tolerance: "-1", policies: [{ type: "Pods", value: 1, periodSeconds: 1 }] } } }),
    'spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0',
  ],
] as const) {
  test(`an autoscaler ${rule}`, () => assert.deepEqual(saidOfNew(HorizontalPodAutoscaler, hpa), says));
}

test("an autoscaler that scales to zero may go on with it, by a figure from outside", () => {
  const zero = (spec: object): object => ({ spec: { ...(object({}) as { spec: object }).spec, ...spec } });
  const idle = zero({ minReplicas: 0 });
  assert.deepEqual(saidOfNew(HorizontalPodAutoscaler, idle), [
    "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
  ]);
  assert.deepEqual(saidOfChange(HorizontalPodAutoscaler, idle, zero({ minReplicas: 0, maxReplicas: 9 })), []);
  assert.deepEqual(saidOfChange(HorizontalPodAutoscaler, idle, zero({ minReplicas: -1 })), [
    "spec.minReplicas: Invalid value: -1: must be greater than or equal to 0",
  ]);
});
