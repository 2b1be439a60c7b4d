import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import type { Journal, JournalContent } from "../journal.ts";
import { openStore } from "../local-store.ts";
import { registryLayout } from "../registry-layout.ts";
import { DatabaseUnavailable } from "../shared-database.ts";
import { openSharedStore } from "../shared-store.ts";
import { Compacted } from "../store.ts";
import type { SharedCodec } from "../shared-entry.ts";
import type { Store } from "../store.ts";
import { jsonCodec } from "../testing/json-codec.ts";
import { MemoryDatabase } from "../testing/memory-database.ts";
import { advanceDatabase } from "./advance.ts";
import { migrate, MIGRATION, type MigrationTarget } from "./migrate.ts";

const clock = new VirtualClock();

interface Stamped {
  kind?: string;
  metadata: { resourceVersion?: string };
}

/** The revision stands in the metadata of what has a kind. */
const codec: SharedCodec = {
  encode: jsonCodec.encode,
  decode(bytes, key, revision) {
    const object = jsonCodec.decode(bytes, key);
    codec.stamp(object, revision);
    return object;
  },
  stamp(object, revision) {
    const { kind, metadata } = object as Stamped;
    if (kind !== undefined) metadata.resourceVersion = String(revision);
  },
};

interface Place extends MigrationTarget {
  /** The store that is opened next takes no writes. */
  failNext(): void;
}

/** A journal in memory that can be opened again. */
class KeptJournal {
  revision = 0;
  compacted = 0;
  fail = false;
  readonly #rows = new Map<string, { key: string; revision: number; bytes: Uint8Array }>();

  open(): Journal {
    const { fail } = this;
    this.fail = false;
    let durable: (revision: number) => void;
    let failed: (cause: Error) => void;
    const load = async (): Promise<JournalContent> => ({
      revision: Math.max(this.revision, this.compacted),
      compacted: this.compacted,
      commits: [...this.#rows.values()]
        .toSorted((a, b) => a.revision - b.revision)
        .map((row) => ({ revision: row.revision, committed: 0, record: undefined, rows: [row] })),
    });
    return {
      durable: true,
      load,
      start: (sink) => ({ durable, failed } = { durable: sink.durable, failed: sink.failed }),
      append: ({ revision, rows }) => {
        if (fail) return failed(new Error("the disk is gone"));
        for (const { key, bytes } of rows) {
          if (bytes === undefined) this.#rows.delete(key);
          else this.#rows.set(key, { key, revision, bytes });
        }
        this.revision = revision;
        queueMicrotask(() => durable(revision));
      },
      compact: async (revision) => void (this.compacted = revision),
      close: async () => {},
    };
  }
}

function embedded(): Place {
  const kept = new KeptJournal();
  return {
    open: () => openStore({ clock, codec: jsonCodec, journal: kept.open() }),
    advance: async (revision) => kept.open().compact(revision, []),
    failNext: () => (kept.fail = true),
  };
}

function shared(): Place {
  const database = new MemoryDatabase();
  const layout = registryLayout([{ group: "core", resource: "pods" }]);
  let failing = false;
  return {
    async open() {
      const door = database.door();
      const store = await openSharedStore({
        database: door,
        layout,
        codec,
        clock,
        random: new SeededRandom(database.revision),
        compactEvery: 0,
      });
      if (failing) {
        store.commit = () => Promise.reject(new DatabaseUnavailable("cut off"));
        failing = false;
      }
      return store;
    },
    advance: (revision, told) => advanceDatabase(database.door(), revision, told),
    failNext: () => (failing = true),
  };
}

const PLACES = [
  ["embedded", embedded],
  ["etcd", shared],
] as const;

async function filled(place: Place, count: number): Promise<Store> {
  const store = await place.open();
  for (let i = 0; i < count; i++) {
    const metadata = { name: `p${i}`, labels: { b: "2", a: "1" } };
    await store.commit([{ key: `/core/pods/a/p${i}`, expected: 0, object: (at) => pod(metadata, at) }], {});
  }
  await store.commit(
    [{ key: "/tiphys/nodeports/TCP-1", expected: 0, object: () => ({ metadata: {}, service: "x" }) }],
    {},
  );
  return store;
}

const pod = (metadata: object, at: number): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { ...metadata, resourceVersion: String(at) },
  spec: {},
});

