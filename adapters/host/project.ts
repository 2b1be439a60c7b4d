/**
 * Writes a set of files so that readers see all of the old or all of the new ones.
 *
 * Worked example: a volume with `a` and `dir/b` holds `..2026_01_01_00_00_00.123456789/{a,dir/b}`, `..data` → that folder,
 * `a` → `..data/a` and `dir` → `..data/dir`. An update writes a second dotted folder and renames a new `..data` over the old
 * one, which is atomic.
 */
import { randomInt } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ProjectedFile } from "../../src/kubelet/host.ts";
import { masks } from "./umask.ts";

type Files = ReadonlyMap<string, ProjectedFile>;

/** Gives whether anything was written. */
export async function project(directory: string, files: Files, gid: number | undefined): Promise<boolean> {
  for (const path of files.keys()) {
    if (path.startsWith("/") || path.split("/").includes("..")) throw new Error(`${path} leads out of ${directory}`);
  }
  const data = join(directory, "..data");
  const before = await readlink(data).catch(() => undefined);
  if (before !== undefined && (await holds(join(directory, before), files))) return false;

  const folder = `..${stamp(new Date())}.${randomInt(1e9)}`;
  await writeAll(join(directory, folder), files, gid);
  await symlink(folder, join(directory, "..data_tmp")).catch(async () => {
    // Left over from an update that was cut short.
    await rm(join(directory, "..data_tmp"), { force: true });
    await symlink(folder, join(directory, "..data_tmp"));
  });
  await rename(join(directory, "..data_tmp"), data);
  await linkNames(directory, files);
  if (before !== undefined) await rm(join(directory, before), { recursive: true, force: true });
  return true;
}

async function writeAll(folder: string, files: Files, gid: number | undefined): Promise<void> {
  await mkdir(folder, 0o755);
  if (await masks(0o755)) await chmod(folder, 0o755);
  if (gid !== undefined) await chown(folder, 0, gid);
  await Promise.all(
    [...files].map(async ([path, { bytes, mode, uid }]) => {
      const file = join(folder, path);
      if (path.includes("/")) await mkdir(dirname(file), { recursive: true });
      // A group that owns the volume can read what its owner can read.
      const wanted = gid === undefined ? mode : mode | ((mode & 0o400) >> 3);
      await writeFile(file, bytes, { mode: wanted });
      if (await masks(wanted)) await chmod(file, wanted);
      if (uid !== undefined || gid !== undefined) await chown(file, uid ?? 0, gid ?? 0);
    }),
  );
}

/** Names at the top point through `..data`; those of files that are gone are removed. */
async function linkNames(directory: string, files: Files): Promise<void> {
  const wanted = new Set([...files.keys()].map((path) => path.split("/")[0]!));
  const present = (await readdir(directory)).filter((name) => !name.startsWith(".."));
  await Promise.all([
    ...present.filter((name) => !wanted.has(name)).map((name) => rm(join(directory, name), { force: true })),
    ...[...wanted]
      .filter((name) => !present.includes(name))
      .map((name) => symlink(join("..data", name), join(directory, name))),
  ]);
}

/** Whether a folder has exactly these files with these contents. */
async function holds(folder: string, files: Files): Promise<boolean> {
  const present = await readdir(folder, { recursive: true }).catch(() => []);
  let count = 0;
  for (const name of present) {
    const info = await lstat(join(folder, name));
    if (info.isDirectory()) continue;
    const wanted = files.get(name);
    if (!wanted || info.size !== wanted.bytes.length) return false;
    if (!Buffer.from(wanted.bytes).equals(await readFile(join(folder, name)))) return false;
    if (((await stat(join(folder, name))).mode & 0o700) !== (wanted.mode & 0o700)) return false;
    count++;
  }
  return count === files.size && present.length > 0 === files.size > 0;
}

function stamp(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/[-T:]/g, "_");
}
