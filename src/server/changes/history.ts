/**
 * The store's log as the story reads it: revision after revision, and for each key what happened to it before.
 *
 * Objects and records are parsed when they are looked at and not before, because most revisions of a log have nothing
 * to do with the one story that is asked for.
 */
import type { Change, Store, StoredRecord } from "../../store/store.ts";

/** One revision with all it changed. */
export class Row {
  readonly revision: number;
  readonly changes: readonly Change[];
  readonly #store: Store;
  #record: StoredRecord | undefined;

  constructor(store: Store, changes: readonly Change[]) {
    this.#store = store;
    this.changes = changes;
    this.revision = changes[0]!.revision;
  }

  /** Undefined where the log has forgotten it meanwhile. */
  get record(): StoredRecord | undefined {
    return (this.#record ??= this.#store.record(this.revision));
  }
}

/** Heartbeats: half of a quiet cluster's log and in nobody's story. */
const SKIPPED = "/coordination.k8s.io/leases/";

export function isTold(key: string): boolean {
  return !key.startsWith(SKIPPED);
}

/** As many revisions as the store's log keeps; a story that is followed for days forgets its oldest. */
const MOST_ROWS = 100_000;

/** What was read so far. */
export class Past {
  readonly #rows = new Map<number, Row>();
  readonly #byKey = new Map<string, Row[]>();

  add(row: Row): void {
    if (this.#rows.size >= MOST_ROWS) this.#forget(this.#rows.values().next().value!);
    this.#rows.set(row.revision, row);
    for (const { key } of row.changes) {
      const rows = this.#byKey.get(key);
      if (rows === undefined) this.#byKey.set(key, [row]);
      else rows.push(row);
    }
  }

  at(revision: number): Row | undefined {
    return this.#rows.get(revision);
  }

  /** Changes of `key` before `revision`, newest first. */
  *before(key: string, revision: number): Generator<{ readonly row: Row; readonly change: Change }, void> {
    const rows = this.of(key);
    for (let at = rows.length - 1; at >= 0; at--) {
      const row = rows[at]!;
      if (row.revision < revision) yield { row, change: row.changes.find((change) => change.key === key)! };
    }
  }

  /** All rows in which `key` changed, oldest first. */
  of(key: string): readonly Row[] {
    return this.#byKey.get(key) ?? [];
  }

  #forget(row: Row): void {
    this.#rows.delete(row.revision);
    for (const { key } of row.changes) {
      const rows = this.#byKey.get(key)!;
      rows.shift();
      if (rows.length === 0) this.#byKey.delete(key);
    }
  }
}

/** The changes of `batch`, which follow each other, as rows. */
export function* rowsOf(store: Store, batch: Iterable<Change>): Generator<Row, void> {
  let changes: Change[] = [];
  for (const change of batch) {
    if (changes.length > 0 && changes[0]!.revision !== change.revision) {
      yield new Row(store, changes);
      changes = [];
    }
    if (isTold(change.key)) changes.push(change);
  }
  if (changes.length > 0) yield new Row(store, changes);
}
