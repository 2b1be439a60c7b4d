import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { registryLayout } from "./registry-layout.ts";
import { WriteInDoubt } from "./shared-database.ts";
import { openSharedStore } from "./shared-store.ts";
import { Compacted, Conflict } from "./store.ts";
import type { Change, Store, Write } from "./store.ts";
import { findAnomalies } from "./testing/concurrent-history.ts";
import { MemoryDatabase } from "./testing/memory-database.ts";
import type { Door } from "./testing/memory-database.ts";
import { recordHistory } from "./testing/record-history.ts";
import { sharedJsonCodec } from "./testing/shared-codec.ts";
import { runModel } from "./testing/store-model.ts";

const operations = Number(process.env["STORE_OPERATIONS"] ?? 2000);
const layout = registryLayout([
  { group: "core", resource: "pods" },
  { group: "core", resource: "nodes" },
]);

for (const seed of [1, 2]) {
  test(`random operations agree with the model (seed ${seed}, ${operations} operations)`, async () => {
    const { store } = await open();
    await runModel({ open: async () => store, random: new SeededRandom(seed), operations, shared: true });
  });
}

test("two stores over one database: each is told of every write once, in the same order", async () => {
  const database = new MemoryDatabase();
  const [a, b] = [await open({ database }), await open({ database, seed: 2 })];
  const [toldA, toldB] = [tell(a.store), tell(b.store)];
  await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      (i % 2 ? a : b).store.commit([create(`/core/pods/a/${i}`)], { user: `u${i}` }),
    ),
  );
  await a.store.refresh!();
  await b.store.refresh!();
  assert.equal(toldA.length, 50);
  assert.deepEqual(toldA, toldB);
  assert.equal(new Set(toldA).size, 50);
  assert.equal(a.store.revision, b.store.revision);
});

test("what clients of two stores see at the same time is linearizable", async () => {
  const database = new MemoryDatabase();
  const [a, b] = [await open({ database }), await open({ database, seed: 2 })];
  const history = await recordHistory({
    stores: [a.store, b.store],
    clients: 8,
    operations: 1000,
    random: new SeededRandom(1),
    pause: () => Promise.resolve(),
  });
  assert.ok(history.operations.some(({ outcome }) => outcome.type === "conflict"));
  assert.deepEqual(findAnomalies(history), []);
});

test("who wrote what is told by every server", async () => {
  const database = new MemoryDatabase();
  const [a, b] = [await open({ database }), await open({ database, seed: 2 })];
  const { revision } = await a.store.commit([create("/core/pods/a/1")], { user: "me", verb: "create" });
  await b.store.refresh!();
  assert.equal(b.store.record(revision)?.user, "me");
  assert.deepEqual(b.store.record(revision)?.keys, ["/core/pods/a/1"]);
  assert.equal(b.store.record(revision - 1), undefined);
});

test("a lost race is a conflict that shows what won", async () => {
  const database = new MemoryDatabase();
  const [a, b] = [await open({ database }), await open({ database, seed: 2 })];
  b.door.held = true;
  const { revision } = await a.store.commit([create("/core/pods/a/1")], {});
  assert.equal(b.store.head("/core/pods/a/1"), undefined);
  const late = b.store.commit([create("/core/pods/a/1")], {});
  b.door.held = false;
  await assert.rejects(late, (error) => error instanceof Conflict && error.current?.revision === revision);
});

test("refresh waits for what others committed before, also where only other keys moved", async () => {
  const database = new MemoryDatabase();
  const [a, b] = [await open({ database }), await open({ database, seed: 2 })];
  await a.store.commit([create("/core/pods/a/1")], {});
  await b.store.refresh!();
  assert.equal(b.store.snapshot().count("/core/pods/"), 1);
  database.commit({ compare: [], puts: [{ key: "/elsewhere", value: new Uint8Array(1) }], deletes: [] });
  const refreshed = b.store.refresh!();
  await b.clock.advance(20);
  await refreshed;
  assert.equal(b.store.revision, database.revision);
});

test("a watch that was quiet for long is asked, not given up", async () => {
  const database = new MemoryDatabase();
  const { store, door, clock } = await open({ database });
  await clock.advance(60_000);
  database.commit({ compare: [], puts: [{ key: "/elsewhere", value: new Uint8Array(1) }], deletes: [] });
  door.watch = () => assert.fail("the watch was begun again");
  const refreshed = store.refresh!();
  await clock.advance(200);
  await refreshed;
});

test("a watch that answers nobody is begun again", async () => {
  const database = new MemoryDatabase();
  const { store, door, clock } = await open({ database });
  door.held = true;
  const watch = door.watch.bind(door);
  let begun = 0;
  door.watch = (...how) => {
    begun++;
    return watch(...how);
  };
  const commit = store.refresh!().then(() => store.commit([create("/core/pods/a/1")], {}));
  database.commit({ compare: [], puts: [{ key: "/registry/pods/a/2", value: new Uint8Array(1) }], deletes: [] });
  const refreshed = store.refresh!();
  await clock.advance(2000);
  assert.equal(begun, 1);
  door.held = false;
  await clock.advance(1000);
  await refreshed;
  await commit;
});

