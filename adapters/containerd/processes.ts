/** Processes as /proc shows them: found by what they were started with, never by name alone, and ended. */
import { readFile, readdir } from "node:fs/promises";

const LOOK_MS = 10;

/** Whether process `pid` runs and was started with `argument` among its arguments. */
export async function ownerOf(pid: number, argument: string): Promise<boolean> {
  return (await argumentsOf(pid)).includes(argument);
}

/** Every process that was started with all of `wanted` among its arguments. */
export async function processesWith(...wanted: readonly string[]): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const given = await argumentsOf(pid);
    if (wanted.every((argument) => given.includes(argument))) found.push(pid);
  }
  return found;
}

/** Asks a process to end, kills it after `milliseconds`, returns when it is gone. One that is gone is no error. */
export async function terminate(pid: number, milliseconds: number): Promise<void> {
  signal(pid, "SIGTERM");
  if (await gone(pid, milliseconds)) return;
  await kill(pid);
}

export async function kill(pid: number): Promise<void> {
  signal(pid, "SIGKILL");
  if (!(await gone(pid, 10_000))) throw new Error(`process ${pid} cannot be killed`);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether anything of the process runs. A zombie does not: it waits only for its parent to look. */
export async function runs(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  if (status === "") return false;
  // After the name in brackets: state is the 1st field, the number of threads the 18th.
  const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
  // Threads may outlive the first one for a moment, and hold the process's files and locks.
  return !/[ZX]/.test(fields[0]!) || Number(fields[17]) > 1;
}

async function gone(pid: number, milliseconds: number): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (await runs(pid)) {
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return true;
}

async function argumentsOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
}
