import assert from "node:assert/strict";
import { test } from "node:test";
import { next, remaining } from "./backoff.ts";

const MINUTE = 60_000;

for (const { rule, delay, endedAfter, startedAfter, want } of [
  { rule: "a failure right away doubles the wait", delay: 20_000, endedAfter: 0, startedAfter: 0, want: 40_000 },
  { rule: "five minutes at most", delay: 160_000, endedAfter: MINUTE, startedAfter: MINUTE, want: 300_000 },
  {
    rule: "ten minutes of running count as none",
    delay: 300_000,
    endedAfter: 10 * MINUTE,
    startedAfter: 15 * MINUTE,
    want: 300_000,
  },
  {
    rule: "more than ten do",
    delay: 300_000,
    endedAfter: 10 * MINUTE + 1,
    startedAfter: 10 * MINUTE + 1,
    want: 10_000,
  },
  { rule: "waiting is no running", delay: 300_000, endedAfter: 6 * MINUTE, startedAfter: 11 * MINUTE, want: 300_000 },
]) {
  test(`${rule}: ${want / 1000} s`, () => {
    assert.deepEqual(next({ delay, updatedAt: 0 }, endedAfter, startedAfter), { delay: want, updatedAt: startedAfter });
  });
}

for (const { rule, backOff, since, now, want } of [
  { rule: "nothing failed", backOff: undefined, since: 0, now: 0, want: 0 },
  { rule: "part of the wait is over", backOff: { delay: 20_000, updatedAt: 0 }, since: 1000, now: 5000, want: 16_000 },
  { rule: "it is over", backOff: { delay: 20_000, updatedAt: 0 }, since: 1000, now: 21_000, want: 0 },
  { rule: "it ran for long", backOff: { delay: 20_000, updatedAt: 0 }, since: 11 * MINUTE, now: 11 * MINUTE, want: 0 },
  { rule: "the clock was set back", backOff: { delay: 20_000, updatedAt: 0 }, since: MINUTE, now: 0, want: 20_000 },
]) {
  test(`${rule}: wait ${want / 1000} s`, () => assert.equal(remaining(backOff, since, now), want));
}
