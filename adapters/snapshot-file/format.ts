/**
 * How a snapshot lies in a file:
 *
 *     "TIPHYS SNAPSHOT\n"                       16 bytes
 *     length(4) digest(32) body(length)         blocks, until the end of the file
 *
 * A body is gzip of whole lines (see told-snapshot.ts): the head alone in the first block, then about a MiB a block, the last of
 * which ends with the line that says that the snapshot is complete. A digest is SHA-256 of the digest before it, the length and the
 * body, so that no byte can change, and no block be missing, doubled or moved, without its being found and named.
 * Numbers are big-endian.
 */
import { createHash } from "node:crypto";

export const MAGIC = Buffer.from("TIPHYS SNAPSHOT\n");
/** Changes when an older version could not read what this one writes. */
export const FORMAT = 1;
export const LENGTH_BYTES = 4;
export const DIGEST_BYTES = 32;
/** Lines of a block before compression, in bytes; a longer line has a block of its own. */
export const BLOCK = 1024 * 1024;
/** No block is longer; what says so is damaged. */
export const LONGEST_BODY = 64 * 1024 * 1024;

export const FIRST_DIGEST = createHash("sha256").update(MAGIC).digest();

export function digestOf(previous: Uint8Array, body: Uint8Array): Buffer {
  return createHash("sha256").update(previous).update(lengthOf(body)).update(body).digest();
}

export function lengthOf({ length }: Uint8Array): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
}

/** What the head line of a file says beside what the server said. */
export interface FileHead {
  readonly format: number;
  /** Whether the cluster's keys are in it. */
  readonly keys: boolean;
}

/** Names that files of a cluster's keys have; nothing else is taken for one. */
export const isKeyFile = (name: string): boolean => /^[\w-][\w.-]*\.(key|crt|pub)$/.test(name);
