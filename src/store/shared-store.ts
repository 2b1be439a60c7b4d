/**
 * The store for a database that several API servers share: the database orders the writes and compares; here is only what
 * has arrived of it (see {@link SharedView}) and what is asked of it.
 *
 * A commit is one transaction. It resolves when the watch has brought its revision, with everything before it, so a writer always
 * reads its own write, and every server tells its watchers the same story in the same order.
 *
 * Change records go into the database beside the objects, in a {@link RecordRing} for each server.
 */
import { sleep } from "../machinery/clock.ts";
import type { Clock } from "../machinery/clock.ts";
import { silent } from "../machinery/log.ts";
import type { Log } from "../machinery/log.ts";
import { uuid } from "../machinery/random.ts";
import type { Random } from "../machinery/random.ts";
import { DATABASE_LIMITS } from "./batches.ts";
import { COMPACT_EVERY, compactRegularly } from "./database-compactor.ts";
import type { Keep } from "./history.ts";
import { encodeRecord } from "./journal.ts";
import { forkOf } from "./local-store.ts";
import { RecordRing } from "./record-ring.ts";
import type { Slot } from "./record-ring.ts";
import type { KeyLayout } from "./registry-layout.ts";
import { DatabaseUnavailable, LeaseLost, WriteInDoubt } from "./shared-database.ts";
import type { SharedDatabase, Transaction } from "./shared-database.ts";
import type { SharedCodec } from "./shared-entry.ts";
import { SharedLeases } from "./shared-leases.ts";
import { SharedView } from "./shared-view.ts";
import { Conflict, StoreBusy, StoreClosed } from "./store.ts";
import type {
  Change,
  ChangeRecord,
  Commit,
  Entry,
  Snapshot,
  Store,
  StoredRecord,
  WatchListener,
  Write,
} from "./store.ts";
import { get } from "./tree.ts";

export interface SharedStoreOptions {
  readonly database: SharedDatabase;
  readonly layout: KeyLayout;
  readonly codec: SharedCodec;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: 20,000 revisions or an hour; all of it is in memory. */
  readonly keep?: Partial<Keep>;
  readonly log?: Log;
  /** Milliseconds between two compactions of the database; 0: others see to it. Default: 5 minutes. */
  readonly compactEvery?: number;
}

const SHARED_KEEP: Keep = { revisions: 20_000, milliseconds: 3_600_000 };
/** Records vanish from the database after this long, in seconds. */
const RECORD_TTL = 3600;
/** How long a commit is tried while the database does not answer, in milliseconds. */
const PATIENCE = 30_000;
const PAUSE = 200;

/** Lists the database and follows it. Rejects where it does not answer. */
export async function openSharedStore(options: SharedStoreOptions): Promise<Store> {
  const store = new SharedStore(options);
  await store.open();
  return store;
}

/** A commit on its way. */
interface Pending {
  readonly slot: Slot;
  readonly writes: readonly Write[];
  /** What is written, by the store's keys. */
  readonly objects: Map<string, object>;
  readonly arrived: Promise<Commit>;
  readonly resolve: (commit: Commit) => void;
  readonly reject: (cause: Error) => void;
  commit: Commit | undefined;
}

class SharedStore implements Store {
  readonly limits = DATABASE_LIMITS;
  readonly #options: SharedStoreOptions;
  readonly #database: SharedDatabase;
  readonly #ring: RecordRing;
  readonly #leases: SharedLeases;
  readonly #pending = new Map<string, Pending>();
  #view!: SharedView;
  #stopCompacting = (): void => {};
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(options: SharedStoreOptions) {
    this.#options = options;
    this.#database = options.database;
    this.#ring = new RecordRing(options.layout.prefix, uuid(options.random));
    this.#leases = new SharedLeases(options.database, options.clock);
  }

  async open(): Promise<void> {
    const { database, layout, codec, clock, log = silent, compactEvery = COMPACT_EVERY } = this.#options;
    const keep = { ...SHARED_KEEP, ...this.#options.keep };
    this.#view = await SharedView.open(
      { database, layout, codec, clock, log, keep },
      {
        arriving: (key, revision, value) => this.#arriving(key, revision, value),
        visible: (key, revision, changes) => this.#arrived(key, revision, changes),
        gone: (key) => this.#moved(key, 0),
        relisted: (records) => this.#relisted(records),
      },
    );
    if (compactEvery > 0) this.#stopCompacting = compactRegularly(database, clock, log, compactEvery);
  }

  get revision(): number {
    return this.#view.history.revision;
  }

  get compactedRevision(): number {
    return this.#view.history.compactedRevision;
  }

  snapshot(): Snapshot {
    return this.#view.history.snapshot();
  }

  snapshotAt(revision: number): Snapshot {
    return this.#view.history.snapshotAt(revision);
  }

  revisionAt(time: number): number {
    return this.#view.history.revisionAt(time);
  }

