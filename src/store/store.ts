import type { BatchLimits } from "./batches.ts";
import type { Difference } from "./differences.ts";

/**
 * The cluster's state as a value.
 *
 * One persistent ordered map from key to entry; a revision is a root of it. Writers go one after the other
 * and each makes a new root; readers hold a root and nobody changes it. A write becomes visible to readers and
 * watchers only after the journal has made it durable; other writers already see it (`head`), because what
 * follows it in the journal can only become durable after it.
 *
 * Keys are `/<group>/<resource>/<namespace>/<name>` (`/<group>/<resource>/<name>` for cluster-scoped objects;
 * the core group is written `core`). The store knows nothing of what its objects mean.
 */
export interface Store {
  /** The newest visible revision. */
  readonly revision: number;
  /** Reads below this revision answer {@link Compacted}. */
  readonly compactedRevision: number;
  /** What one commit takes; absent where there is no limit. */
  readonly limits?: BatchLimits;

  /** Why no write will be taken any more, until the store is opened again; undefined while all is well, and where that never is. */
  readonly failure?: Error | undefined;

  /** The newest visible root. Holding it costs nothing and never blocks a writer. */
  snapshot(): Snapshot;
  /** The root as of `revision`, while it is within the kept window; throws {@link Compacted} or {@link FutureRevision}. */
  snapshotAt(revision: number): Snapshot;
  /**
   * The newest revision that was visible at `time` (milliseconds since the epoch), as far as is known here; throws
   * {@link Compacted} where the log does not reach back to then.
   */
  revisionAt(time: number): number;

  /** What the next writer of `key` would replace: the newest entry, durable or about to be. */
  head(key: string): Entry | undefined;
  /**
   * Resolves once everything that `head` has shown until now is durable and visible; rejects where that will never be. Who
   * answers from `head` without a commit of his own waits for this first: what he tells must be there for whoever asks next, and
   * after a crash. Absent where `head` shows nothing else.
   */
  settled?(): Promise<void>;
  /**
   * Applies all writes as one revision, or none of them. Resolves once durable and visible. Throws
   * {@link Conflict}, with nothing changed, where a key is not at its expected revision, once what it lost to is visible;
   * {@link JournalFailed} where it cannot be made durable, after which the store takes no more writes; {@link StoreFull} while
   * there is no space for it.
   */
  commit(writes: readonly Write[], record: ChangeRecord): Promise<Commit>;

  /**
   * Events with revision > `after` below `prefix`, in order, exactly once; throws {@link Compacted} where they are gone.
   * A prefix that ends in `/` (or is empty) watches all below it, any other the one key. What has happened since `after`
   * is told before `watch` returns, all later changes as they become visible; the result ends the watch.
   */
  watch(prefix: string, after: number, listener: WatchListener): () => void;

  /** The change record of a revision, while the log keeps it. */
  record(revision: number): StoredRecord | undefined;
  /** The logged changes with `after` < revision ≤ `until`, oldest first, for the story and for diffs. */
  changes(after: number, until: number): Iterable<Change>;

  /**
   * Resolves once everything that was committed anywhere before the call is visible here. Absent where it always is,
   * because nobody else writes. Rejects where those who know do not answer.
   */
  refresh?(): Promise<void>;

  /** Forgets the log up to `revision` and the roots below it. */
  compact(revision: number): Promise<void>;
  /** A new store in memory that begins as this one is now (its visible root) and goes its own way. O(1). */
  fork(): Store;
  /** Refuses further writes, and resolves once those accepted are durable. */
  close(): Promise<void>;
}

export interface Entry {
  readonly key: string;
  /**
   * Deeply read-only and shared; `metadata.resourceVersion` equals `revision`. May be parsed when first read. Throws
   * {@link Compacted} where this entry was superseded and its revision compacted while somebody still held it.
   */
  readonly object: object;
  /** Revision of the last change of this key. */
  readonly revision: number;
  /** Encodings by name (`json`, `protobuf`, …), filled by whoever needs one first and kept for a while. */
  readonly encodings: Encodings;
  /** Its bytes lie on the disk in another form than they would be written in now: writing the same again is no idle work. */
  readonly stale?: boolean;
}

export interface Encodings {
  get(name: string): Uint8Array | undefined;
  set(name: string, bytes: Uint8Array): unknown;
}