for (const [from, source] of PLACES) {
  for (const [to, target] of PLACES) {
    test(`from ${from} to ${to}: all is there, revisions go on, and older ones are told as gone`, async () => {
      const there = target();
      const old = await filled(source(), 250);
      const steps: string[] = [];
      const result = await migrate({
        source: old,
        target: there,
        from,
        told: (step, done, total) => steps.push(`${step} ${done}/${total}`),
      });
      assert.equal(result.objects, 251);
      assert.equal(result.revision, old.revision);
      assert.ok(steps.includes("objects 251/251"));
      const store = await there.open();
      assert.equal(store.snapshot().count(""), 251);
      assert.ok(store.revision > old.revision);
      assert.throws(() => store.watch("", old.revision, { changes: () => {} }), Compacted);
      const { object, revision } = store.head("/core/pods/a/p7")! as never as { object: any; revision: number };
      assert.ok(revision > old.revision);
      assert.deepEqual(object.metadata.labels, { b: "2", a: "1" });
      assert.equal(store.head(MIGRATION), undefined);
      await store.close();
    });
  }

  test(`a target that is not empty is refused and not changed, from ${from}`, async () => {
    const there = embedded();
    await (await filled(there, 1)).close();
    const old = await filled(source(), 1);
    await assert.rejects(migrate({ source: old, target: there, from }), /holds 2 objects already/);
    assert.equal((await there.open()).snapshot().count(""), 2);
  });
}

for (const [to, target] of PLACES) {
  test(`interrupted on the way to ${to}: the source is as it was, and the target says that it is a part`, async () => {
    const there = target();
    const old = await filled(embedded(), 10);
    const { revision } = old;
    const advance = there.advance.bind(there);
    const broken: MigrationTarget = {
      open: () => there.open(),
      async advance(to_, told) {
        await advance(to_, told);
        there.failNext();
      },
    };
    await assert.rejects(migrate({ source: old, target: broken, from: "there" }));
    assert.equal(old.revision, revision);
    await assert.rejects(migrate({ source: old, target: there, from: "there" }), /from there was interrupted/);
  });
}

test("what was written in the source meanwhile is found", async () => {
  const old = await filled(embedded(), 3);
  const there = embedded();
  const target: MigrationTarget = {
    open: () => there.open(),
    async advance(revision, told) {
      await old.commit([{ key: "/core/pods/a/late", expected: 0, object: (at) => pod({ name: "late" }, at) }], {});
      await there.advance(revision, told);
    },
  };
  await assert.rejects(
    migrate({ source: old, target, from: "x" }),
    /pods\/a\/late was written in the source meanwhile/,
  );
});

test("an incomplete copy is no source", async () => {
  const there = shared();
  const store = await there.open();
  await store.commit([{ key: MIGRATION, expected: 0, object: () => ({ metadata: {}, from: "etcd" }) }], {});
  await assert.rejects(
    migrate({ source: store, target: embedded(), from: "y" }),
    /migration from etcd was interrupted/,
  );
});

test("a target that came out differently is told", async () => {
  const old = await filled(embedded(), 3);
  const there = embedded();
  let opened = 0;
  const target: MigrationTarget = {
    advance: there.advance,
    async open() {
      const store = await there.open();
      if (++opened === 3) {
        const { revision } = store.head("/core/pods/a/p1")!;
        const object = (at: number): object => pod({ name: "changed" }, at);
        await store.commit([{ key: "/core/pods/a/p1", expected: revision, object }], {});
      }
      return store;
    },
  };
  await assert.rejects(migrate({ source: old, target, from: "x" }), /empty the target and begin again/);
});
