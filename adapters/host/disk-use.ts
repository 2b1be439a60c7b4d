/** What trees of files take of the disk: by `du`, in a process of its own, for a tree may have any number of files. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** A tree that takes longer to look at is given up, in milliseconds. */
const LONGEST = 300_000;

export async function diskUse(paths: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (paths.length === 0) return new Map();
  // What vanishes while it looks is no failure of ours: the sum is printed all the same, and nobody reads the complaints.
  const du = spawn("du", ["-skx", ...paths], { stdio: ["ignore", "pipe", "ignore"], timeout: LONGEST });
  const ended = new Promise<void>((resolve, reject) => {
    du.once("error", reject);
    du.once("close", (_, signal) => (signal === null ? resolve() : reject(new Error(`du was ended by ${signal}`))));
  });
  const [said] = await Promise.all([text(du.stdout), ended]);
  const lines = said.split("\n").map((line) => /^(\d+)\s+(.*)$/.exec(line));
  return new Map(lines.flatMap((line) => (line ? [[line[2]!, Number(line[1]) * 1024]] : [])));
}
