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

for (const [rule, step] of [
  ["back", -3_600_000],
  ["forth", 3_600_000],
] as const) {
  test(`a clock that is set ${rule} changes nobody's patience`, async () => {
    const clock = new VirtualClock();
    let set = 0;
    const turns = new Turns({ now: () => clock.now() + set, after: (time, action) => clock.after(time, action) });
    await turns.take("a");
    const gone: string[] = [];
    void turns.take("a").then(() => gone.push("first"));
    await clock.advance(5);
    set = step;
    void turns.take("a").then(() => gone.push("second"));
    await clock.advance(10);
    assert.deepEqual(gone, []);
    await clock.advance(5);
    assert.deepEqual(gone, ["first", "second"]);
  });
}
