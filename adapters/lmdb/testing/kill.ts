/** Processes that write to a journal and are killed in the middle of it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Random } from "../../../src/machinery/random.ts";
import { checkJournal } from "./whole.ts";

export interface Kills {
  readonly cycles: number;
  /** Revisions that were acknowledged to a process that was then killed. */
  readonly acknowledged: number;
  /** Revisions that were there although nobody had been told so. */
  readonly unacknowledged: number;
}

/** Starts a writer, kills it and checks what it left, again and again in the same directory. Throws where something is lost or torn. */
export async function killAgainAndAgain(directory: string, cycles: number, random: Random): Promise<Kills> {
  let [acknowledged, unacknowledged] = [0, 0];
  let revision = 1;
  for (let cycle = 0; cycle < cycles; cycle++) {
    const newest = Math.max(revision, await writeUntilKilled(directory, random.next() * 250));
    const found = await checkJournal(directory, newest);
    acknowledged += newest - revision;
    unacknowledged += found - newest;
    revision = found;
  }
  return { cycles, acknowledged, unacknowledged };
}

/** Runs the writer, kills it `after` milliseconds after its first acknowledgement, and answers the newest acknowledged. */
async function writeUntilKilled(directory: string, after: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "writer.ts"), directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8");
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on("data", (chunk: string) => {
    text = text.slice(-100) + chunk;
    timer ??= setTimeout(() => child.kill("SIGKILL"), after);
  });
  const signal = await new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));
  assert.equal(signal, "SIGKILL", "the writer ended by itself");
  const whole = text.slice(0, text.lastIndexOf("\n"));
  return Number(whole.slice(whole.lastIndexOf("\n") + 1));
}
