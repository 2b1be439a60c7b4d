/**
 * How the journal lies in LMDB: one table, keys in bytes.
 *
 *     0 "format"                       3, as decimal digits
 *     0 "compacted"                    the compacted revision, as decimal digits
 *     0 "saved"                        the epoch of the log up to which all is here (see write-ahead.ts), and its state
 *     1 revision(8) 0                  a commit's record: committed(8), then JSON
 *     1 revision(8) 1 key              an object, as the codec made it
 *     1 revision(8) 2 key              a deletion
 *
 * An object's bytes are written once, at the end of the table, which is the cheapest place; the current object of a key
 * is the one with the greatest revision. What replaced an object stands after it, so that one pass from the beginning
 * gives both the current state and the log. Numbers are big-endian, so that order of bytes is order of revisions.
 */
import type { JournalCommit, RowId } from "../../src/store/journal.ts";

export const FORMAT = "3";
/** Its log's halves could be without a first frame. */
export const FORMAT_WITHOUT_BEGINNINGS = "2";
/** It had no log beside it. */
export const FORMAT_WITHOUT_LOG = "1";
export const FORMAT_KEY = meta("format");
export const COMPACTED_KEY = meta("compacted");
export const SAVED_KEY = meta("saved");
/** Before all rows and after all rows. */
export const FIRST_ROW = Uint8Array.of(1);
export const LAST_ROW = Uint8Array.of(2);

export type RowKind = RowId["kind"];
const KINDS: readonly RowKind[] = ["record", "value", "deletion"];
const KEY_AT = 10;

const encoder = new TextEncoder();

function meta(name: string): Uint8Array {
  return Uint8Array.of(0, ...new TextEncoder().encode(name));
}

export function rowKey(revision: number, kind: RowKind, key: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(KEY_AT + key.length * 3);
  putNumber(bytes, 1, revision);
  bytes[0] = 1;
  bytes[KEY_AT - 1] = KINDS.indexOf(kind);
  const { written } = encoder.encodeInto(key, bytes.subarray(KEY_AT));
  return bytes.subarray(0, KEY_AT + written);
}

function recordValue(committed: number, record: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(8 + record.length);
  putNumber(bytes, 0, committed);
  bytes.set(record, 8);
  return bytes;
}

export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export function rowsOf({ revision, committed, record, rows }: JournalCommit): Row[] {
  const all: Row[] = [{ key: rowKey(revision, "record", ""), value: recordValue(committed, record ?? NOTHING) }];
  for (const { key, bytes } of rows) {
    all.push({ key: rowKey(revision, bytes === undefined ? "deletion" : "value", key), value: bytes ?? NOTHING });
  }
  return all;
}

const NOTHING = new Uint8Array(0);

export function parseRecordValue(bytes: Uint8Array): { committed: number; record: Uint8Array } {
  return { committed: getNumber(bytes, 0), record: bytes.subarray(8) };
}

export interface RowName {
  readonly revision: number;
  readonly kind: RowKind;
  /** Empty for records. */
  readonly key: string;
}

/** Throws where the bytes are not a row's key, which a sound file never has. */
export function parseRowKey(bytes: Uint8Array): RowName {
  const kind = KINDS[bytes[KEY_AT - 1] ?? -1];
  if (bytes[0] !== 1 || kind === undefined) throw new Error(`unknown row ${Buffer.from(bytes).toString("hex")}`);
  const revision = getNumber(bytes, 1);
  if (kind === "record") return { revision, kind, key: "" };
  // The library gives buffers; making one costs more than all else here.
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return { revision, kind, key: buffer.toString("utf8", KEY_AT) };
}

function putNumber(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32BE(Math.floor(value / 0x1_0000_0000), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}

function getNumber(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let i = at; i < at + 8; i++) number = number * 256 + bytes[i]!;
  return number;
}
