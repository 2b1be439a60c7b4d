import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { PriorityClass } from "./priority-class.ts";

for (const [rule, object, ...says] of [
  ["is of users", { value: 1_000_000_000 }],
  [
    "is below those of the system",
    { value: 1_000_000_001, preemptionPolicy: "Sometimes" },
    "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
    'preemptionPolicy: Unsupported value: "Sometimes": supported values: "PreemptLowerPriority", "Never"',
  ],
  [
    "has no name of the system's",
    { metadata: { name: "system-x" }, value: 1 },
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
  ],
  [
    "has the value of its name",
    { metadata: { name: "system-node-critical" }, value: 1 },
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be 2000001000",
  ],
] as const) {
  test(`a PriorityClass ${rule}`, () => assert.deepEqual(saidOfNew(PriorityClass, object), says));
}

test("of a changed PriorityClass only what must stay is looked at", () => {
  const high = { value: 2_000_000_000, preemptionPolicy: "Sometimes" };
  assert.deepEqual(saidOfChange(PriorityClass, high, { ...high, description: "x" }), []);
  assert.deepEqual(saidOfChange(PriorityClass, high, { value: 1, preemptionPolicy: "Never" }), [
    "value: Forbidden: may not be changed in an update.",
    'preemptionPolicy: Invalid value: "Never": field is immutable',
  ]);
});
