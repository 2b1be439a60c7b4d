import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import type { TestNode } from "../testing/node.ts";
import type { KubeletContext } from "../context.ts";
import type { CgroupLimits } from "../host.ts";
import type { LinuxResources } from "../runtime.ts";
import { container, podOf, startNode } from "../testing/node.ts";
import { LocalState } from "./local-state.ts";
import { CONTAINER_NAME, POD_NAME } from "./names.ts";
import { resize as applySize, takeAsGiven } from "./resizing.ts";
import type { PodContainer } from "./situation.ts";

type Sizes = Readonly<Record<string, string>>;
const sized = (requests: Sizes, more: object = {}): object => container("web", { resources: { requests }, ...more });

/** As `kubectl patch --subresource resize`. */
function resize(node: TestNode, name: string, web: object): void {
  const before = node.api.pod(name)!;
  const { generation = 1 } = before.metadata;
  const spec = { ...before.spec, containers: [web] };
  node.api.put("pods", { ...before, spec, metadata: { ...before.metadata, generation: generation + 1 } });
}

const pending = (node: TestNode, name = "web") =>
  node.api.pod(name)?.status?.conditions?.find(({ type }) => type === "PodResizePending");
const web = (node: TestNode, name = "web") => node.api.pod(name)?.status?.containerStatuses?.[0];
const running = (node: TestNode, name = "web"): boolean => node.api.pod(name)?.status?.phase === "Running";

async function nodeWith(...pods: readonly (readonly [name: string, container: object])[]): Promise<TestNode> {
  const node = await startNode();
  for (const [name, made] of pods) node.api.put("pods", podOf(name, { containers: [made] }));
  await node.until(() => pods.every(([name]) => running(node, name)));
  return node;
}

test("a resized pod's containers get their new limits without a restart", async () => {
  const limited = (cpu: string): object => container("web", { resources: { limits: { cpu } } });
  const node = await nodeWith(["web", limited("1")]);
  resize(node, "web", limited("2"));
  await node.until(() => node.api.pod("web")?.status?.observedGeneration === 2);
  await node.clock.advance(100);
  const [one] = await node.runtime.listContainers();
  assert.equal((await node.runtime.containerStatus(one!.id)).resources?.cpuQuota, 200_000);
  assert.equal(web(node)?.restartCount, 0);
  assert.deepEqual(web(node)?.resources, { limits: { cpu: "2" } });
});

test("a container whose policy says so is started anew with its new share", async () => {
  const restart = { resizePolicy: [{ resourceName: "cpu", restartPolicy: "RestartContainer" }] };
  const node = await nodeWith(["web", sized({ cpu: "1" }, restart)]);
  resize(node, "web", sized({ cpu: "2" }, restart));
  await node.until(() => web(node)?.restartCount === 1 && web(node)?.state?.running);
  assert.deepEqual(web(node)?.allocatedResources, { cpu: "2" });
  await node.told();
  assert.deepEqual(node.api.events("Killing"), ["Killing: Container web resize requires restart"]);
  await node.clock.advance(60_000);
  assert.equal(web(node)?.restartCount, 1);
});

test("more than the node has is told as infeasible, and the pod keeps what it has", async () => {
  const node = await nodeWith(["web", sized({ cpu: "1" })]);
  resize(node, "web", sized({ cpu: "9" }));
  await node.until(() => pending(node));
  const { status, reason, message, observedGeneration } = pending(node)!;
  assert.deepEqual(
    { status, reason, message, observedGeneration },
    {
      status: "True",
      reason: "Infeasible",
      message: "Node didn't have enough capacity: cpu, requested: 9000, capacity: 8000",
      observedGeneration: 2,
    },
  );
  assert.deepEqual(web(node)?.allocatedResources, { cpu: "1" });
  assert.ok(running(node));
});

test("more than is free now is put off, and had when another pod has left", async () => {
  const node = await nodeWith(["web", sized({ cpu: "1" })], ["other", sized({ cpu: "6" })]);
  resize(node, "web", sized({ cpu: "4" }));
  await node.until(() => pending(node)?.reason === "Deferred");
  assert.deepEqual(web(node)?.allocatedResources, { cpu: "1" });
  node.api.put("pods", podOf("small", { containers: [sized({ cpu: "1" })] }));
  await node.until(() => running(node, "small"));
  node.api.deletePod("other");
  await node.until(() => web(node)?.allocatedResources?.cpu === "4", 60_000);
  assert.equal(pending(node), undefined);
  assert.equal(web(node)?.restartCount, 0);
});

