import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "../api/core/index.ts";
import { formatTime } from "../machinery/time.ts";
import { START, testCluster } from "./testing/cluster.ts";

const disrupted = (reason: string) => ({
  type: "DisruptionTarget",
  status: "True",
  reason,
  message: "soon",
  lastTransitionTime: formatTime(START),
});

for (const { rule, reason, phase = "Running", status } of [
  { rule: "a disruption that does not come is taken back", reason: "EvictionByEvictionAPI", status: "False" },
  { rule: "what the kubelet says stays", reason: "TerminationByKubelet", status: "True" },
  { rule: "what a finished pod says stays", reason: "EvictionByEvictionAPI", phase: "Failed", status: "True" },
]) {
  test(rule, async () => {
    const cluster = await testCluster({ only: ["stale-pod-disruption-controller"], pods: false });
    const { client } = cluster;
    const find = async () =>
      (await client.get(Pod, "p", "default")).status.conditions?.find(({ type }) => type === "DisruptionTarget");
    await client.create(Pod, {
      metadata: { name: "p", namespace: "default" },
      spec: { containers: [{ name: "c", image: "i" }] },
    } as never);
    const body = { status: { phase, conditions: [disrupted(reason)] } };
    await client.patch(Pod, "p", "default", { type: "strategic", body }, { subresource: "status" });
    await cluster.run(110_000);
    assert.equal((await find())?.status, "True");
    await cluster.run(15_000);
    const { status: now, reason: why } = (await find())!;
    assert.deepEqual([now, why], [status, status === "False" ? undefined : reason]);
    const before = cluster.requests.length;
    await cluster.run(300_000);
    assert.deepEqual(
      cluster.requests.slice(before).filter(({ method }) => method !== "GET"),
      [],
    );
    assert.deepEqual(cluster.complaints, []);
    cluster.stop();
  });
}
