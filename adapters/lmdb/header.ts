import { closeSync, openSync, readSync } from "node:fs";

/** Where a header page says what it is, in bytes from its beginning. */
const MAGIC_AT = 24;
const PAGE_SIZE_AT = 48;
const HEADER = 64;
const MAGIC = 0xbeefc0de;
const VERSION = 2;

/**
 * Why the file cannot be an LMDB database of the version in use; undefined where it can, or is not there yet.
 *
 * Looked at before the library opens the file: given anything else it ends the process.
 */
export function headerFault(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return (error as Error).message;
  }
  try {
    const page = Buffer.alloc(HEADER);
    const length = readSync(file, page, 0, HEADER, 0);
    if (length === 0) return undefined;
    return pageFault(page, length) ?? pageFault(page, readSync(file, page, 0, HEADER, page.readUInt32LE(PAGE_SIZE_AT)));
  } finally {
    closeSync(file);
  }
}

function pageFault(page: Buffer, length: number): string | undefined {
  if (length < HEADER) return "data.mdb is cut short";
  if (page.readUInt32LE(MAGIC_AT) !== MAGIC) return "data.mdb is damaged or not a database";
  const version = page.readUInt32LE(MAGIC_AT + 4);
  return version === VERSION ? undefined : `data.mdb has LMDB's format ${version}, not ${VERSION}`;
}