test("what becomes of a new size is told: why it is not to be had, that it is given, that it is there", async () => {
  const node = await nodeWith(["web", sized({ memory: "1Mi", cpu: "1" })], ["other", sized({ cpu: "6" })]);
  resize(node, "web", sized({ memory: "1Mi", cpu: "9" }));
  await node.until(() => pending(node));
  resize(node, "web", sized({ memory: "1Mi", cpu: "4" }));
  await node.until(() => pending(node)?.reason === "Deferred");
  await node.clock.advance(30_000);
  node.api.deletePod("other");
  await node.until(() => web(node)?.allocatedResources?.["cpu"] === "4", 60_000);
  resize(node, "web", sized({ memory: "1Mi", cpu: "4" }));
  await node.told();
  const told = (size: string, rest: string): string =>
    `{"containers":[{"name":"web","resources":{"requests":{"cpu":"${size}","memory":"1Mi"}}}],"generation":${rest}}`;
  const short = "Node didn't have enough capacity: cpu, requested: 9000, capacity: 8000";
  const busy = "Node didn't have enough resource: cpu, requested: 4000, used: 6000, capacity: 8000";
  assert.deepEqual(
    node.api.events().filter((event) => event.startsWith("Resize")),
    [
      `ResizeInfeasible: Pod resize Infeasible: ${told("9", `2,"error":"${short}"`)}`,
      `ResizeDeferred: Pod resize Deferred: ${told("4", `3,"error":"${busy}"`)}`,
      `ResizeStarted: Pod resize started: ${told("4", "3")}`,
      `ResizeCompleted: Pod resize completed: ${told("4", "3")}`,
    ],
  );
});

test("what was put off is still put off after a restart of the kubelet", async () => {
  const node = await nodeWith(["web", sized({ cpu: "1" })], ["other", sized({ cpu: "6" })]);
  resize(node, "web", sized({ cpu: "4" }));
  await node.until(() => pending(node));
  await node.restart();
  await node.clock.advance(30_000);
  assert.equal(pending(node)?.reason, "Deferred");
  assert.deepEqual(web(node)?.allocatedResources, { cpu: "1" });
  resize(node, "web", sized({ cpu: "1" }));
  await node.until(() => !pending(node), 1000);
});

test("a size that was asked for while the kubelet was away is given by the next one, or waits", async () => {
  const limited = (cpu: string): object => container("web", { resources: { limits: { cpu }, requests: { cpu } } });
  const node = await nodeWith(["web", limited("1")], ["big", limited("1")]);
  await node.kubelet.stop();
  resize(node, "web", limited("2"));
  resize(node, "big", limited("7"));
  await node.restart();
  await node.until(() => web(node)?.resources?.limits?.["cpu"] === "2");
  const [one] = (await node.runtime.listContainers()).filter(({ labels }) => labels[POD_NAME] === "web");
  assert.equal((await node.runtime.containerStatus(one!.id)).resources?.cpuQuota, 200_000);
  assert.equal(web(node)?.restartCount, 0);
  await node.until(() => pending(node, "big"));
  assert.deepEqual(web(node, "big")?.allocatedResources, { cpu: "1" });
});

test("a status tells of a container's new share when the container has it", async () => {
  const limited = (cpu: string): object => container("web", { resources: { limits: { cpu } } });
  const node = await nodeWith(["web", limited("1")]);
  const update = node.runtime.updateContainerResources.bind(node.runtime);
  let broken = true;
  node.runtime.updateContainerResources = async (...given) => {
    if (broken) throw new Error("busy");
    return update(...given);
  };
  resize(node, "web", limited("2"));
  await node.until(() => node.api.pod("web")?.status?.observedGeneration === 2);
  await node.clock.advance(100);
  assert.deepEqual(web(node)?.resources, { limits: { cpu: "1" } });
  broken = false;
  await node.until(() => web(node)?.resources?.limits?.["cpu"] === "2");
});

for (const { rule, from, to, groups } of [
  { rule: "grows before its containers", from: "1", to: "2", groups: [200_000] },
  { rule: "shrinks after its containers", from: "2", to: "1", groups: ["web 100000", 100_000] },
]) {
  test(`a pod's control group ${rule}`, async () => {
    const said: unknown[] = [];
    const limited = (cpu: string): Pod =>
      podOf("web", { containers: [container("web", { resources: { limits: { cpu } } })] }) as Pod;
    const state = new LocalState(limited(from), 0, new Map(), async (ended) => ended);
    const labels = { [CONTAINER_NAME]: "web" };
    state.putContainer({
      id: "1",
      state: "RUNNING",
      labels,
      metadata: { name: "web", attempt: 0 },
    } as unknown as PodContainer);
    takeAsGiven(state);
    const context = {
      node: { cgroupRoot: "/", memoryBytes: 2 ** 30 },
      host: {
        cgroups: {
          version: 1,
          swap: false,
          ensure: async (_: string, { cpuQuota }: CgroupLimits) => void said.push(cpuQuota),
        },
      },
      runtime: {
        updateContainerResources: async (_: string, { cpuQuota }: LinuxResources) => void said.push(`web ${cpuQuota}`),
      },
    } as unknown as KubeletContext;
    const untold = { failed: () => assert.fail() };
    assert.equal(await applySize(state, context, untold), false);
    assert.deepEqual(said, [], "nothing is to be done at first");
    state.pod = limited(to);
    assert.equal(await applySize(state, context, untold), true);
    assert.deepEqual(said, to > from ? [...groups, "web 200000"] : groups);
    await applySize(state, context, untold);
    assert.equal(said.length, 2, "and nothing any more");
  });
}
