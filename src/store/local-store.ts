/**
 * The store for everything that one process decides alone: it orders the writes, compares, and hands each revision
 * to its {@link Journal}.
 */
import type { Clock } from "../machinery/clock.ts";
import { silent } from "../machinery/log.ts";
import type { Log } from "../machinery/log.ts";
import { StoredEntry } from "./entry.ts";
import type { Codec, EntryHome } from "./entry.ts";
import { DEFAULT_KEEP, History, obsoleteRows } from "./history.ts";
import type { Keep, Revision } from "./history.ts";
import { LONGEST_KEY, recordText } from "./journal.ts";
import type { Journal, JournalRow, RowId } from "./journal.ts";
import { loadHistory } from "./load.ts";
import { memoryJournal } from "./memory-journal.ts";
import { RecentEncodings } from "./recent-encodings.ts";
import { Conflict, FutureRevision, JournalFailed, StoreBusy, StoreClosed } from "./store.ts";
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
import { get, remove, set } from "./tree.ts";
import type { Tree } from "./tree.ts";

export interface StoreOptions {
  readonly clock: Clock;
  readonly codec: Codec;
  /** Memory where none is given. */
  readonly journal?: Journal;
  readonly keep?: Partial<Keep>;
  readonly log?: Log;
  /** The most commits that wait for the journal; more are refused with {@link StoreBusy}. */
  readonly mostPending?: number;
}

const encoder = new TextEncoder();

const MOST_PENDING = 65_536;
/** So many revisions go into one transaction of a compaction, so that writers get their turn between them. */
const COMPACTION_STEP = 1000;

/** Opens the journal's content, or an empty store in memory. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const journal = options.journal ?? memoryJournal();
  const read = journal.read?.bind(journal);
  const home: EntryHome = { codec: options.codec, recent: new RecentEncodings(), ...(read && { read }) };
  const { history, obsolete } = await loadHistory(journal, home, { ...settings(options) });
  const store = new LocalStore(history, home, journal, options);
  if (obsolete.length > 0) await journal.compact(history.compactedRevision, obsolete);
  return store;
}

function settings(options: StoreOptions): { keep: Keep; clock: Clock; report: Log } {
  return { keep: { ...DEFAULT_KEEP, ...options.keep }, clock: options.clock, report: options.log ?? silent };
}

/** A revision on its way through the journal. Only the revision itself is logged: the promise may go when it is resolved. */
interface Pending {
  readonly logged: Revision;
  readonly commit: Commit;
  readonly resolve: (commit: Commit) => void;
  readonly reject: (reason: Error) => void;
  /** Others that wait for it; mostly nobody. */
  settled: { resolve: () => void; reject: (reason: Error) => void }[] | undefined;
}

/** What a commit's writes come to. */
interface Applied {
  readonly root: Tree<Entry>;
  readonly changes: Change[];
  readonly rows: JournalRow[];
}

