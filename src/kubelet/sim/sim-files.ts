/** Files in memory, by path; what simulated nodes write and read. Bounded: a log keeps its last 64 KiB. */

const MAX_LOG = 64 * 1024;

export class SimFiles {
  readonly #files = new Map<string, Uint8Array>();
  readonly #watchers = new Map<string, Set<() => void>>();

  get(path: string): Uint8Array | undefined {
    return this.#files.get(path);
  }

  set(path: string, bytes: Uint8Array): void {
    this.#files.set(path, bytes);
    for (const changed of this.#watchers.get(path) ?? []) changed();
  }

  append(path: string, text: string): void {
    const before = this.#files.get(path) ?? new Uint8Array();
    const more = new TextEncoder().encode(text);
    const all = new Uint8Array(before.length + more.length);
    all.set(before);
    all.set(more, before.length);
    this.set(path, all.length > MAX_LOG ? all.slice(all.length - MAX_LOG) : all);
  }

  /** The file, or everything below the directory. */
  remove(path: string): void {
    for (const name of this.#files.keys()) if (name === path || name.startsWith(`${path}/`)) this.#files.delete(name);
  }

  under(directory: string): string[] {
    const names = new Set<string>();
    for (const name of this.#files.keys()) {
      if (name.startsWith(`${directory}/`)) names.add(name.slice(directory.length + 1).split("/")[0]!);
    }
    return [...names];
  }

  watch(path: string, changed: () => void): () => void {
    const set = this.#watchers.get(path) ?? new Set();
    this.#watchers.set(path, set.add(changed));
    return () => {
      set.delete(changed);
      if (set.size === 0) this.#watchers.delete(path);
    };
  }
}
