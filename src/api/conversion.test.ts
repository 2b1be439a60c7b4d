import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { EventsV1Event, HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from "./index.ts";
import { Event } from "./core/event.ts";

const target = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };

test("a v1 autoscaler's CPU target is a metric of v2, and comes back", () => {
  const v1 = decodeObject(HorizontalPodAutoscalerV1, {
    apiVersion: "autoscaling/v1",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h" },
    spec: { scaleTargetRef: target, maxReplicas: 5, targetCPUUtilizationPercentage: 70 },
  });
  const stored = HorizontalPodAutoscalerV1.convert!.toStorage(v1);
  const resource = { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } };
  assert.deepEqual((stored as HorizontalPodAutoscaler).spec.metrics, [{ type: "Resource", resource }]);
  assert.deepEqual(HorizontalPodAutoscalerV1.convert!.fromStorage(stored), v1);
});

test("what v1 cannot say is carried through it", () => {
  const v2 = decodeObject(HorizontalPodAutoscaler, {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "h", annotations: { mine: "x" } },
    spec: {
      scaleTargetRef: target,
      maxReplicas: 5,
      metrics: [
        { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    },
  });
  const v1 = HorizontalPodAutoscalerV1.convert!.fromStorage(v2);
  assert.equal(v1.spec.targetCPUUtilizationPercentage, undefined);
  assert.deepEqual(HorizontalPodAutoscalerV1.convert!.toStorage(v1), v2);
});

test("annotations of v1 say what upstream's say, to the letter", () => {
  const v2 = decodeObject(HorizontalPodAutoscaler, {
    metadata: { name: "h" },
    spec: {
      scaleTargetRef: target,
      maxReplicas: 5,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
        {
          type: "ContainerResource",
          containerResource: { name: "cpu", container: "c", target: { type: "AverageValue", averageValue: "100m" } },
        },
        {
          type: "Object",
          object: {
            describedObject: { name: "i", kind: "Ingress" },
            target: { type: "Value", value: "10k" },
            metric: { name: "r", selector: { matchLabels: { b: "2", a: "1" } } },
          },
        },
        { type: "Pods", pods: { target: { type: "AverageValue", averageValue: "1k" }, metric: { name: "p" } } },
        { type: "External", external: { metric: { name: "q" }, target: { type: "AverageValue", averageValue: "5" } } },
      ],
      behavior: { scaleUp: { policies: [{ periodSeconds: 10, type: "Pods", value: 1 }], selectPolicy: "Max" } },
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 2,
      currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 40 } } }],
      conditions: [{ status: "True", type: "AbleToScale", message: "m", lastTransitionTime: "2024-01-01T00:00:00Z" }],
    },
  });
  const v1 = HorizontalPodAutoscalerV1.convert!.fromStorage(v2);
  assert.equal(v1.spec.targetCPUUtilizationPercentage, 70);
  assert.equal(v1.status.currentCPUUtilizationPercentage, 40);
  const rules =
    '"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":10}],"Tolerance":null';
  const down =
    '{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}';
  assert.deepEqual(v1.metadata.annotations, {
    "autoscaling.alpha.kubernetes.io/metrics": `[${[
      '{"type":"ContainerResource","containerResource":{"name":"cpu","targetAverageValue":"100m","container":"c"}}',
      '{"type":"Object","object":{"target":{"kind":"Ingress","name":"i"},"metricName":"r","targetValue":"10k","selector":{"matchLabels":{"a":"1","b":"2"}}}}',
      '{"type":"Pods","pods":{"metricName":"p","targetAverageValue":"1k"}}',
      '{"type":"External","external":{"metricName":"q","targetAverageValue":"5"}}',
    ].join(",")}]`,
    "autoscaling.alpha.kubernetes.io/current-metrics":
      '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":40,"currentAverageValue":"0"}}]',
    "autoscaling.alpha.kubernetes.io/conditions":
      '[{"type":"AbleToScale","status":"True","lastTransitionTime":"2024-01-01T00:00:00Z","message":"m"}]',
    "autoscaling.alpha.kubernetes.io/behavior": `{"ScaleUp":{${rules}},"ScaleDown":${down}}`,
  });
  const back = HorizontalPodAutoscalerV1.convert!.toStorage(v1) as HorizontalPodAutoscaler;
  const { metrics = [] } = v2.spec as HorizontalPodAutoscaler["spec"];
  assert.deepEqual(back.spec.metrics, [...metrics.slice(1), metrics[0]], "the CPU target comes last");
  assert.deepEqual(back.spec.behavior?.scaleUp?.policies, [{ type: "Pods", value: 1, periodSeconds: 10 }]);
  assert.equal(back.metadata.annotations, undefined);
});

