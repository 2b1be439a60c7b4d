/** What every shared database must do; each adapter's test runs it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseCompacted, LeaseLost } from "./shared-database.ts";
import type { DatabaseEvent, SharedDatabase, Transaction } from "./shared-database.ts";

export interface DatabaseUnderTest {
  /** A door to the same database each time; what was written stays. */
  open(): Promise<SharedDatabase>;
  /** Absent: tests run. Otherwise why they cannot. */
  readonly skip?: string | undefined;
}

let prefixes = 0;

export function sharedDatabaseContract(name: string, { open, skip }: DatabaseUnderTest): void {
  const rule = (text: string, body: (database: SharedDatabase, prefix: string) => Promise<void>): void => {
    test(`${name}: ${text}`, { skip }, async () => {
      const database = await open();
      try {
        await body(database, `/contract/${++prefixes}/`);
      } finally {
        await database.close();
      }
    });
  };

  rule("a transaction is one revision, and its keys are listed with it in key order", async (database, prefix) => {
    const { succeeded, revision } = await database.commit(put(prefix, { b: "2", a: "1" }));
    assert.equal(succeeded, true);
    const listing = await database.list(prefix);
    assert.deepEqual(
      listing.rows.map((row) => [row.key, textOf(row.value), row.revision]),
      [
        [`${prefix}a`, "1", revision],
        [`${prefix}b`, "2", revision],
      ],
    );
    assert.ok(listing.revision >= revision);
    assert.equal((await database.get(`${prefix}a`)).row?.revision, revision);
    assert.equal((await database.get(`${prefix}c`)).row, undefined);
    assert.ok((await database.revision()) >= revision);
  });

  rule("a failed comparison changes nothing and tells the revision compared at", async (database, prefix) => {
    const { revision } = await database.commit(put(prefix, { a: "1" }));
    const failed = await database.commit({
      ...put(prefix, { a: "2", b: "2" }),
      compare: [{ key: `${prefix}a`, revision: revision - 1 }],
    });
    assert.equal(failed.succeeded, false);
    assert.ok(failed.revision >= revision);
    const absent = await database.commit({ ...put(prefix, { c: "1" }), compare: [{ key: `${prefix}a`, revision: 0 }] });
    assert.equal(absent.succeeded, false);
    assert.deepEqual(
      (await database.list(prefix)).rows.map((row) => textOf(row.value)),
      ["1"],
    );
  });

  rule("comparing with revision 0 creates once", async (database, prefix) => {
    const create: Transaction = { ...put(prefix, { a: "1" }), compare: [{ key: `${prefix}a`, revision: 0 }] };
    const results = await Promise.all([1, 2, 3, 4].map(() => database.commit(create)));
    assert.equal(results.filter(({ succeeded }) => succeeded).length, 1);
  });

  rule("a watch tells what was since and what comes, in order, each once, deletions too", async (database, prefix) => {
    const { revision } = await database.commit(put(prefix, { a: "1" }));
    await database.commit(put(prefix, { a: "2", b: "1" }));
    const seen = watch(database, prefix, revision);
    await seen.until(2);
    await database.commit({ compare: [], puts: [], deletes: [`${prefix}a`] });
    await database.commit(put("/contract/elsewhere/", { a: "1" }));
    await database.commit(put(prefix, { c: "1" }));
    await seen.until(4);
    assert.deepEqual(
      seen.events.map(({ key, value }) => [key.slice(prefix.length), value && textOf(value)]),
      [
        ["a", "2"],
        ["b", "1"],
        ["a", undefined],
        ["c", "1"],
      ],
    );
    const revisions = seen.events.map((event) => event.revision);
    assert.equal(revisions[0], revisions[1]);
    assert.ok(revisions[1]! < revisions[2]! && revisions[2]! < revisions[3]!);
    seen.close();
  });

  rule("two doors to one database: each is told of the other's writes", async (database, prefix) => {
    const other = await open();
    const seen = watch(other, prefix, await other.revision());
    for (let i = 0; i < 20; i++) await database.commit(put(prefix, { [`k${i}`]: "x" }));
    await seen.until(20);
    assert.equal(new Set(seen.events.map(({ revision }) => revision)).size, 20);
    seen.close();
    await other.close();
  });

  rule("progress that was asked for says how far all was told", async (database, prefix) => {
    const seen = watch(database, prefix, await database.revision());
    await database.commit(put("/contract/elsewhere/", { a: "2" }));
    const revision = await database.revision();
    while (seen.reached < revision) {
      seen.requestProgress();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(seen.events, []);
    seen.close();
  });

  rule("a watch from before a compaction ends with the compacted revision", async (database, prefix) => {
    const { revision } = await database.commit(put(prefix, { a: "1" }));
    await database.commit(put(prefix, { a: "2" }));
    const newest = (await database.commit(put(prefix, { a: "3" }))).revision;
    await database.compact(newest);
    await database.compact(newest);
    const lost = await watch(database, prefix, revision).lost;
    assert.ok(lost instanceof DatabaseCompacted);
    assert.equal(lost.compactedRevision, newest);
    assert.equal(textOf((await database.list(prefix)).rows[0]!.value), "3");
  });

  rule("a revoked lease takes its keys along, and cannot be renewed", async (database, prefix) => {
    const lease = await database.grantLease(60);
    const { revision } = await database.commit({
      compare: [],
      puts: [{ key: `${prefix}a`, value: bytesOf("1"), lease }],
      deletes: [],
    });
    await database.renewLease(lease);
    const seen = watch(database, prefix, revision);
    await database.revokeLease(lease);
    await seen.until(1);
    assert.equal(seen.events[0]!.value, undefined);
    await assert.rejects(database.renewLease(lease), LeaseLost);
    await database.revokeLease(lease);
    seen.close();
  });

  rule("many keys and large values come whole", async (database, prefix) => {
    const large = new Uint8Array(200_000).fill(120);
    const seen = watch(database, prefix, await database.revision());
    for (let i = 0; i < 30; i++) {
      const puts = Array.from({ length: 40 }, (_, j) => ({
        key: `${prefix}${i}-${j}`,
        value: j === 0 ? large : bytesOf("x"),
      }));
      await database.commit({ compare: [], puts, deletes: [] });
    }
    const { rows } = await database.list(prefix);
    assert.equal(rows.length, 1200);
    assert.equal(rows.filter(({ value }) => value.length === large.length).length, 30);
    await seen.until(1200);
    assert.equal(new Set(seen.events.map(({ revision }) => revision)).size, 30);
    seen.close();
  });
}

export function put(prefix: string, values: Readonly<Record<string, string>>): Transaction {
  const puts = Object.entries(values).map(([key, text]) => ({ key: prefix + key, value: bytesOf(text) }));
  return { compare: [], puts, deletes: [] };
}

interface Seen {
  readonly events: DatabaseEvent[];
  readonly reached: number;
  readonly lost: Promise<Error>;
  until(count: number): Promise<void>;
  requestProgress(): void;
  close(): void;
}

function watch(database: SharedDatabase, prefix: string, after: number): Seen {
  const events: DatabaseEvent[] = [];
  let reached = after;
  let wake = (): void => {};
  let lose: (cause: Error) => void;
  const lost = new Promise<Error>((resolve) => (lose = resolve));
  const running = database.watch(prefix, after, {
    events(told) {
      assert.ok(told.length > 0 && told[0]!.revision > reached, "told twice, or not in order");
      reached = told.at(-1)!.revision;
      events.push(...told);
      wake();
    },
    progress: (revision) => (reached = Math.max(reached, revision)),
    lost: (cause) => lose(cause),
  });
  return {
    events,
    get reached() {
      return reached;
    },
    lost,
    async until(count) {
      while (events.length < count) await new Promise<void>((resolve) => (wake = resolve));
      assert.equal(events.length, count);
    },
    requestProgress: () => running.requestProgress(),
    close: () => running.close(),
  };
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
