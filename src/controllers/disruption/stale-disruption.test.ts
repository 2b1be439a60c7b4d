import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod } from "../../api/core/index.ts";
import { formatTime } from "../../machinery/time.ts";
import { START, testCluster } from "../testing/cluster.ts";

const template = { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "web" }] };

for (const { rule, condition, phase = "Running", deleting = false, after } of [
  {
    rule: "one that was not disrupted says so after two minutes",
    condition: { reason: "EvictionByEvictionAPI" },
    after: "False",
  },
  { rule: "one whose kubelet ends it may take its time", condition: { reason: "TerminationByKubelet" }, after: "True" },
  {
    rule: "one that has come to its end stays as it is",
    condition: { reason: "PreemptionByScheduler" },
    phase: "Failed",
    after: "True",
  },
  {
    rule: "one that is being deleted stays as it is",
    condition: { reason: "EvictionByEvictionAPI" },
    deleting: true,
    after: "True",
  },
]) {
  test(`of pods that were to be disrupted ${rule}`, async () => {
    const cluster = await testCluster({ only: ["stale-pod-disruption-controller"], pods: false });
    const { client } = cluster;
    const finalizers = ["example.com/wait"];
    await client.create(Pod, { metadata: { name: "web", namespace: "default", finalizers }, spec: template } as never);
    const told = {
      type: "DisruptionTarget",
      status: "True",
      message: "so be it",
      lastTransitionTime: formatTime(START),
    };
    const body = { status: { phase, conditions: [{ ...told, ...condition }] } };
    await client.patch(Pod, "web", "default", { type: "strategic", body }, { subresource: "status" });
    if (deleting) await client.delete(Pod, "web", "default");
    const now = async () =>
      (await client.get(Pod, "web", "default")).status.conditions?.find(({ type }) => type === "DisruptionTarget");
    await cluster.run(119_000);
    assert.equal((await now())?.status, "True");
    await cluster.run(2000);
    const { status, reason, message, lastTransitionTime } = (await now())!;
    assert.equal(status, after);
    const taken = after === "False";
    assert.deepEqual([reason, message], taken ? [undefined, undefined] : [condition.reason, "so be it"]);
    assert.equal(lastTransitionTime, formatTime(taken ? START + 120_000 : START));
    assert.deepEqual(cluster.complaints, []);
    cluster.stop();
  });
}
