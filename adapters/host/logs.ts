/** Container logs on disk: random access, and a wait for more by inotify. */
import { watch } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LogFile, LogFiles } from "../../src/kubelet/host.ts";

export function machineLogs(): LogFiles {
  return {
    async open(path) {
      try {
        return new MachineLog(path, await open(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async remove(path) {
      const old = await rotated(path);
      await Promise.all([path, ...old].map((one) => rm(one, { recursive: true, force: true })));
    },
    async rotate(path, keep) {
      await rename(path, `${path}.${new Date().toISOString().replace(/[-:T]/g, "").slice(0, 14)}`);
      const old = await rotated(path);
      await Promise.all(old.slice(0, Math.max(0, old.length - keep)).map((other) => rm(other, { force: true })));
    },
  };
}

/** What was rotated away of a log, the oldest first. */
async function rotated(path: string): Promise<string[]> {
  const [folder, name] = [dirname(path), basename(path)];
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((other) => other.startsWith(`${name}.`))
    .toSorted()
    .map((other) => join(folder, other));
}

class MachineLog implements LogFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #wake: (() => void) | undefined;

  constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, offset);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead);
  }

  async grown(size: number, signal: AbortSignal): Promise<"grown" | "replaced" | "aborted"> {
    // The watch stands before the first look, so that no change falls between the two.
    const watcher = watch(dirname(this.#path), { persistent: false }, (_, name) => {
      if (name === null || name === basename(this.#path)) this.#wake?.();
    });
    const wake = (): void => this.#wake?.();
    watcher.on("error", wake);
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!signal.aborted) {
        const woken = new Promise<void>((resolve) => (this.#wake = resolve));
        if ((await this.size()) > size) return "grown";
        if (await this.#replaced()) return "replaced";
        if (!signal.aborted) await woken;
      }
      return "aborted";
    } finally {
      watcher.close();
      signal.removeEventListener("abort", wake);
    }
  }

  /** Another file stands at the path now. */
  async #replaced(): Promise<boolean> {
    const [ours, theirs] = await Promise.all([this.#file.stat(), stat(this.#path).catch(() => undefined)]);
    return theirs !== undefined && theirs.ino !== ours.ino;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
