/** A folder with the manifests of static pods, as `--pod-manifest-path` names it: every file that is not hidden. */
import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest, ManifestFolder } from "../../src/kubelet/static/manifest.ts";

/** One manifest is no larger, in bytes: as an object of the API. */
const LARGEST = 1.5 * 1024 * 1024;

export function manifestFolder(path: string): ManifestFolder {
  return {
    async read() {
      const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
        // It may be made later.
        if (error.code === "ENOENT") return [];
        throw error;
      });
      const read = await Promise.all(
        names.filter((name) => !name.startsWith(".")).map((name) => one(join(path, name))),
      );
      return read.flatMap((manifest) => manifest ?? []).toSorted((a, b) => (a.path < b.path ? -1 : 1));
    },
    watch(changed) {
      let watcher: FSWatcher | undefined;
      try {
        watcher = watch(path, { persistent: false }, () => changed());
        watcher.on("error", () => watcher?.close());
      } catch {
        // Without a folder there is nothing to watch: the next heartbeat reads it.
      }
      return () => watcher?.close();
    },
  };
}

/** Undefined for what is no file, is too large, or is gone again. */
async function one(path: string): Promise<Manifest | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > LARGEST) return undefined;
    return { path, text: await readFile(path, "utf8") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
