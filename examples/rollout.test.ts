/**
 * A cluster inside of a test: it starts in milliseconds, and nothing of it is left.
 *
 *     npx node --test examples/rollout.test.ts
 *
 * In a project of your own, import from "tiphys".
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster, Deployment, Pod } from "../apps/library/index.ts";

test("a deployment that asks for more than there is tells so", async () => {
  await using cluster = await Cluster.start({ nodes: 2 });
  const { client } = cluster;
  await client.create(Deployment, {
    metadata: { name: "hungry", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "hungry" } },
      template: {
        metadata: { labels: { app: "hungry" } },
        spec: { containers: [{ name: "app", image: "any", resources: { requests: { cpu: "1000" } } }] },
      },
    },
  });

  for await (const events of client.watch(Pod, { namespace: "default" })) {
    const conditions = events.flatMap(({ object }) => object.status?.conditions ?? []);
    const scheduled = conditions.find(({ type }) => type === "PodScheduled");
    if (!scheduled) continue;
    assert.equal(scheduled.reason, "Unschedulable");
    assert.match(scheduled.message!, /^0\/2 nodes are available: 2 Insufficient cpu/);
    break;
  }
});
