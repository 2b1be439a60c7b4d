/**
 * The log that small commits are durable in before LMDB has them, by one flush of the disk where a transaction takes two.
 *
 * One file of fixed size in two halves, which are filled in turn; while one is filled, what is in the other goes into LMDB. Each
 * filling has a number, its epoch; LMDB holds, as a part of the same transactions, the last epoch that is saved in it. So of what
 * the file holds only the two epochs behind that one count, and all else is from earlier. A half has its first frame, if only an
 * empty one, before LMDB says that the other is saved: a log without it is older than LMDB.
 *
 *     frame    checksum(4) epoch(8) previous(8) length(4), then `length` bytes of rows; begins and ends at a sector
 *     row      key length(2) value length(4) key value, both as in LMDB
 *
 * A frame is what was flushed together, or nothing, to begin a half; `previous` is the newest revision before it; the checksum is the CRC-32 of all behind it.
 * The first frame whose checksum is wrong, or whose epoch is another, is the end of its half.
 */
import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  write,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { parseRowKey } from "./rows.ts";
import type { Row } from "./rows.ts";

const NAME = "log";
const HALF = 1024 * 1024;
/** What the file takes. */
export const LOG_SIZE = 2 * HALF;
const SECTOR = 512;
const CHECKSUM = 4;
const HEADER = CHECKSUM + 8 + 8 + 4;
/** What is larger is better written once. */
const LARGEST = HALF / 4;

const writeAt = promisify(write);
const flush = promisify(fdatasync);

/**
 * Whether a write can flush itself, down to the disk. Only Linux is known to: elsewhere the flag is not there, or the disk may
 * keep in a memory of its own what was written with it, and only a flush that is asked for is one (as LMDB's).
 */
const FLUSHES_ITSELF = process.platform === "linux";

export class WriteAhead {
  readonly #file: number;
  /** Where frames are put together: one is written at a time. */
  readonly #frame = Buffer.allocUnsafeSlow(sizeOf(LARGEST));
  readonly #flushesItself: boolean;
  #epoch: number;
  /** Where the next frame begins. */
  #at = 0;

