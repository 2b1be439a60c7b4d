/**
 * A database that several API servers share, as a port: it decides the order of writes and tells everybody.
 *
 * Its keys have one history of revisions for all of them; a transaction is one revision. Revisions have gaps as seen
 * from one prefix, because other keys are counted, too. etcd is the model and `adapters/etcd` the implementation.
 *
 * Values are the caller's after they were handed over; nobody changes them.
 */
export interface SharedDatabase {
  /** All keys below `prefix` at one moment, which is no older than the call. In key order. */
  list(prefix: string): Promise<DatabaseListing>;
  /** One key, no older than the call. */
  get(key: string): Promise<{ readonly revision: number; readonly row: DatabaseRow | undefined }>;
  /** The newest revision, no older than the call (a linearizable read). */
  revision(): Promise<number>;
  /**
   * All of it as one revision, or nothing where a comparison fails. Rejects with {@link DatabaseUnavailable} where it is not
   * known whether it happened; it may even still happen then, unless a comparison of it is made to fail.
   */
  commit(transaction: Transaction): Promise<TransactionResult>;
  /**
   * Tells `sink` every change below `prefix` after revision `after`, in order, each once, until it is closed or has
   * told of its end. Nothing is told before `watch` returns.
   */
  watch(prefix: string, after: number, sink: DatabaseSink): DatabaseWatch;
  /** Forgets what was before `revision`. A revision that is compacted already is no error. */
  compact(revision: number): Promise<void>;
  /** A lease: keys put with it vanish `seconds` after it was granted or last renewed. */
  grantLease(seconds: number): Promise<number>;
  /** Rejects with {@link LeaseLost} where the lease is over. */
  renewLease(lease: number): Promise<void>;
  /** One that is over already is no error. */
  revokeLease(lease: number): Promise<void>;
  /** Ends all watches without a word and refuses further calls. */
  close(): Promise<void>;
}

export interface DatabaseRow {
  readonly key: string;
  readonly value: Uint8Array;
  /** Of the last change. */
  readonly revision: number;
  /** See {@link Entry.stale}. */
  readonly stale?: boolean;
}

export interface DatabaseListing {
  readonly revision: number;
  readonly rows: readonly DatabaseRow[];
}

export interface Transaction {
  /** Each key's revision must be this one; 0: the key must not exist. */
  readonly compare: readonly { readonly key: string; readonly revision: number }[];
  /** No key twice, also not among `deletes`. */
  readonly puts: readonly { readonly key: string; readonly value: Uint8Array; readonly lease?: number }[];
  readonly deletes: readonly string[];
}

export interface TransactionResult {
  /** False: a comparison failed and nothing was changed. */
  readonly succeeded: boolean;
  /** Of the transaction; where it failed, that at which it was compared. */
  readonly revision: number;
}

/** `value` undefined: the key was deleted. */
export interface DatabaseEvent {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly revision: number;
  /** See {@link Entry.stale}. */
  readonly stale?: boolean;
}

export interface DatabaseSink {
  /** One or more whole revisions, in order. */
  events(events: readonly DatabaseEvent[]): void;
  /** All changes up to `revision` have been told. */
  progress(revision: number): void;
  /** The watch is over, because its connection is, or with {@link DatabaseCompacted}. Told at most once. */
  lost(cause: Error): void;
}

export interface DatabaseWatch {
  /** Asks for a `progress`; there may be none where changes are on their way. */
  requestProgress(): void;
  /** Nothing is told any more. `silent`: it told nothing though it was asked to; the next watch had better ask another member. */
  close(silent?: "silent"): void;
}

/** No member answered in time. What was asked may or may not have been done. */
export class DatabaseUnavailable extends Error {}

/** A write may have been done, and nobody can tell any more. */
export class WriteInDoubt extends Error {}

/** The database refuses writes until it has room again. Nothing was changed. */
export class DatabaseFull extends Error {}

/** The database no longer has what was before `compactedRevision`. */
export class DatabaseCompacted extends Error {
  readonly compactedRevision: number;
  constructor(compactedRevision: number) {
    super(`the database has forgotten what was before revision ${compactedRevision}`);
    this.compactedRevision = compactedRevision;
  }
}

/** The lease has run out or was never granted. */
export class LeaseLost extends Error {}
