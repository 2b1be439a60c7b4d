import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import type { Journal, JournalCommit, JournalSink } from "./journal.ts";
import { openStore } from "./local-store.ts";
import type { StoreOptions } from "./local-store.ts";
import { Compacted, Conflict, JournalFailed, StoreBusy, StoreClosed, StoreFull } from "./store.ts";
import type { Change, Store, Write } from "./store.ts";
import { jsonCodec } from "./testing/json-codec.ts";
import { runModel } from "./testing/store-model.ts";

const operations = Number(process.env["STORE_OPERATIONS"] ?? 3000);

for (const seed of [1, 2, 3]) {
  test(`random operations agree with the model (seed ${seed}, ${operations} operations)`, async () => {
    await runModel({ open: () => open(), random: new SeededRandom(seed), operations });
  });
}

test("through the memory journal a commit is visible before the call returns", async () => {
  const store = await open();
  const committed = store.commit([create("/core/pods/a/1")], {});
  assert.equal(store.snapshot().count("/core/pods/"), 1);
  assert.equal((await committed).revision, store.revision);
});

test("until the journal has it, a write is seen by writers only", async () => {
  const journal = new HeldJournal();
  const store = await open({ journal });
  const told: number[] = [];
  store.watch("", store.revision, { changes: (_, revision) => told.push(revision) });
  const first = store.commit([create("/core/pods/a/1")], {});
  const revision = store.revision + 1;
  assert.equal(store.head("/core/pods/a/1")?.revision, revision);
  assert.equal(store.snapshot().get("/core/pods/a/1"), undefined);
  let lost: unknown;
  const loser = store.commit([create("/core/pods/a/1")], {}).catch((error: unknown) => (lost = error));
  const second = store.commit([{ ...create("/core/pods/a/1"), expected: revision }], {});
  await Promise.resolve();
  assert.deepEqual([told, lost], [[], undefined]);
  journal.sink!.durable(revision + 1);
  assert.deepEqual(told, [revision + 1]);
  assert.deepEqual([(await first).revision, (await second).revision], [revision, revision + 1]);
  assert.ok((await loser) instanceof Conflict);
  assert.deepEqual(
    [...store.changes(0, revision + 1)].map((change) => change.revision),
    [revision, revision + 1],
  );
});

test("after a journal failure all waiting writes reject, nothing of them is visible, and the store says why", async () => {
  const journal = new HeldJournal();
  const store = await open({ journal });
  const waiting = ["1", "2", "1"].map((name) => store.commit([create(`/core/pods/a/${name}`)], {}));
  journal.sink!.failed(new Error("no space left on device"));
  for (const write of waiting) await assert.rejects(write, /no space left on device/);
  assert.equal(store.head("/core/pods/a/1"), undefined);
  assert.equal(store.snapshot().count(""), 0);
  await assert.rejects(store.commit([create("/core/pods/a/3")], {}), JournalFailed);
  assert.equal(journal.appended.length, 2);
});

test("what writers see is settled when the journal has it, and never where the journal fails", async () => {
  const journal = new HeldJournal();
  const store = await open({ journal });
  await store.settled!();
  const seen: string[] = [];
  void store.commit([create("/core/pods/a/1")], {});
  const settled = store.settled!().then(() => seen.push(`settled ${store.snapshot().count("")}`));
  void store.commit([create("/core/pods/a/2")], {}).catch(() => seen.push("failed"));
  await Promise.resolve();
  assert.deepEqual(seen, []);
  journal.sink!.durable(store.revision + 1);
  await settled;
  const never = store.settled!();
  journal.sink!.failed(new Error("no space left on device"));
  await assert.rejects(never, JournalFailed);
  assert.deepEqual(seen, ["settled 1", "failed"]);
});

test("a listener that writes is told of its write after everybody was told of the first", async () => {
  const store = await open();
  const order: string[] = [];
  store.watch("/core/pods/", 0, {
    changes(changes) {
      order.push(`a${changes[0]!.revision}`);
      if (changes[0]!.key.endsWith("/1")) void store.commit([create("/core/pods/a/2")], {});
    },
  });
  store.watch("/core/pods/", 0, { changes: (changes) => order.push(`b${changes[0]!.revision}`) });
  await store.commit([create("/core/pods/a/1")], {});
  assert.deepEqual(order, ["a2", "b2", "a3", "b3"]);
});

test("all watchers of a prefix are handed the very same array, and others nothing", async () => {
  const store = await open();
  const seen: (readonly Change[])[] = [];
  const tell = { changes: (changes: readonly Change[]) => void seen.push(changes) };
  store.watch("/core/pods/a/", 0, tell);
  store.watch("/core/pods/a/", 0, tell);
  store.watch("/core/pods/b/", 0, { changes: () => assert.fail("another namespace") });
  store.watch("/core/pods/a/11", 0, { changes: () => assert.fail("another key") });
  await store.commit([create("/core/pods/a/1")], {});
  assert.equal(seen.length, 2);
  assert.equal(seen[0], seen[1]);
});

test("a watcher that leaves during a delivery gets no more, and one that throws harms nobody", async () => {
  const store = await open();
  let told = 0;
  store.watch("", 0, {
    changes() {
      leave();
      throw new Error("listener");
    },
  });
  const leave = store.watch("", 0, { changes: () => assert.fail("had left") });
  store.watch("", 0, { changes: () => told++ });
  await store.commit([create("/a")], {});
  assert.equal(told, 1);
});

