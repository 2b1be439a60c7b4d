/**
 * The embedded journal: one directory, no server.
 *
 * What is appended while LMDB's writer thread is busy goes into its next transaction, all of one turn of the event
 * loop together, and is reported durable when that transaction has been flushed to the disk. The event loop never
 * waits for the disk.
 *
 * A disk that is nearly full refuses commits before the library learns of them, and takes them again when there is space. Any
 * failure of the library itself is final: what it left in memory and in the page cache is not to be built upon.
 */
import { accessSync, chmodSync, closeSync, constants, fsyncSync, mkdirSync, openSync, statfsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { open } from "lmdb";
import type { RootDatabase } from "lmdb";
import type {
  Journal,
  JournalCommit,
  JournalContent,
  JournalRow,
  JournalSink,
  RowId,
} from "../../src/store/journal.ts";
import { StoreFull } from "../../src/store/store.ts";
import { fileFault } from "./file-check.ts";
import { lock } from "./lock.ts";
import {
  COMPACTED_KEY,
  FIRST_ROW,
  FORMAT,
  FORMAT_KEY,
  LAST_ROW,
  parseRecordValue,
  parseRowKey,
  recordValue,
  rowKey,
} from "./rows.ts";

type Table = RootDatabase<Uint8Array, Uint8Array>;

/**
 * So much of the disk stays free, in bytes: with less, writes fail before the disk is full. LMDB survives a full disk, but
 * the library that drives it has been seen to corrupt its process's memory after one.
 */
const RESERVE = 32 * 1024 * 1024;

/**
 * Opens (or begins) the journal in `directory`. Throws with what to do where that cannot be, and changes nothing then.
 * `reserve` is for tests on small disks.
 */
export async function openLmdbJournal(directory: string, reserve = RESERVE): Promise<Journal> {
  prepare(directory);
  checkSpaceToBegin(directory, reserve);
  const unlock = lock(directory);
  let table: Table | undefined;
  try {
    table = openTable(directory);
    await checkFormat(table, directory);
    return new LmdbJournal(table, directory, unlock, reserve);
  } catch (error) {
    await table?.close();
    unlock();
    throw error;
  }
}

function prepare(directory: string): void {
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (made !== undefined) syncNames(dirname(resolve(made)));
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `${directory} cannot be written (${reasonOf(error)}); change its owner, or give another directory`,
      {
        cause: error,
      },
    );
  }
}

/** Without the reserve no write would be taken: better said now than by each of them. */
function checkSpaceToBegin(directory: string, reserve: number): void {
  const fault = spaceFault(directory, reserve);
  if (fault) throw new Error(`${directory} cannot be written (${fault}); free some space, or give another directory`);
}

function spaceFault(directory: string, reserve: number): string | undefined {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < reserve ? `no space left: less than ${reserve >> 10} KiB are free` : undefined;
}

function openTable(directory: string): Table {
  try {
    const fault = fileFault(join(directory, "data.mdb"));
    if (fault !== undefined) throw new Error(fault);
    const table = open<Uint8Array, Uint8Array>({
      path: directory,
      noSubdir: false,
      overlappingSync: false,
      // We batch ourselves. The library's own batches have a promise nobody can get at, whose rejection ends the process.
      eventTurnBatching: false,
      keyEncoding: "binary",
      encoding: "binary",
    });
    // Secrets are in it.
    chmodSync(join(directory, "data.mdb"), 0o600);
    return table;
  } catch (error) {
    throw new Error(
      `${directory} cannot be opened as a journal (${reasonOf(error)}); check the files' owner and the disk, ` +
        "or restore a snapshot into another directory",
      { cause: error },
    );
  }
}

async function checkFormat(table: Table, directory: string): Promise<void> {
  const found = table.get(FORMAT_KEY);
  const format = found && Buffer.from(found).toString();
  if (format === FORMAT) return;
  if (format !== undefined) {
    throw new Error(
      `${directory} is written in format ${format}, and this version reads format ${FORMAT}; ` +
        "use the version of Tiphys that wrote it, or another directory",
    );
  }
  if (!isEmpty(table)) throw new Error(`${directory} holds a database that is not Tiphys's; give another directory`);
  try {
    await table.put(FORMAT_KEY, Buffer.from(FORMAT));
  } catch (error) {
    throw explain(await causeOf(error), directory);
  }
  syncNames(directory);
}

