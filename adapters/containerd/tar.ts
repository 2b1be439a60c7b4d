/** Tar archives: written in memory (small images of ours), read from files of any size by their table of contents. */
import type { FileHandle } from "node:fs/promises";
import { posix } from "node:path";

const BLOCK = 512;

export interface TarFile {
  /** Relative, without a leading slash. */
  readonly path: string;
  /** Absent: a directory, or a link where `link` is given. */
  readonly bytes?: Uint8Array;
  /** Default: 0755 for directories, 0644 for files. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** A symbolic link to this. */
  readonly link?: string;
}

/** An archive whose bytes depend on nothing but `files`: times are 0. Paths may have up to 255 characters. */
export function writeTar(files: readonly TarFile[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const file of files) {
    parts.push(header(file));
    if (!file.bytes) continue;
    parts.push(file.bytes);
    const rest = file.bytes.length % BLOCK;
    if (rest) parts.push(new Uint8Array(BLOCK - rest));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return Buffer.concat(parts);
}

function header({ path, bytes, mode, uid = 0, gid = 0, link }: TarFile): Buffer {
  const type = bytes ? "0" : link === undefined ? "5" : "2";
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, "0"), at);
  };
  const [prefix, name] = splitPath(type === "5" ? `${path}/` : path);
  block.write(name, 0);
  octal(mode ?? (type === "5" ? 0o755 : type === "2" ? 0o777 : 0o644), 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(bytes?.length ?? 0, 124, 12);
  octal(0, 136, 12);
  block.write(type, 156);
  block.write(link ?? "", 157, 100);
  block.write("ustar\u000000", 257);
  block.write(prefix, 345);
  block.fill(" ", 148, 156);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

/** ustar has 100 bytes for a name and 155 for the folders before it. */
function splitPath(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ["", path];
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, name];
  }
  throw new Error(`the path ${path} is too long for a tar archive`);
}

export interface TarEntry {
  /** Where its bytes begin in the archive. */
  readonly offset: number;
  readonly size: number;
}

/**
 * The regular files of an archive by path (without a leading `./`). Links to files of the same archive, as `docker
 * save` makes them for layers that images share, are entries too.
 */
export async function readTarIndex(file: FileHandle): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  const links: [string, string][] = [];
  const block = Buffer.alloc(BLOCK);
  let long: { path?: string; size?: number } = {};
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(block, 0, BLOCK, at);
    if (bytesRead < BLOCK || block.every((byte) => byte === 0)) break;
    if (at === 0 && block.toString("latin1", 257, 262) !== "ustar") throw new Error("it is no tar archive");
    const size = long.size ?? numberAt(block, 124, 12);
    const type = String.fromCharCode(block[156]!);
    const path = (long.path ?? pathOf(block)).replace(/^(\.?\/)+/, "");
    at += BLOCK;
    if (type === "L" || type === "x") {
      const text = Buffer.alloc(size);
      await file.read(text, 0, size, at);
      long = type === "L" ? { ...long, path: textAt(text, 0, size) } : { ...long, ...paxOf(text.toString()) };
    } else if (type !== "g") {
      if (type === "0" || type === "\0") entries.set(path, { offset: at, size });
      else if (type === "1") links.push([path, textAt(block, 157, 100)]);
      else if (type === "2") links.push([path, posix.join(posix.dirname(path), textAt(block, 157, 100))]);
      long = {};
    }
    at += type === "1" || type === "2" ? 0 : Math.ceil(size / BLOCK) * BLOCK;
  }
  for (const [path, target] of links) {
    const entry = entries.get(target);
    if (entry) entries.set(path, entry);
  }
  return entries;
}

function textAt(bytes: Buffer, at: number, length: number): string {
  const text = bytes.toString("utf8", at, at + length);
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function pathOf(block: Buffer): string {
  const prefix = textAt(block, 345, 155);
  const name = textAt(block, 0, 100);
  return prefix ? `${prefix}/${name}` : name;
}

/** Octal text, or binary where the first bit is set (files above 8 GiB). */
function numberAt(block: Buffer, at: number, length: number): number {
  if (block[at]! & 128) return Number(block.readBigUInt64BE(at + length - 8));
  return Number.parseInt(textAt(block, at, length).trim() || "0", 8);
}

/** Lines of `length key=value`. */
function paxOf(text: string): { path?: string; size?: number } {
  const path = /(?:^|\n)\d+ path=([^\n]*)/.exec(text)?.[1];
  const size = /(?:^|\n)\d+ size=(\d+)/.exec(text)?.[1];
  return { ...(path !== undefined && { path }), ...(size !== undefined && { size: Number(size) }) };
}
