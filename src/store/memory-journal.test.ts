import assert from "node:assert/strict";
import { test } from "node:test";
import { journalContract } from "./journal.contract.ts";
import { memoryJournal } from "./memory-journal.ts";

journalContract("memory", { create: async () => memoryJournal() });

test("writers that answer one another let timers have their turn, and lose nothing", () => {
  let now = 0;
  const timers: (() => void)[] = [];
  const clock = { now: () => now, after: (_: number, action: () => void) => (timers.push(action), () => {}) };
  const journal = memoryJournal(clock);
  const durable: number[] = [];
  const write = (revision: number): void => journal.append({ revision, committed: 0, record: undefined, rows: [] });
  journal.start({ durable: (revision) => durable.push(revision), failed: assert.fail });
  write(2);
  now = 50;
  write(3);
  assert.deepEqual(durable, [2, 3], "no longer than that");
  now = 51;
  write(4);
  write(5);
  assert.deepEqual(durable, [2, 3], "what comes now waits");
  assert.equal(timers.length, 1);
  timers.pop()!();
  assert.deepEqual(durable, [2, 3, 5]);
  write(6);
  assert.deepEqual(durable, [2, 3, 5, 6]);
});
