import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Namespace } from "../../api/core/index.ts";
import { createClient, createInformers } from "../../client/index.ts";
import { TinyServer } from "../../client/testing/tiny-server.ts";
import type { Door } from "../../machinery/door.ts";
import { serviceUnavailable } from "../../machinery/errors.ts";
import type { OwnerReference } from "../../machinery/kind.ts";
import { silent } from "../../machinery/log.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { Cache } from "../runtime/cache.ts";
import { testCluster } from "../testing/cluster.ts";
import type { TestCluster } from "../testing/cluster.ts";
import { garbageCollector } from "./garbage-collector.ts";

const start = () => testCluster({ only: ["generic-garbage-collector"], open: true });

const make = (
  cluster: TestCluster,
  name: string,
  owners: readonly ConfigMap[] = [],
  block = false,
  namespace = "default",
) =>
  cluster.client.create(ConfigMap, {
    metadata: {
      name,
      namespace,
      ownerReferences: owners.map(({ metadata }): OwnerReference => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        name: metadata.name,
        uid: metadata.uid,
        ...(block && { blockOwnerDeletion: true }),
      })),
    },
  });

const left = async (cluster: TestCluster, namespace = "default") =>
  (await cluster.client.list(ConfigMap, { namespace })).items.map(({ metadata }) => metadata.name);

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

test("an owner that the informers know is not asked of the server, and what it leaves is deleted all the same", async () => {
  const cluster = await start();
  const a = await make(cluster, "a");
  await cluster.run();
  await make(cluster, "b", [a]);
  await cluster.run();
  const asked = cluster.requests.filter(({ method, path }) => method === "GET" && path.endsWith("/configmaps/a"));
  assert.deepEqual(asked, []);
  await cluster.client.delete(ConfigMap, "a", "default");
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

for (const { rule, settled } of [
  { rule: "before anybody in the owner's own namespace does", settled: true },
  { rule: "at the same time as somebody in the owner's own namespace does", settled: false },
]) {
  test(`who names an owner of another namespace ${rule} goes, and takes nobody along`, async () => {
    const cluster = await start();
    await cluster.client.create(Namespace, { metadata: { name: "other" }, spec: {} });
    const owner = await make(cluster, "owner");
    await cluster.run();
    await make(cluster, "stranger", [owner], false, "other");
    if (settled) await cluster.run();
    await make(cluster, "child", [owner]);
    await cluster.run();
    const [reference] = (await cluster.client.get(ConfigMap, "child", "default")).metadata.ownerReferences!;
    const ownerReferences = [{ ...reference, blockOwnerDeletion: true }];
    await cluster.client.patch(ConfigMap, "child", "default", {
      type: "merge",
      body: { metadata: { ownerReferences } },
    });
    await cluster.run();
    assert.deepEqual([await left(cluster), await left(cluster, "other")], [["child", "owner"], []]);
    await cluster.client.delete(ConfigMap, "owner", "default");
    await cluster.run();
    assert.deepEqual(await left(cluster), []);
    cluster.stop();
  });
}

test("who names an owner that is known, but in another namespace, goes", async () => {
  const cluster = await start();
  await cluster.client.create(Namespace, { metadata: { name: "other" }, spec: {} });
  const owner = await make(cluster, "owner", [await make(cluster, "above")]);
  await make(cluster, "child", [owner]);
  await cluster.run();
  await make(cluster, "stranger", [owner], false, "other");
  await cluster.run();
  assert.deepEqual([await left(cluster), await left(cluster, "other")], [["above", "child", "owner"], []]);
  cluster.stop();
});

test("a kind whose list fails does not keep the others waiting for ever", async () => {
  const server = new TinyServer();
  const resources = ["configmaps", "broken"].map((name) => ({
    name,
    kind: name === "broken" ? "Broken" : "ConfigMap",
    namespaced: true,
    verbs: ["list", "watch", "delete"],
  }));
  const door: Door = async (request) => {
    const list = { "/apis": { groups: [] }, "/api/v1": { resources } }[request.path];
    return list === undefined ? server.door(request) : { status: 200, headers: {}, body: jsonBody(list) };
  };
  server.failures.push({ match: /^GET .*broken/, error: serviceUnavailable("no converter"), times: 1e9 });
  const clock = new VirtualClock(undefined, () => new Promise((resolve) => setImmediate(resolve)));
  const random = new SeededRandom();
  const client = createClient(door, { userAgent: "test", user: { username: "test", groups: [] } });
  const informers = createInformers({ client, clock, random, log: silent });
  const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "ghost", uid: "never-was" }];
  await client.create(ConfigMap, { metadata: { name: "c", namespace: "default", ownerReferences } });
  const events = { event: () => {}, settled: async () => {}, stop: () => {} };
  const settings = {};
  const context = { client, informers, cache: new Cache(informers), events, clock, random, log: silent, settings };
  const stop = garbageCollector.start(context);
  await clock.advance(20_000);
  assert.equal(server.objects.size, 1);
  await clock.advance(20_000);
  assert.equal(server.objects.size, 0);
  stop();
  informers.stop();
});

const jsonBody = (object: object) => ({ form: "object", object, bytes: () => new Uint8Array() }) as const;
