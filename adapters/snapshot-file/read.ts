/** Reads a snapshot file a block at a time, and believes none of it before its digest fits. */
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { fromJson } from "../../src/machinery/exact-json.ts";
import type { SnapshotHead, SnapshotLine } from "../../src/machinery/told-snapshot.ts";
import { DIGEST_BYTES, digestOf, FIRST_DIGEST, FORMAT, LENGTH_BYTES, LONGEST_BODY, MAGIC } from "./format.ts";
import type { FileHead } from "./format.ts";

const decompress = promisify(gunzip);

/** The file is no sound snapshot; the message says where it is damaged. */
export class SnapshotDamaged extends Error {}

export interface Block {
  readonly lines: readonly SnapshotLine[];
  /** The file has been read up to here, of so many bytes. */
  readonly position: number;
  readonly size: number;
  /** Bytes of the lines. */
  readonly uncompressed: number;
}

export type Head = SnapshotHead & FileHead;

/** All blocks in order, to the end line. Throws {@link SnapshotDamaged}. */
export async function* readSnapshot(path: string): AsyncGenerator<Block, void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const reader = new Reader(file, path, size);
    await reader.begin();
    let ended = false;
    for (let number = 1; reader.position < size; number++) {
      if (ended) throw reader.damage(`${size - reader.position} bytes follow the end`);
      const { lines, uncompressed } = await reader.block(number);
      if (number === 1) checkHead(lines[0], path);
      ended = isEnd(lines.at(-1));
      yield { lines, position: reader.position, size, uncompressed };
    }
    if (!ended) throw reader.damage("its end is missing");
  } finally {
    await file.close();
  }
}

const isEnd = (line: SnapshotLine | undefined): boolean =>
  line !== undefined && "kind" in line && line.kind === "SnapshotEnd";

function checkHead(line: SnapshotLine | undefined, path: string): asserts line is Head {
  const { kind, format } = (line ?? {}) as Partial<Head>;
  if (kind !== "Snapshot" || format === undefined) throw new SnapshotDamaged(`${path} does not say what it is`);
  if (format > FORMAT) {
    throw new SnapshotDamaged(
      `${path} was written by a newer version of Tiphys (snapshot format ${format}, this one reads ${FORMAT}): use that version`,
    );
  }
}

class Reader {
  position = 0;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #size: number;
  #digest: Uint8Array = FIRST_DIGEST;
  #lastKey = "";

  constructor(file: FileHandle, path: string, size: number) {
    this.#file = file;
    this.#path = path;
    this.#size = size;
  }

  async begin(): Promise<void> {
    const magic = await this.#take(Math.min(MAGIC.length, this.#size));
    if (!magic.equals(MAGIC))
      throw new SnapshotDamaged(`${this.#path} is no snapshot of Tiphys, or its first bytes are damaged`);
  }

  async block(number: number): Promise<{ lines: SnapshotLine[]; uncompressed: number }> {
    const start = this.position;
    const left = this.#size - start - LENGTH_BYTES - DIGEST_BYTES;
    if (left < 0) throw this.damage(`block ${number} at byte ${start} is cut short`);
    const length = (await this.#take(LENGTH_BYTES)).readUInt32BE();
    const digest = await this.#take(DIGEST_BYTES);
    if (length > LONGEST_BODY) throw this.damage(`block ${number} at byte ${start} has an impossible length`);
    if (length > left) throw this.damage(`block ${number} at byte ${start} is cut short, or its length is damaged`);
    const body = await this.#take(length);
    const expected = digestOf(this.#digest, body);
    if (!expected.equals(digest)) {
      throw this.damage(`the checksum of block ${number}, bytes ${start} to ${this.position - 1}, does not fit`);
    }
    this.#digest = digest;
    const text = (await decompress(body)).toString();
    const lines = text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => fromJson(line) as SnapshotLine);
    for (const line of lines) if ("key" in line) this.#lastKey = line.key;
    return { lines, uncompressed: Buffer.byteLength(text) };
  }

  damage(what: string): SnapshotDamaged {
    const sound =
      this.#lastKey === "" ? "no object before that can be read" : `sound up to the object ${this.#lastKey}`;
    return new SnapshotDamaged(`${this.#path} is damaged: ${what} (${sound})`);
  }

  async #take(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(bytes, filled, length - filled, this.position + filled);
      if (bytesRead === 0) throw this.damage("it became shorter while it was read");
      filled += bytesRead;
    }
    this.position += length;
    return bytes;
  }
}
