import assert from "node:assert/strict";
import { test } from "node:test";
import { container, podOf, startNode } from "./testing/node.ts";

test("a pod with one container runs and is ready after one status write", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web"));
  await node.until(() => node.api.pod("web")?.status?.phase === "Running");
  const { status } = node.api.pod("web")!;
  const conditions = Object.fromEntries((status?.conditions ?? []).map(({ type, status: is }) => [type, is]));
  assert.deepEqual(conditions, {
    PodReadyToStartContainers: "True",
    Initialized: "True",
    Ready: "True",
    ContainersReady: "True",
    PodScheduled: "True",
  });
  assert.equal(status?.podIP, "10.0.0.2");
  assert.equal(status?.hostIP, "192.168.0.1");
  const [web] = status?.containerStatuses ?? [];
  assert.equal(web?.ready, true);
  assert.equal(web?.restartCount, 0);
  assert.match(web?.containerID ?? "", /^sim:\/\/[0-9a-f]{64}$/);
  assert.equal(node.api.statusWrites("web"), 1);
});

test("init containers run in order, and the main one after them", async () => {
  const node = await startNode();
  const spec = { initContainers: [container("first"), container("second")] };
  const annotations = { "sim.tiphys.dev/run-for.first": "2s", "sim.tiphys.dev/run-for.second": "3s" };
  const began = node.clock.now();
  node.api.put("pods", podOf("web", spec, annotations));
  await node.until(() => node.api.pod("web")?.status?.phase === "Running");
  assert.equal(node.clock.now() - began, 5000);
  assert.deepEqual(
    node.api.pod("web")?.status?.initContainerStatuses?.map(({ state, ready }) => [state?.terminated?.reason, ready]),
    [
      ["Completed", true],
      ["Completed", true],
    ],
  );
});
