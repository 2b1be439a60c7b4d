/**
 * Version 2 of control groups in memory, as strict as the kernel's documentation says (admin-guide/cgroup-v2.rst): which
 * files a group has, what they take, and what is refused with which code.
 */
import { dirname, join } from "node:path";
import type { GroupFiles } from "../cgroup-files.ts";

interface Group {
  readonly subtree: Set<string>;
  readonly processes: Set<string>;
  readonly values: Map<string, string>;
}

/** A controller's files with what they are at first, and what they take. */
const FILES: Readonly<
  Record<string, readonly (readonly [file: string, first: string, takes: (text: string) => boolean])[]>
> = {
  cpu: [
    ["cpu.weight", "100", (text) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 10_000],
    ["cpu.max", "max 100000", takesBandwidth],
  ],
  memory: [
    ["memory.max", "max", takesLimit],
    ["memory.swap.max", "max", takesLimit],
  ],
  pids: [["pids.max", "max", takesLimit]],
  cpuset: [],
  hugetlb: [],
  io: [],
};

export interface UnifiedKernelOptions {
  /** What the machine has. */
  readonly controllers: readonly string[];
  /** What is seen as the root is a group like others: we are in a container. */
  readonly inContainer?: boolean;
  /** Controllers that are there and cannot be handed down. */
  readonly broken?: readonly string[];
  /** Processes in the root. */
  readonly processes?: readonly string[];
}

export class UnifiedKernel implements GroupFiles {
  readonly #options: UnifiedKernelOptions;
  readonly #groups = new Map<string, Group>();
  /** What was written where, in order. */
  readonly written: string[] = [];

  constructor(options: UnifiedKernelOptions) {
    this.#options = options;
    this.#groups.set("/", { subtree: new Set(), processes: new Set(options.processes), values: new Map() });
  }

  exists(path: string): boolean {
    return this.#groups.has(path) || this.#value(path) !== undefined;
  }

  async read(path: string): Promise<string> {
    const value = this.#value(path);
    if (value === undefined) throw refusal("ENOENT", path);
    return `${value}\n`;
  }

  async write(path: string, text: string): Promise<void> {
    const group = this.#groups.get(dirname(path));
    if (!group || this.#value(path) === undefined) throw refusal("ENOENT", path);
    const file = path.slice(path.lastIndexOf("/") + 1);
    if (file === "cgroup.subtree_control") this.#handDown(path, group, text);
    else if (file === "cgroup.procs") this.#move(path, group, text);
    else {
      const takes = Object.values(FILES)
        .flat()
        .find(([name]) => name === file)?.[2];
      if (!takes?.(text)) throw refusal("EINVAL", path);
      group.values.set(file, text);
    }
    this.written.push(`${path} ${text}`);
  }

  async makeAll(path: string): Promise<void> {
    if (this.#groups.has(path)) return;
    await this.makeAll(dirname(path));
    this.#groups.set(path, { subtree: new Set(), processes: new Set(), values: new Map() });
  }

  async remove(path: string): Promise<void> {
    const group = this.#groups.get(path);
    if (!group) throw refusal("ENOENT", path);
    if (group.processes.size > 0 || (await this.groups(path)).length > 0) throw refusal("EBUSY", path);
    this.#groups.delete(path);
  }

  async list(path: string): Promise<readonly string[]> {
    return this.groups(path);
  }

  async groups(path: string): Promise<readonly string[]> {
    return [...this.#groups.keys()]
      .filter((other) => other !== "/" && dirname(other) === path)
      .map((other) => other.slice(other.lastIndexOf("/") + 1));
  }

  /** As `echo PID > cgroup.procs` by somebody else. */
  async enter(path: string, pid: string): Promise<void> {
    await this.makeAll(path);
    this.#groups.get(path)!.processes.add(pid);
  }

  #available(path: string): readonly string[] {
    return path === "/" ? this.#options.controllers : [...(this.#groups.get(dirname(path))?.subtree ?? [])];
  }

  #value(path: string): string | undefined {
    const [at, file] = [dirname(path), path.slice(path.lastIndexOf("/") + 1)];
    const group = this.#groups.get(at);
    if (!group) return undefined;
    if (file === "cgroup.controllers") return this.#available(at).join(" ");
    if (file === "cgroup.subtree_control") return [...group.subtree].join(" ");
    if (file === "cgroup.procs") return [...group.processes].join("\n");
    // The machine's own root has no limits.
    if (at === "/" && !this.#options.inContainer) return undefined;
    for (const controller of this.#available(at)) {
      const found = FILES[controller]?.find(([name]) => name === file);
      if (found) return group.values.get(file) ?? found[1];
    }
    return undefined;
  }

  #handDown(path: string, group: Group, text: string): void {
    const at = dirname(path);
    const names = text.split(" ").map((word) => /^\+([a-z]+)$/.exec(word)?.[1]);
    for (const name of names) {
      if (name === undefined) throw refusal("EINVAL", path);
      if (!this.#available(at).includes(name)) throw refusal("ENOENT", path);
      if (this.#options.broken?.includes(name)) throw refusal("EINVAL", path);
    }
    const isMachine = at === "/" && !this.#options.inContainer;
    if (group.processes.size > 0 && !isMachine) throw refusal("EBUSY", path);
    for (const name of names) group.subtree.add(name!);
  }

  #move(path: string, group: Group, pid: string): void {
    if (!/^\d+$/.test(pid)) throw refusal("EINVAL", path);
    if (group.subtree.size > 0) throw refusal("EBUSY", path);
    const before = [...this.#groups.values()].find(({ processes }) => processes.has(pid));
    if (!before) throw refusal("ESRCH", path);
    before.processes.delete(pid);
    group.processes.add(pid);
  }
}

function takesLimit(text: string): boolean {
  return text === "max" || /^\d+$/.test(text);
}

/** `$MAX $PERIOD`, in microseconds. */
function takesBandwidth(text: string): boolean {
  const [max = "", period = "100000"] = text.split(" ");
  const fits = /^\d+$/.test(period) && Number(period) >= 1000 && Number(period) <= 1_000_000;
  return fits && (max === "max" || (/^\d+$/.test(max) && Number(max) >= 1000));
}

function refusal(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${join(path)}`), { code });
}