test("the kept window is bounded by revisions", async () => {
  const store = await open({ keep: { revisions: 10 } });
  for (let i = 0; i < 50; i++) await store.commit([create(`/core/pods/a/${i}`)], { user: "u" });
  assert.equal(store.compactedRevision, store.revision - 10);
  assert.equal(store.record(store.compactedRevision), undefined);
  assert.equal(store.record(store.compactedRevision + 1)?.user, "u");
  assert.throws(() => store.watch("", store.compactedRevision - 1, { changes() {} }), Compacted);
  assert.equal(store.snapshotAt(store.compactedRevision).count(""), 40);
});

test("the kept window is bounded by age", async () => {
  const clock = new VirtualClock(1_000_000);
  const store = await open({ clock, keep: { revisions: 15, milliseconds: 1000 } });
  await store.commit([create("/old")], {});
  await clock.advance(1001);
  await store.commit([create("/new")], {});
  assert.equal(store.compactedRevision, store.revision - 1);
});

test("a time names the revision that was the newest then; what the log does not reach back to is gone", async () => {
  const clock = new VirtualClock(1_000_000);
  const store = await open({ clock, keep: { revisions: 10 } });
  const at = (time: number): number => store.revisionAt(time);
  assert.equal(at(0), 1);
  for (let i = 0; i < 3; i++) {
    await clock.advance(1000);
    await store.commit([create(`/core/pods/a/${i}`)], {});
    await store.commit([create(`/core/pods/b/${i}`)], {});
  }
  assert.deepEqual([at(1_000_999), at(1_001_000), at(1_002_500), at(9_000_000)], [1, 3, 5, 7]);
  for (let i = 0; i < 10; i++) await store.commit([create(`/core/pods/c/${i}`)], {});
  assert.equal(store.compactedRevision, 7);
  assert.equal(at(1_003_000), 17);
  assert.throws(() => at(1_002_500), Compacted);
});

test("a fork knows its own time only", async () => {
  const clock = new VirtualClock(1_000_000);
  const store = await open({ clock });
  await store.commit([create("/a")], {});
  await clock.advance(1000);
  const fork = store.fork();
  assert.equal(fork.revisionAt(clock.now()), 2);
  assert.throws(() => fork.revisionAt(1_000_500), Compacted);
});

test("roots far back are rebuilt, at any distance from a kept one", async () => {
  const store = await open();
  for (let i = 0; i < 3000; i++) {
    const key = `/k/${i % 100}`;
    await store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => ({ i }) }], {});
  }
  for (const back of [0, 1, 2, 950, 1023, 1024, 1025, 2000, 2047, 2048, 2049, 2999]) {
    const i = 2999 - back;
    const snapshot = store.snapshotAt(store.revision - back);
    assert.deepEqual(snapshot.get(`/k/${i % 100}`)?.object, { i });
    assert.equal(snapshot.count(""), Math.min(100, i + 1));
  }
});

test("too many waiting writes are refused, and so is a key that is too long", async () => {
  const store = await open({ journal: new HeldJournal(), mostPending: 1 });
  await assert.rejects(store.commit([create("/".repeat(2000))], {}), RangeError);
  void store.commit([create("/a")], {});
  await assert.rejects(store.commit([create("/b")], {}), StoreBusy);
});

test("a write whose object cannot be made changes nothing", async () => {
  const store = await open();
  const broken: Write = {
    key: "/b",
    expected: 0,
    object() {
      throw new Error("cannot");
    },
  };
  await assert.rejects(store.commit([create("/a"), broken], {}), /cannot/);
  assert.equal(store.head("/a"), undefined);
  assert.equal((await store.commit([create("/a")], {})).revision, 2);
});

test("while the journal has no room, writes are refused with its reason, and then taken again", async () => {
  const journal = new HeldJournal();
  const store = await open({ journal });
  journal.full = new StoreFull("no space left");
  await assert.rejects(store.commit([create("/a")], {}), /no space left; free some, and writes are taken again/);
  assert.equal(journal.appended.length, 0);
  journal.full = undefined;
  const taken = store.commit([create("/a")], {});
  journal.sink!.durable(store.revision + 1);
  assert.equal((await taken).revision, store.revision);
});

test("a closed store refuses writes and can still be read", async () => {
  const store = await open();
  await store.commit([create("/a")], {});
  await store.close();
  await assert.rejects(store.commit([create("/b")], {}), StoreClosed);
  assert.equal(store.snapshot().count(""), 1);
});

test("the journal's bytes are the entry's encoding; without bytes nothing is encoded", async () => {
  const journal = new HeldJournal();
  const store = await open({ journal });
  void store.commit([create("/a")], {});
  assert.equal(store.head("/a")?.encodings.get("json"), journal.appended[0]!.rows[0]!.bytes);
  const memory = await open({ codec: { ...jsonCodec, encode: () => assert.fail("encoded") } });
  await memory.commit([create("/a")], {});
  assert.equal(memory.head("/a")?.encodings.get("json"), undefined);
});

function open(options: Partial<StoreOptions> = {}): Promise<Store> {
  return openStore({ clock: new VirtualClock(1_700_000_000_000), codec: jsonCodec, ...options });
}

function create(key: string): Write {
  return { key, expected: 0, object: (revision) => ({ key, revision }) };
}

/** Is durable when the test says so. */
class HeldJournal implements Journal {
  readonly durable = true;
  readonly appended: JournalCommit[] = [];
  sink: JournalSink | undefined;
  full: Error | undefined;

  refusal(): Error | undefined {
    return this.full;
  }
  async load(): Promise<{ revision: number; compacted: number; commits: [] }> {
    return { revision: 0, compacted: 0, commits: [] };
  }
  start(sink: JournalSink): void {
    this.sink = sink;
  }
  append(commit: JournalCommit): void {
    this.appended.push(commit);
  }
  async compact(): Promise<void> {}
  async close(): Promise<void> {}
}
