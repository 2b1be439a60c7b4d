/**
 * Who is told of which change, with work proportional to those who want to know.
 *
 * A watched prefix that ends in `/` is a bucket: `/core/pods/` or `/core/pods/default/`. Any other names one key
 * and is a bucket of its own. A change looks its key and the key's ancestors up, at most six names, and what it finds
 * is told. All watchers of a bucket are handed the very same array.
 */
import type { Log } from "../machinery/log.ts";
import type { Change, Compacted, WatchListener } from "./store.ts";

interface Bucket {
  readonly watchers: Set<Watcher>;
  changes: Change[];
}

interface Watcher {
  readonly listener: WatchListener;
  /** Told up to here. */
  reached: number;
}

export class Watchers {
  readonly #buckets = new Map<string, Bucket>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Tells `listener` of changes after revision `reached`, until the result is called. */
  add(prefix: string, reached: number, listener: WatchListener): () => void {
    let bucket = this.#buckets.get(prefix);
    if (bucket === undefined) this.#buckets.set(prefix, (bucket = { watchers: new Set(), changes: [] }));
    const watcher: Watcher = { listener, reached };
    bucket.watchers.add(watcher);
    return () => {
      bucket.watchers.delete(watcher);
      if (bucket.watchers.size === 0 && this.#buckets.get(prefix) === bucket) this.#buckets.delete(prefix);
    };
  }

  /** Tells everybody who wants to know of `changes`, which lead to `revision`. */
  tell(changes: readonly Change[], revision: number): void {
    if (this.#buckets.size === 0) return;
    const touched: Bucket[] = [];
    for (const change of changes) {
      const { key } = change;
      for (let slash = key.indexOf("/"); slash !== -1; slash = key.indexOf("/", slash + 1)) {
        this.#collect(key.slice(0, slash + 1), change, touched);
      }
      this.#collect("", change, touched);
      this.#collect(key, change, touched);
    }
    for (const bucket of touched) {
      const told = bucket.changes;
      bucket.changes = [];
      for (const watcher of bucket.watchers) this.#tellOne(watcher, told, revision);
    }
  }

  /** Ends the watches of those who can be told that they missed something. */
  lose(cause: (reached: number) => Compacted): void {
    for (const { watchers } of this.#buckets.values()) {
      for (const watcher of watchers) {
        if (watcher.listener.lost === undefined) continue;
        watchers.delete(watcher);
        watcher.listener.lost(cause(watcher.reached));
      }
    }
  }

  clear(): void {
    for (const { watchers } of this.#buckets.values()) watchers.clear();
    this.#buckets.clear();
  }

  #collect(name: string, change: Change, touched: Bucket[]): void {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return;
    if (bucket.changes.push(change) === 1) touched.push(bucket);
  }

  #tellOne(watcher: Watcher, changes: readonly Change[], revision: number): void {
    if (watcher.reached >= revision) return;
    const unseen =
      changes[0]!.revision > watcher.reached ? changes : changes.filter((change) => change.revision > watcher.reached);
    watcher.reached = revision;
    if (unseen.length === 0) return;
    try {
      watcher.listener.changes(unseen, revision);
    } catch (error) {
      // A listener promises not to throw; one that does must not keep the others from what they wait for.
      this.#log.error("a watch listener threw", { error: String(error) });
    }
  }
}

/** Whether a watch of `prefix` is told of `key`; the rule that the buckets carry out. */
export function watches(prefix: string, key: string): boolean {
  return prefix === "" || prefix.endsWith("/") ? key.startsWith(prefix) : key === prefix;
}
