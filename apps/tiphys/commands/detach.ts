/** `tiphys up --detach`: the same command in a process of its own, which is left alone when its cluster is ready. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../command.ts";
import { dataDirectoryPath, makeDirectory, runningIn } from "../data-dir.ts";
import type { Invocation } from "../command.ts";
import type { upFlags } from "./cluster.commands.ts";

/** Tells the same command line that it is the one that stays. */
const DETACHED = "TIPHYS_DETACHED";

export function isDetached(environment = process.env): boolean {
  return environment[DETACHED] !== undefined;
}

/** What is shown of a failed start's log, in lines. */
const LAST_LINES = 5;

/** The sentence that the process ended with, or else the last lines of its log. */
function lastWords(text: string): string {
  const lines = text.trim().split("\n");
  const said = lines.findLast((line) => line.startsWith("tiphys: "));
  return said?.slice("tiphys: ".length) ?? lines.slice(-LAST_LINES).join("\n");
}

export async function detach(values: Pick<Invocation<typeof upFlags>["values"], "data-dir">): Promise<number> {
  const path = dataDirectoryPath(values["data-dir"]);
  const running = runningIn(path);
  if (running) throw new UserError(`a cluster runs in ${path} already (process ${running.pid}, ${running.server})`);
  // Beside the directory, not in it: a directory that is not ours must stay as it is.
  makeDirectory(dirname(path));
  const file = `${path}.log`;
  const log = openSync(file, "w", 0o600);
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    env: { ...process.env, [DETACHED]: "1" },
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const ready = await new Promise<boolean>((resolve, reject) => {
    child.once("message", () => resolve(true));
    child.once("exit", () => resolve(false));
    child.once("error", reject);
  });
  const text = readFileSync(file, "utf8");
  if (!ready) throw new UserError(lastWords(text));
  child.disconnect();
  child.unref();
  process.stdout.write(`${text}The cluster runs on in process ${child.pid}; it logs to ${file}.\n`);
  process.stdout.write(`"tiphys down${values["data-dir"] ? ` --data-dir ${path}` : ""}" stops it.\n`);
  return 0;
}
