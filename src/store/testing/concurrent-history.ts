/**
 * What several clients of one store did at the same time and what each of them was told; and whether one store that does one
 * thing after the other could have told them that.
 *
 * A test records: every read, write, list and watch with the time it was begun and the time its answer came, on any clock that
 * all processes share. {@link findAnomalies} then looks at the whole and answers with a sentence for each thing that no such
 * store could have done. It knows nothing of how the store is made, so it judges an embedded one, a database, and servers over one
 * alike.
 *
 * Worked example: `write a=1` returned at 5, and a read begun at 6 found nothing. Each of these may be right alone; together they
 * are an anomaly.
 */
import { unlinearizable } from "./linearizable.ts";
import { orderAnomalies } from "./revision-order.ts";

/** One operation on one key. A commit of several keys is one operation for each, with the same times and revision. */
export interface Operation {
  readonly process: string;
  readonly key: string;
  /** When the call was begun. */
  readonly invoked: number;
  /** When its answer came; without meaning where the outcome is unknown, for that may happen at any later time. */
  readonly returned: number;
  readonly call: Read | Put | CompareAndSet;
  readonly outcome: Outcome;
}

/** A consistent read. */
export interface Read {
  readonly type: "read";
}

/** Sets whatever was there. `undefined` deletes. */
export interface Put {
  readonly type: "put";
  readonly value: Value;
}

/** Sets `value` only where `expected` is there. */
export interface CompareAndSet {
  readonly type: "compare-and-set";
  readonly expected: Value;
  readonly value: Value;
}

/** What a key holds; undefined where it does not exist. Of each key, every value but that one is written at most once. */
export type Value = string | undefined;

export type Outcome =
  /** It happened. `revision`: that of the write, or of what was read; undefined where nothing was there or nobody said. */
  | { readonly type: "done"; readonly value?: Value; readonly revision?: number | undefined }
  /** It did not happen, because something else than `expected` was there. */
  | { readonly type: "conflict" }
  /** It may happen, may have happened, or never will: the connection broke, the process was killed. */
  | { readonly type: "unknown" };

/** A list of everything below a prefix, at one revision. */
export interface Listing {
  readonly process: string;
  readonly invoked: number;
  readonly returned: number;
  readonly prefix: string;
  readonly revision: number;
  readonly entries: readonly Told[];
  /** It was asked from a cache that may be behind: nothing is said about how new it is. */
  readonly stale?: boolean;
}

/** One watch from its beginning to its end, however it ended. After a 410 the client lists and begins another one. */
export interface Watching {
  readonly process: string;
  /** As the store's: what ends in `/` (or is empty) watches all below it, any other the one key. */
  readonly prefix: string;
  /** Begun after this revision. */
  readonly after: number;
  /** Everything up to this revision was promised to be told: by a bookmark, or by a change of that revision. */
  readonly reached: number;
  /** In the order of arrival. */
  readonly told: readonly Told[];
}

export interface Told {
  readonly revision: number;
  readonly key: string;
  readonly value: Value;
}

export interface ConcurrentHistory {
  readonly operations: readonly Operation[];
  readonly listings?: readonly Listing[];
  readonly watches?: readonly Watching[];
}

/** Everything that no store doing one thing after the other could have told; empty where all is well. */
export function findAnomalies(history: ConcurrentHistory): string[] {
  return [...orderAnomalies(history), ...unlinearizable(history.operations)];
}
