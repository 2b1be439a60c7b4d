import assert from "node:assert/strict";
import { test } from "node:test";
import type { DaemonSet } from "../../api/apps/index.ts";
import type { Cache } from "../runtime/cache.ts";
import { daemonSetController } from "./daemonset.ts";
import { FailedPods } from "./failed-pods.ts";

const MINUTE = 60_000;

test("a daemon pod that fails again and again is replaced later each time, a quarter of an hour at most", () => {
  const failed = new FailedPods();
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 12; i++) {
    const due = failed.mayGo("set/n1", now);
    if (due !== true) {
      waits.push(due - now);
      now = due;
      assert.equal(failed.mayGo("set/n1", now), true);
    }
  }
  assert.deepEqual(waits.slice(0, 3), [1000, 2000, 4000]);
  assert.equal(waits.at(-1), 15 * MINUTE);
});

test("another node waits for nothing, and who went well for half an hour begins anew", () => {
  const failed = new FailedPods();
  assert.equal(failed.mayGo("set/n1", 0), true);
  assert.equal(failed.mayGo("set/n1", 500), 1000);
  assert.equal(failed.mayGo("set/n2", 500), true);
  assert.equal(failed.mayGo("set/n1", 30 * MINUTE), true);
  assert.equal(failed.mayGo("set/n1", 30 * MINUTE + 1), 30 * MINUTE + 1000);
});

test("what failed is remembered for each cluster by itself", () => {
  const cache = () => ({ claimable: () => [], of: () => ({ list: () => [] }) }) as unknown as Cache;
  const failedIn = (one: Cache): FailedPods => daemonSetController.observe({} as DaemonSet, one).failed;
  const [one, copy] = [cache(), cache()];
  failedIn(one).mayGo("set/n1", 0);
  assert.equal(failedIn(one).mayGo("set/n1", 500), 1000);
  assert.equal(failedIn(copy).mayGo("set/n1", 500), true);
});
