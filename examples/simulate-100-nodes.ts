/**
 * What a cluster of 100 nodes does with 1,000 pods, and when ten nodes are drained of them.
 *
 *     npx node examples/simulate-100-nodes.ts
 *
 * In a project of your own, import from "tiphys".
 */
import { setTimeout as pause } from "node:timers/promises";
import { Cluster, Deployment, Node, Pod } from "../apps/library/index.ts";

const REPLICAS = 1000;

await using cluster = await Cluster.start({ nodes: 100 });
const { client } = cluster;

await timed(`${REPLICAS} pods ready`, async () => {
  await client.create(Deployment, {
    metadata: { name: "fleet", namespace: "default" },
    spec: {
      replicas: REPLICAS,
      selector: { matchLabels: { app: "fleet" } },
      template: {
        metadata: { labels: { app: "fleet" } },
        spec: { containers: [{ name: "app", image: "any", resources: { requests: { cpu: "100m" } } }] },
      },
    },
  });
  await allReady();
});
await spread();

await timed("10 nodes emptied, their pods ready elsewhere", async () => {
  const emptied = new Set(Array.from({ length: 10 }, (_, number) => `node-${number + 1}`));
  const cordon = { type: "merge", body: { spec: { unschedulable: true } } } as const;
  for (const name of emptied) await client.patch(Node, name, undefined, cordon);
  for (const { metadata, spec } of (await client.list(Pod, { namespace: "default" })).items) {
    if (emptied.has(spec.nodeName ?? "")) await client.delete(Pod, metadata.name, "default");
  }
  await allReady();
});
await spread();

async function allReady(): Promise<void> {
  for (;;) {
    const { metadata, status } = await client.get(Deployment, "fleet", "default");
    if (status?.observedGeneration === metadata.generation && status?.readyReplicas === REPLICAS) return;
    await pause(10);
  }
}

/** How evenly pods lie on nodes. */
async function spread(): Promise<void> {
  const counts = new Map<string, number>();
  for (const { spec } of (await client.list(Pod, { namespace: "default" })).items) {
    counts.set(spec.nodeName!, (counts.get(spec.nodeName!) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  console.log(`   on ${counts.size} nodes, ${Math.min(...counts.values())} to ${most} on each`);
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await work();
  console.log(`${what} after ${((performance.now() - began) / 1000).toFixed(2)} s`);
}
