import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { LimitRange } from "./limit-range.ts";
import { Node } from "./node.ts";

const FEATURE =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

for (const [rule, node, ...says] of [
  [
    "has whole and no negative amounts",
    { status: { capacity: { cpu: "-1", pods: "1.5" } } },
    'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
    'status.capacity.pods: Invalid value: "1500m": must be an integer',
    'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
    'status.allocatable.pods: Invalid value: "1500m": must be an integer',
  ],
  [
    "has swap space or says nothing of it",
    { status: { nodeInfo: { swap: { capacity: 0 } } } },
    "metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero",
  ],
  ["declares its features in order", { status: { declaredFeatures: ["A", "A/b", "B"] } }],
  [
    "declares features once, by name",
    { status: { declaredFeatures: ["b", "A", "A"] } },
    `status.declaredFeatures[0]: Invalid value: "b": invalid feature name "b": ${FEATURE}`,
    'status.declaredFeatures[2]: Duplicate value: "A"',
    'status.declaredFeatures: Invalid value: ["b","A","A"]: list must be sorted alphabetically',
  ],
] as const) {
  test(`a node ${rule}`, () => assert.deepEqual(saidOfNew(Node, node), says));
}

const ranges = (...podCIDRs: string[]): object => ({ spec: { podCIDRs } });
const MOVED = 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid';

for (const [rule, before, node, ...says] of [
  [
    "is told of each range that changes",
    ranges("10.0.0.0/24", "fd00::/64"),
    ranges("10.0.1.0/24", "fd01::/64"),
    MOVED,
    MOVED,
  ],
  ["is told once of ranges that come or go", ranges("10.0.0.0/24", "fd00::/64"), ranges("10.0.1.0/24"), MOVED],
  ["may be told which machine it is", { spec: { providerID: "" } }, { spec: { providerID: "a" } }],
  [
    "is judged twice where it has taints",
    {},
    { spec: { taints: [{ key: "a", effect: "Never" }] } },
    ...Array.from(
      { length: 2 },
      () =>
        'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ),
  ],
] as const) {
  test(`a node that changes ${rule}`, () => assert.deepEqual(saidOfChange(Node, before, node), says));
}

for (const [rule, limit, ...says] of [
  ["may be of any amount", { type: "Container", max: { cpu: "-1", "example.com/gpu": "1.5" } }],
  [
    "knows equal amounts by their worth",
    { type: "Container", default: { "example.com/gpu": "1k" }, defaultRequest: { "example.com/gpu": "1000" } },
  ],
  ["may say that a pod has no defaults", { type: "Pod", default: {}, defaultRequest: {} }],
] as const) {
  test(`a limit ${rule}`, () => assert.deepEqual(saidOfNew(LimitRange, { spec: { limits: [limit] } }), says));
}
