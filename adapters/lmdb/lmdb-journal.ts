/**
 * The embedded journal: one directory, no server.
 *
 * What is appended while the disk is busy is written together next, all of one turn of the event loop, and is reported durable
 * when it has been flushed: a little of it into the log (see write-ahead.ts) and into LMDB later, much of it into LMDB at once.
 * The event loop never waits for the disk.
 *
 * A disk that is nearly full refuses commits before the library learns of them, and takes them again when there is space. Any
 * failure of the library itself is final: what it left in memory and in the page cache is not to be built upon.
 */
import { randomInt } from "node:crypto";
import type {
  Journal,
  JournalCommit,
  JournalContent,
  JournalRow,
  JournalSink,
  RowId,
} from "../../src/store/journal.ts";
import { StoreFull } from "../../src/store/store.ts";
import { causeOf, explain, Taken } from "./errors.ts";
import { lock } from "./lock.ts";
import {
  COMPACTED_KEY,
  FIRST_ROW,
  LAST_ROW,
  parseRecordValue,
  parseRowKey,
  rowKey,
  rowsOf,
  SAVED_KEY,
} from "./rows.ts";
import type { Row } from "./rows.ts";
import { checkSpaceToBegin, costOf, RESERVE, spaceFault } from "./space.ts";
import {
  checkFormat,
  compactedIn,
  EPOCHS,
  markOf,
  newestIn,
  openTable,
  prepare,
  savedIn,
  syncNames,
  takeOver,
} from "./table.ts";
import type { Table } from "./table.ts";
import { lengthOf, LOG_SIZE, WriteAhead } from "./write-ahead.ts";

/**
 * Opens (or begins) the journal in `directory`. Throws with what to do where that cannot be, and changes nothing then.
 * `reserve` is for tests on small disks.
 */
export async function openLmdbJournal(directory: string, reserve = RESERVE): Promise<Journal> {
  prepare(directory);
  checkSpaceToBegin(directory, reserve);
  let journal: LmdbJournal | undefined;
  const unlock = lock(directory, () => journal?.lose());
  let table: Table | undefined;
  try {
    table = openTable(directory);
    await checkFormat(table, directory);
    await takeOver(table, directory);
    return (journal = new LmdbJournal(table, directory, unlock, reserve));
  } catch (error) {
    await table?.close();
    unlock();
    throw error;
  }
}

/** A compaction that waits for its transaction. */
interface Compaction {
  readonly revision: number;
  readonly obsolete: readonly RowId[];
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** A commit and how it lies in LMDB. */
interface Written {
  readonly commit: JournalCommit;
  readonly rows: readonly Row[];
}

class LmdbJournal implements Journal {
  readonly durable = true;
  readonly #table: Table;
  readonly #directory: string;
  readonly #unlock: () => void;
  readonly #reserve: number;
  /** Bytes appended since free space was last looked at; at first as if it were long ago. */
  #unchecked = Number.POSITIVE_INFINITY;
  /** Bytes that are not in LMDB's file yet. */
  #unwritten = LOG_SIZE;
  #sink: JournalSink | undefined;
  /** What the next transaction takes. */
  #appended: JournalCommit[] = [];
  #compactions: Compaction[] = [];
  /** Where small commits go first; undefined until something is written. */
  #ahead: WriteAhead | undefined;
  /** The newest revision that was written. */
  #reached: number;
  /** What is in the half of the log that is being filled. */
  #filled: Written[] = [];
  /** All that is in the log and not in LMDB. */
  readonly #unsaved = new Map<number, JournalCommit>();
  /** The transaction that saves the other half; never rejects. */
  #saving: Promise<void> | undefined;
  /** Resolves when nothing waits any more. */
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed: Promise<void> | undefined;
  /** Nothing can be read any more. */
  #released = false;

  constructor(table: Table, directory: string, unlock: () => void, reserve: number) {
    this.#reserve = reserve;
    this.#table = table;
    this.#directory = directory;
    this.#unlock = unlock;
    this.#reached = newestIn(table);
  }

