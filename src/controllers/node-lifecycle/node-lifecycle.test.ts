import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, Node } from "../../api/core/index.ts";
import { testCluster } from "../testing/cluster.ts";

test("a node that comes and one that goes are told of", async () => {
  const cluster = await testCluster({ only: ["node-lifecycle-controller"] });
  const { client } = cluster;
  const { metadata } = await client.create(Node, { metadata: { name: "n1" }, spec: {} });
  await cluster.run(3000);
  await client.delete(Node, "n1");
  await cluster.run(3000);
  const { items } = await client.list(Event, { namespace: "default" });
  const told = items.map(({ reason, message, involvedObject }) => [reason, message, involvedObject.uid]);
  assert.deepEqual(told.toSorted(), [
    ["RegisteredNode", "Node n1 event: Registered Node n1 in Controller", metadata.uid],
    ["RemovingNode", "Node n1 event: Removing Node n1 from Controller", metadata.uid],
  ]);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});
