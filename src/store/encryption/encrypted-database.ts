/**
 * A shared database whose values are encrypted on the way in. What others write with keys that must be fetched first waits for
 * them, and what comes after it waits as well: the order of revisions stays as it is.
 */
import type {
  DatabaseEvent,
  DatabaseListing,
  DatabaseRow,
  DatabaseSink,
  DatabaseWatch,
  SharedDatabase,
  Transaction,
  TransactionResult,
} from "../shared-database.ts";
import type { Transformer, TransformerOf } from "./transformer.ts";

/** `of` is asked with the database's own keys. */
export function encryptedDatabase(database: SharedDatabase, of: TransformerOf): SharedDatabase {
  return {
    revision: () => database.revision(),
    compact: (revision) => database.compact(revision),
    grantLease: (seconds) => database.grantLease(seconds),
    renewLease: (lease) => database.renewLease(lease),
    revokeLease: (lease) => database.revokeLease(lease),
    close: () => database.close(),
    async list(prefix): Promise<DatabaseListing> {
      const { revision, rows } = await database.list(prefix);
      await prepared(rows, of);
      return { revision, rows: rows.map((row) => opened(row, of)) };
    },
    async get(key) {
      const { revision, row } = await database.get(key);
      if (row === undefined) return { revision, row };
      await prepared([row], of);
      return { revision, row: opened(row, of) };
    },
    commit: (transaction): Promise<TransactionResult> => database.commit(sealed(transaction, of)),
    watch: (prefix, after, sink) => watch(database, prefix, after, sink, of),
  };
}

function sealed(transaction: Transaction, of: TransformerOf): Transaction {
  const puts = transaction.puts.map((put) => ({ ...put, value: of(put.key)?.seal(put.value, put.key) ?? put.value }));
  return { ...transaction, puts };
}

function opened<T extends DatabaseRow | DatabaseEvent>(row: T, of: TransformerOf): T {
  const transformer = row.value && of(row.key);
  if (!transformer) return row;
  const { plain, stale } = transformer.open(row.value!, row.key);
  return { ...row, value: plain, ...(stale && { stale }) };
}

/** Undefined where every value can be opened at once. */
function prepared(rows: readonly (DatabaseRow | DatabaseEvent)[], of: TransformerOf): Promise<unknown> | undefined {
  const values = new Map<Transformer, Uint8Array[]>();
  for (const { key, value } of rows) {
    if (value === undefined) continue;
    const transformer = of(key);
    if (transformer?.prepare === undefined) continue;
    const known = values.get(transformer);
    if (known === undefined) values.set(transformer, [value]);
    else known.push(value);
  }
  const waits = [...values].flatMap(([transformer, stored]) => transformer.prepare!(stored) ?? []);
  return waits.length === 0 ? undefined : Promise.all(waits);
}

function watch(
  database: SharedDatabase,
  prefix: string,
  after: number,
  sink: DatabaseSink,
  of: TransformerOf,
): DatabaseWatch {
  let closed = false;
  /** Settles when everything told so far has been handed on; undefined while nothing waits. */
  let waiting: Promise<void> | undefined;
  const inner = database.watch(prefix, after, {
    events: (events) => inOrder(prepared(events, of), () => sink.events(events.map((event) => opened(event, of)))),
    progress: (revision) => inOrder(undefined, () => sink.progress(revision)),
    lost: (cause) => inOrder(undefined, () => sink.lost(cause)),
  });

  /** A watch with something that cannot be opened is over: its follower begins again, or says why not. */
  function give(up: Error): void {
    if (closed) return;
    closed = true;
    inner.close();
    sink.lost(up);
  }

  function inOrder(first: Promise<unknown> | undefined, tell: () => void): void {
    const attempt = (): void => {
      if (closed) return;
      try {
        tell();
      } catch (error) {
        give(error as Error);
      }
    };
    if (first === undefined && waiting === undefined) return attempt();
    const before = waiting;
    const mine = Promise.all([before, first]).then(attempt, (error: unknown) => give(error as Error));
    waiting = mine;
    void mine.then(() => {
      if (waiting === mine) waiting = undefined;
    });
  }

  return {
    requestProgress: () => inner.requestProgress(),
    close(silent) {
      closed = true;
      inner.close(silent);
    },
  };
}
