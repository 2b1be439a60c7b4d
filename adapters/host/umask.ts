/** The process's umask: it does not apply to what a pod was promised. Read once; the process does not change it. */
import { readFile } from "node:fs/promises";

let mask: Promise<number> | undefined;

/** Whether a file made with `mode` lacks some of it, so that it must be given. */
export async function masks(mode: number): Promise<boolean> {
  return (mode & (await (mask ??= read()))) !== 0;
}

/** Where it cannot be read, everything may be masked. */
async function read(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  return Number.parseInt(/^Umask:\s*([0-7]+)/m.exec(status)?.[1] ?? "777", 8);
}
