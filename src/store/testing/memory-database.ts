/**
 * A shared database in memory, for tests: any number of doors to one content. A door can be cut off, its answers held back, and
 * its transactions lost before or after they happened.
 */
import { DatabaseCompacted, DatabaseFull, DatabaseUnavailable, LeaseLost } from "../shared-database.ts";
import type {
  DatabaseEvent,
  DatabaseRow,
  DatabaseSink,
  SharedDatabase,
  Transaction,
  TransactionResult,
} from "../shared-database.ts";

interface Watch {
  readonly prefix: string;
  readonly sink: DatabaseSink;
  readonly door: Door;
  reached: number;
}

export class MemoryDatabase {
  #revision = 1;
  #compacted = 0;
  #leases = 0;
  readonly #rows = new Map<string, DatabaseRow & { readonly lease?: number }>();
  readonly #leased = new Map<number, Set<string>>();
  #log: DatabaseEvent[][] = [];
  readonly watches = new Set<Watch>();
  full = false;

  get revision(): number {
    return this.#revision;
  }

  door(): Door {
    return new Door(this);
  }

  rows(prefix: string): DatabaseRow[] {
    return [...this.#rows.values()].filter(({ key }) => key.startsWith(prefix)).toSorted(byKey);
  }

  get(key: string): DatabaseRow | undefined {
    return this.#rows.get(key);
  }

  commit({ compare, puts, deletes }: Transaction): TransactionResult {
    if (this.full && puts.length > 0) throw new DatabaseFull("the database is full");
    const fits = compare.every(({ key, revision }) => (this.#rows.get(key)?.revision ?? 0) === revision);
    if (!fits) return { succeeded: false, revision: this.#revision };
    const revision = this.#revision + 1;
    const events: DatabaseEvent[] = [];
    for (const { key, value, lease } of puts) {
      if (lease !== undefined) this.#keysOf(lease).add(key);
      this.#rows.set(key, { key, value, revision, lease });
      events.push({ key, value, revision });
    }
    for (const key of deletes) if (this.#rows.delete(key)) events.push({ key, value: undefined, revision });
    if (events.length === 0) return { succeeded: true, revision: this.#revision };
    this.#revision = revision;
    this.#log.push(events);
    this.tell();
    return { succeeded: true, revision };
  }

  /** Brings all watches whose door is open up to date, later in this turn. */
  tell(): void {
    for (const watch of this.watches) queueMicrotask(() => this.#tellOne(watch));
  }

  compact(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision);
    this.#log = this.#log.filter(([first]) => first!.revision > this.#compacted);
  }

  grant(): number {
    this.#leased.set(++this.#leases, new Set());
    return this.#leases;
  }

  renew(lease: number): void {
    this.#keysOf(lease);
  }

  revoke(lease: number): void {
    const keys = [...(this.#leased.get(lease) ?? [])].filter((key) => this.#rows.get(key)?.lease === lease);
    if (!this.#leased.delete(lease)) return;
    this.commit({ compare: [], puts: [], deletes: keys });
  }

  #keysOf(lease: number): Set<string> {
    const keys = this.#leased.get(lease);
    if (keys === undefined) throw new LeaseLost(`lease ${lease} is over`);
    return keys;
  }

  #tellOne(watch: Watch): void {
    if (watch.door.held || !this.watches.has(watch)) return;
    if (watch.reached < this.#compacted && watch.reached < this.#revision) {
      this.watches.delete(watch);
      watch.sink.lost(new DatabaseCompacted(this.#compacted));
      return;
    }
    const news = this.#since(watch.reached);
    watch.reached = this.#revision;
    // In one message, as etcd tells a watch that was behind.
    const seen = news.filter(({ key }) => key.startsWith(watch.prefix));
    if (seen.length > 0) watch.sink.events(seen);
  }

  /** Looked for from the end, since most watches are nearly there. */
  #since(revision: number): DatabaseEvent[] {
    let first = this.#log.length;
    while (first > 0 && this.#log[first - 1]![0]!.revision > revision) first--;
    return this.#log.slice(first).flat();
  }
}

/** One server's way to the database. */
export class Door implements SharedDatabase {
  readonly #content: MemoryDatabase;
  #held = false;
  #cut = false;
  /** What becomes of the next transaction: lost on the way there, on the way back, or kept until {@link deliver}. */
  next: "request lost" | "answer lost" | "late" | undefined;
  #late: Transaction[] = [];

  constructor(content: MemoryDatabase) {
    this.#content = content;
  }

  get held(): boolean {
    return this.#held;
  }

  /** While held, watches through this door are told nothing. */
  set held(held: boolean) {
    this.#held = held;
    this.#content.tell();
  }

  /** Cut off: every call fails, and all watches are lost. */
  cut(): void {
    this.#cut = true;
    for (const watch of this.#own()) {
      this.#content.watches.delete(watch);
      watch.sink.lost(new DatabaseUnavailable("cut off"));
    }
  }

  mend(): void {
    this.#cut = false;
  }

  /** What was late arrives now. */
  deliver(): TransactionResult[] {
    return this.#late.splice(0).map((transaction) => this.#content.commit(transaction));
  }

  async list(prefix: string): Promise<{ revision: number; rows: DatabaseRow[] }> {
    this.#check();
    return { revision: this.#content.revision, rows: this.#content.rows(prefix) };
  }

  async get(key: string): Promise<{ revision: number; row: DatabaseRow | undefined }> {
    this.#check();
    return { revision: this.#content.revision, row: this.#content.get(key) };
  }

  async revision(): Promise<number> {
    this.#check();
    return this.#content.revision;
  }

  async commit(transaction: Transaction): Promise<TransactionResult> {
    this.#check();
    const fate = this.next;
    this.next = undefined;
    if (fate === "late") this.#late.push(transaction);
    if (fate === "late" || fate === "request lost") throw new DatabaseUnavailable(fate);
    const result = this.#content.commit(transaction);
    if (fate === "answer lost") throw new DatabaseUnavailable(fate);
    return result;
  }

  watch(prefix: string, after: number, sink: DatabaseSink): { requestProgress(): void; close(): void } {
    const watch: Watch = { prefix, sink, door: this, reached: after };
    if (this.#cut) queueMicrotask(() => sink.lost(new DatabaseUnavailable("cut off")));
    else this.#content.watches.add(watch);
    this.#content.tell();
    return {
      requestProgress: () => {
        const { revision } = this.#content;
        queueMicrotask(() => {
          // What happened up to then was told by microtasks that were queued before this one.
          if (!this.#held && this.#content.watches.has(watch)) sink.progress(revision);
        });
      },
      close: () => this.#content.watches.delete(watch),
    };
  }

  async compact(revision: number): Promise<void> {
    this.#check();
    this.#content.compact(revision);
  }

  async grantLease(): Promise<number> {
    this.#check();
    return this.#content.grant();
  }

  async renewLease(lease: number): Promise<void> {
    this.#check();
    this.#content.renew(lease);
  }

  async revokeLease(lease: number): Promise<void> {
    this.#check();
    this.#content.revoke(lease);
  }

  async close(): Promise<void> {
    this.#cut = true;
    for (const watch of this.#own()) this.#content.watches.delete(watch);
  }

  #own(): Watch[] {
    return [...this.#content.watches].filter(({ door }) => door === this);
  }

  #check(): void {
    if (this.#cut) throw new DatabaseUnavailable("cut off");
  }
}

function byKey(a: DatabaseRow, b: DatabaseRow): number {
  return a.key < b.key ? -1 : 1;
}
