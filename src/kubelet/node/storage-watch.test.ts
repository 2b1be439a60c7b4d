import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../../machinery/log.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import type { KubeletContext } from "../context.ts";
import { CONTAINER_NAME } from "../pod/names.ts";
import type { PodWorker } from "../pod/worker.ts";
import { container, podOf } from "../testing/node.ts";
import { StorageWatch } from "./storage-watch.ts";

const WRITTEN = 4096;
const web = container("web", { resources: { limits: { "ephemeral-storage": "4Ki" } } });

/** Of pods whose containers have written as much as they may, and whose disk says what else they have. */
function world(diskUse: (paths: readonly string[]) => Promise<ReadonlyMap<string, number>>) {
  const clock = new VirtualClock();
  const greedy: string[] = [];
  const layer = (id: string) => ({ id, writableLayer: { usedBytes: WRITTEN, inodesUsed: 1 } });
  const context = {
    runtime: { listContainerStats: async () => ["a", "b"].map(layer) },
    host: { files: { diskUse } },
    clock,
    log: silent,
    node: { places: { root: "/k", logs: "/l" } },
  } as unknown as KubeletContext;
  const watch = new StorageWatch(context, ({ pod }, problem) => void greedy.push(`${pod.metadata.name}: ${problem}`));
  return { clock, greedy, watch };
}

function worker(name: string, spec: object = {}): PodWorker {
  const ran = (attempt: number) => ({
    id: attempt === 0 ? name : `${name}${attempt}`,
    logPath: `/l/${name}/web/${attempt}.log`,
    labels: { [CONTAINER_NAME]: "web" },
  });
  return {
    pod: podOf(name, { containers: [web], ...spec }),
    active: true,
    runtime: { containers: [ran(1), ran(0)] },
  } as unknown as PodWorker;
}

test("a pod past its limit is told of, with all logs of its container, and each is looked at by one call", async () => {
  const asked: (readonly string[])[] = [];
  const volumes = [{ name: "v", emptyDir: {} }];
  const { watch, greedy } = world(async (paths) => {
    asked.push(paths);
    return new Map([["/l/b/web", 1]]);
  });
  await watch.look([worker("a", { volumes }), worker("b")]);
  assert.deepEqual(greedy, ["b: Pod ephemeral local storage usage exceeds the total limit of containers 4Ki. "]);
  assert.deepEqual(asked, [["/l/a/web", asked[0]![1]], ["/l/b/web"]]);
});

test("pods without limits, critical ones and such as end already are not looked at", async () => {
  const { watch, greedy } = world(async () => assert.fail("the disk was asked"));
  await watch.look([
    worker("a", { containers: [container("web", {})] }),
    worker("b", { priority: 2_000_000_000 }),
    { ...worker("c"), active: false } as PodWorker,
    { ...worker("d"), ending: true } as PodWorker,
  ]);
  assert.deepEqual(greedy, []);
});

test("a tree that takes long to look at keeps nobody waiting, and is looked at the less often for it", async () => {
  const waiting: ((use: ReadonlyMap<string, number>) => void)[] = [];
  let begun = 0;
  const { watch, clock } = world(() => {
    begun++;
    return new Promise((resolve) => waiting.push(resolve));
  });
  const pods = [worker("a")];
  const done = watch.look(pods);
  await clock.advance(10_000);
  await watch.look(pods);
  assert.equal(begun, 1);
  waiting[0]!(new Map());
  await done;
  const after = async (milliseconds: number): Promise<number> => {
    await clock.advance(milliseconds);
    void watch.look(pods);
    await clock.advance(0);
    return begun;
  };
  assert.equal(await after(199_999), 1);
  assert.equal(await after(1), 2);
});

test("what cannot be measured is no reason to end a pod, and is tried again", async () => {
  let broken = true;
  const { watch, clock, greedy } = world(async () => {
    if (broken) throw new Error("no");
    return new Map([["/l/a/web", 1]]);
  });
  const pods = [worker("a")];
  await watch.look(pods);
  assert.deepEqual(greedy, []);
  broken = false;
  await clock.advance(60_000);
  await watch.look(pods);
  assert.equal(greedy.length, 1);
});