test("a watch that does not bring what was just committed is begun again, also where nobody reads", async () => {
  const { store, door, clock } = await open();
  const watch = door.watch.bind(door);
  let begun = 0;
  door.watch = (...how) => {
    begun++;
    door.held = false;
    return watch(...how);
  };
  door.held = true;
  const commit = store.commit([create("/core/pods/a/1")], {});
  await clock.advance(1000);
  assert.equal(begun, 0);
  await clock.advance(1000);
  assert.equal(begun, 1);
  assert.equal((await commit).revision, store.revision);
});

test("a watch that stays away is not waited for without end, neither by who wrote nor by who reads", async () => {
  const { store, door, clock } = await open();
  door.held = true;
  const why = /the watch of the shared database is at revision 1 and has not brought 2 for 30 s/;
  const commit = assert.rejects(store.commit([create("/core/pods/a/1")], {}), (error: Error) => {
    assert.ok(error instanceof WriteInDoubt);
    assert.match(error.message, /^the write was done, but cannot be seen yet: /);
    assert.match(error.message, why);
    return true;
  });
  await clock.advance(0);
  const read = assert.rejects(store.refresh!(), why);
  await clock.advance(29_000);
  assert.equal(store.head("/core/pods/a/1"), undefined);
  await clock.advance(2000);
  await Promise.all([commit, read]);
  door.held = false;
  await clock.advance(5000);
  await store.refresh!();
  assert.ok(store.head("/core/pods/a/1"));
  await store.commit([create("/core/pods/a/2")], {});
});

test("the time for which the process was stopped is not held against the watch", async () => {
  const { store, door, clock } = await open();
  door.held = true;
  const commit = store.commit([create("/core/pods/a/1")], {});
  await clock.advance(0);
  const now = clock.now.bind(clock);
  clock.now = () => now() + 60_000;
  await clock.advance(200);
  door.held = false;
  await clock.advance(5000);
  assert.equal((await commit).revision, store.revision);
});

for (const fate of ["answer lost", "request lost", "late"] as const) {
  test(`a commit whose ${fate === "late" ? "request is late" : `${fate.replace(" ", " is ")}`} happens exactly once`, async () => {
    const database = new MemoryDatabase();
    const { store, door } = await open({ database });
    const told = tell(store);
    door.next = fate;
    const commit = await store.commit([create("/core/pods/a/1")], {});
    assert.equal(store.head("/core/pods/a/1")?.revision, commit.revision);
    for (const { succeeded } of door.deliver()) assert.equal(succeeded, false, "the late transaction was fenced off");
    await store.refresh!();
    assert.equal(told.length, 1);
  });
}

test("a commit whose fence arrives in the same message keeps the revision it has", async () => {
  const { store, door, clock } = await open();
  door.held = true;
  door.next = "answer lost";
  const committing = store.commit([create("/core/pods/a/1")], {});
  await clock.advance(100);
  door.held = false;
  const { revision, entries } = await committing;
  assert.equal(entries[0]!.revision, revision);
  assert.deepEqual(store.head("/core/pods/a/1")!.object, { value: 1, at: revision });
});

test("while the database is gone a commit waits, and is done when it is back", async () => {
  const { store, door, clock } = await open();
  door.cut();
  const commit = store.commit([create("/core/pods/a/1")], {});
  await clock.advance(5000);
  door.mend();
  await clock.advance(5000);
  assert.equal((await commit).entries[0]!.key, "/core/pods/a/1");
});

test("a database that stays away fails the commit and says that it may have been done", async () => {
  const { store, door, clock } = await open();
  door.cut();
  const commit = assert.rejects(store.commit([create("/core/pods/a/1")], {}), /may or may not have been done/);
  await clock.advance(60_000);
  await commit;
  door.mend();
  await clock.advance(5000);
  await store.commit([create("/core/pods/a/2")], {});
});

test("a watch that was lost goes on where it ended: nothing is told twice, nothing is missing", async () => {
  const database = new MemoryDatabase();
  const [a, b] = [await open({ database }), await open({ database, seed: 2 })];
  const told = tell(b.store);
  await a.store.commit([create("/core/pods/a/1")], {});
  b.door.cut();
  await a.store.commit([create("/core/pods/a/2")], {});
  b.door.mend();
  await b.clock.advance(100);
  await a.store.commit([create("/core/pods/a/3")], {});
  await b.store.refresh!();
  assert.deepEqual(told.map(keyOf), ["/core/pods/a/1", "/core/pods/a/2", "/core/pods/a/3"]);
});

