import assert from "node:assert/strict";
import { test } from "node:test";
import { uuid } from "../../src/machinery/random.ts";
import { systemClock, systemRandom } from "./system-clock.ts";

test("a timer runs once and not before its time; a cancelled one never", async () => {
  const began = systemClock.now();
  let cancelled = false;
  const cancel = systemClock.after(1, () => (cancelled = true));
  cancel();
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  assert.ok(systemClock.now() - began >= 4);
  assert.equal(cancelled, false);
});

test("a wait longer than the platform's timers does not fire at once", async () => {
  let fired = false;
  const cancel = systemClock.after(2 ** 40, () => (fired = true));
  await new Promise<void>((resolve) => systemClock.after(3, resolve));
  cancel();
  assert.equal(fired, false);
});

test("random bytes differ and identifiers are version 4", () => {
  const seen = new Set(Array.from({ length: 1000 }, () => uuid(systemRandom)));
  assert.equal(seen.size, 1000);
  for (const id of seen) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(systemRandom.bytes(5000).length, 5000);
  const value = systemRandom.next();
  assert.ok(value >= 0 && value < 1);
});
