import assert from "node:assert/strict";
import { test } from "node:test";
import { Node, Pod } from "../api/core/index.ts";
import { testCluster } from "./testing/cluster.ts";

const start = (settings = {}) => testCluster({ only: ["pod-garbage-collector"], open: true, settings });

const pod = (name: string, nodeName?: string) =>
  ({
    metadata: { name, namespace: "default" },
    spec: { ...(nodeName && { nodeName }), containers: [{ name: "c", image: "i" }] },
  }) as never;

test("pods of a node that is gone go after a while, and those of others stay", async () => {
  const cluster = await start();
  const { client } = cluster;
  await client.create(Node, { metadata: { name: "here" }, spec: {} });
  await client.create(Pod, pod("stays", "here"));
  await client.create(Pod, pod("goes", "gone"));
  await cluster.run(39_000);
  await client.get(Pod, "goes", "default");
  await cluster.run(30_000);
  await assert.rejects(client.get(Pod, "goes", "default"), /not found/);
  await client.get(Pod, "stays", "default");
  cluster.stop();
});

test("of the finished pods only so many are kept, the youngest", async () => {
  const cluster = await start({ terminatedPodThreshold: 2 });
  const { client } = cluster;
  for (const name of ["a", "b", "c"]) {
    await client.create(Pod, pod(name));
    await cluster.run(1500);
    const body = { status: { phase: "Succeeded" } };
    await client.patch(Pod, name, "default", { type: "merge", body }, { subresource: "status" });
  }
  await cluster.run(25_000);
  const left = (await client.list(Pod)).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(left, ["b", "c"]);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});
