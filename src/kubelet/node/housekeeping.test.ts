import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../../machinery/log.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import type { KubeletContext } from "../context.ts";
import type { PodWorker } from "../pod/worker.ts";
import { DEFAULT_THRESHOLDS } from "./eviction.ts";
import { Housekeeping } from "./housekeeping.ts";

const ROOMY = {
  at: 0,
  cpuNanoSeconds: 0,
  memoryAvailableBytes: 2 ** 30,
  memoryWorkingSetBytes: 0,
  memoryRssBytes: 0,
  pids: 1,
  disk: { capacityBytes: 100, availableBytes: 50, inodes: 100, inodesFree: 50 },
};

for (const { rule, sizes, broken, done } of [
  { rule: "a small log is left alone", sizes: [99], broken: false, done: [] },
  { rule: "a large one is rotated and opened anew", sizes: [100], broken: false, done: ["rotate", "reopen"] },
  {
    rule: "one that was rotated and could not be opened anew is opened with the next beat",
    sizes: [100, undefined, 5],
    broken: true,
    done: ["rotate", "reopen", "reopen"],
  },
]) {
  test(rule, async () => {
    const told: string[] = [];
    const left = [...sizes];
    const logs = {
      open: async () => {
        const size = left.shift();
        return size === undefined ? undefined : { size: async () => size, close: async () => {} };
      },
      rotate: async () => void told.push("rotate"),
    };
    const runtime = {
      reopenContainerLog: async () => {
        if (told.push("reopen") === 2 && broken) throw new Error("no");
      },
    };
    const context = { runtime, clock: new VirtualClock(), log: silent, host: { keepsFiles: true, logs } };
    const keeping = new Housekeeping(context as unknown as KubeletContext, DEFAULT_THRESHOLDS, 100);
    const worker = {
      active: false,
      runtime: { containers: [{ id: "1", logPath: "/log", state: "RUNNING" }] },
    } as unknown as PodWorker;
    for (const _ of sizes) await keeping.run(ROOMY, [worker]);
    assert.deepEqual(told, done);
  });
}
