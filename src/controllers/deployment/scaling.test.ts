import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment, ReplicaSet } from "../../api/apps/index.ts";
import { DESIRED_REPLICAS, MAX_REPLICAS, limits } from "./replica-sets.ts";
import { newSetSize, rescale, shrinkOld } from "./scaling.ts";

const deployment = (replicas: number, maxSurge: number | string = "25%", maxUnavailable: number | string = "25%") =>
  ({
    metadata: { name: "web" },
    spec: { replicas, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } },
    status: {},
  }) as unknown as Deployment;

/** `available` of `replicas`; sized last for a Deployment of `desired` with a surge of up to `most`. */
const set = (name: string, replicas: number, available = replicas, desired = 10, most = 13) =>
  ({
    metadata: {
      name,
      creationTimestamp: `2026-01-01T00:00:0${name.length}Z`,
      annotations: { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(most) },
    },
    spec: { replicas },
    status: { replicas, availableReplicas: available },
  }) as unknown as ReplicaSet;

const named = (sizes: ReadonlyMap<ReplicaSet, number>) =>
  Object.fromEntries([...sizes].map(([{ metadata }, size]) => [metadata.name, size]));

for (const { rule, of, surge, unavailable } of [
  { rule: "surge rounds up, unavailable rounds down", of: deployment(10), surge: 3, unavailable: 2 },
  { rule: "both none: one may be missing", of: deployment(3, 0, "10%"), surge: 0, unavailable: 1 },
  { rule: "no more than there are can be missing", of: deployment(2, 0, 5), surge: 0, unavailable: 2 },
]) {
  test(rule, () => assert.deepEqual(limits(of), { surge, unavailable }));
}

for (const { rule, of, fresh, old, size } of [
  { rule: "without old ones the new set is as large as it should be", of: deployment(10), fresh: 0, old: [], size: 10 },
  { rule: "beside old ones it grows by the surge", of: deployment(10), fresh: 0, old: [set("a", 10)], size: 3 },
  { rule: "it waits while there is no room", of: deployment(10), fresh: 3, old: [set("a", 10)], size: 3 },
]) {
  test(rule, () => assert.equal(newSetSize(of, fresh, [...old, set("new", fresh)]), size));
}

for (const { rule, of, fresh, old, sizes } of [
  {
    rule: "old pods go as far as enough stay available",
    of: deployment(10),
    fresh: set("new", 3, 0),
    old: [set("a", 10)],
    sizes: { a: 8 },
  },
  {
    rule: "and further as new ones become available",
    of: deployment(10),
    fresh: set("new", 3, 3),
    old: [set("a", 8)],
    sizes: { a: 5 },
  },
  {
    rule: "those that never ran go first",
    of: deployment(10),
    fresh: set("new", 3, 0),
    old: [set("a", 8), set("bb", 2, 0)],
    sizes: { bb: 0 },
  },
  {
    rule: "none goes when too few are available",
    of: deployment(10),
    fresh: set("new", 5, 0),
    old: [set("a", 8)],
    sizes: {},
  },
]) {
  test(rule, () => assert.deepEqual(named(shrinkOld(of, fresh, old)), sizes));
}

for (const { rule, of, fresh, old, sizes } of [
  {
    rule: "a lone set takes the new size",
    of: deployment(5),
    fresh: set("new", 10),
    old: [set("a", 0)],
    sizes: { new: 5 },
  },
  {
    rule: "two sets share growth in proportion",
    of: deployment(20, 5),
    fresh: set("newer", 5, 5, 10, 15),
    old: [set("a", 10, 10, 10, 15)],
    sizes: { a: 17, newer: 8 },
  },
  {
    rule: "and shrink in proportion",
    of: deployment(5, 0, 1),
    fresh: set("newer", 4, 4, 10, 10),
    old: [set("a", 6, 6, 10, 10)],
    sizes: { a: 3, newer: 2 },
  },
]) {
  test(rule, () => assert.deepEqual(named(rescale(of, fresh, old)), sizes));
}
