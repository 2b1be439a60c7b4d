/**
 * Directories inside a volume, made for a container that starts while another one of its pod may change the volume: no
 * link that it puts in the way leads anything that is done here out of it.
 */
import { constants } from "node:fs";
import { lstat, mkdir, open, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;

/** The real path; what is missing is made with the volume's own mode. Throws where it leads out of the volume. */
export async function madeSubPath(volume: string, subPath: string): Promise<string> {
  const root = await realpath(volume);
  const wanted = join(root, subPath);
  await makeInside(root, wanted, (await stat(root)).mode & 0o777);
  const real = await realpath(wanted);
  if (!isInside(root, real)) throw new Error(`subPath ${subPath} of ${volume} leads out of the volume`);
  return real;
}

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);

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
