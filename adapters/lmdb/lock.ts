/**
 * One process a directory. LMDB itself would let several in, and each would hand out the same revisions.
 *
 * The lock is a file that names its holder: process id, the holder's start time (ids are used again), the machine's boot, the
 * directory's inode, by which a copy of a directory that was in use is told from the directory itself, and the namespace in which the
 * process id means something. It comes into being whole, by a hard link, and a holder that is gone is replaced. One in another container
 * cannot be seen; it touches the file again and again, and whoever comes looks for a while whether that goes on. One that stood still
 * for longer finds somebody else's name in the file when it goes on, and must write no more.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFile,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimes,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const NAME = "holder";

/** A holder touches its file so often, and one that did not for so long is gone; in milliseconds. */
const BEAT = 500;
const PATIENCE = 3000;

/**
 * Takes the lock of `directory`, or throws naming who has it. The result gives it back. `lost` is called when somebody else has taken it
 * meanwhile. `patience` is for tests.
 */
export function lock(directory: string, lost: () => void, patience = PATIENCE): () => void {
  const path = join(directory, NAME);
  const own = `${process.pid} ${startOf(process.pid) ?? 0} ${boot()} ${inodeOf(directory)} ${namespace()}\n`;
  const draft = join(directory, `${NAME}.${process.pid}`);
  try {
    writeWhole(draft, own);
    for (let attempt = 0; attempt < 3; attempt++) {
      if (tryLink(draft, path)) return keep(path, own, lost);
      const holder = read(path);
      if (holder === undefined) continue;
      checkCopy(directory, holder);
      const pid = Number(holder.split(" ")[0]);
      const isElsewhere = isOfAnotherContainer(holder);
      if (isElsewhere ? isTouched(path, patience) : lives(holder)) {
        throw new Error(
          isElsewhere
            ? `${directory} is in use by a process of another container; stop it first, or give this one another directory`
            : pid === process.pid
              ? `${directory} is open in this process (${pid}) already; close that store first`
              : `${directory} is in use by process ${pid}; stop it first, or give this one another directory`,
        );
      }
      putAside(path, holder);
    }
    throw new Error(`${directory} is being opened by several processes at once; try again`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Error(
      `${directory} cannot be locked (${(error as Error).message}); free space on its disk, or give another directory`,
      { cause: error },
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A file that is copied while it is written to may be a mixture of several moments, and nothing in it shows that for certain. */
function checkCopy(directory: string, holder: string): void {
  const [, , , inode] = holder.trim().split(" ");
  if (inode === undefined || inode === String(inodeOf(directory))) return;
  throw new Error(
    `${directory} is a copy of a directory that was in use, so it may be a mixture of several moments; restore a snapshot, ` +
      `or remove ${join(directory, NAME)} if nothing was writing while it was copied`,
  );
}

function inodeOf(directory: string): number {
  return statSync(directory).ino;
}

/** Gives how to release it. */
function keep(path: string, own: string, lost: () => void): () => void {
  const end = (): void => clearInterval(beat);
  let released = false;
  const beat = setInterval(() => {
    touch(path, own, () => {
      end();
      if (!released) lost();
    });
  }, BEAT).unref();
  return () => {
    released = true;
    end();
    if (read(path) === own) rmSync(path, { force: true });
  };
}

/** Does not hold up the event loop on a busy disk, and does nothing where the file was taken away by hand. */
function touch(path: string, own: string, lost: () => void): void {
  readFile(path, "utf8", (error, holder) => {
    if (error !== null) return;
    if (holder !== own) return lost();
    const now = Date.now() / 1000;
    utimes(path, now, now, () => {});
  });
}

function isOfAnotherContainer(holder: string): boolean {
  const [, , bootOf, , namespaceOf] = holder.trim().split(" ");
  return bootOf === boot() && namespaceOf !== undefined && namespaceOf !== namespace();
}

/** Waits without giving way: nothing has begun yet that could be held up. */
function isTouched(path: string, patience: number): boolean {
  const touched = (): number | undefined => statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const before = touched();
  for (let waited = 0; waited < patience; waited += patience / 10) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, patience / 10);
    const now = touched();
    if (now !== before) return now !== undefined;
  }
  return false;
}

/** Removes a dead holder's lock; one that somebody else has just replaced is put back. */
function putAside(path: string, dead: string): void {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== dead) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function lives(holder: string): boolean {
  const [pid, start, bootOf] = holder.trim().split(" ");
  if (bootOf !== boot()) return false;
  const now = startOf(Number(pid));
  if (now !== undefined) return now === start;
  try {
    process.kill(Number(pid), 0);
    return start === "0";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When process `pid` began, in the kernel's ticks; undefined where it is gone or the system does not say. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may hold spaces; the start time is the 20th after it.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Of process ids. */
function namespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "unknown";
  }
}

function boot(): string {
  return read("/proc/sys/kernel/random/boot_id")?.trim() ?? "unknown";
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function writeWhole(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
