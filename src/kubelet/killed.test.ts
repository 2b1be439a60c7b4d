/** A kubelet that is killed in the middle of a call to the runtime: the next one starts no container twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cut } from "./testing/cut-runtime.ts";
import { CutRuntime } from "./testing/cut-runtime.ts";
import type { TestNode } from "./testing/node.ts";
import { container, podOf, startNode } from "./testing/node.ts";

const CALLS = { runPodSandbox: 1, createContainer: 3, startContainer: 3 };
const MOMENTS = ["not arrived", "under way", "done, not heard"] as const;
const cuts = Object.entries(CALLS).flatMap(([call, count]) =>
  Array.from({ length: count }, (_, index) => MOMENTS.map((at) => ({ call, nth: index + 1, at }) as Cut)).flat(),
);
const named = ({ call, nth, at }: Cut): string => `killed at ${call} ${nth}, ${at}`;

/** A pod with an init container, a sidecar and a main one; its kubelet has just died. */
async function killed(cut: Cut): Promise<TestNode<CutRuntime>> {
  const node = await startNode({ runtime: (options) => new CutRuntime(options, cut) });
  const spec = { initContainers: [container("setup"), container("proxy", { restartPolicy: "Always" })] };
  node.api.put("pods", podOf("web", spec, { "sim.tiphys.dev/run-for.setup": "1s" }));
  await node.until(() => node.runtime.dead);
  return node;
}

for (const cut of cuts) {
  test(`${named(cut)}: each container is started once`, async () => {
    const node = await killed(cut);
    await node.restart();
    await node.until(() => node.api.pod("web")?.status?.phase === "Running", 60_000);
    await node.clock.advance(180_000);
    assert.deepEqual(node.runtime.started, ["setup", "proxy", "web"]);
    const { initContainerStatuses = [], containerStatuses = [] } = node.api.pod("web")!.status!;
    assert.deepEqual(
      [...initContainerStatuses, ...containerStatuses].map(({ name, ready, restartCount }) => [
        name,
        ready,
        restartCount,
      ]),
      [
        ["setup", true, 0],
        ["proxy", true, 0],
        ["web", true, 0],
      ],
    );
    assert.equal((await node.runtime.listContainers()).length, 3);
    assert.equal((await node.runtime.listPodSandbox()).length, 1);
    assert.deepEqual(
      node.api.events().filter((text) => /^(Failed|Killing|BackOff)/.test(text)),
      [],
      "taking over is no failure",
    );
  });

  test(`${named(cut)}, the pod deleted meanwhile: nothing of it is left`, async () => {
    const node = await killed(cut);
    await node.kubelet.stop();
    node.api.drop("pods", "web", "default");
    await node.restart();
    await node.clock.advance(180_000);
    assert.deepEqual(await node.runtime.listContainers(), []);
    assert.deepEqual(await node.runtime.listPodSandbox(), []);
  });
}

test("a container that ran to its end while no kubelet was there is not run again", async () => {
  const node = await startNode({
    runtime: (options) => new CutRuntime(options, { call: "startContainer", nth: 1, at: "under way" }),
  });
  node.api.put("pods", podOf("web", { restartPolicy: "Never" }, { "sim.tiphys.dev/run-for": "1s" }));
  await node.until(() => node.runtime.dead);
  await node.kubelet.stop();
  await node.clock.advance(60_000);
  await node.restart();
  await node.until(() => node.api.pod("web")?.status?.phase === "Succeeded", 60_000);
  assert.deepEqual(node.runtime.started, ["web"]);
});

test("a name that stays taken is told as the failure it is", async () => {
  const node = await startNode({
    runtime: (options) => new CutRuntime(options, { call: "createContainer", nth: 1, at: "for ever under way" }),
  });
  node.api.put("pods", podOf("web"));
  await node.until(() => node.runtime.dead);
  await node.restart();
  const waiting = () => node.api.pod("web")?.status?.containerStatuses?.[0]?.state?.waiting;
  await node.until(() => waiting()?.reason === "CreateContainerError", 60_000);
  assert.match(waiting()?.message ?? "", /^rpc error: code = AlreadyExists desc = web\/0 is reserved$/);
});
