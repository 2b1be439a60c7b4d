/** How much the disk must have left. */
import { statfsSync } from "node:fs";
import type { JournalCommit } from "../../src/store/journal.ts";

/**
 * So much of the disk stays free, in bytes: with less, writes fail before the disk is full. LMDB survives a full disk, but
 * the library that drives it has been seen to corrupt its process's memory after one.
 */
export const RESERVE = 32 * 1024 * 1024;

/** Without the reserve no write would be taken: better said now than by each of them. */
export function checkSpaceToBegin(directory: string, reserve: number): void {
  const fault = spaceFault(directory, reserve);
  if (fault) throw new Error(`${directory} cannot be written (${fault}); free some space, or give another directory`);
}

/** `unwritten`: bytes that will be taken for what was accepted already. */
export function spaceFault(directory: string, reserve: number, unwritten = 0): string | undefined {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < reserve + unwritten ? `no space left: less than ${reserve >> 10} KiB are free` : undefined;
}

/** What a row costs on the disk at most, beside its bytes. */
const PAGE = 4096;

export function costOf({ rows }: JournalCommit): number {
  let cost = 0;
  for (const { bytes } of rows) cost += PAGE + (bytes?.length ?? 0);
  return cost;
}
