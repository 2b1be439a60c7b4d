import assert from "node:assert/strict";
import { test } from "node:test";
import { Node } from "../../src/api/core/index.ts";
import { createInformers } from "../../src/client/index.ts";
import { silent } from "../../src/machinery/log.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../src/machinery/testing/virtual-clock.ts";
import { testServer } from "../../src/server/testing/server.ts";
import { createClient } from "../../src/client/index.ts";
import { nodeAddresses, sharedAddresses } from "./pod-addresses.ts";

test("shared addresses leave out those taken, and those given back come last", () => {
  const { address, release } = sharedAddresses(new Set(["10.244.0.2"]));
  assert.deepEqual([address(), address()], ["10.244.0.1", "10.244.0.3"]);
  release("10.244.0.1");
  assert.equal(address(), "10.244.0.4");
});

test("a node's pods wait for its network, get its addresses once each, and none when it has no more", async () => {
  const { clock, client, informers } = await scene();
  await client.create(Node, { metadata: { name: "n" } });
  await client.create(Node, { metadata: { name: "other" }, spec: { podCIDR: "10.9.0.0/24" } });
  const { address, release } = nodeAddresses(informers, clock, "n");
  const first = address();
  await client.patch(Node, "n", undefined, { type: "merge", body: { spec: { podCIDR: "10.1.2.0/29" } } });
  assert.equal(await first, "10.1.2.1");
  const more: string[] = [];
  for (let i = 0; i < 5; i++) more.push(await address());
  assert.deepEqual(more, ["10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"]);
  await assert.rejects(async () => address(), /no pod address is free/);
  release("10.1.2.4");
  assert.equal(await address(), "10.1.2.4");
  informers.stop();
});

test("a node that gets no network says what is missing", async () => {
  const { clock, informers } = await scene();
  const told = assert.rejects(
    async () => nodeAddresses(informers, clock, "n").address(),
    /node n has no podCIDR: does a kube-controller-manager allocate node CIDRs\?/,
  );
  await clock.advance(30_000);
  await told;
  informers.stop();
});

async function scene() {
  const clock = new VirtualClock();
  const { door } = await testServer({ clock });
  const client = createClient(door, { userAgent: "test", user: { username: "admin", groups: ["system:masters"] } });
  const informers = createInformers({ client, clock, random: new SeededRandom(1), log: silent });
  return { clock, client, informers };
}
