import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, PodSpec } from "./index.ts";
import { matchesNode } from "./node-matching.ts";

const node = { metadata: { name: "a", labels: { disk: "ssd", size: "12" } } } as unknown as Node;
const required = (...nodeSelectorTerms: object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const label = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

for (const { rule, spec, holds } of [
  { rule: "a pod without wishes goes anywhere", spec: {}, holds: true },
  { rule: "a selector's labels must all be there", spec: { nodeSelector: { disk: "ssd", zone: "x" } }, holds: false },
  { rule: "a selector that matches", spec: { nodeSelector: { disk: "ssd" } }, holds: true },
  { rule: "In", spec: required(label("disk", "In", "hdd", "ssd")), holds: true },
  { rule: "NotIn holds where the label is missing", spec: required(label("zone", "NotIn", "x")), holds: true },
  { rule: "Exists", spec: required(label("zone", "Exists")), holds: false },
  { rule: "Exists of a name that all objects have", spec: required(label("constructor", "Exists")), holds: false },
  { rule: "DoesNotExist", spec: required(label("zone", "DoesNotExist")), holds: true },
  { rule: "Gt compares whole numbers, not texts", spec: required(label("size", "Gt", "9")), holds: true },
  { rule: "Lt of what is no number", spec: required(label("disk", "Lt", "9")), holds: false },
  { rule: "terms are alternatives", spec: required(label("zone", "Exists"), label("disk", "Exists")), holds: true },
  { rule: "an empty term matches nothing", spec: required({}), holds: false },
  {
    rule: "a term may name the node",
    spec: required({ matchFields: [{ key: "metadata.name", operator: "In", values: ["a"] }] }),
    holds: true,
  },
  {
    rule: "other fields are unknown",
    spec: required({ matchFields: [{ key: "metadata.uid", operator: "Exists" }] }),
    holds: false,
  },
]) {
  test(`node matching: ${rule}`, () => assert.equal(matchesNode(spec as unknown as PodSpec, node), holds));
}