/** The names of new files are durable only when the folder they are in has been flushed. */
function syncNames(directory: string): void {
  const folder = openSync(directory, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function isEmpty(table: Table): boolean {
  for (const _ of table.getKeys({ limit: 1 })) return false;
  return true;
}

/** A compaction that waits for its transaction. */
interface Compaction {
  readonly revision: number;
  readonly obsolete: readonly RowId[];
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

class LmdbJournal implements Journal {
  readonly durable = true;
  readonly #table: Table;
  readonly #directory: string;
  readonly #unlock: () => void;
  readonly #reserve: number;
  /** Bytes appended since free space was last looked at; at first as if it were long ago. */
  #unchecked = Number.POSITIVE_INFINITY;
  #sink: JournalSink | undefined;
  /** What the next transaction takes. */
  #appended: JournalCommit[] = [];
  #compactions: Compaction[] = [];
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
  }

  async load(): Promise<JournalContent> {
    const stored = this.#table.get(COMPACTED_KEY);
    const compacted = stored === undefined ? 0 : Number(Buffer.from(stored).toString());
    let revision = compacted;
    for (const key of this.#table.getKeys({ start: LAST_ROW, end: FIRST_ROW, reverse: true, limit: 1 })) {
      revision = Math.max(revision, parseRowKey(key).revision);
    }
    return { revision, compacted, commits: { [Symbol.iterator]: () => this.#commits() } };
  }

  start(sink: JournalSink): void {
    this.#sink = sink;
  }

  refusal(): Error | undefined {
    if (this.#unchecked <= this.#reserve / 8) return undefined;
    const fault = spaceFault(this.#directory, this.#reserve);
    if (fault === undefined) this.#unchecked = 0;
    return fault === undefined ? undefined : new StoreFull(`${fault} on the disk of ${this.#directory}`);
  }

  append(commit: JournalCommit): void {
    if (this.#failure !== undefined) return;
    for (const { bytes } of commit.rows) this.#unchecked += PAGE + (bytes?.length ?? 0);
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

  async #close(): Promise<void> {
    try {
      await this.#writing;
      // After a failure the library is not to be touched again; the process's end releases everything.
      this.#released = true;
      if (this.#failure === undefined) await this.#table.close();
    } finally {
      this.#unlock();
    }
  }

  #wake(): void {
    this.#writing ??= this.#write();
  }

  /** One transaction after the other, so that after one that failed no later one can succeed. */
  async #write(): Promise<void> {
    // All of one turn belongs into one.
    await new Promise(setImmediate);
    while (this.#appended.length > 0 || this.#compactions.length > 0) {
      const [appended, compactions] = [this.#appended, this.#compactions];
      [this.#appended, this.#compactions] = [[], []];
      try {
        await this.#table.batch(() => {
          for (const commit of appended) this.#put(commit);
          for (const compaction of compactions) this.#forget(compaction);
        });
      } catch (error) {
        return this.#fail(await causeOf(error), compactions);
      }
      if (appended.length > 0) this.#sink?.durable(appended.at(-1)!.revision);
      for (const { resolve } of compactions) resolve();
    }
    this.#writing = undefined;
  }

  #put({ revision, committed, record, rows }: JournalCommit): void {
    void this.#table.put(rowKey(revision, "record", ""), recordValue(committed, record ?? NOTHING));
    for (const { key, bytes } of rows) {
      const kind = bytes === undefined ? "deletion" : "value";
      void this.#table.put(rowKey(revision, kind, key), bytes ?? NOTHING);
    }
  }

  #forget({ revision, obsolete }: Compaction): void {
    for (const row of obsolete) void this.#table.remove(rowKey(row.revision, row.kind, row.key));
    void this.#table.put(COMPACTED_KEY, Buffer.from(String(revision)));
  }

  #fail(cause: unknown, compactions: readonly Compaction[]): void {
    const failure = explain(cause, this.#directory);
    this.#failure = failure;
    const waiting = [...compactions, ...this.#compactions];
    [this.#appended, this.#compactions] = [[], []];
    this.#sink?.failed(failure);
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

/** What a row costs on the disk at most, beside its bytes. */
const PAGE = 4096;
const NOTHING = new Uint8Array(0);

/** LMDB's error in a sentence with what to do. */
function explain(error: unknown, directory: string): Error {
  const reason = reasonOf(error);
  const advice = /no space|ENOSPC|MAP_FULL|quota|Cannot allocate/i.test(reason)
    ? "free some space on its disk and start again"
    : "check its disk and start again; acknowledged writes are not touched";
  return new Error(`writing to ${directory} failed (${reason}); ${advice}`, { cause: error });
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // The library goes on with positions and sizes.
  return text.replace(/: Attempting to write page.*/s, "");
}

/** How long the library may take to say why a transaction failed, in milliseconds. */
const PATIENCE = 1000;

/** The library rejects a failed transaction at once with a promise of the cause, which itself rejects with it. */
async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  if (commitError === undefined) return error;
  return Promise.race([
    commitError.catch((cause: unknown) => cause),
    new Promise((resolve) => setTimeout(resolve, PATIENCE, error).unref()),
  ]);
}