  head(key: string): Entry | undefined {
    return get(this.#view.history.root, key);
  }

  watch(prefix: string, after: number, listener: WatchListener): () => void {
    return this.#view.history.watch(prefix, after, listener);
  }

  record(revision: number): StoredRecord | undefined {
    return this.#view.history.record(revision);
  }

  changes(after: number, until: number): Iterable<Change> {
    return this.#view.history.changes(after, until);
  }

  /** One read of the database's revision serves all who ask while it is not yet on its way. */
  refresh(): Promise<void> {
    if (this.#running === undefined) return (this.#running = this.#refresh());
    return (this.#queued ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#queued = undefined;
        return (this.#running = this.#refresh());
      }));
  }

  async #refresh(): Promise<void> {
    const mine = this.#database.revision();
    try {
      await this.#view.until(await mine);
    } finally {
      if (this.#queued === undefined) this.#running = undefined;
    }
  }

  async commit(writes: readonly Write[], record: ChangeRecord): Promise<Commit> {
    if (this.#closing.signal.aborted) throw new StoreClosed();
    check(writes);
    const slot = this.#ring.take();
    if (slot === undefined) throw new StoreBusy(this.#ring.busy);
    const pending = pendingOf(slot, writes);
    this.#pending.set(slot.key, pending);
    try {
      return await this.#decide(pending, this.#contentOf(pending, encodeRecord(record)));
    } finally {
      this.#pending.delete(slot.key);
      this.#ring.release(slot);
    }
  }

  /** Forgets here only; the database is compacted by the one server whose turn it is, as others may still follow it. */
  async compact(revision: number): Promise<void> {
    this.#view.history.forget(revision);
  }

  fork(): Store {
    const { clock, codec, log } = this.#options;
    return forkOf(this.#view.history, {
      clock,
      log,
      codec: { name: "json", encode: codec.encode, decode: (bytes, key) => codec.decode(bytes, key, 0) },
      keep: { ...SHARED_KEEP, ...this.#options.keep },
    });
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#stopCompacting();
    this.#closing.abort(new StoreClosed());
    const waiting = [...this.#pending.values()].map(({ arrived }) => arrived.catch(() => {}));
    await Promise.race([Promise.all(waiting), sleep(this.#options.clock, PAUSE)]);
    for (const { reject } of this.#pending.values()) reject(new StoreClosed());
    this.#view.close();
    await this.#database.close();
  }

  // ---- writing ----

  /** What goes into the database, all but the comparison with the slot, whose revision may move between attempts. */
  #contentOf({ slot, writes, objects }: Pending, record: Uint8Array): Content {
    const { layout, codec } = this.#options;
    const content: Content = { compare: [], puts: [{ key: slot.key, value: record, ttl: RECORD_TTL }], deletes: [] };
    for (const { key, expected, object: make, ttl } of writes) {
      const stored = layout.toDatabase(key);
      content.compare.push({ key: stored, revision: expected });
      if (make === undefined) {
        content.deletes.push(stored);
        continue;
      }
      const object = make(0);
      objects.set(key, object);
      content.puts.push({ key: stored, value: codec.encode(object, key), ttl });
    }
    return content;
  }

  async #decide(pending: Pending, content: Content): Promise<Commit> {
    const { slot } = pending;
    const { clock } = this.#options;
    const until = clock.now() + PATIENCE;
    for (;;) {
      try {
        if (slot.doubtful) await this.#fence(slot);
        const expected = slot.revision;
        const result = await this.#database.commit(await this.#transactionOf(content, slot));
        if (result.succeeded) {
          this.#view.expect(result.revision, (cause) => this.#isLate(pending, cause));
          return await pending.arrived;
        }
        await this.#view.until(result.revision);
        if (pending.commit !== undefined) return pending.commit;
        // Our own slot moved (its lease ran out): that is no conflict.
        if (slot.revision === expected) throw this.#conflictOf(pending.writes);
      } catch (error) {
        if (error instanceof LeaseLost) {
          this.#leases.forget();
          continue;
        }
        if (!(error instanceof DatabaseUnavailable)) throw error;
        const commit = await this.#settle(pending, until, error);
        if (commit !== undefined) return commit;
      }
    }
  }

  /** It was done, and nobody here can see it yet. */
  #isLate({ slot, reject }: Pending, cause: Error): void {
    slot.doubtful = true;
    reject(new WriteInDoubt(`the write was done, but cannot be seen yet: ${cause.message}`, { cause }));
  }

  /** The database did not answer: finds out whether it happened. Undefined: it did not and never will. */
  async #settle(pending: Pending, until: number, cause: Error): Promise<Commit | undefined> {
    const { slot } = pending;
    const { clock } = this.#options;
    const { relistings } = this.#view;
    slot.doubtful = true;
    for (;;) {
      if (pending.commit !== undefined) return pending.commit;
      try {
        await this.#fence(slot);
        if (pending.commit !== undefined) return pending.commit;
        if (relistings !== this.#view.relistings) throw unknown(cause);
        if (clock.now() >= until) throw new DatabaseUnavailable(`${cause.message}. The write was not done`, { cause });
        return undefined;
      } catch (error) {
        if (!slot.doubtful || !(error instanceof DatabaseUnavailable)) throw error;
        if (clock.now() >= until) throw unknown(cause);
        await sleep(clock, PAUSE, this.#closing.signal);
      }
    }
  }

  /** After this no older transaction that compares `slot` can happen any more, and what did happen has arrived. */
  async #fence(slot: Slot): Promise<void> {
    const lease = await this.#leases.of(RECORD_TTL);
    const put = { key: slot.key, value: FENCE, lease };
    const { revision } = await this.#database.commit({ compare: [], puts: [put], deletes: [] });
    await this.#view.until(revision);
    slot.doubtful = false;
  }

  async #transactionOf({ compare, puts, deletes }: Content, slot: Slot): Promise<Transaction> {
    return {
      compare: [...compare, { key: slot.key, revision: slot.revision }],
      puts: await Promise.all(
        puts.map(async ({ key, value, ttl }) =>
          ttl === undefined ? { key, value } : { key, value, lease: await this.#leases.of(ttl) },
        ),
      ),
      deletes,
    };
  }

  #conflictOf(writes: readonly Write[]): Conflict {
    const lost = writes.find(({ key, expected }) => (this.head(key)?.revision ?? 0) !== expected) ?? writes[0]!;
    return new Conflict(lost.key, this.head(lost.key));
  }

  // ---- what arrives ----

  #arriving(key: string, revision: number, value: Uint8Array): ReadonlyMap<string, object> | undefined {
    this.#moved(key, revision);
    const pending = this.#pending.get(key);
    // A fence may come in one message with the commit before it, whose objects have their revision already.
    if (pending === undefined || pending.commit !== undefined || isFence(value)) return undefined;
    for (const object of pending.objects.values()) this.#options.codec.stamp(object, revision);
    return pending.objects;
  }

  #arrived(key: string, revision: number, changes: readonly Change[]): void {
    const pending = this.#pending.get(key);
    // A revision without changes is a fence.
    if (pending === undefined || pending.commit !== undefined || changes.length === 0) return;
    const byKey = new Map(changes.map((change) => [change.key, change.after ?? change.before!]));
    this.#finish(pending, { revision, entries: pending.writes.map((write) => byKey.get(write.key)!) });
  }

  #relisted(records: ReadonlyMap<string, { readonly revision: number; readonly value: Uint8Array }>): void {
    for (const [key, pending] of this.#pending) {
      const record = records.get(key);
      const happened = record !== undefined && !isFence(record.value) && record.revision !== pending.slot.revision;
      if (!happened || pending.commit !== undefined) continue;
      // What it deleted is gone without a trace; what it wrote may have been changed again.
      const entries = pending.writes.map((write) => this.head(write.key));
      if (entries.every((entry) => entry !== undefined)) this.#finish(pending, { revision: record.revision, entries });
      else pending.reject(unknown(new Error("the database was listed again meanwhile")));
    }
    this.#ring.moveAll((key) => records.get(key)?.revision ?? 0);
  }

  #finish(pending: Pending, commit: Commit): void {
    pending.commit = commit;
    pending.resolve(commit);
  }

