/**
 * The format of a data directory, and how one that an older version wrote becomes what this one reads.
 *
 * A change that an older version could not read, of the directory's layout or of the journal in it, gets the next number and a step
 * here. Before the first step everything that could be lost is copied to a folder beside it; after each the new number is
 * written, so that an upgrade that was cut off goes on where it was.
 */
import { constants, cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writePrivate } from "../../adapters/keys/private-file.ts";
import { UserError } from "./command.ts";

export interface Format {
  readonly current: number;
  /** By the number they begin with. */
  readonly upgrades: ReadonlyMap<number, (directory: string) => void>;
}

/** 1 was the first that was released. Since 2 there is a log in the journal, which the journal begins by itself. */
export const FORMAT: Format = { current: 2, upgrades: new Map([[1, () => {}]]) };

/** What a backup has: what cannot be made again. */
const KEPT = ["VERSION", "journal", "pki"];

export interface Upgraded {
  readonly from: number;
  readonly to: number;
  /** Where everything is as it was. */
  readonly backup: string;
}

/** Whether `found`, as the file VERSION says, can be read or upgraded. Throws {@link UserError} with what to do. */
export function checkFormat(directory: string, found: string, { current, upgrades }: Format): void {
  const advice = `or give another directory with --data-dir DIR`;
  if (!/^\d{1,9}$/.test(found)) {
    throw new UserError(
      `${join(directory, "VERSION")} does not say a format: it is damaged. Restore a snapshot, ${advice}`,
    );
  }
  const format = Number(found);
  if (format > current) {
    throw new UserError(
      `${directory} was written by a newer version of Tiphys (format ${format}, this one reads up to ${current}): ` +
        `use that version or a newer one, ${advice}`,
    );
  }
  for (let step = format; step < current; step++) {
    if (upgrades.has(step)) continue;
    throw new UserError(
      `${directory} was written by a version of Tiphys too old to upgrade from (format ${format}, this one has ${current}): ` +
        `start a version in between first, or restore a snapshot into another directory`,
    );
  }
}

/** Brings the directory, which is locked and was checked, to the current format. Undefined where it has that. */
export function upgrade(directory: string, found: string, { current, upgrades }: Format): Upgraded | undefined {
  const from = Number(found);
  if (from === current) return undefined;
  const backup = backUp(directory, current);
  for (let step = from; step < current; step++) {
    upgrades.get(step)!(directory);
    writePrivate(join(directory, "VERSION"), `${step + 1}\n`, 0o644);
  }
  return { from, to: current, backup };
}

/** The first attempt's stays: later ones may find things half upgraded. */
function backUp(directory: string, to: number): string {
  const backup = join(directory, `before-format-${to}`);
  if (existsSync(backup)) return backup;
  const unfinished = `${backup}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  for (const name of KEPT) {
    const path = join(directory, name);
    // Where the file system can share blocks, a copy costs nothing.
    if (existsSync(path)) cpSync(path, join(unfinished, name), { recursive: true, mode: constants.COPYFILE_FICLONE });
  }
  renameSync(unfinished, backup);
  return backup;
}