const CARRIER = "autoscaling.alpha.kubernetes.io/";
const scaler = { apiVersion: "autoscaling/v1", kind: "HorizontalPodAutoscaler" };
const limits = { scaleTargetRef: { kind: "Deployment", name: "w" }, maxReplicas: 3 };
for (const [name, text, spec] of [
  ["metrics", "nope", {}],
  ["metrics", '{"type":"Pods"}', {}],
  ["metrics", '[{"type":5}]', {}],
  ["metrics", "[]", {}],
  ["behavior", "{}", {}],
  ["behavior", '{"ScaleUp":[]}', {}],
  ["behavior", "[1]", {}],
  ["current-metrics", "[5]", {}],
  ["conditions", "null", {}],
  ["scale-up-tolerance", "1", {}],
  [
    "metrics",
    '[{"type":"Pods","pods":{"metricName":"p"}}]',
    {
      metrics: [{ type: "Pods", pods: { metric: { name: "p" }, target: { type: "AverageValue", averageValue: "0" } } }],
    },
  ],
] as const) {
  test(`what somebody wrote himself where v1 carries its ${name} is read or dropped: ${text}`, () => {
    const annotations = { [CARRIER + name]: text, other: "v" };
    const v1 = decodeObject(HorizontalPodAutoscalerV1, {
      ...scaler,
      metadata: { name: "a", annotations },
      spec: limits,
    });
    const stored = HorizontalPodAutoscalerV1.convert!.toStorage(v1) as HorizontalPodAutoscaler;
    const plain = decodeObject(HorizontalPodAutoscaler, { metadata: { name: "a" }, spec: { ...limits, ...spec } });
    assert.deepEqual(stored.metadata.annotations, { other: "v" });
    assert.deepEqual([stored.spec, stored.status], [plain.spec, plain.status]);
  });
}

test("v2 has no use for what carries it through v1", () => {
  const annotations = { [`${CARRIER}metrics`]: "[]", [`${CARRIER}behavior`]: "{}" };
  const one = { ...scaler, apiVersion: "autoscaling/v2", spec: limits };
  const both = decodeObject(HorizontalPodAutoscaler, { ...one, metadata: { annotations: { ...annotations, a: "b" } } });
  assert.deepEqual(both.metadata.annotations, { a: "b" });
  const { metadata } = decodeObject(HorizontalPodAutoscaler, { ...one, metadata: { name: "a", annotations } });
  assert.equal("annotations" in metadata, false);
});

test("an event has two faces", () => {
  const stored = decodeObject(Event, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "e", namespace: "n" },
    involvedObject: { kind: "Pod", name: "p" },
    message: "it started",
    source: { component: "kubelet" },
    count: 2,
  });
  const newer = EventsV1Event.convert!.fromStorage(stored);
  assert.deepEqual(newer, {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: "e", namespace: "n" },
    eventTime: null,
    regarding: { kind: "Pod", name: "p" },
    note: "it started",
    deprecatedSource: { component: "kubelet" },
    deprecatedCount: 2,
    deprecatedFirstTimestamp: null,
    deprecatedLastTimestamp: null,
  });
  assert.deepEqual(EventsV1Event.convert!.toStorage(newer), stored);
});
