import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { WorkQueue } from "./work-queue.ts";

test("a key that is added twice waits once", () => {
  const queue = new WorkQueue<string>(new VirtualClock());
  queue.add("a");
  queue.add("a");
  assert.equal(queue.take(), "a");
  assert.equal(queue.take(), undefined);
});

test("a key added while it is worked on waits again only when that is done", () => {
  const queue = new WorkQueue<string>(new VirtualClock());
  queue.add("a");
  queue.take();
  queue.add("a");
  assert.equal(queue.take(), undefined);
  queue.done("a");
  assert.equal(queue.take(), "a");
});

test("of two delays of a key the earlier one counts", async () => {
  const clock = new VirtualClock(0);
  const queue = new WorkQueue<string>(clock);
  const ready: number[] = [];
  queue.onReady(() => ready.push(clock.now()));
  queue.addAfter("a", 100);
  queue.addAfter("a", 30);
  queue.addAfter("a", 60);
  await clock.advance(1000);
  assert.deepEqual(ready, [30]);
});

test("a failing key waits twice as long each time, until it is forgotten", async () => {
  const clock = new VirtualClock(0);
  const queue = new WorkQueue<string>(clock, { maximumBackOff: 15 });
  const waits: number[] = [];
  const fail = async (): Promise<void> => {
    const began = clock.now();
    queue.addRateLimited("a");
    await clock.runUntil(() => queue.length === 1);
    waits.push(clock.now() - began);
    queue.take();
    queue.done("a");
  };
  for (let i = 0; i < 4; i++) await fail();
  queue.forget("a");
  await fail();
  assert.deepEqual(waits, [5, 10, 15, 15, 5]);
});

test("a stopped queue takes nothing and leaves no timer", () => {
  const clock = new VirtualClock(0);
  const queue = new WorkQueue<string>(clock);
  queue.addAfter("a", 10);
  queue.stop();
  queue.add("b");
  assert.equal(queue.take(), undefined);
  assert.equal(clock.pending, 0);
});
