/** Real etcd keeps the contract of a shared database: one member, three, with TLS, with users. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { openEtcd } from "../../adapters/etcd/etcd-database.ts";
import { sharedDatabaseContract } from "../../src/store/shared-database.contract.ts";
import { EtcdCluster, noEtcd } from "./etcd-server.ts";

let one: EtcdCluster;
let three: EtcdCluster;

before(async () => {
  if (noEtcd) return;
  [one, three] = await Promise.all([EtcdCluster.start(), EtcdCluster.start({ members: 3 })]);
});
after(async () => {
  await one?.stop();
  await three?.stop();
});

sharedDatabaseContract("one etcd", { open: async () => openEtcd(one.options), skip: noEtcd });
sharedDatabaseContract("three etcds", { open: async () => openEtcd(three.options), skip: noEtcd });
