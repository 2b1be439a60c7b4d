import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Taint, Toleration } from "../../api/core/index.ts";
import { NOW } from "../testing/objects.ts";
import { tolerates } from "../../api/core/tolerations.ts";
import { leavesAt, taintsFor } from "./taints.ts";

const node = (conditions: Readonly<Record<string, string>>, spec: object = {}) =>
  ({
    metadata: { name: "n" },
    spec,
    status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
  }) as unknown as Node;
const said = (taints: readonly Taint[]) => taints.map(({ key, effect }) => `${key.split("/").pop()}:${effect}`);

for (const { rule, of, evict = false, taints } of [
  { rule: "a healthy node has none", of: node({ Ready: "True" }), taints: [] },
  {
    rule: "a node that is not ready takes no new pods",
    of: node({ Ready: "False" }),
    taints: ["not-ready:NoSchedule"],
  },
  { rule: "an unknown node counts as unreachable", of: node({ Ready: "Unknown" }), taints: ["unreachable:NoSchedule"] },
  {
    rule: "one that is to be emptied gets NoExecute too",
    of: node({ Ready: "Unknown" }),
    evict: true,
    taints: ["unreachable:NoSchedule", "unreachable:NoExecute"],
  },
  {
    rule: "pressure is a taint",
    of: node({ Ready: "True", DiskPressure: "True" }),
    taints: ["disk-pressure:NoSchedule"],
  },
  {
    rule: "cordoned is a taint",
    of: node({ Ready: "True" }, { unschedulable: true }),
    taints: ["unschedulable:NoSchedule"],
  },
  {
    rule: "others' taints stay, ours that no longer hold go",
    of: node(
      { Ready: "True" },
      {
        taints: [
          { key: "mine", effect: "NoExecute" },
          { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
        ],
      },
    ),
    taints: ["mine:NoExecute"],
  },
]) {
  test(rule, () => assert.deepEqual(said(taintsFor(of, evict, NOW)), taints));
}

const taint: Taint = { key: "k", value: "v", effect: "NoExecute", timeAdded: "2026-01-01T00:00:00Z" };

for (const { rule, toleration, holds } of [
  { rule: "equal key and value", toleration: { key: "k", value: "v" }, holds: true },
  { rule: "another value", toleration: { key: "k", value: "w" }, holds: false },
  { rule: "Exists needs no value", toleration: { key: "k", operator: "Exists" }, holds: true },
  { rule: "Exists without a key is everything", toleration: { operator: "Exists" }, holds: true },
  { rule: "another effect", toleration: { key: "k", operator: "Exists", effect: "NoSchedule" }, holds: false },
]) {
  test(`tolerates: ${rule}`, () => assert.equal(tolerates(toleration as Toleration, taint), holds));
}

for (const { rule, tolerations, leaves } of [
  { rule: "at once without a toleration", tolerations: [], leaves: -Infinity },
  { rule: "never with one that has no limit", tolerations: [{ key: "k", operator: "Exists" }], leaves: undefined },
  {
    rule: "when the first one that fits is over",
    tolerations: [
      { key: "other", operator: "Exists" },
      { key: "k", operator: "Exists", tolerationSeconds: 300 },
      { key: "k", value: "v", tolerationSeconds: 30 },
    ],
    leaves: NOW + 300_000,
  },
]) {
  test(`leaves ${rule}`, () => assert.equal(leavesAt(tolerations as Toleration[], [taint], NOW), leaves));
}