class LocalStore implements Store {
  readonly #history: History;
  readonly #home: EntryHome;
  readonly #journal: Journal;
  readonly #options: StoreOptions;
  readonly #log: Log;
  readonly #mostPending: number;
  #head: Tree<Entry>;
  #headRevision: number;
  /** In the order of their revisions. */
  #pending: Pending[] = [];
  #durable: number;
  #publishing = false;
  #refusal: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(history: History, home: EntryHome, journal: Journal, options: StoreOptions) {
    this.#history = history;
    this.#home = home;
    this.#journal = journal;
    this.#options = options;
    this.#log = options.log ?? silent;
    this.#mostPending = options.mostPending ?? MOST_PENDING;
    this.#head = history.root;
    this.#headRevision = history.revision;
    this.#durable = history.revision;
    journal.start({ durable: (revision) => this.#publish(revision), failed: (cause) => this.#fail(cause) });
  }

  get revision(): number {
    return this.#history.revision;
  }

  get failure(): Error | undefined {
    return this.#refusal instanceof JournalFailed ? this.#refusal : undefined;
  }

  get compactedRevision(): number {
    return this.#history.compactedRevision;
  }

  snapshot(): Snapshot {
    return this.#history.snapshot();
  }

  snapshotAt(revision: number): Snapshot {
    return this.#history.snapshotAt(revision);
  }

  revisionAt(time: number): number {
    return this.#history.revisionAt(time);
  }

  head(key: string): Entry | undefined {
    return get(this.#head, key);
  }

  async settled(): Promise<void> {
    const newest = this.#pending.at(-1);
    if (newest === undefined) return;
    await new Promise<void>((resolve, reject) => (newest.settled ??= []).push({ resolve, reject }));
  }

  watch(prefix: string, after: number, listener: WatchListener): () => void {
    return this.#history.watch(prefix, after, listener);
  }

  record(revision: number): StoredRecord | undefined {
    return this.#history.record(revision);
  }

  changes(after: number, until: number): Iterable<Change> {
    return this.#history.changes(after, until);
  }

  commit(writes: readonly Write[], record: ChangeRecord): Promise<Commit> {
    return new Promise((resolve, reject) => {
      if (this.#refusal !== undefined) throw this.#refusal;
      const refusal = this.#journal.refusal?.();
      if (refusal !== undefined) throw refusal;
      if (this.#pending.length >= this.#mostPending) throw new StoreBusy(this.#pending.length);
      const applied = this.#apply(writes, this.#headRevision + 1);
      if (applied instanceof Conflict) return this.#lose(applied, reject);
      const { root, changes, rows } = applied;
      const text = this.#journal.durable ? recordText(record) : undefined;
      const revision = ++this.#headRevision;
      const committed = this.#options.clock.now();
      const commit = { revision, entries: changes.map((change) => change.after ?? change.before!) };
      this.#head = root;
      const logged: Revision = { revision, changes, record: text ?? record, committed, root };
      this.#pending.push({ logged, commit, resolve, reject, settled: undefined });
      const bytes = text === undefined ? undefined : encoder.encode(text);
      this.#journal.append({ revision, committed, record: bytes, rows });
    });
  }

  async compact(revision: number): Promise<void> {
    if (revision > this.revision) throw new FutureRevision(revision, this.revision);
    while (this.compactedRevision < revision) {
      if (this.#refusal !== undefined) throw this.#refusal;
      await this.#forget(Math.min(revision, this.compactedRevision + COMPACTION_STEP));
    }
  }

  fork(): Store {
    return forkOf(this.#history, this.#options);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#refusal ??= new StoreClosed();
    await this.#journal.close();
    this.#history.close();
  }

  /** A conflict is told when what won is visible, or else whoever lost could read that there was nobody to lose to. */
  #lose(conflict: Conflict, reject: (reason: Error) => void): void {
    this.settled().then(() => reject(conflict), reject);
  }

  /** The map with all of `writes` in it, and what they change; or the conflict where they do not fit. */
  #apply(writes: readonly Write[], revision: number): Applied | Conflict {
    if (writes.length === 0) throw new RangeError("a commit needs at least one write");
    let root = this.#head;
    const changes: Change[] = [];
    const rows: JournalRow[] = [];
    for (const { key, expected, object: make } of writes) {
      const before = get(root, key);
      if ((before?.revision ?? 0) !== expected) return new Conflict(key, before);
      if (changes.some((change) => change.key === key)) throw new RangeError(`one commit cannot write ${key} twice`);
      if (make === undefined) {
        if (before === undefined) throw new RangeError(`${key} does not exist and cannot be deleted`);
        root = remove(root, key);
        changes.push({ revision, key, before, after: undefined });
        rows.push({ key, bytes: undefined });
        continue;
      }
      if (key.length > LONGEST_KEY / 3) checkLength(key);
      const object = make(revision);
      const bytes = this.#journal.durable ? this.#home.codec.encode(object, key) : undefined;
      const after = new StoredEntry(this.#home, key, revision, object, bytes);
      root = set(root, after);
      changes.push({ revision, key, before, after });
      rows.push({ key, bytes });
    }
    // What the log keeps has no room for more.
    return { root, changes: changes.slice(), rows };
  }

  /**
   * Makes everything up to `revision` visible. A listener or the journal may come back here in the middle of it;
   * what they bring then waits for its turn, so that every watcher sees all revisions in order.
   */
  #publish(revision: number): void {
    this.#durable = revision;
    if (this.#publishing) return;
    this.#publishing = true;
    while (this.#pending.length > 0 && this.#pending[0]!.logged.revision <= this.#durable) {
      const done = this.#takeDurable();
      this.#history.publish(done.map(({ logged }) => logged));
      for (const { resolve, commit, settled = [] } of done) {
        resolve(commit);
        for (const other of settled) other.resolve();
      }
    }
    this.#publishing = false;
    this.#trim();
  }

  #takeDurable(): Pending[] {
    let end = 0;
    while (end < this.#pending.length && this.#pending[end]!.logged.revision <= this.#durable) end++;
    if (end < this.#pending.length) return this.#pending.splice(0, end);
    const all = this.#pending;
    this.#pending = [];
    return all;
  }

  #fail(cause: Error): void {
    const failure = new JournalFailed(cause);
    this.#log.error(failure.message);
    this.#refusal = failure;
    const lost = this.#pending;
    this.#pending = [];
    this.#head = this.#history.root;
    this.#headRevision = this.#history.revision;
    for (const { reject, settled = [] } of lost) for (const each of [{ reject }, ...settled]) each.reject(failure);
  }

  #trim(): void {
    const outdated = this.#history.outdated();
    if (outdated === undefined) return;
    this.#forget(outdated).catch((error: unknown) => {
      // Rows left behind are found and forgotten at the next start.
      this.#log.warn("old revisions could not be removed from the journal", { error: String(error) });
    });
  }

  async #forget(revision: number): Promise<void> {
    const forgotten = this.#history.forget(revision);
    if (!this.#journal.durable) return;
    const obsolete: RowId[] = [];
    for (const each of forgotten) obsoleteRows(each, obsolete);
    await this.#journal.compact(revision, obsolete);
  }
}

/** A store in memory that begins with what is visible in `origin`. */
export function forkOf(origin: History, options: Omit<StoreOptions, "journal">): Store {
  origin.share();
  const { root, revision } = origin;
  const history = new History({ root, revision, compacted: revision, log: [], ...settings(options) });
  history.share();
  return new LocalStore(history, { codec: options.codec, recent: new RecentEncodings() }, memoryJournal(), {
    ...options,
    journal: undefined,
  } as StoreOptions);
}

function checkLength(key: string): void {
  const { length } = encoder.encode(key);
  if (length > LONGEST_KEY) throw new RangeError(`key of ${length} bytes is longer than ${LONGEST_KEY}: ${key}`);
}
