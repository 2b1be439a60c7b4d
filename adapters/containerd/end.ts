/**
 * Ends a cluster's containerd with all that it runs: sandboxes the proper way where containerd answers, then whatever
 * is still there, found by the directory that it belongs to.
 */
import { execFile } from "node:child_process";
import { readFile, readdir, realpath, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Log } from "../../src/machinery/log.ts";
import { placesIn, socketFolder } from "./config.ts";
import type { Places } from "./config.ts";
import { CriRuntime } from "./cri.ts";
import { startContainerd } from "./daemon.ts";
import type { ContainerdOptions } from "./daemon.ts";
import { TOOL_PATH } from "./machine.ts";
import { kill, processesWith, terminate } from "./processes.ts";

const run = promisify(execFile);
const STOP_MS = 10_000;
/** Ending a sandbox runs network plugins; several at once, but not all of a full node. */
const AT_ONCE = 8;

export interface EndOptions extends ContainerdOptions {
  /** Keep images and snapshots for the next start (`tiphys down`); otherwise the directory is removed. */
  readonly keepImages: boolean;
}

/** When it returns, nothing of it runs and nothing is mounted. Safe to call when nothing was there. */
export async function endContainerd(options: EndOptions): Promise<void> {
  const places = placesIn(options.directory);
  if (await hasPods(places)) await endPods(options);
  for (const pid of await processesWith("--config", places.config)) await terminate(pid, STOP_MS);
  await endLeftovers(places, options.log);
  await unmountBelow(options.directory);
  const ephemeral = [places.state, places.runc, places.socket, `${places.socket}.ttrpc`, places.pidFile];
  await Promise.all(ephemeral.map((path) => rm(path, { recursive: true, force: true })));
  const folder = socketFolder(options.directory);
  // The folder of all such sockets goes with the last one.
  if (folder) for (const empty of [folder, dirname(folder)]) await rmdir(empty).catch(() => {});
  if (!options.keepImages) await rm(options.directory, { recursive: true, force: true });
}

async function hasPods(places: Places): Promise<boolean> {
  if ((await processesWith("-address", places.socket)).length > 0) return true;
  const sandboxes = await readdir(join(places.root, "io.containerd.grpc.v1.cri", "sandboxes")).catch(() => []);
  return sandboxes.length > 0;
}

/** Through CRI, which also gives addresses back and removes snapshots; containerd is started for it if need be. */
async function endPods(options: EndOptions): Promise<void> {
  try {
    const daemon = await startContainerd(options);
    await daemon.detach();
    using runtime = new CriRuntime(daemon.endpoint);
    const ids = (await runtime.listPodSandbox()).map(({ id }) => id);
    const worker = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } catch (error) {
    options.log.warn("pods cannot be ended through containerd, their processes are killed", {
      error: (error as Error).message,
    });
  }
}

/** Containers first, then the shims that would report their end. */
async function endLeftovers(places: Places, log: Log): Promise<void> {
  const containers = join(places.runc, "k8s.io");
  for (const id of await readdir(containers).catch(() => [])) {
    const text = await readFile(join(containers, id, "state.json"), "utf8").catch(() => "{}");
    const { init_process_pid: pid, init_process_start: started } = JSON.parse(text) as {
      init_process_pid?: number;
      init_process_start?: number;
    };
    if (pid && (await startOf(pid)) === started) {
      log.warn("killing a container that was left over", { id, pid });
      await kill(pid);
    }
  }
  for (const pid of await processesWith("-address", places.socket)) await kill(pid);
}

/** When a process began, in clock ticks since boot: tells it from a later one with the same number. */
async function startOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
  return fields[19] === undefined ? undefined : Number(fields[19]);
}

/** The last mounted first. */
async function unmountBelow(directory: string): Promise<void> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const real = await realpath(directory).catch(() => directory);
  const points = table
    .split("\n")
    .map((line) => unescape(line.split(" ")[4] ?? ""))
    .filter((point) => point.startsWith(`${real}/`));
  for (const point of points.toReversed()) await run("umount", ["-l", point], { env: { PATH: TOOL_PATH } });
}

/** The table writes blanks as `\040`. */
function unescape(path: string): string {
  return path.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
