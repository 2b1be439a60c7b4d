/** Real etcd keeps the contract of a shared database: one member, three, with TLS, with users. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { defragment, etcdMembers, etcdStatus } from "../../adapters/etcd/admin.ts";
import { openEtcd } from "../../adapters/etcd/etcd-database.ts";
import { LEASE_GRANT, LEASE_REVOKE } from "../../adapters/etcd/messages.ts";
import { put, sharedDatabaseContract } from "../../src/store/shared-database.contract.ts";
import { LeaseLost } from "../../src/store/shared-database.ts";
import { testCertificates } from "./certificates.ts";
import { EtcdCluster, noEtcd } from "./etcd-server.ts";
import { losingMember } from "./lost-answers.ts";

const skip = noEtcd;
const password = "correct horse";
const certificates = testCertificates();
const auth = { user: "root", password };

let one: EtcdCluster;
let three: EtcdCluster;
let secure: EtcdCluster;
let guarded: EtcdCluster;

before(async () => {
  if (skip) return;
  [one, three, secure, guarded] = await Promise.all([
    EtcdCluster.start(),
    EtcdCluster.start({ members: 3 }),
    EtcdCluster.start({ tls: certificates }),
    EtcdCluster.start({ flags: ["--auth-token-ttl", "2"] }),
  ]);
  await gateway("auth/user/add", { name: "root", password });
  await gateway("auth/role/add", { name: "root" });
  await gateway("auth/user/grant", { user: "root", role: "root" });
  await gateway("auth/enable", {});
});
after(async () => {
  for (const cluster of [one, three, secure, guarded]) await cluster?.stop();
});

sharedDatabaseContract("one etcd", { open: async () => openEtcd(one.options), skip });
sharedDatabaseContract("three etcds", { open: async () => openEtcd(three.options), skip });
sharedDatabaseContract("etcd over TLS with client certificates", { open: async () => openEtcd(secure.options), skip });
sharedDatabaseContract("etcd with users", { open: async () => openEtcd({ ...guarded.options, auth }), skip });

test("without a certificate that etcd's CA signed there is no way in", { skip }, async () => {
  const { ca } = certificates;
  const [state] = await etcdStatus({ ...secure.options, tls: { ca } });
  assert.match(state!.problem!, /does not answer/);
  const [wrong] = await etcdStatus({ ...secure.options, tls: testCertificates() });
  assert.match(wrong!.problem!, /does not answer/);
});

test("a wrong password is told as such, at once", { skip }, async () => {
  const database = openEtcd({ ...guarded.options, auth: { user: "root", password: "wrong" } });
  await assert.rejects(database.revision(), /refuses the user or its password/);
  await database.close();
});

test("a token that ran out is renewed without anybody noticing", { skip }, async () => {
  const database = openEtcd({ ...guarded.options, auth });
  await database.commit(put("/token/", { a: "1" }));
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const { succeeded } = await database.commit(put("/token/", { a: "2" }));
  assert.equal(succeeded, true);
  await database.close();
});

test("a lease whose grant was carried out but not answered is the one that is asked for again", { skip }, async () => {
  const member = await losingMember(one.endpoints[0]!, LEASE_GRANT[0], 1);
  const [behind, direct] = [openEtcd({ ...one.options, endpoints: [member.endpoint] }), openEtcd(one.options)];
  try {
    const lease = await behind.grantLease(60);
    assert.equal(member.calls, 2);
    await direct.renewLease(lease);
    await direct.revokeLease(lease);
  } finally {
    await Promise.all([behind.close(), direct.close()]);
    member.close();
  }
});

test("a lease whose end was carried out but not answered is over", { skip }, async () => {
  const member = await losingMember(one.endpoints[0]!, LEASE_REVOKE[0], 1);
  const [behind, direct] = [openEtcd({ ...one.options, endpoints: [member.endpoint] }), openEtcd(one.options)];
  try {
    const lease = await direct.grantLease(60);
    await behind.revokeLease(lease);
    assert.equal(member.calls, 2);
    await assert.rejects(direct.renewLease(lease), LeaseLost);
  } finally {
    await Promise.all([behind.close(), direct.close()]);
    member.close();
  }
});

test("a lease that etcd refuses is refused", { skip }, async () => {
  const database = openEtcd(one.options);
  await assert.rejects(database.grantLease(10_000_000_000), /too large lease TTL/);
  await database.close();
});

test("members, sizes and the leader are told, and a member can be defragmented", { skip }, async () => {
  assert.deepEqual((await etcdMembers(three.options)).map(({ name }) => name).toSorted(), ["m0", "m1", "m2"]);
  const states = await etcdStatus(three.options);
  assert.equal(states.filter(({ leader }) => leader).length, 1);
  for (const { version, size, used } of states) assert.ok(version && size! >= used! && used! > 0);
  await defragment(one.options);
});

for (const [endpoints, problem] of [
  [[], /no etcd endpoint is given/],
  [["127.0.0.1:2379"], /is no etcd endpoint/],
  [["http://127.0.0.1:2379", "https://127.0.0.1:2380"], /all https or all http/],
] as const) {
  test(`endpoints ${JSON.stringify(endpoints)} are refused`, () => {
    assert.throws(() => openEtcd({ endpoints, clock: { now: () => 0, after: () => () => {} } }), problem);
  });
}

/** etcd's JSON door, for what the store never does. */
async function gateway(path: string, body: object): Promise<void> {
  const response = await fetch(`${guarded.endpoints[0]}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
  assert.equal(response.status, 200, await response.text());
}
