import { watches } from "./watchers.ts";
import { FutureRevision } from "./store.ts";
import type { Change, Commit, Entry, Snapshot, Store, StoredRecord, WatchListener } from "./store.ts";

/**
 * A store as it was at one moment: reads like any other, never changes, takes no writes. Watchers are told what had happened up to
 * then, and after that nothing.
 */
export class PastStore implements Store {
  readonly revision: number;
  readonly #store: Store;
  readonly #snapshot: Snapshot;

  /** `snapshot` is one of `store`'s. */
  constructor(store: Store, snapshot: Snapshot) {
    this.#store = store;
    this.#snapshot = snapshot;
    this.revision = snapshot.revision;
  }

  get compactedRevision(): number {
    return Math.min(this.revision, this.#store.compactedRevision);
  }

  snapshot(): Snapshot {
    return this.#snapshot;
  }

  snapshotAt(revision: number): Snapshot {
    if (revision === this.revision) return this.#snapshot;
    this.#check(revision);
    return this.#store.snapshotAt(revision);
  }

  revisionAt(time: number): number {
    return Math.min(this.revision, this.#store.revisionAt(time));
  }

  head(key: string): Entry | undefined {
    return this.#snapshot.get(key);
  }

  watch(prefix: string, after: number, listener: WatchListener): () => void {
    const missed: Change[] = [];
    if (after < this.revision) {
      for (const change of this.changes(after, this.revision)) if (watches(prefix, change.key)) missed.push(change);
    }
    if (missed.length > 0) listener.changes(missed, this.revision);
    return () => {};
  }

  record(revision: number): StoredRecord | undefined {
    return revision > this.revision ? undefined : this.#store.record(revision);
  }

  changes(after: number, until: number): Iterable<Change> {
    return this.#store.changes(after, Math.min(until, this.revision));
  }

  commit(): Promise<Commit> {
    return Promise.reject(readOnly());
  }

  compact(): Promise<void> {
    return Promise.reject(readOnly());
  }

  fork(): Store {
    throw readOnly();
  }

  /** The store itself goes on. */
  async close(): Promise<void> {}

  #check(revision: number): void {
    if (revision > this.revision) throw new FutureRevision(revision, this.revision);
  }
}

const readOnly = (): Error => new Error("the past can only be read");
