import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "../../api/core/index.ts";
import type { OwnerReference } from "../../machinery/kind.ts";
import { testCluster } from "../testing/cluster.ts";
import type { TestCluster } from "../testing/cluster.ts";

const start = () => testCluster({ only: ["generic-garbage-collector"], open: true });

const make = (cluster: TestCluster, name: string, owners: readonly ConfigMap[] = [], block = false) =>
  cluster.client.create(ConfigMap, {
    metadata: {
      name,
      namespace: "default",
      ownerReferences: owners.map(({ metadata }): OwnerReference => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        name: metadata.name,
        uid: metadata.uid,
        ...(block && { blockOwnerDeletion: true }),
      })),
    },
  });

const left = async (cluster: TestCluster) =>
  (await cluster.client.list(ConfigMap, { namespace: "default" })).items.map(({ metadata }) => metadata.name);

test("what a deleted owner leaves is deleted too, all the way down", async () => {
  const cluster = await start();
  const a = await make(cluster, "a");
  const b = await make(cluster, "b", [a]);
  await make(cluster, "c", [b]);
  await make(cluster, "other");
  await cluster.run();
  await cluster.client.delete(ConfigMap, "a", "default");
  await cluster.run();
  assert.deepEqual(await left(cluster), ["other"]);
  cluster.stop();
});

test("an object with another owner that is there stays, without the one that is gone", async () => {
  const cluster = await start();
  const [a, b] = [await make(cluster, "a"), await make(cluster, "b")];
  await make(cluster, "c", [a, b]);
  await cluster.run();
  await cluster.client.delete(ConfigMap, "a", "default");
  await cluster.run();
  const c = await cluster.client.get(ConfigMap, "c", "default");
  assert.deepEqual(
    c.metadata.ownerReferences?.map(({ name }) => name),
    ["b"],
  );
  cluster.stop();
});

test("an owner that never was is looked for, and its dependent deleted", async () => {
  const cluster = await start();
  const ghost = { metadata: { name: "ghost", uid: "00000000-0000-4000-8000-000000000000" } } as ConfigMap;
  await cluster.run();
  await make(cluster, "c", [ghost]);
  await cluster.run();
  assert.deepEqual(await left(cluster), []);
  cluster.stop();
});

test("in the foreground the owner goes last", async () => {
  const cluster = await start();
  const a = await make(cluster, "a");
  await make(cluster, "b", [a], true);
  await cluster.run();
  const order: string[] = [];
  cluster.informers.of(ConfigMap).subscribe(({ type, object }) => {
    if (type === "DELETED") order.push(object.metadata.name);
  });
  await cluster.client.delete(ConfigMap, "a", "default", { propagationPolicy: "Foreground" });
  await cluster.run();
  assert.deepEqual(order, ["b", "a"]);
  cluster.stop();
});

test("orphans stay, without their owner", async () => {
  const cluster = await start();
  const a = await make(cluster, "a");
  await make(cluster, "b", [a]);
  await cluster.run();
  await cluster.client.delete(ConfigMap, "a", "default", { propagationPolicy: "Orphan" });
  await cluster.run();
  assert.deepEqual(await left(cluster), ["b"]);
  assert.equal((await cluster.client.get(ConfigMap, "b", "default")).metadata.ownerReferences, undefined);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});
