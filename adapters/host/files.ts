/** Files, links and mounts below the kubelet's directory. */
import type { Stats } from "node:fs";
import { chmod, chown, mkdir, open, readFile, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { FileKind, HostFiles, ProjectedFile } from "../../src/kubelet/host.ts";
import type { Log } from "../../src/machinery/log.ts";
import { diskUse } from "./disk-use.ts";
import { mountedAt, mountsBelow, run } from "./mounts.ts";
import { project } from "./project.ts";
import { bindSubPath, makeSubPath } from "./sub-path.ts";
import { masks } from "./umask.ts";

export class MachineFiles implements HostFiles {
  readonly #memory: string;
  readonly #log: Log;
  #memoryReady: Promise<void> | undefined;

  constructor(root: string, log: Log) {
    this.#memory = join(root, "memory");
    this.#log = log;
  }

  async makeDirectory(path: string, mode = 0o755): Promise<void> {
    const made = await makeOne(path, mode);
    if (!made || (await masks(mode))) await chmod(path, mode);
  }

  /** Mounts inside go first, so that nothing that only passes through here is emptied; links into memory take their target along. */
  async remove(path: string): Promise<void> {
    for (const mount of await mountsBelow(path)) await run("umount", [mount]).catch(() => run("umount", ["-l", mount]));
    for (const volume of await volumesBelow(path)) {
      const target = await readlink(volume).catch(() => undefined);
      if (target?.startsWith(this.#memory + sep)) await rm(target, { recursive: true, force: true });
    }
    await rm(path, { recursive: true, force: true });
  }

  async writeFile(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    await inFolder(path, () => writeFile(path, bytes, { mode }));
    if (await masks(mode)) await chmod(path, mode);
  }

  async readTail(path: string, limit: number): Promise<Uint8Array | undefined> {
    try {
      const file = await open(path);
      try {
        const { size } = await file.stat();
        const length = Math.min(size, limit);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
        return new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async kindOf(path: string): Promise<FileKind | undefined> {
    try {
      return kindOf(await stat(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
  }

  async list(path: string): Promise<readonly string[]> {
    return readdir(path).catch(() => []);
  }

  async readFile(path: string): Promise<Uint8Array> {
    return readFile(path);
  }

  diskUse(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return diskUse(paths);
  }

  async project(
    directory: string,
    files: ReadonlyMap<string, ProjectedFile>,
    owner: { readonly gid?: number } = {},
  ): Promise<boolean> {
    return project(directory, files, owner.gid);
  }

  /**
   * Without a size it is a directory of one tmpfs that all volumes share, reached through a link: mounting takes
   * a process each, and a pod has such a volume nearly always. With a size it is a mount of its own.
   */
  async mountTmpfs(path: string, sizeBytes: number): Promise<boolean> {
    if (sizeBytes > 0) {
      if (await mountedAt(path)) return false;
      await mkdir(path, { recursive: true });
      await run("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes},mode=0777`, "tmpfs", path]);
      return true;
    }
    this.#memoryReady ??= this.#mountMemory();
    await this.#memoryReady;
    const target = join(this.#memory, path.replaceAll(sep, "+"));
    const made = await makeOne(target, 0o777);
    if (made && (await masks(0o777))) await chmod(target, 0o777);
    // The link outlives a reboot, what it leads to does not.
    await inFolder(path, () => symlink(target, path)).catch(unless("EEXIST"));
    return made;
  }

  async #mountMemory(): Promise<void> {
    await mkdir(this.#memory, { recursive: true, mode: 0o711 });
    if (await mountedAt(this.#memory)) return;
    try {
      await run("mount", ["-t", "tmpfs", "-o", "mode=0711", "tmpfs", this.#memory]);
    } catch (error) {
      this.#log.warn("volumes in memory are kept on disk: this process may not mount", { path: this.#memory, error });
    }
  }

  async setGroup(path: string, gid: number): Promise<void> {
    const info = await stat(path);
    await chown(path, info.uid, gid);
    // Directories hand the group on to what is made in them.
    await chmod(path, info.isDirectory() ? (info.mode & 0o7777) | 0o2770 : (info.mode & 0o7777) | 0o660);
    if (!info.isDirectory()) return;
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (entry.isDirectory() || entry.isFile()) await this.setGroup(join(path, entry.name), gid);
    }
  }

  makeSubPath(volume: string, subPath: string): Promise<void> {
    return this.#told(makeSubPath(volume, subPath), volume, subPath);
  }

  bindSubPath(volume: string, subPath: string, target: string): Promise<void> {
    return this.#told(bindSubPath(volume, subPath, target), volume, subPath);
  }

  async #told(work: Promise<void>, volume: string, subPath: string): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#log.warn("a part of a volume cannot be mounted", { volume, subPath, error });
      throw error;
    }
  }
}

/** Makes a directory; false: it is there already. */
async function makeOne(path: string, mode: number): Promise<boolean> {
  try {
    await inFolder(path, () => mkdir(path, mode));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

/** Makes something at `path`, and the folder for it where that is missing. */
async function inFolder(path: string, make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true });
    await make();
  }
}

function unless(code: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== code) throw error;
  };
}

function kindOf(info: Stats): FileKind {
  if (info.isDirectory()) return "directory";
  if (info.isFile()) return "file";
  if (info.isSocket()) return "socket";
  if (info.isCharacterDevice()) return "character device";
  if (info.isBlockDevice()) return "block device";
  return "other";
}

/** `<pod>/volumes/<plugin>/<name>`. */
async function volumesBelow(pod: string): Promise<string[]> {
  const root = join(pod, "volumes");
  const plugins = await readdir(root).catch(() => []);
  const found = await Promise.all(
    plugins.map(async (plugin) =>
      (await readdir(join(root, plugin)).catch(() => [])).map((name) => join(root, plugin, name)),
    ),
  );
  return found.flat();
}