export interface Snapshot {
  readonly revision: number;
  get(key: string): Entry | undefined;
  /** Entries with `prefix`, in key order, starting after `after` where given. */
  range(prefix: string, after?: string): Iterable<Entry>;
  /** How many entries have `prefix`: O(log n). */
  count(prefix: string, after?: string): number;
  /**
   * In what `to` differs from this one, in key order. They may be of different revisions, or of a store and its fork; what both
   * share costs nothing.
   */
  differences(to: Snapshot): Iterable<Difference<Entry>>;
}

export interface Write {
  readonly key: string;
  /** 0: the key must not exist. Otherwise the key's revision must be this one. */
  readonly expected: number;
  /**
   * The new object given its revision (the store passes it so that resourceVersion can be set), or undefined to delete.
   * A store that learns the revision only later passes 0 and sets it in the object afterwards.
   */
  readonly object: ((revision: number) => object) | undefined;
  /** Seconds after which the key may vanish by itself, where the store can do that; otherwise somebody must delete it. */
  readonly ttl?: number;
}

export interface Commit {
  readonly revision: number;
  /** One for each write, in order: the new entry, or for a deletion the old one. */
  readonly entries: readonly Entry[];
}

export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** Called with one or more changes of the watched prefix, in order, and with the revision reached. Never throws. */
export interface WatchListener {
  changes(changes: readonly Change[], revision: number): void;
  /**
   * Some revisions can never be told any more, because a shared database forgot them before this store had seen them. The
   * watch is over. A listener without this is told the differences as changes of the newest revision instead.
   */
  lost?(cause: Compacted): void;
}

/** Who made a revision, how, and because of what (see the story). Plain JSON; at most 16 KiB are kept. */
export interface ChangeRecord {
  readonly user?: string;
  readonly userAgent?: string;
  readonly verb?: string;
  readonly path?: string;
  /** Milliseconds since the epoch at which the request came in. */
  readonly received?: number;
  /** Stage name, begin and end in milliseconds relative to `received`. */
  readonly stages?: readonly (readonly [string, number, number])[];
  readonly causes?: readonly number[];
  readonly notes?: readonly unknown[];
  /** The trace (as in the header traceparent) that the request is part of. */
  readonly trace?: string;
  /** What admission noted of the request, as annotations of an audit. */
  readonly audit?: Readonly<Record<string, string>>;
}

export interface StoredRecord extends ChangeRecord {
  readonly revision: number;
  /** Milliseconds since the epoch at which it was durable. */
  readonly committed: number;
  readonly keys: readonly string[];
}

/** The key was changed (or created, or deleted) since it was read. */
export class Conflict extends Error {
  readonly key: string;
  readonly current: Entry | undefined;
  constructor(key: string, current: Entry | undefined) {
    super(`${key} is at revision ${current?.revision ?? 0}, not at the expected one`);
    this.key = key;
    this.current = current;
  }
}

/** The asked revision is older than what the store keeps. */
export class Compacted extends Error {
  readonly revision: number;
  readonly compactedRevision: number;
  constructor(revision: number, compactedRevision: number) {
    super(`too old resource version: ${revision} (${compactedRevision})`);
    this.revision = revision;
    this.compactedRevision = compactedRevision;
  }
}

/** The asked revision does not exist yet. */
export class FutureRevision extends Error {
  readonly revision: number;
  readonly newest: number;
  constructor(revision: number, newest: number) {
    super(`Too large resource version: ${revision}, current: ${newest}`);
    this.revision = revision;
    this.newest = newest;
  }
}

/** The journal could not make a write durable; the store stays readable and refuses all further writes. */
export class JournalFailed extends Error {
  constructor(cause: Error) {
    super(
      `the journal failed, so no more writes are taken until the store is opened again: ${cause.message}. ` +
        "Writes that were waiting may or may not be there then",
      { cause },
    );
  }
}

/** There is no space for further commits. The store stays readable, and takes them again when there is. */
export class StoreFull extends Error {
  constructor(why: string) {
    super(`${why}; free some, and writes are taken again`);
  }
}

/** More commits wait for the journal than the store holds; try again later. */
export class StoreBusy extends Error {
  constructor(pending: number) {
    super(`${pending} writes wait to become durable already; try again later`);
  }
}

export class StoreClosed extends Error {
  constructor() {
    super("the store is closed");
  }
}
