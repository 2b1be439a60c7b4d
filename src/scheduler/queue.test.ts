import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import type { PodState } from "./pod-state.ts";
import { SchedulingQueue } from "./queue.ts";

const pod = (uid: string, priority = 0): PodState => ({ uid, key: `default/${uid}`, priority }) as PodState;

function queue() {
  const clock = new VirtualClock();
  const concerns = (plugin: string, event: string): boolean => plugin === "Fit" && event === "node/add";
  return { clock, queue: new SchedulingQueue({ clock, concerns, wake: () => undefined }) };
}

const taken = (of: SchedulingQueue): string[] => {
  const uids: string[] = [];
  for (let entry = of.take(); entry; entry = of.take()) uids.push(entry.pod.uid);
  return uids;
};

test("the more important pod is tried first, then the older", async () => {
  const { clock, queue: pods } = queue();
  pods.add(pod("old"));
  await clock.advance(10);
  pods.add(pod("young"));
  pods.add(pod("important", 5));
  assert.deepEqual(taken(pods), ["important", "old", "young"]);
});

test("a pod that was removed is not tried", () => {
  const { queue: pods } = queue();
  pods.add(pod("a"));
  pods.remove("a");
  assert.deepEqual(taken(pods), []);
});

for (const { rule, plugins, event, worth = true, tried } of [
  {
    rule: "an event that the rejecting plugin waits for wakes the pod",
    plugins: ["Fit"],
    event: "node/add",
    tried: ["a"],
  },
  { rule: "another event does not", plugins: ["Fit"], event: "pod/add", tried: [] },
  { rule: "nor one that cannot help this pod", plugins: ["Fit"], event: "node/add", worth: false, tried: [] },
  { rule: "where there was no node at all, any event wakes it", plugins: [], event: "pod/add", tried: ["a"] },
] as const) {
  test(rule, async () => {
    const { clock, queue: pods } = queue();
    pods.add(pod("a"));
    pods.rejected(pods.take()!, new Set(plugins));
    await clock.advance(1000);
    pods.happened(event, () => worth);
    assert.deepEqual(taken(pods), tried);
  });
}

test("waits double from one second to ten between tries", async () => {
  const { clock, queue: pods } = queue();
  pods.add(pod("a"));
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    pods.failed(pods.take()!);
    const from = clock.now();
    await clock.runUntil(() => pods.sizes.active === 1, 60_000);
    waits.push(clock.now() - from);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test("a rejected pod is tried again after five minutes, whatever happened", async () => {
  const { clock, queue: pods } = queue();
  pods.add(pod("a"));
  pods.rejected(pods.take()!, new Set(["Fit"]));
  await clock.advance(5 * 60_000 - 1);
  assert.deepEqual(taken(pods), []);
  await clock.advance(1);
  assert.deepEqual(taken(pods), ["a"]);
});
