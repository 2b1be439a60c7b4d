import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, Node, Pod } from "../../api/core/index.ts";
import { testCluster } from "../testing/cluster.ts";

const taint = (taints: readonly object[]) => ({ type: "merge", body: { spec: { taints } } }) as const;
const gone = { key: "gone", effect: "NoExecute" };

test("a pod that must leave is told of, and of one that need not after all", async () => {
  const cluster = await testCluster({ only: ["taint-eviction-controller"], pods: false });
  const { client } = cluster;
  await client.create(Node, { metadata: { name: "n1" }, spec: {} });
  await client.patch(Node, "n1", undefined, taint([]));
  for (const [name, tolerations] of [
    ["leaves", []],
    ["waits", [{ ...gone, operator: "Exists", tolerationSeconds: 60 }]],
    ["stays", [{ key: "gone", operator: "Exists" }]],
  ] as const) {
    const spec = { nodeName: "n1", containers: [{ name: "c", image: "i" }], tolerations };
    await client.create(Pod, { metadata: { name, namespace: "default" }, spec } as never);
  }
  await client.patch(Node, "n1", undefined, taint([gone]));
  await cluster.run(10_000);
  await client.patch(Node, "n1", undefined, taint([]));
  await cluster.run(100_000);
  const { items } = await client.list(Event, { namespace: "default" });
  assert.deepEqual(items.map(({ reason, message }) => `${reason} ${message}`).toSorted(), [
    "TaintManagerEviction Cancelling deletion of Pod default/waits",
    "TaintManagerEviction Marking for deletion Pod default/leaves",
  ]);
  const left = (await client.list(Pod)).items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  assert.deepEqual(
    left.map(({ metadata }) => metadata.name),
    ["stays", "waits"],
  );
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});
