/** What every journal must do; each adapter's test runs it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Journal, JournalCommit, JournalContent } from "./journal.ts";

export interface JournalUnderTest {
  /** A journal without content. */
  create(): Promise<Journal>;
  /** Closes `journal` and opens what it left. Absent where nothing outlives the journal. */
  reopen?(journal: Journal): Promise<Journal>;
}

export function journalContract(name: string, { create, reopen }: JournalUnderTest): void {
  test(`${name}: a new journal is empty`, async () => {
    const journal = await create();
    assert.deepEqual(await content(journal), { revision: 0, compacted: 0, commits: [] });
    await journal.close();
  });

  test(`${name}: durable revisions are reported in order, up to the last appended`, async () => {
    const journal = await create();
    const seen = started(journal);
    for (let revision = 2; revision <= 200; revision++) journal.append(commit(revision, { [`k${revision % 7}`]: "v" }));
    await seen.reached(200);
    assert.deepEqual(
      seen.reports,
      seen.reports.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(seen.reports).size, seen.reports.length);
    await journal.close();
  });

  test(`${name}: close waits for what was appended`, async () => {
    const journal = await create();
    const seen = started(journal);
    journal.append(commit(2, { a: "1" }));
    await journal.close();
    assert.deepEqual(seen.reports, [2]);
  });

  if (reopen === undefined) return;

  test(`${name}: what was durable is there again, in order, with records, deletions and times`, async () => {
    let journal = await create();
    const seen = started(journal);
    const commits = [
      commit(2, { "/core/pods/a/ü": "1", "/core/pods/b": "2" }),
      commit(3, { "/core/pods/b": undefined }),
      commit(2 ** 40, { "/core/pods/b": "3" }),
    ];
    for (const each of commits) journal.append(each);
    await seen.reached(2 ** 40);
    journal = await reopen(journal);
    assert.deepEqual(await content(journal), { revision: 2 ** 40, compacted: 0, commits });
    await journal.close();
  });

  test(`${name}: compaction takes away the named rows and nothing else`, async () => {
    let journal = await create();
    const seen = started(journal);
    journal.append(commit(2, { a: "1", b: "1" }));
    journal.append(commit(3, { a: "2" }));
    journal.append(commit(4, { a: undefined }));
    await seen.reached(4);
    await journal.compact(4, [
      { revision: 2, kind: "record", key: "" },
      { revision: 2, kind: "value", key: "a" },
      { revision: 3, kind: "record", key: "" },
      { revision: 3, kind: "value", key: "a" },
      { revision: 4, kind: "record", key: "" },
      { revision: 4, kind: "deletion", key: "a" },
    ]);
    assert.equal(journal.read?.(2, "a"), undefined);
    assert.deepEqual(text(journal.read?.(2, "b")), "1");
    journal = await reopen(journal);
    const left = { ...commit(2, { b: "1" }), record: undefined, committed: 0 };
    assert.deepEqual(await content(journal), { revision: 4, compacted: 4, commits: [left] });
    await journal.close();
  });

  test(`${name}: the revision is remembered when compaction left no row`, async () => {
    let journal = await create();
    const seen = started(journal);
    journal.append(commit(2, { a: undefined }));
    await seen.reached(2);
    await journal.compact(2, [
      { revision: 2, kind: "record", key: "" },
      { revision: 2, kind: "deletion", key: "a" },
    ]);
    journal = await reopen(journal);
    assert.deepEqual(await content(journal), { revision: 2, compacted: 2, commits: [] });
    await journal.close();
  });
}

function commit(revision: number, values: Record<string, string | undefined>): JournalCommit {
  const rows = Object.entries(values).map(([key, value]) => ({
    key,
    bytes: value === undefined ? value : bytes(value),
  }));
  return { revision, committed: 1_700_000_000_000 + revision, record: bytes(`{"user":"u${revision}"}`), rows };
}

/** With plain byte arrays, whatever subclass the journal uses. */
async function content(journal: Journal): Promise<JournalContent> {
  const { revision, compacted, commits } = await journal.load();
  const plain = (given: Uint8Array | undefined): Uint8Array | undefined => given && new Uint8Array(given);
  const all = [...commits].map((each) => ({
    ...each,
    record: plain(each.record),
    rows: each.rows.map(({ key, bytes, unread }) => ({
      key,
      bytes: plain(unread ? journal.read!(each.revision, key) : bytes),
    })),
  }));
  return { revision, compacted, commits: all };
}

function started(journal: Journal): { reports: number[]; reached(revision: number): Promise<void> } {
  const reports: number[] = [];
  const waiting = new Map<number, () => void>();
  journal.start({
    durable(revision) {
      reports.push(revision);
      waiting.get(revision)?.();
    },
    failed(cause) {
      throw cause;
    },
  });
  return {
    reports,
    reached: (revision) =>
      new Promise((resolve) => (reports.at(-1) === revision ? resolve() : waiting.set(revision, resolve))),
  };
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function text(value: Uint8Array | undefined): string | undefined {
  return value && new TextDecoder().decode(value);
}
