/**
 * Writes a snapshot's lines to a file that only its owner may read. The file has its name only once it is complete and on the disk.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { BLOCK, digestOf, FIRST_DIGEST, lengthOf, MAGIC } from "./format.ts";

const compress = promisify(gzip);
const NEWLINE = Buffer.from("\n");

export class SnapshotWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #digest: Uint8Array = FIRST_DIGEST;
  #lines: Uint8Array[] = [];
  #size = 0;
  #written = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  static async open(path: string): Promise<SnapshotWriter> {
    const temporary = `${path}.${process.pid}.part`;
    await rm(temporary, { force: true });
    const writer = new SnapshotWriter(path, temporary, await open(temporary, "wx", 0o600));
    await writer.#write(MAGIC);
    return writer;
  }

  /** So many bytes are in the file. */
  get written(): number {
    return this.#written;
  }

  /** A line without its newline; kept as it is until its block is written. */
  async add(line: Uint8Array): Promise<void> {
    this.#lines.push(line, NEWLINE);
    this.#size += line.length + 1;
    if (this.#size >= BLOCK) await this.flush();
  }

  /** Ends the block. */
  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const body = await compress(Buffer.concat(this.#lines, this.#size), { level: 6 });
    this.#lines = [];
    this.#size = 0;
    this.#digest = digestOf(this.#digest, body);
    await this.#write(Buffer.concat([lengthOf(body), this.#digest, body]));
  }

  /** Gives the file its name, once everything is on the disk. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, this.#path);
    const directory = await open(dirname(this.#path), "r");
    await directory.sync().finally(() => directory.close());
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#file.close();
    await rm(this.#temporary, { force: true });
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.#file.writeFile(bytes);
    this.#written += bytes.length;
  }
}
