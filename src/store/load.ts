import { StoredEntry } from "./entry.ts";
import type { EntryHome } from "./entry.ts";
import { FIRST_REVISION, History, obsoleteRows } from "./history.ts";
import type { HistoryOptions, Revision } from "./history.ts";
import type { Journal, JournalCommit, RowId } from "./journal.ts";
import type { Change, Entry } from "./store.ts";
import { fromSorted } from "./tree.ts";

/**
 * Reads a journal into a history, going once through its commits. Entries are not parsed, nor read before
 * somebody asks where the journal reads single rows. Throws where a current one cannot be read.
 *
 * `obsolete` are rows that a compaction should have removed but did not come to.
 */
export async function loadHistory(
  journal: Journal,
  home: EntryHome,
  settings: Pick<HistoryOptions, "keep" | "clock" | "report">,
): Promise<{ history: History; obsolete: RowId[] }> {
  const { revision, compacted, commits } = await journal.load();
  const current = new Map<string, Entry>();
  const log: Revision[] = [];
  const obsolete: RowId[] = [];
  const lost = new Map<string, Error>();
  for (const commit of commits) {
    const applied = apply(commit, current, home, lost);
    if (commit.revision > compacted) log.push(applied);
    else leftOver(commit, applied, obsolete);
  }
  for (const cause of lost.values()) {
    throw lost.size === 1 ? cause : new Error(`${cause.message}; and so for ${lost.size - 1} more`, { cause });
  }
  const entries = [...current.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const root = fromSorted(entries);
  const newest = Math.max(revision, FIRST_REVISION);
  return { history: new History({ root, revision: newest, compacted, log, ...settings }), obsolete };
}

/** `lost`: what cannot be read of `current`. */
function apply(
  commit: JournalCommit,
  current: Map<string, Entry>,
  home: EntryHome,
  lost: Map<string, Error>,
): Revision {
  const changes: Change[] = [];
  const { revision } = commit;
  for (const { key, bytes, unread, stale, lost: cause } of commit.rows) {
    const before = current.get(key);
    if (cause === undefined) lost.delete(key);
    else lost.set(key, cause);
    if (bytes === undefined && !unread) {
      current.delete(key);
      changes.push({ revision, key, before, after: undefined });
    } else {
      // Whoever wants to see what is lost is told that it was compacted.
      const after = cause
        ? new StoredEntry({ codec: home.codec, recent: home.recent }, key, revision, undefined, undefined)
        : new StoredEntry(home, key, revision, undefined, bytes, stale);
      current.set(key, after);
      changes.push({ revision, key, before, after });
    }
  }
  return {
    revision,
    changes: changes.slice(),
    record: commit.record ?? {},
    committed: commit.committed,
    root: undefined,
  };
}

/** Rows of a revision that is compacted: only values that are still current belong there. */
function leftOver(commit: JournalCommit, applied: Revision, obsolete: RowId[]): void {
  const dead: RowId[] = [];
  obsoleteRows(applied, dead);
  for (const row of dead) if (row.kind !== "record" || commit.record !== undefined) obsolete.push(row);
}
