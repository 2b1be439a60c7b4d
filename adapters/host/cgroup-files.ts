/** Control groups as the kernel shows them: a directory is a group, and its files, which the kernel makes, are its settings. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Those that pods are limited by. */
export const CONTROLLERS: readonly string[] = ["cpu", "cpuset", "memory", "pids", "hugetlb"];

/** What of the file system is used. A port, because what the kernel refuses cannot be had in a plain directory. */
export interface GroupFiles {
  exists(path: string): boolean;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Makes a group with those above it. */
  makeAll(group: string): Promise<void>;
  /** Removes a group that has no groups and no processes. */
  remove(group: string): Promise<void>;
  /** Names of files and groups in a group. */
  list(group: string): Promise<readonly string[]>;
  /** Names of groups in a group; none where it is not there. */
  groups(group: string): Promise<readonly string[]>;
}

export const realGroups: GroupFiles = {
  exists: existsSync,
  read: (path) => readFile(path, "utf8"),
  write: (path, text) => writeFile(path, text),
  async makeAll(group) {
    await mkdir(group, { recursive: true });
  },
  remove: rmdir,
  list: (group) => readdir(group),
  async groups(group) {
    const entries = await readdir(group, { withFileTypes: true }).catch(() => []);
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  },
};

/** By file. */
export type Settings = Readonly<Record<string, string>>;

/** Sets what the kernel has a file for: a controller that is missing limits nothing. */
export async function write(files: GroupFiles, group: string, settings: Settings): Promise<void> {
  for (const [file, value] of Object.entries(settings)) {
    if (files.exists(join(group, file))) await files.write(join(group, file), value);
  }
}

/** Groups are removed from the leaves up; one that still has processes stays for the next time. */
export async function removeTree(files: GroupFiles, group: string): Promise<void> {
  for (const name of await files.groups(group)) await removeTree(files, join(group, name));
  await files.remove(group).catch(() => {});
}
