import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import type { ContainerStats, Image } from "../runtime.ts";
import { container, podOf } from "../testing/node.ts";
import { DEFAULT_THRESHOLDS, PressureWatch, choose, pressureOf } from "./eviction.ts";
import { toCollect } from "./image-collector.ts";

const MIB = 2 ** 20;
const usage = (memory: number, disk: number, inodes: number) => ({
  at: 0,
  cpuNanoSeconds: 0,
  memoryAvailableBytes: memory * MIB,
  memoryWorkingSetBytes: 0,
  memoryRssBytes: 0,
  pids: 1,
  disk: { capacityBytes: 100, availableBytes: disk, inodes: 100, inodesFree: inodes },
});

for (const { rule, memory, disk, inodes, want } of [
  {
    rule: "a roomy node is under no pressure",
    memory: 200,
    disk: 50,
    inodes: 50,
    want: { memory: false, disk: false },
  },
  {
    rule: "less than 100 MiB of memory is pressure",
    memory: 99,
    disk: 50,
    inodes: 50,
    want: { memory: true, disk: false },
  },
  {
    rule: "less than a tenth of the disk is pressure",
    memory: 200,
    disk: 9,
    inodes: 50,
    want: { memory: false, disk: true },
  },
  {
    rule: "less than a twentieth of the inodes is pressure",
    memory: 200,
    disk: 50,
    inodes: 4,
    want: { memory: false, disk: true },
  },
]) {
  test(rule, () => assert.deepEqual(pressureOf(usage(memory, disk, inodes), DEFAULT_THRESHOLDS), want));
}

function pod(name: string, requestMiB: number, priority = 0): Pod {
  const made = podOf(name, {
    priority,
    containers: [container("main", { resources: requestMiB > 0 ? { requests: { memory: `${requestMiB}Mi` } } : {} })],
  }) as Pod;
  return { ...made, metadata: { ...made.metadata, uid: name } };
}

const uses = (name: string, mebibytes: number): ContainerStats => ({
  id: name,
  metadata: { name: "main", attempt: 0 },
  labels: { "io.kubernetes.pod.uid": name, "io.kubernetes.container.name": "main" },
  timestamp: 0,
  memory: { workingSetBytes: mebibytes * MIB },
});

for (const { rule, pods, stats, want } of [
  {
    rule: "who uses more than it asked for goes first",
    pods: [pod("a", 500, 0), pod("b", 100, 5)],
    stats: [uses("a", 400), uses("b", 200)],
    want: "b",
  },
  {
    rule: "of those the less important one",
    pods: [pod("a", 0, 10), pod("b", 0, 1)],
    stats: [uses("a", 400), uses("b", 200)],
    want: "b",
  },
  {
    rule: "of those the one furthest above its request",
    pods: [pod("a", 300), pod("b", 100)],
    stats: [uses("a", 400), uses("b", 300)],
    want: "b",
  },
  { rule: "critical pods stay", pods: [pod("a", 0, 2_000_001_000)], stats: [uses("a", 400)], want: undefined },
]) {
  test(rule, () => assert.equal(choose("memory", pods, stats, "100Mi", 5 * MIB)?.pod.metadata.name, want));
}

test("the evicted pod is told what the node lacked and what it used", () => {
  assert.equal(
    choose("memory", [pod("a", 0)], [uses("a", 400)], "100Mi", 5 * MIB)?.message,
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 5120Ki. Container main was using 409600Ki, request is 0, has larger consumption of memory. ",
  );
});

test("a container within its request is not blamed", () => {
  assert.equal(
    choose("memory", [pod("a", 500)], [uses("a", 400)], "100Mi", 5 * MIB)?.message,
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 5120Ki. ",
  );
});

test("pressure is told at once, and its end five minutes after it was seen last", () => {
  const watch = new PressureWatch(DEFAULT_THRESHOLDS);
  const told = (memory: number, seconds: number) => watch.observe(usage(memory, 50, 50), seconds * 1000).memory;
  const rows = [
    [200, 0],
    [99, 10],
    [200, 20],
    [99, 30],
    [200, 329],
    [200, 330],
  ] as const;
  assert.deepEqual(
    rows.map(([memory, at]) => told(memory, at)),
    [false, true, true, true, true, false],
  );
});

test("unused images go in the order of their last use, young ones not at all unless the disk is full", () => {
  const image = (id: string): Image => ({ id, repoTags: [], repoDigests: [], size: 1, pinned: false });
  const seen = new Map([
    ["old", { first: 0, used: 10 }],
    ["older", { first: 0, used: 5 }],
    ["young", { first: 990_000, used: 0 }],
  ]);
  const ids = (emergency: boolean): string[] =>
    toCollect([image("young"), image("old"), image("older")], seen, 1_000_000, emergency).map(({ id }) => id);
  assert.deepEqual(ids(false), ["older", "old"]);
  assert.deepEqual(ids(true), ["young", "older", "old"]);
});