  async load(): Promise<JournalContent> {
    const revision = newestIn(this.#table);
    const commits = { [Symbol.iterator]: () => this.#commits() };
    return { revision, compacted: compactedIn(this.#table), commits };
  }

  start(sink: JournalSink): void {
    this.#sink = sink;
  }

  refusal(): Error | undefined {
    if (this.#unchecked <= this.#reserve / 8) return undefined;
    const fault = spaceFault(this.#directory, this.#reserve, this.#unwritten);
    if (fault === undefined) this.#unchecked = 0;
    return fault === undefined ? undefined : new StoreFull(`${fault} on the disk of ${this.#directory}`);
  }

  append(commit: JournalCommit): void {
    if (this.#failure !== undefined) return;
    const cost = costOf(commit);
    this.#unchecked += cost;
    this.#unwritten += cost;
    this.#appended.push(commit);
    this.#wake();
  }

  compact(revision: number, obsolete: readonly RowId[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      this.#compactions.push({ revision, obsolete, resolve, reject });
      this.#wake();
    });
  }

  read(revision: number, key: string): Uint8Array | undefined {
    if (this.#released) return undefined;
    const unsaved = this.#unsaved.get(revision)?.rows.find((row) => row.key === key);
    if (unsaved !== undefined) return unsaved.bytes;
    try {
      return this.#table.get(rowKey(revision, "value", key));
    } catch (error) {
      // After some failures the library gives nothing any more; then what is not in memory is as good as compacted.
      if (this.#failure !== undefined) return undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** Somebody else writes here now. */
  lose(): void {
    this.#fail(new Taken(this.#directory), []);
  }

  async #close(): Promise<void> {
    try {
      await this.#writing;
      await this.#saving;
      if (this.#ahead !== undefined && this.#failure === undefined) await this.#end(this.#ahead);
    } catch (error) {
      // All is in the log, and the next start finds it there.
      this.#fail(await causeOf(error), []);
    } finally {
      this.#released = true;
      this.#ahead?.close();
      // After a failure the library is not to be touched again; the process's end releases everything.
      if (this.#failure === undefined) await this.#table.close();
      this.#unlock();
    }
  }

  #wake(): void {
    this.#writing ??= this.#write();
  }

  /** One write after the other, so that after one that failed no later one can succeed. */
  async #write(): Promise<void> {
    // All that is about to be appended in this turn belongs into one.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    while (this.#appended.length > 0 || this.#compactions.length > 0) {
      const [appended, compactions] = [this.#appended, this.#compactions];
      [this.#appended, this.#compactions] = [[], []];
      try {
        const written = appended.map((commit) => ({ commit, rows: rowsOf(commit) }));
        this.#ahead ??= await this.#begin();
        const logged = compactions.length === 0 && (await this.#log(this.#ahead, written));
        if (!logged) await this.#save(this.#ahead, written, compactions);
      } catch (error) {
        return this.#fail(await causeOf(error), compactions);
      }
      if (this.#failure !== undefined) return;
      if (appended.length > 0) this.#sink?.durable(appended.at(-1)!.revision);
      for (const { resolve } of compactions) resolve();
    }
    this.#writing = undefined;
  }

  /** Makes it durable in the log; false, with nothing done, where it is not for the log. */
  async #log(ahead: WriteAhead, written: readonly Written[]): Promise<boolean> {
    const rows = written.flatMap((each) => each.rows);
    const length = lengthOf(rows);
    if (length === undefined) return false;
    if (!(await ahead.append(rows, length, this.#reached))) {
      await this.#saving;
      if (this.#failure !== undefined) return true;
      const [filled, epoch] = [this.#filled, ahead.epoch];
      this.#filled = [];
      await ahead.turn(rows, length, this.#reached);
      this.#saving = this.#saveHalf(filled, epoch);
    }
    for (const each of written) this.#unsaved.set(each.commit.revision, each.commit);
    this.#filled.push(...written);
    this.#reached = written.at(-1)!.commit.revision;
    return true;
  }

  /** Saves what is in the half that is full, while the other is filled. */
  async #saveHalf(filled: readonly Written[], epoch: number): Promise<void> {
    try {
      await this.#transact(filled, [], markOf(epoch, "begun"));
    } catch (error) {
      this.#fail(await causeOf(error), []);
    }
  }

  /** A transaction with all that is in the log, and more. */
  async #save(ahead: WriteAhead, more: readonly Written[], compactions: readonly Compaction[]): Promise<void> {
    await this.#saving;
    if (this.#failure !== undefined) throw this.#failure;
    const [filled, { epoch }] = [this.#filled, ahead];
    // A half with nothing but its beginning stays the one that is filled next.
    if (filled.length > 0) await ahead.turn();
    await this.#transact([...filled, ...more], compactions, filled.length > 0 ? markOf(epoch, "begun") : undefined);
    this.#filled = [];
    // A compaction may be what raised it, beyond what was appended before.
    this.#reached = Math.max(this.#reached, compactions.at(-1)?.revision ?? 0, more.at(-1)?.commit.revision ?? 0);
  }

  /** LMDB must know of this session's epochs before the log has one of them, and only then can it say that the log has. */
  async #begin(): Promise<WriteAhead> {
    const epoch = savedIn(this.#table).epoch + 1 + randomInt(EPOCHS);
    const ahead = new WriteAhead(this.#directory, epoch);
    syncNames(this.#directory);
    this.#unwritten -= LOG_SIZE;
    await this.#transact([], [], markOf(epoch, "open"));
    await ahead.turn();
    await this.#transact([], [], markOf(epoch, "begun"));
    return ahead;
  }

  /** All is in LMDB, and the log does not count any more. */
  async #end(ahead: WriteAhead): Promise<void> {
    await this.#transact(this.#filled, [], markOf(ahead.epoch, "closed"));
    this.#filled = [];
  }

  async #transact(
    written: readonly Written[],
    compactions: readonly Compaction[],
    saved: Uint8Array | undefined,
  ): Promise<void> {
    await this.#table.batch(() => {
      for (const { rows } of written) for (const { key, value } of rows) void this.#table.put(key, value);
      for (const compaction of compactions) this.#forget(compaction);
      if (saved !== undefined) void this.#table.put(SAVED_KEY, saved);
    });
    for (const { commit } of written) {
      this.#unsaved.delete(commit.revision);
      this.#unwritten -= costOf(commit);
    }
  }

  #forget({ revision, obsolete }: Compaction): void {
    for (const row of obsolete) void this.#table.remove(rowKey(row.revision, row.kind, row.key));
    void this.#table.put(COMPACTED_KEY, Buffer.from(String(revision)));
  }

  #fail(cause: unknown, compactions: readonly Compaction[]): void {
    const first = this.#failure === undefined;
    const failure = (this.#failure ??= cause instanceof Taken ? cause : explain(cause, this.#directory));
    const waiting = [...compactions, ...this.#compactions];
    [this.#appended, this.#compactions] = [[], []];
    if (first) this.#sink?.failed(failure);
    for (const { reject } of waiting) reject(failure);
  }

  *#commits(): Generator<JournalCommit, void> {
    let revision = 0;
    let committed = 0;
    let record: Uint8Array | undefined;
    let rows: JournalRow[] = [];
    // Objects lie on pages of their own, which are not touched here.
    for (const key of this.#table.getKeys({ start: FIRST_ROW, end: LAST_ROW })) {
      const name = parseRowKey(key);
      if (name.revision !== revision) {
        if (revision !== 0) yield { revision, committed, record, rows };
        revision = name.revision;
        committed = 0;
        record = undefined;
        rows = [];
      }
      if (name.kind === "record") ({ committed, record } = parseRecordValue(this.#table.get(key)!));
      else rows.push({ key: name.key, bytes: undefined, unread: name.kind === "value" });
    }
    if (revision !== 0) yield { revision, committed, record, rows };
  }
}