  /** Begins with the half of `epoch`. Makes the file where there is none; `directory` must be flushed afterwards. */
  constructor(directory: string, epoch: number, flushesItself = FLUSHES_ITSELF) {
    this.#file = openFile(join(directory, NAME), flushesItself);
    this.#flushesItself = flushesItself;
    this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Resolves with true when the rows are durable; with false, and nothing done, where there is no room for them in this half. */
  async append(rows: readonly Row[], length: number, previous: number): Promise<boolean> {
    const size = sizeOf(length);
    if (this.#at + size > HALF) return false;
    fillFrame(this.#frame.subarray(0, size), rows, length, this.#epoch, previous);
    // Where the file is open so that a write is a flush as well, there is one call to wait for instead of two.
    const { bytesWritten } = await writeAt(this.#file, this.#frame, 0, size, offsetOf(this.#epoch) + this.#at);
    if (bytesWritten < size) throw new Error(`only ${bytesWritten} of ${size} bytes could be written`);
    if (!this.#flushesItself) await flush(this.#file);
    this.#at += size;
    return true;
  }

  /** Goes on at the beginning of the other half, all of which must be saved in LMDB by now. Resolves when that is durable. */
  async turn(rows: readonly Row[] = [], length = 0, previous = 0): Promise<void> {
    this.#epoch++;
    this.#at = 0;
    await this.append(rows, length, previous);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** How many bytes the rows take in a frame; undefined for more than one should have. */
export function lengthOf(rows: readonly Row[]): number | undefined {
  let length = 0;
  for (const { key, value } of rows) length += 6 + key.length + value.length;
  return length > LARGEST ? undefined : length;
}

/**
 * The rows of `directory`'s log that LMDB does not have, where it has those up to the epoch `saved` and the revision `reached`.
 * Throws where the log is not of this database, is older than it (unless it need not be `begun`), or is damaged.
 */
export function readLog(directory: string, saved: number, reached: number, begun: boolean): Row[] {
  const file = readFileSync(join(directory, NAME));
  if (file.length !== LOG_SIZE) throw new Error(`${NAME} is cut short or damaged`);
  const rows: Row[] = [];
  for (const epoch of [saved + 1, saved + 2]) {
    const half = file.subarray(offsetOf(epoch), offsetOf(epoch) + HALF);
    const first = parseFrame(half, 0);
    if (first !== undefined && first.epoch > saved + 2) {
      throw new Error(`${NAME} is newer than data.mdb, so the two are not of the same moment`);
    }
    const frames = framesOf(half, epoch);
    if (begun && epoch === saved + 1 && frames.length === 0) {
      throw new Error(`${NAME} is older than data.mdb, so the two are not of the same moment`);
    }
    for (const frame of frames) {
      if (frame.rows.length === 0) continue;
      if (frame.previous !== reached) throw new Error(`${NAME} does not go on where data.mdb ends`);
      rows.push(...frame.rows);
      reached = parseRowKey(frame.rows.at(-1)!.key).revision;
    }
  }
  return rows;
}

function openFile(path: string, flushesItself: boolean): number {
  const self = flushesItself ? constants.O_DSYNC : 0;
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | self, 0o600);
  try {
    if (fstatSync(file).size !== LOG_SIZE) {
      // Space that is there already is flushed without the file system's own records.
      writeSync(file, Buffer.alloc(LOG_SIZE), 0, LOG_SIZE, 0);
      ftruncateSync(file, LOG_SIZE);
      fsyncSync(file);
    }
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

const offsetOf = (epoch: number): number => (epoch % 2) * HALF;
const sizeOf = (length: number): number => Math.ceil((HEADER + length) / SECTOR) * SECTOR;

function fillFrame(frame: Buffer, rows: readonly Row[], length: number, epoch: number, previous: number): void {
  frame.writeBigUInt64BE(BigInt(epoch), CHECKSUM);
  frame.writeBigUInt64BE(BigInt(previous), CHECKSUM + 8);
  frame.writeUInt32BE(length, CHECKSUM + 16);
  let at = HEADER;
  for (const { key, value } of rows) {
    frame.writeUInt16BE(key.length, at);
    frame.writeUInt32BE(value.length, at + 2);
    frame.set(key, at + 6);
    frame.set(value, at + 6 + key.length);
    at += 6 + key.length + value.length;
  }
  frame.fill(0, at);
  frame.writeUInt32BE(checksumOf(frame, at));
}

const checksumOf = (frame: Buffer, end: number): number => crc32(frame.subarray(CHECKSUM, end));

interface Frame {
  readonly epoch: number;
  readonly previous: number;
  readonly rows: readonly Row[];
  readonly size: number;
}

function framesOf(half: Buffer, epoch: number): Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  for (; at < HALF; at += frames.at(-1)!.size) {
    const frame = parseFrame(half, at);
    if (frame?.epoch !== epoch) break;
    frames.push(frame);
  }
  // One is written at a time, so a torn one is the last.
  for (; at < HALF; at += SECTOR) {
    if (parseFrame(half, at)?.epoch === epoch) throw new Error(`${NAME} is damaged in the middle`);
  }
  return frames;
}

/** Undefined where no whole frame begins. */
function parseFrame(half: Buffer, start: number): Frame | undefined {
  const bytes = half.subarray(start);
  const length = bytes.readUInt32BE(CHECKSUM + 16);
  if (HEADER + length > bytes.length) return undefined;
  if (checksumOf(bytes, HEADER + length) !== bytes.readUInt32BE()) return undefined;
  const rows: Row[] = [];
  for (let at = HEADER; at < HEADER + length;) {
    const value = at + 6 + bytes.readUInt16BE(at);
    const end = value + bytes.readUInt32BE(at + 2);
    rows.push({ key: bytes.subarray(at + 6, value), value: bytes.subarray(value, end) });
    at = end;
  }
  const epoch = Number(bytes.readBigUInt64BE(CHECKSUM));
  return { epoch, previous: Number(bytes.readBigUInt64BE(CHECKSUM + 8)), rows, size: sizeOf(length) };
}
