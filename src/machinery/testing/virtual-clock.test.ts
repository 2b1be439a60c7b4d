import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../clock.ts";
import { SeededRandom } from "./seeded-random.ts";
import { VirtualClock } from "./virtual-clock.ts";

test("timers run by due time, then by the order they were set", async () => {
  const clock = new VirtualClock(0);
  const ran: string[] = [];
  clock.after(20, () => ran.push(`late@${clock.now()}`));
  clock.after(10, () => ran.push(`first@${clock.now()}`));
  clock.after(10, () => ran.push(`second@${clock.now()}`));
  clock.after(-5, () => ran.push(`now@${clock.now()}`));
  await clock.advance(15);
  assert.deepEqual(ran, ["now@0", "first@10", "second@10"]);
  assert.equal(clock.now(), 15);
  assert.equal(clock.next, 20);
});

test("a cancelled timer does not run, and cancelling twice is harmless", async () => {
  const clock = new VirtualClock(0);
  let ran = 0;
  const cancel = clock.after(1, () => ran++);
  clock.after(2, () => ran++);
  cancel();
  cancel();
  assert.equal(clock.pending, 1);
  await clock.advance(5);
  assert.equal(ran, 1);
  assert.equal(clock.pending, 0);
});

test("what a timer wakes may sleep again within the same advance", async () => {
  const clock = new VirtualClock(0);
  const seen: number[] = [];
  const loop = (async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 10);
      seen.push(clock.now());
    }
  })();
  await clock.advance(100);
  await loop;
  assert.deepEqual(seen, [10, 20, 30]);
});

test("runUntil jumps from timer to timer and stops at the condition", async () => {
  const clock = new VirtualClock(0);
  let count = 0;
  const tick = (): void => {
    count++;
    clock.after(60_000, tick);
  };
  clock.after(60_000, tick);
  await clock.runUntil(() => count === 5);
  assert.equal(clock.now(), 300_000);
});

test("runUntil rejects when nothing can change any more, and at its limit", async () => {
  const clock = new VirtualClock(0);
  await assert.rejects(
    clock.runUntil(() => false),
    /no timer is left/,
  );
  clock.after(1000, () => {});
  await assert.rejects(
    clock.runUntil(() => false, 500),
    /after 500 ms/,
  );
});

test("many timers in random order come out sorted", async () => {
  const clock = new VirtualClock(0);
  const random = new SeededRandom(7);
  const seen: number[] = [];
  for (let i = 0; i < 500; i++) clock.after(Math.floor(random.next() * 100), () => seen.push(clock.now()));
  await clock.advance(100);
  assert.equal(seen.length, 500);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
});

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number): number[] => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 5 }, () => random.next());
  };
  assert.deepEqual(draw(3), draw(3));
  assert.notDeepEqual(draw(3), draw(4));
  for (const value of draw(3)) assert.ok(value >= 0 && value < 1);
  assert.deepEqual(new SeededRandom(9).bytes(8), new SeededRandom(9).bytes(8));
});
