import assert from "node:assert/strict";
import { test } from "node:test";
import type { Journal, JournalCommit, JournalContent, JournalSink, RowId } from "../journal.ts";
import { journalContract } from "../journal.contract.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { openStore } from "../local-store.ts";
import { memoryJournal } from "../memory-journal.ts";
import { Compacted } from "../store.ts";
import { jsonCodec } from "../testing/json-codec.ts";
import { encryptedJournal } from "./encrypted-journal.ts";
import { veil } from "./testing/veil.ts";
import type { Transformer } from "./transformer.ts";

/** Keeps what it is given as it is, so that it can be looked at. */
class OpenBook implements Journal {
  readonly durable = true;
  commits: JournalCommit[] = [];
  compacted = 0;
  #sink: JournalSink | undefined;
  async load(): Promise<JournalContent> {
    return {
      revision: Math.max(this.commits.at(-1)?.revision ?? 0, this.compacted),
      compacted: this.compacted,
      commits: this.commits,
    };
  }
  start(sink: JournalSink): void {
    this.#sink = sink;
  }
  append(commit: JournalCommit): void {
    this.commits.push(commit);
    this.#sink?.durable(commit.revision);
  }
  async compact(revision: number, obsolete: readonly RowId[]): Promise<void> {
    this.compacted = revision;
    const gone = (at: number, kind: string, key: string): boolean =>
      obsolete.some((row) => row.revision === at && row.kind === kind && row.key === key);
    this.commits = this.commits
      .map((commit) => ({
        ...commit,
        record: gone(commit.revision, "record", "") ? undefined : commit.record,
        committed: gone(commit.revision, "record", "") ? 0 : commit.committed,
        rows: commit.rows.filter(({ key, bytes }) => !gone(commit.revision, bytes ? "value" : "deletion", key)),
      }))
      .filter(({ record, rows }) => record !== undefined || rows.length > 0);
  }
  read(revision: number, key: string): Uint8Array | undefined {
    return this.commits.find((commit) => commit.revision === revision)?.rows.find((row) => row.key === key)?.bytes;
  }
  async close(): Promise<void> {}
}

const secrets =
  (transformer: Transformer) =>
  (key: string): Transformer | undefined =>
    key.startsWith("/core/") ? transformer : undefined;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

const books = new Map<Journal, OpenBook>();
const over = (book: OpenBook): Journal => {
  const journal = encryptedJournal(book, secrets(veil(1)));
  books.set(journal, book);
  return journal;
};
journalContract("encrypted", {
  create: async () => over(new OpenBook()),
  reopen: async (journal) => {
    await journal.close();
    return over(books.get(journal)!);
  },
});

const commit = (revision: number, rows: Record<string, string>): JournalCommit => ({
  revision,
  committed: 0,
  record: bytes("{}"),
  rows: Object.entries(rows).map(([key, value]) => ({ key, bytes: bytes(value) })),
});

test("what is named lies there sealed, the rest as it is", async () => {
  const book = new OpenBook();
  over(book).append(commit(2, { "/core/secrets/a": "abc", "/apps/x/a": "abc" }));
  assert.deepEqual(
    book.commits[0]!.rows.map((row) => text(row.bytes)),
    ["1|/core/secrets/a|cba", "abc"],
  );
});

test("after a change of keys old values are opened, once their keys are fetched, and known to be stale", async () => {
  const book = new OpenBook();
  over(book).append(commit(2, { "/core/secrets/a": "old" }));
  const fetched: number[] = [];
  const journal = encryptedJournal(book, secrets(veil(2, async (generation) => void fetched.push(generation))));
  journal.append(commit(3, { "/core/secrets/b": "new" }));
  const rows = [...(await journal.load()).commits].flatMap((each) => each.rows);
  assert.deepEqual(
    rows.map((row) => [text(row.bytes), row.stale]),
    [
      ["old", true],
      ["new", undefined],
    ],
  );
  assert.deepEqual(fetched, [1]);
  assert.equal(text(journal.read!(2, "/core/secrets/a")), "old");
});

test("what nobody can open any more is no matter where something newer stands in its place, and ends the start elsewhere", async () => {
  const book = new OpenBook();
  over(book).append(commit(2, { "/core/secrets/a": "{}", "/core/secrets/b": "{}" }));
  const unbound = { bytes: veil(1).seal(bytes("{}"), "/elsewhere"), key: "/core/secrets/a" };
  book.commits.unshift({ revision: 1, committed: 0, record: bytes("{}"), rows: [unbound] });
  const clock = new VirtualClock();
  const store = await openStore({ clock, codec: jsonCodec, journal: over(book) });
  assert.deepEqual(store.snapshot().get("/core/secrets/a")?.object, {});
  const [first] = store.changes(0, 1);
  assert.throws(() => first!.after!.object, Compacted);
  await store.close();
  book.append({ revision: 3, committed: 0, record: bytes("{}"), rows: [unbound] });
  const opening = openStore({ clock, codec: jsonCodec, journal: over(book) });
  await assert.rejects(opening, /^Error: \/core\/secrets\/a cannot be read: it belongs to \/elsewhere$/);
});

test("a journal that keeps nothing is left alone", () => {
  const journal = memoryJournal();
  assert.equal(encryptedJournal(journal, secrets(veil(1))), journal);
});
