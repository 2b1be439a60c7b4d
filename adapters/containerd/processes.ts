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

async function gone(pid: number, milliseconds: number): Promise<boolean> {
  const until = performance.now() + milliseconds;
  for (;;) {
    const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    // A zombie waits only for its parent to look.
    if (status === "" || / [ZX] /.test(status.slice(status.lastIndexOf(")")))) return true;
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function argumentsOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
}
