/**
 * Where a store's revisions become durable, as a port.
 *
 * A journal is an append-only sequence of commits. The store gives each commit its revision and hands it over at
 * once, without waiting for earlier ones; the journal groups what is waiting as it likes (one flush for many) and
 * reports how far it has come. Order is never changed: when revision 7 is durable, so is 6.
 *
 * This is for journals that only the one store writes to. A database that several API servers share decides order
 * and conflicts itself and is not a journal but another writer above the same {@link History}; see
 * docs/decisions/journal-and-shared-databases.md.
 */
import { byteLength } from "../machinery/go-text.ts";
import type { ChangeRecord } from "./store.ts";

export interface Journal {
  /** Whether commits must carry bytes; where not, no object is ever encoded for the journal. */
  readonly durable: boolean;
  /** Everything kept. Called once, before {@link start}. */
  load(): Promise<JournalContent>;
  /** Called once, before the first append. */
  start(sink: JournalSink): void;
  /** Why no commit can be taken now, which may pass; asked before each. Absent where that never happens. */
  refusal?(): Error | undefined;
  /** Takes the next commit; its revision is greater than all before. Never throws: failures go to the sink. */
  append(commit: JournalCommit): void;
  /**
   * Forgets the given rows and remembers `revision` as compacted, both or neither. Rejects where that fails;
   * nothing is damaged then, and the same rows may be given again.
   */
  compact(revision: number, obsolete: readonly RowId[]): Promise<void>;
  /** The bytes of a row that is kept, at once; undefined where it is gone. Absent where rows have no bytes. */
  read?(revision: number, key: string): Uint8Array | undefined;
  /** Resolves once what was appended is durable and everything is released. */
  close(): Promise<void>;
}

export interface JournalSink {
  /** Everything up to `revision` is durable. May be called from within `append`. */
  durable(revision: number): void;
  /** Nothing beyond the last `durable` can be counted on, and the journal takes no more. Called at most once. */
  failed(cause: Error): void;
}

export interface JournalCommit {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly committed: number;
  /** The {@link ChangeRecord} as JSON; undefined for journals that are not durable. */
  readonly record: Uint8Array | undefined;
  readonly rows: readonly JournalRow[];
}

export interface JournalRow {
  readonly key: string;
  /** The encoded object; undefined for a deletion (and always where the journal is not durable). */
  readonly bytes: Uint8Array | undefined;
  /** Only where it was read: see {@link Entry.stale}. */
  readonly stale?: boolean;
  /** Only where it was read: nobody can say what it was, and why. Harmless where something newer stands in its place. */
  readonly lost?: Error;
  /** Of a loaded row: it is an object, whose bytes only {@link Journal.read} gives, so that loading many costs little. */
  readonly unread?: boolean;
}

/** Names a row to forget: of a value, of a deletion's mark, or of a commit's record. */
export interface RowId {
  readonly revision: number;
  readonly kind: "value" | "deletion" | "record";
  /** Empty for records. */
  readonly key: string;
}

export interface JournalContent {
  /** The newest durable revision; 0 where nothing was ever written. */
  readonly revision: number;
  readonly compacted: number;
  /**
   * Oldest first. Rows of one commit come in key order, and those that were forgotten are missing. May be gone through
   * more than once.
   */
  readonly commits: Iterable<JournalCommit>;
}

/** Longer keys are refused, so that every journal can take every key. In UTF-8 bytes. */
export const LONGEST_KEY = 1800;
/** What is kept of one change record. In bytes of JSON. */
const LONGEST_RECORD = 16 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeRecord(record: ChangeRecord): Uint8Array {
  return encoder.encode(recordText(record));
}

/** The record's JSON; one that is too long loses its notes, then its stages, then all but who did what. */
export function recordText(record: ChangeRecord): string {
  const { user, userAgent, verb, path, received, causes, stages } = record;
  for (const form of [
    record,
    { user, userAgent, verb, path, received, causes, stages },
    { user, verb, path, received },
  ]) {
    const text = JSON.stringify(form);
    // No character has more than three bytes.
    if (text.length <= LONGEST_RECORD / 3 || byteLength(text) <= LONGEST_RECORD) return text;
  }
  return "{}";
}

export function decodeRecord(record: Uint8Array | string): ChangeRecord {
  return JSON.parse(typeof record === "string" ? record : decoder.decode(record)) as ChangeRecord;
}
