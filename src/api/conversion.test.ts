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
