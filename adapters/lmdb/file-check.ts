/**
 * Looks at the file before the library opens it: given a damaged one, that ends the whole process without a word.
 *
 * The two header pages are read, and of the newer one every branch and leaf of its trees, so that nothing the library will
 * follow leads outside the file or to something else than it expects. Objects too large for a leaf are not read, only where they
 * lie. For 100,000 objects that is some thousand pages, a few hundredths of a second.
 */
import { closeSync, fstatSync, openSync, readSync, truncateSync } from "node:fs";

/** Of a header page, in bytes from its beginning; see `MDB_meta` in LMDB's source. */
const HEADER = {
  magic: 24,
  version: 28,
  pageSize: 48,
  tree: [48, 96],
  root: 40,
  lastPage: 144,
  transaction: 152,
  end: 168,
};
const MAGIC = 0xbeefc0de;
const VERSION = 2;

/** Of pages. */
const SIZES = [4096, 8192, 16_384, 32_768, 65_536];

/** Of any page; nodes are counted from the end of this part. */
const PAGE = { number: 0, transaction: 8, flags: 18, lower: 20, nodes: 24 };
const BRANCH = 1;
const LEAF = 2;
/** Of a node. */
const NODE = { low: 0, high: 2, flags: 4, keySize: 6, data: 8 };
const ELSEWHERE = 1;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** A file that is not longer has never held more than its two headers and the format's row, which are of this size at least. */
const BEGINNING = 3 * 4096;

/**
 * Why the file cannot be an LMDB database of the version in use; undefined where it can, or is not there yet. A file whose
 * making was cut off is emptied, for nothing was ever acknowledged in it.
 */
export function fileFault(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return (error as Error).message;
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return undefined;
    const first = read(file, 0, HEADER.end);
    const pageSize = first.readUInt32LE(HEADER.pageSize);
    const second = read(file, pageSize, HEADER.end);
    if (size <= BEGINNING && (isBlank(first) || isBlank(second))) {
      truncateSync(path, 0);
      return undefined;
    }
    return headerFault(first) ?? headerFault(second) ?? new Trees(file, size, pageSize, newer(first, second)).fault();
  } finally {
    closeSync(file);
  }
}

/** The bytes there, and zeros where the file ends before. */
function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  return bytes;
}

/** Never written, or only in part. */
function isBlank(header: Buffer): boolean {
  return header.readUInt32LE(HEADER.magic) === 0;
}

function headerFault(header: Buffer): string | undefined {
  if (isBlank(header)) return "data.mdb is cut short or damaged";
  if (header.readUInt32LE(HEADER.magic) !== MAGIC) return "data.mdb is damaged or not a database";
  const version = header.readUInt32LE(HEADER.version);
  if (version !== VERSION) return `data.mdb has LMDB's format ${version}, not ${VERSION}`;
  const size = header.readUInt32LE(HEADER.pageSize);
  return SIZES.includes(size) ? undefined : `data.mdb is damaged: pages of ${size} bytes`;
}

function newer(first: Buffer, second: Buffer): Buffer {
  const of = (header: Buffer): bigint => header.readBigUInt64LE(HEADER.transaction);
  return of(second) > of(first) ? second : first;
}

class Trees {
  readonly #file: number;
  readonly #pageSize: number;
  readonly #header: Buffer;
  /** Pages from here on are not in the file, or not in use. */
  readonly #end: bigint;
  readonly #transaction: bigint;
  readonly #page: Buffer;

  constructor(file: number, size: number, pageSize: number, header: Buffer) {
    this.#file = file;
    this.#pageSize = pageSize;
    this.#header = header;
    const [there, used] = [BigInt(Math.floor(size / pageSize)), header.readBigUInt64LE(HEADER.lastPage) + 1n];
    this.#end = there < used ? there : used;
    this.#transaction = header.readBigUInt64LE(HEADER.transaction);
    this.#page = Buffer.alloc(pageSize);
  }

  fault(): string | undefined {
    const open: bigint[] = [];
    for (const tree of HEADER.tree) {
      const root = this.#header.readBigUInt64LE(tree + HEADER.root);
      if (root !== NO_PAGE) open.push(root);
    }
    for (let left = this.#end; open.length > 0; left--) {
      const page = open.pop()!;
      if (page >= this.#end || left === 0n) return "data.mdb is cut short or damaged";
      const fault = this.#visit(page, open);
      if (fault !== undefined) return `data.mdb is damaged: page ${page} ${fault}`;
    }
    return undefined;
  }

  #visit(number: bigint, open: bigint[]): string | undefined {
    const page = this.#page;
    readSync(this.#file, page, 0, this.#pageSize, Number(number) * this.#pageSize);
    if (page.readBigUInt64LE(PAGE.number) !== number) return "is not where it belongs";
    if (page.readBigUInt64LE(PAGE.transaction) > this.#transaction) return "is newer than what refers to it";
    const flags = page.readUInt16LE(PAGE.flags);
    if (flags !== BRANCH && flags !== LEAF) return "is of an unknown kind";
    const nodes = page.readUInt16LE(PAGE.lower) >> 1;
    if (PAGE.nodes + 2 * nodes > this.#pageSize) return "is longer than a page";
    for (let i = 0; i < nodes; i++) {
      const at = PAGE.nodes + page.readUInt16LE(PAGE.nodes + 2 * i);
      if (at + NODE.data > this.#pageSize) return "has a node outside of it";
      if (flags === BRANCH) open.push(childOf(page, at));
      else if (!this.#holds(at)) return "has a row outside of it, or that is cut off";
    }
    return undefined;
  }

  /** Whether all of a leaf's row is there. */
  #holds(at: number): boolean {
    const page = this.#page;
    const data = at + NODE.data + page.readUInt16LE(at + NODE.keySize);
    if ((page.readUInt16LE(at + NODE.flags) & ELSEWHERE) === 0) {
      return data + page.readUInt16LE(at + NODE.low) + page.readUInt16LE(at + NODE.high) * 0x1_0000 <= this.#pageSize;
    }
    if (data + 24 > this.#pageSize) return false;
    return page.readBigUInt64LE(data) + page.readBigUInt64LE(data + 16) <= this.#end;
  }
}

function childOf(page: Buffer, at: number): bigint {
  const [low, high, highest] = [NODE.low, NODE.high, NODE.flags].map((part) => page.readUInt16LE(at + part));
  return BigInt(low!) | (BigInt(high!) << 16n) | (BigInt(highest!) << 32n);
}
