/** The store over real etcd: the model, two servers over one cluster, and members that are killed, paused and full. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { defragment, etcdStatus } from "../../adapters/etcd/admin.ts";
import { openEtcd } from "../../adapters/etcd/etcd-database.ts";
import type { EtcdOptions } from "../../adapters/etcd/etcd-database.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { DatabaseFull } from "../../src/store/shared-database.ts";
import { registryLayout } from "../../src/store/registry-layout.ts";
import { openSharedStore } from "../../src/store/shared-store.ts";
import { Conflict } from "../../src/store/store.ts";
import type { Change, Store, Write } from "../../src/store/store.ts";
import { sharedJsonCodec } from "../../src/store/testing/shared-codec.ts";
import { runModel } from "../../src/store/testing/store-model.ts";
import { EtcdCluster, noEtcd } from "./etcd-server.ts";

const skip = noEtcd;
const limits = { skip, timeout: 90_000 };
const operations = Number(process.env["STORE_OPERATIONS"] ?? 400);
const resources = [
  { group: "core", resource: "pods" },
  { group: "core", resource: "nodes" },
];

let one: EtcdCluster;
let three: EtcdCluster;
let prefixes = 0;
const opened: Store[] = [];

before(async () => {
  if (skip) return;
  [one, three] = await Promise.all([EtcdCluster.start(), EtcdCluster.start({ members: 3 })]);
});
after(async () => {
  // Those that a failed test left open would keep the process for ever.
  await Promise.all(opened.map((store) => store.close()));
  await one?.stop();
  await three?.stop();
});

test(`over etcd, ${operations} random operations agree with the model`, limits, async () => {
  const store = await open(one.options, newPrefix());
  await runModel({ open: async () => store, random: new SeededRandom(7), operations, shared: true });
});

test(
  "two stores over one etcd see each other's writes once, in order, and agree on all revisions",
  limits,
  async () => {
    const prefix = newPrefix();
    const stores = [await open(one.options, prefix), await open(one.options, prefix)];
    const told = stores.map(tell);
    await Promise.all(stores.map((store, at) => writeMany(store, at, 200)));
    await Promise.all(stores.map((store) => store.refresh!()));
    assert.equal(told[0]!.length, 400);
    assert.deepEqual(told[0], told[1]);
    assertOrdered(told[0]!);
    await closeAll(stores);
  },
);

test(
  "of several servers that change one object, each acknowledged change builds on the one before",
  limits,
  async () => {
    const prefix = newPrefix();
    const stores = [await open(three.options, prefix), await open(three.options, prefix)];
    const acknowledged = (await Promise.all(stores.map((store) => count(store, "/core/pods/a/counter", 60)))).flat();
    assert.equal(new Set(acknowledged).size, 120);
    assert.equal(Math.max(...acknowledged), 120);
    await closeAll(stores);
  },
);

for (const [harm, heal] of [
  ["SIGKILL", "restart"],
  ["SIGSTOP", "SIGCONT"],
] as const) {
  test(
    `${harm} of each of three members in turn: no acknowledged write is lost, none is told twice`,
    limits,
    async () => {
      const prefix = newPrefix();
      const stores = [await open(three.options, prefix), await open(three.options, prefix)];
      const told = stores.map(tell);
      const stopping = new AbortController();
      const writing = Promise.all(stores.map((store, at) => writeUntil(store, at, stopping.signal)));
      for (const at of three.endpoints.keys()) {
        await three.signal(at, harm);
        await pause(2500);
        if (heal === "restart") three.startMember(at);
        else await three.signal(at, heal);
        await three.ready();
        await pause(300);
      }
      stopping.abort();
      const acknowledged = (await writing).flat();
      await Promise.all(stores.map((store) => store.refresh!()));
      assert.ok(acknowledged.length > 50, `only ${acknowledged.length} writes went through`);
      const fresh = await open(three.options, prefix);
      for (const { key, revision } of acknowledged) assert.equal(fresh.head(key)?.revision, revision, key);
      assert.equal(fresh.snapshot().count(""), acknowledged.length, "each write happened once or said that it failed");
      assert.deepEqual(told[0], told[1]);
      assertOrdered(told[0]!);
      assert.equal(told[0]!.length, acknowledged.length);
      await closeAll([...stores, fresh]);
    },
  );
}

test("after a restart and a compaction of etcd both stores go on and agree", limits, async () => {
  const prefix = newPrefix();
  const [a, b] = [await open(one.options, prefix), await open(one.options, prefix)];
  await writeMany(a!, 0, 20);
  await b!.refresh!();
  await one.signal(0, "SIGKILL");
  one.startMember(0);
  await one.ready();
  const database = openEtcd(one.options);
  await writeMany(a!, 1, 20);
  await database.compact(await database.revision());
  await b!.refresh!();
  assert.deepEqual(keysOf(b!), keysOf(a!));
  await database.close();
  await closeAll([a!, b!]);
});

test(
  "etcd out of space refuses writes with what to do, reads go on, and once there is room writes do, too",
  limits,
  async () => {
    const small = await EtcdCluster.start({ flags: ["--quota-backend-bytes", String(4 * 2 ** 20)] });
    const store = await open(small.options, newPrefix());
    const text = "x".repeat(500_000);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 40; i++) await store.commit([create(`/core/pods/a/${i}`, text)], {});
    };
    await assert.rejects(
      fill(),
      (error: Error) => error instanceof DatabaseFull && /etcdctl alarm disarm/.test(error.message),
    );
    await store.refresh!();
    assert.ok(store.snapshot().count("/core/pods/") > 0);
    const [full] = await etcdStatus(small.options);
    assert.match(full!.advice!, /etcdctl --endpoints=http.* defrag .*alarm disarm/);
    await makeRoom(small);
    await store.commit([create("/core/pods/a/after")], {});
    assert.equal((await etcdStatus(small.options))[0]!.advice, undefined);
    await store.close();
    await small.stop();
  },
);

test("a write with a time to live vanishes from etcd and is told as deleted", limits, async () => {
  const store = await open(one.options, newPrefix());
  const told = tell(store);
  const gone = new Promise<void>((resolve) => {
    const stop = store.watch("/core/pods/a/short", store.revision, {
      changes(changes) {
        if (changes.at(-1)!.after !== undefined) return;
        stop();
        resolve();
      },
    });
  });
  await store.commit([{ ...create("/core/pods/a/short"), ttl: 2 }], {});
  await store.commit([create("/core/pods/a/long")], {});
  await gone;
  assert.equal(told.length, 3);
  assert.deepEqual(keysOf(store), ["/core/pods/a/long"]);
  await store.close();
});

/** What the advice says, after objects were removed: compact, defragment, take the alarm back. */
async function makeRoom(etcd: EtcdCluster): Promise<void> {
  const call = async (path: string, body: object): Promise<any> => {
    const response = await fetch(`${etcd.endpoints[0]}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    assert.equal(response.status, 200);
    return response.json();
  };
  const key = Buffer.from("/registry-").toString("base64");
  const range_end = Buffer.from("/registry.").toString("base64");
  const { header } = await call("kv/deleterange", { key, range_end });
  await call("kv/compaction", { revision: header.revision, physical: true });
  await defragment(etcd.options);
  const { alarms } = await call("maintenance/alarm", { action: "GET" });
  for (const { memberID, alarm } of alarms) await call("maintenance/alarm", { action: "DEACTIVATE", memberID, alarm });
}

function newPrefix(): string {
  return `/registry-${++prefixes}`;
}

async function open(options: EtcdOptions, prefix: string): Promise<Store> {
  const store = await openSharedStore({
    database: openEtcd(options),
    layout: registryLayout(resources, prefix),
    codec: sharedJsonCodec,
    clock: systemClock,
    random: systemRandom,
    compactEvery: 0,
  });
  opened.push(store);
  return store;
}

function create(key: string, value: unknown = 1): Write {
  return { key, expected: 0, object: (at) => ({ value, at }) };
}

async function writeMany(store: Store, writer: number, count: number): Promise<void> {
  const write = (i: number): Promise<unknown> => store.commit([create(`/core/pods/w${writer}/${i}`)], {});
  await Promise.all(Array.from({ length: count }, (_, i) => write(i)));
}

/** Creates objects until told to stop; answers those that were acknowledged. No write may be left in doubt. */
async function writeUntil(
  store: Store,
  writer: number,
  signal: AbortSignal,
): Promise<{ key: string; revision: number }[]> {
  const done: { key: string; revision: number }[] = [];
  const one = async (part: number): Promise<void> => {
    for (let i = 0; !signal.aborted; i++) {
      const key = `/core/pods/w${writer}-${part}/${i}`;
      const { revision } = await store.commit([create(key)], {});
      done.push({ key, revision });
      await pause(5);
    }
  };
  await Promise.all([0, 1, 2, 3].map(one));
  return done;
}

/** Counts one up `times` times by compare and set; answers the numbers it wrote. */
async function count(store: Store, key: string, times: number): Promise<number[]> {
  const written: number[] = [];
  while (written.length < times) {
    const entry = store.head(key);
    const value = ((entry?.object as { value: number } | undefined)?.value ?? 0) + 1;
    try {
      await store.commit([{ ...create(key, value), expected: entry?.revision ?? 0 }], {});
      written.push(value);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
  return written;
}

function tell(store: Store): Change[] {
  const told: Change[] = [];
  store.watch("", store.revision, { changes: (changes) => told.push(...changes.map(plain)) });
  return told;
}

/** Without what differs between servers: the entries themselves. */
function plain({ revision, key, before, after }: Change): Change {
  const told = { revision, key, before: before?.revision, after: after?.revision };
  return told as unknown as Change;
}

function assertOrdered(told: readonly Change[]): void {
  for (const [i, { revision }] of told.entries()) assert.ok(i === 0 || revision > told[i - 1]!.revision);
}

function keysOf(store: Store): string[] {
  return [...store.snapshot().range("")].map(({ key }) => key);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()));
}
