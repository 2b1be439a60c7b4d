/** Where a restored cluster's files go: what is there is put aside, and the keys get the folder that a cluster expects them in. */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { writePrivate } from "../../adapters/keys/private-file.ts";
import { isKeyFile } from "../../adapters/snapshot-file/index.ts";
import type { SnapshotKeyFile } from "../../src/machinery/told-snapshot.ts";
import { UserError } from "./command.ts";
import type { DataDirectory } from "./data-dir.ts";

/** Throws where one of `paths` is there, unless it may be put aside. */
export function assertFree(data: DataDirectory, paths: readonly string[], force: boolean): void {
  if (force || !paths.some((path) => existsSync(path))) return;
  throw new UserError(
    `${data.path} holds a cluster already: give an empty directory with --data-dir DIR, or --force to put that one aside`,
  );
}

/** Of `paths` what the directory has already is kept beside it, in the folder that is answered. */
export function putAside(data: DataDirectory, paths: readonly string[]): string | undefined {
  const old = paths.filter((path) => existsSync(path));
  if (old.length === 0) return undefined;
  const aside = join(data.path, `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const path of old) renameSync(path, join(aside, path.slice(data.path.length + 1)));
  return aside;
}

/** The cluster's keys that a snapshot has. */
export class KeyFiles {
  readonly #snapshot: string;
  readonly #files: SnapshotKeyFile[] = [];

  constructor(snapshot: string) {
    this.#snapshot = snapshot;
  }

  add(file: SnapshotKeyFile): void {
    if (!isKeyFile(file.file)) {
      throw new UserError(`${this.#snapshot} has a key file of an impossible name: ${file.file}`);
    }
    this.#files.push(file);
  }

  write(folder: string): void {
    if (this.#files.length > 0) mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const { file, text } of this.#files) {
      writePrivate(join(folder, file), text, file.endsWith(".key") ? 0o600 : 0o644);
    }
  }
}