  #moved(key: string, revision: number): void {
    const slot = this.#ring.find(key);
    if (slot !== undefined) slot.revision = revision;
  }
}

/** A record that is none: it only moves its slot. */
const FENCE = new Uint8Array(0);

function isFence(record: Uint8Array): boolean {
  return record.length === 0;
}

interface Content {
  readonly compare: { readonly key: string; readonly revision: number }[];
  readonly puts: { readonly key: string; readonly value: Uint8Array; readonly ttl: number | undefined }[];
  readonly deletes: string[];
}

function pendingOf(slot: Slot, writes: readonly Write[]): Pending {
  const { promise: arrived, resolve, reject } = Promise.withResolvers<Commit>();
  // Nobody may be waiting when it is rejected.
  arrived.catch(() => {});
  return { slot, writes, objects: new Map(), arrived, resolve, reject, commit: undefined };
}

function check(writes: readonly Write[]): void {
  if (writes.length === 0) throw new RangeError("a commit needs at least one write");
  const keys = new Set<string>();
  for (const { key, expected, object } of writes) {
    if (object === undefined && expected === 0) throw new RangeError(`${key} does not exist and cannot be deleted`);
    if (keys.has(key)) throw new RangeError(`one commit cannot write ${key} twice`);
    keys.add(key);
  }
}

function unknown(cause: Error): WriteInDoubt {
  return new WriteInDoubt(`${cause.message}. The write may or may not have been done; read it again`, { cause });
}
