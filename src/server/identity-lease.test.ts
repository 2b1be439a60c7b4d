import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../machinery/log.ts";
import { SeededRandom } from "../machinery/testing/seeded-random.ts";
import { identityOf, keepIdentityLease } from "./identity-lease.ts";
import { testServer } from "./testing/server.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";

async function setUp() {
  const server = await testServer();
  const metadata = { name: "kube-system" };
  await server.send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
  const keep = (hostname: string): (() => void) =>
    keepIdentityLease({ door: server.door, hostname, clock: server.clock, random: new SeededRandom(3), log: silent });
  return { server, keep };
}

test("the name is upstream's for the same host", () => {
  // The first 16 bytes of `printf kind-control-plane | sha256sum`, in `base32`, in lower case.
  assert.equal(identityOf("kind-control-plane"), "apiserver-c4vwjftbvpc5os2vvzle4qg27a");
});

test("the Lease is there, is renewed each 10 s, and stays when the server stops", async () => {
  const { server, keep } = await setUp();
  const stop = keep("one");
  await server.clock.advance(1);
  const path = `${LEASES}/${identityOf("one")}`;
  const { json: first } = await server.send("GET", path);
  assert.equal(first.spec.leaseDurationSeconds, 3600);
  assert.match(first.spec.holderIdentity, new RegExp(`^${identityOf("one")}_[0-9a-f-]{36}$`));
  assert.deepEqual(first.metadata.labels, {
    "apiserver.kubernetes.io/identity": "kube-apiserver",
    "kubernetes.io/hostname": "one",
  });
  await server.clock.advance(10_000);
  const { json: second } = await server.send("GET", path);
  assert.ok(second.spec.renewTime > first.spec.renewTime);
  stop();
  assert.equal(server.clock.pending, 0);
  assert.equal((await server.send("GET", path)).status, 200);
});

test("Leases of servers that are over for long are removed; others' are left alone", async () => {
  const { server, keep } = await setUp();
  const other = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "kube-scheduler" }, spec: {} };
  await server.send("POST", LEASES, other);
  const stopGone = keep("gone");
  await server.clock.advance(1);
  stopGone();
  const stop = keep("here");
  await server.clock.advance(2 * 3600_000 + 1000);
  const { json } = await server.send("GET", LEASES);
  const names = json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
  assert.deepEqual(names.toSorted(), ["kube-scheduler", identityOf("here")].toSorted());
  stop();
});