test("where the database forgot what was missed, watchers end with Compacted and simple listeners get the differences", async () => {
  const database = new MemoryDatabase();
  const [a, b] = [await open({ database }), await open({ database, seed: 2 })];
  const { revision } = await a.store.commit([create("/core/pods/a/1")], {});
  await a.store.commit([create("/core/pods/a/2")], {});
  await b.store.refresh!();
  const kept = b.store.head("/core/pods/a/2");
  const told = tell(b.store);
  let lost: Error | undefined;
  b.store.watch("/core/pods/", b.store.revision, {
    changes: () => assert.fail("ended"),
    lost: (cause) => (lost = cause),
  });
  b.door.cut();
  await a.store.commit([{ key: "/core/pods/a/1", expected: revision, object: undefined }], {});
  await a.store.commit([create("/core/pods/a/3")], {});
  database.compact(database.revision);
  b.door.mend();
  await b.clock.advance(1000);
  await b.store.refresh!();
  assert.ok(lost instanceof Compacted);
  assert.deepEqual(told.map(keyOf).toSorted(), ["/core/pods/a/1", "/core/pods/a/3"]);
  assert.equal(b.store.head("/core/pods/a/2"), kept);
  assert.equal(b.store.compactedRevision, b.store.revision);
  assert.throws(() => b.store.watch("", revision, { changes() {} }), Compacted);
  await b.store.commit([create("/core/pods/a/4")], {});
});

test("one of two servers compacts, to right behind what was newest a round before, where nobody deleted anything", async () => {
  const database = new MemoryDatabase();
  const clock = new VirtualClock();
  const [a, b] = [
    await open({ database, clock, compactEvery: 1000 }),
    await open({ database, clock, seed: 2, compactEvery: 1000 }),
  ];
  const compactions: number[] = [];
  for (const { door } of [a, b]) {
    const compact = door.compact.bind(door);
    door.compact = (revision) => {
      compactions.push(revision);
      return compact(revision);
    };
  }
  const newest: number[] = [];
  for (let round = 0; round < 4; round++) {
    await a.store.commit([create(`/core/pods/a/${round}`)], {});
    newest.push(database.revision);
    await clock.advance(1000);
  }
  assert.equal(compactions.length, 3, String(compactions));
  assert.deepEqual(
    compactions,
    newest.slice(0, 3).map((revision) => revision + 1),
  );
});

test("what the write gives a time to live vanishes with its lease, and is told", async () => {
  const database = new MemoryDatabase();
  const { store } = await open({ database });
  const told = tell(store);
  await store.commit([{ ...create("/core/pods/a/1"), ttl: 10 }], {});
  await store.commit([{ ...create("/core/pods/a/2") }], {});
  // The record's lease is the first or the second, whichever the other is not.
  for (const lease of [1, 2]) database.revoke(lease);
  await store.refresh!();
  assert.deepEqual(told.map(keyOf), ["/core/pods/a/1", "/core/pods/a/2", "/core/pods/a/1"]);
  await store.commit([create("/core/pods/a/3")], {});
});

test("a full database refuses with its own words, and takes writes again when it has room", async () => {
  const database = new MemoryDatabase();
  const { store } = await open({ database });
  database.full = true;
  await assert.rejects(store.commit([create("/core/pods/a/1")], {}), /the database is full/);
  database.full = false;
  await store.commit([create("/core/pods/a/1")], {});
});

test("a store that opens later lists what is there, without its revisions in the values", async () => {
  const database = new MemoryDatabase();
  const { store } = await open({ database });
  const { revision } = await store.commit([create("/core/pods/a/1")], {});
  const later = await open({ database, seed: 2 });
  assert.deepEqual(later.store.head("/core/pods/a/1")?.object, { value: 1, at: revision });
  assert.equal(new TextDecoder().decode(database.get("/registry/pods/a/1")!.value), '{"value":1}');
});

interface Opened {
  readonly store: Store;
  readonly door: Door;
  readonly clock: VirtualClock;
}

interface Opening {
  readonly database?: MemoryDatabase;
  readonly clock?: VirtualClock;
  readonly seed?: number;
  readonly compactEvery?: number;
}

async function open({
  database = new MemoryDatabase(),
  clock,
  seed = 1,
  compactEvery = 0,
}: Opening = {}): Promise<Opened> {
  const door = database.door();
  const time = clock ?? new VirtualClock();
  const random = new SeededRandom(seed);
  const store = await openSharedStore({
    database: door,
    layout,
    codec: sharedJsonCodec,
    clock: time,
    random,
    compactEvery,
  });
  return { store, door, clock: time };
}

function create(key: string): Write {
  return { key, expected: 0, object: (at) => ({ value: 1, at }) };
}

function tell(store: Store): string[] {
  const told: string[] = [];
  store.watch("", store.revision, {
    changes: (changes: readonly Change[]) => told.push(...changes.map(({ revision, key }) => `${revision} ${key}`)),
  });
  return told;
}

const keyOf = (told: string): string => told.split(" ")[1]!;
