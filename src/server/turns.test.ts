import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { Turns } from "./turns.ts";

const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await undefined;
};

test("writers of one key go one after the other, of different keys side by side", async () => {
  const turns = new Turns(new VirtualClock());
  const order: string[] = [];
  const endFirst = await turns.take("a");
  void turns.take("a").then(() => order.push("second"));
  void turns.take("b").then(() => order.push("other"));
  await settle();
  assert.deepEqual(order, ["other"]);
  endFirst();
  await settle();
  assert.deepEqual(order, ["other", "second"]);
});

test("nobody waits longer than his patience", async () => {
  const clock = new VirtualClock();
  const turns = new Turns(clock);
  await turns.take("a");
  let gone = false;
  void turns.take("a").then(() => (gone = true));
  await clock.advance(19);
  assert.equal(gone, false);
  await clock.advance(1);
  assert.equal(gone, true);
});

test("a turn that was given back leaves nothing behind it", async () => {
  const clock = new VirtualClock();
  const turns = new Turns(clock);
  (await turns.take("a"))();
  await turns.take("a");
  assert.equal(clock.pending, 0);
});
