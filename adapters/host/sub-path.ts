/**
 * Parts of volumes, got ready for a container that starts while another one of its pod may change the volume: no link that
 * it puts in the way leads anything that is done here out of it.
 *
 * What a container is given is not a path in the volume, since that may mean another thing a moment later. The part is opened,
 * the kernel is asked where that is, and the open descriptor is what is mounted at a place of the pod's own.
 */
import { constants } from "node:fs";
import type { Stats } from "node:fs";
import { lstat, mkdir, open, readlink, realpath, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { mountedAt, run } from "./mounts.ts";

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
/** Linux' `O_PATH`, on all processors that Node runs on: nothing is read, so that no pipe or device notices. */
const NAMED_ONLY = 0o10000000 | constants.O_NOFOLLOW;

/** What is missing is made with the volume's own mode. Throws where it leads out of the volume. */
export async function makeSubPath(volume: string, subPath: string): Promise<void> {
  const root = await realpath(volume);
  await makeInside(root, join(root, subPath), (await stat(root)).mode & 0o777);
}

/** Mounts the part at `target`; what is mounted there already stays, unless it is another thing by now. */
export async function bindSubPath(volume: string, subPath: string, target: string): Promise<void> {
  const root = await realpath(volume);
  await using part = await open(await realpath(join(root, subPath)), NAMED_ONLY);
  if (!isInside(root, await readlink(`/proc/self/fd/${part.fd}`))) {
    throw new Error(`subPath ${subPath} of ${volume} leads out of the volume`);
  }
  const wanted = await part.stat();
  if (await mountedAt(target)) {
    if (isSame(await stat(target), wanted)) return;
    await run("umount", [target]);
  }
  await makeTarget(target, wanted.isDirectory());
  // A name that the tool made of the descriptor would be looked up once more.
  await run("mount", ["--no-canonicalize", "--bind", `/proc/${process.pid}/fd/${part.fd}`, target]);
}

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);
const isSame = (a: Stats, b: Stats): boolean => a.dev === b.dev && a.ino === b.ino;

async function makeTarget(target: string, isFolder: boolean): Promise<void> {
  await mkdir(isFolder ? target : dirname(target), { recursive: true, mode: 0o750 });
  if (!isFolder) await writeFile(target, "", { mode: 0o640 });
}

/** Makes the missing directories one by one, each only where its real parent is in the volume. */
async function makeInside(root: string, path: string, mode: number): Promise<void> {
  if (path === root || (await lstat(path).catch(() => undefined))) return;
  await makeInside(root, dirname(path), mode);
  // What is open stays the same one, whatever its path comes to mean.
  await using parent = await open(dirname(path), FOLDER);
  const held = `/proc/self/fd/${parent.fd}`;
  if (!isInside(root, await readlink(held))) throw new Error(`${path} leads out of ${root}`);
  await makeOne(join(held, basename(path)), mode);
}

/** The umask does not apply to it, and a link that has taken its place is not followed. */
async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    throw error;
  }
  await using made = await open(path, FOLDER | constants.O_NOFOLLOW);
  await made.chmod(mode);
}
