import assert from "node:assert/strict";
import { test } from "node:test";
import { changedFields, headlines } from "./fields.ts";

const pod = (rest: object) => ({ apiVersion: "v1", kind: "Pod", metadata: {}, ...rest });
const containers = (...images: string[]) => images.map((image, i) => ({ name: `c${i}`, image }));

const rows: { rule: string; before: object; after: object; fields: object[]; more?: number }[] = [
  {
    rule: "says nothing of what is the same",
    before: pod({ spec: { a: 1 } }),
    after: pod({ spec: { a: 1 } }),
    fields: [],
  },
  {
    rule: "tells a value before and after",
    before: pod({ spec: { replicas: 3 } }),
    after: pod({ spec: { replicas: 5 } }),
    fields: [{ path: "spec.replicas", from: "3", to: "5" }],
  },
  {
    rule: "tells what came and what went",
    before: pod({ spec: { old: true } }),
    after: pod({ spec: { nodeName: "a" } }),
    fields: [
      { path: "spec.old", from: "true" },
      { path: "spec.nodeName", to: '"a"' },
    ],
  },
  {
    rule: "knows list items by their names, whatever their order",
    before: pod({ spec: { containers: containers("x:1", "y:1") } }),
    after: pod({ spec: { containers: containers("x:1", "y:2").toReversed() } }),
    fields: [{ path: "spec.containers[c1].image", from: '"y:1"', to: '"y:2"' }],
  },
  {
    rule: "tells a list without names as a whole",
    before: pod({ spec: { args: ["a"] } }),
    after: pod({ spec: { args: ["a", "b"] } }),
    fields: [{ path: "spec.args", from: '["a"]', to: '["a","b"]' }],
  },
  {
    rule: "tells new conditions field by field, without their times",
    before: pod({ status: {} }),
    after: pod({ status: { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "x" }] } }),
    fields: [{ path: "status.conditions[Ready].status", to: '"True"' }],
  },
  {
    rule: "tells why a container waits",
    before: pod({}),
    after: pod({ status: { containerStatuses: [{ name: "a", state: { waiting: { reason: "ErrImagePull" } } }] } }),
    fields: [
      { path: "status", to: '{"containerStatuses":[{"name":"a","state":{"waiting":{"reason":"ErrImagePull"}}}]}' },
    ],
  },
  {
    rule: "puts spec before status before metadata",
    before: { metadata: { generation: 1 }, status: { a: 1 }, spec: { b: 1 } },
    after: { metadata: { generation: 2 }, status: { a: 2 }, spec: { b: 2 } },
    fields: [
      { path: "spec.b", from: "1", to: "2" },
      { path: "status.a", from: "1", to: "2" },
      { path: "metadata.generation", from: "1", to: "2" },
    ],
  },
  {
    rule: "leaves out what changes with everything",
    before: { metadata: { resourceVersion: "1", managedFields: [] }, status: { observedGeneration: 1 } },
    after: { metadata: { resourceVersion: "2", managedFields: [{}] }, status: { observedGeneration: 2 } },
    fields: [],
  },
  {
    rule: "never tells what is in a Secret, nor in its annotations",
    before: { kind: "Secret", metadata: {}, data: { password: "b2xk" } },
    after: { kind: "Secret", metadata: { annotations: { copy: "password" } }, data: { password: "bmV3" } },
    fields: [
      { path: "metadata.annotations", to: "(hidden)" },
      { path: "data", to: "(hidden)" },
    ],
  },
  {
    rule: "cuts long values",
    before: pod({ spec: { text: "" } }),
    after: pod({ spec: { text: "x".repeat(1000) } }),
    fields: [{ path: "spec.text", from: '""', to: `"${"x".repeat(118)}…` }],
  },
  {
    rule: "counts what is too much",
    before: pod({ spec: {} }),
    after: pod({ spec: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, i])) }),
    fields: Array.from({ length: 24 }, (_, i) => ({ path: `spec.f${i}`, to: String(i) })),
    more: 6,
  },
  {
    rule: "takes a state that is a word for a value",
    before: { status: { state: "Pending" } },
    after: { status: { state: "Ready" } },
    fields: [{ path: "status.state", from: '"Pending"', to: '"Ready"' }],
  },
];

for (const { rule, before, after, fields, more = 0 } of rows) {
  test(rule, () => assert.deepEqual(changedFields(before, after), { fields, more }));
}

test("a new workload is known by its replicas and images", () => {
  const template = { spec: { containers: [{ name: "web", image: "nginx:1" }] } };
  assert.deepEqual(headlines({ spec: { replicas: 2, template } }), [
    { path: "spec.replicas", to: "2" },
    { path: "spec.template.spec.containers[web].image", to: '"nginx:1"' },
  ]);
  assert.deepEqual(headlines({ data: {} }), []);
});
