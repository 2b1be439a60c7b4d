/**
 * LMDB's table as a journal finds it when it opens: sound, of our format, and with all that was acknowledged in it.
 *
 * Beside the rows it says up to which epoch the log is saved in it (see write-ahead.ts), and whether the log may have more.
 */
import { randomInt } from "node:crypto";
import { accessSync, chmodSync, closeSync, constants, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { open } from "lmdb";
import type { RootDatabase } from "lmdb";
import { causeOf, explain, reasonOf } from "./errors.ts";
import { fileFault } from "./file-check.ts";
import {
  COMPACTED_KEY,
  FIRST_ROW,
  FORMAT,
  FORMAT_KEY,
  FORMAT_WITHOUT_BEGINNINGS,
  FORMAT_WITHOUT_LOG,
  LAST_ROW,
  parseRowKey,
  SAVED_KEY,
} from "./rows.ts";
import type { Row } from "./rows.ts";
import { readLog } from "./write-ahead.ts";

export type Table = RootDatabase<Uint8Array, Uint8Array>;

export function prepare(directory: string): void {
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

export function openTable(directory: string): Table {
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

export async function checkFormat(table: Table, directory: string): Promise<void> {
  const found = table.get(FORMAT_KEY);
  const format = found && Buffer.from(found).toString();
  if (format === FORMAT) return;
  const hasLog = format === FORMAT_WITHOUT_BEGINNINGS;
  if (format !== undefined && format !== FORMAT_WITHOUT_LOG && !hasLog) {
    throw new Error(
      `${directory} is written in format ${format}, and this version reads format ${FORMAT}; ` +
        "use the version of Tiphys that wrote it, or another directory",
    );
  }
  if (format === undefined && !isEmpty(table))
    throw new Error(`${directory} holds a database that is not Tiphys's; give another directory`);
  try {
    await table.batch(() => {
      void table.put(FORMAT_KEY, Buffer.from(FORMAT));
      if (!hasLog) void table.put(SAVED_KEY, markOf(randomInt(EPOCHS), "closed"));
    });
  } catch (error) {
    throw explain(await causeOf(error), directory);
  }
  syncNames(directory);
}

/** Brings what the log has beyond LMDB into LMDB, where the last process did not come to that. */
export async function takeOver(table: Table, directory: string): Promise<void> {
  const { epoch, state } = savedIn(table);
  if (state === "closed") return;
  let rows: Row[];
  try {
    rows = readLog(directory, epoch, newestIn(table), state === "begun");
  } catch (error) {
    throw new Error(
      `${directory} cannot be opened as a journal (${reasonOf(error)}); put back what was beside it in the same moment, ` +
        "or restore a snapshot into another directory",
      { cause: error },
    );
  }
  if (rows.length === 0) return;
  try {
    await table.batch(() => {
      for (const { key, value } of rows) void table.put(key, value);
      void table.put(SAVED_KEY, markOf(epoch + 2, "closed"));
    });
  } catch (error) {
    throw explain(await causeOf(error), directory);
  }
}

/** How many epochs a new session begins behind the last one at most: a log that was put back by hand is never taken for its own. */
export const EPOCHS = 2 ** 28;

/** "open": the log may have more; "begun": the half behind the saved one has its first frame; "closed": the log does not count. */
export type State = "open" | "begun" | "closed";

export function markOf(epoch: number, state: State): Uint8Array {
  return Buffer.from(`${epoch} ${state}`);
}

export function savedIn(table: Table): { epoch: number; state: State } {
  const [epoch, state] = Buffer.from(table.get(SAVED_KEY)!).toString().split(" ");
  return { epoch: Number(epoch), state: state as State };
}

export function compactedIn(table: Table): number {
  const stored = table.get(COMPACTED_KEY);
  return stored === undefined ? 0 : Number(Buffer.from(stored).toString());
}

export function newestIn(table: Table): number {
  let revision = compactedIn(table);
  for (const key of table.getKeys({ start: LAST_ROW, end: FIRST_ROW, reverse: true, limit: 1 })) {
    revision = Math.max(revision, parseRowKey(key).revision);
  }
  return revision;
}

/** The names of new files are durable only when the folder they are in has been flushed. */
export function syncNames(directory: string): void {
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
