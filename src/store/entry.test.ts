import assert from "node:assert/strict";
import { test } from "node:test";
import { StoredEntry } from "./entry.ts";
import type { EntryHome } from "./entry.ts";
import { RecentEncodings } from "./recent-encodings.ts";
import { SharedEntry } from "./shared-entry.ts";
import type { SharedHome } from "./shared-entry.ts";
import { Compacted } from "./store.ts";
import { jsonCodec } from "./testing/json-codec.ts";
import { sharedJsonCodec } from "./testing/shared-codec.ts";

const MOST = 800;
const SIZE = 100;
const object = { text: "a".repeat(SIZE - '{"text":""}'.length) };
const bytes = jsonCodec.encode(object, "");

test("encodings that were made last stay in memory, up to so many bytes for all entries; the others are read again", () => {
  const { home, entries, journal } = written(30);
  for (const entry of entries) assert.deepEqual(entry.encodings.get("json"), bytes);
  assert.ok(journal.reads >= 30 - MOST / SIZE, "the oldest are not in memory");
  journal.reads = 0;
  for (const entry of entries.slice(-MOST / SIZE + 1)) entry.encodings.get("json");
  assert.equal(journal.reads, 0, "the newest are in memory");
  assert.equal(home.recent.hasRoom(SIZE + 1), false);
});

test("what was read again stays where there is room, and nothing goes for it", () => {
  const { entries, journal, home } = written(7);
  const [first] = entries;
  first!.forgetEncodings();
  home.recent.remove(first!);
  journal.reads = 0;
  first!.encodings.get("json");
  first!.encodings.get("json");
  assert.equal(journal.reads, 1);
});

test("encodings beside the journal's count, and are for the caller to make again", () => {
  const { entries } = written(4);
  const [first] = entries;
  first!.encodings.set("protobuf", bytes);
  assert.equal(first!.encodings.get("protobuf"), bytes);
  for (const entry of entries) entry.encodings.set("table", bytes);
  assert.equal(first!.encodings.get("protobuf"), undefined);
});

test("bytes that nobody else has are never forgotten", () => {
  const home: EntryHome = { codec: jsonCodec, recent: new RecentEncodings(MOST) };
  const entries = Array.from({ length: 30 }, (_, i) => new StoredEntry(home, "/a", i, undefined, bytes));
  for (const entry of entries) assert.deepEqual(entry.object, object);
});

test("an entry that was held is there when the journal has forgotten it, any other is compacted", () => {
  const { entries, journal } = written(30);
  const [held, other] = entries;
  for (const entry of [held!, other!]) entry.release();
  held!.hold();
  journal.rows.clear();
  for (const entry of entries.slice(2)) entry.encodings.set("table", bytes);
  assert.deepEqual(held!.object, object);
  assert.equal(held!.encodings.get("json"), undefined);
  assert.throws(() => other!.object, Compacted);
  assert.throws(() => other!.encodings.get("json"), Compacted);
});

test("an entry of a shared database has its object for ever and its encodings as long as there is room", () => {
  const home: SharedHome = { codec: sharedJsonCodec, recent: new RecentEncodings(MOST) };
  const entries = Array.from({ length: 30 }, (_, i) => new SharedEntry(home, "/a", i, bytes));
  for (const entry of entries) {
    entry.encodings.set("json", bytes);
    entry.encodings.set("protobuf", bytes);
    assert.equal(entry.encodings.get("json"), bytes);
  }
  const kept = entries.filter((entry) => entry.encodings.get("json") !== undefined);
  assert.ok(kept.length > 0 && kept.length * 2 * SIZE <= MOST, `${kept.length} are kept`);
  assert.ok(kept.includes(entries.at(-1)!));
  for (const entry of entries) assert.ok("text" in entry.object);
});

interface Rows {
  readonly rows: Map<number, Uint8Array>;
  reads: number;
}

function written(count: number): { home: EntryHome; entries: readonly StoredEntry[]; journal: Rows } {
  const journal: Rows = { rows: new Map(), reads: 0 };
  const read = (revision: number): Uint8Array | undefined => {
    journal.reads++;
    return journal.rows.get(revision);
  };
  const home: EntryHome = { codec: jsonCodec, recent: new RecentEncodings(MOST), read };
  const entries = Array.from({ length: count }, (_, revision) => {
    journal.rows.set(revision, bytes);
    return new StoredEntry(home, `/a/${revision}`, revision, object, bytes);
  });
  return { home, entries, journal };
}
