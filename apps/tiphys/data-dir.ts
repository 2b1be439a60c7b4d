/**
 * A cluster's directory: which format it has, who uses it, and where things are in it.
 *
 * ```
 * VERSION            the format (see data-format.ts)
 * holder             who uses it (see adapters/lmdb/lock.ts)
 * running.json       how to reach the running cluster
 * pki/               keys and certificates
 * journal/           all objects, where they are not in etcd
 * datastore.json     how to reach etcd, where they are
 * encryption.yaml    how they are encrypted there, as a join brought it
 * containerd/        images and containers
 * kubelet/ logs/     volumes and container logs
 * admin.kubeconfig   access as administrator
before-…/          what an upgrade or a restore has put aside
 * ```
 */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { readIfThere, writePrivate } from "../../adapters/keys/private-file.ts";
import { lock } from "../../adapters/lmdb/lock.ts";
import { UserError } from "./command.ts";
import { checkFormat, FORMAT, type Format, upgrade, type Upgraded } from "./data-format.ts";

export interface DataDirectory {
  readonly path: string;
  readonly pki: string;
  readonly journal: string;
  readonly datastore: string;
  readonly encryption: string;
  readonly containerd: string;
  readonly kubelet: string;
  readonly logs: string;
  readonly adminKubeconfig: string;
  /** It had an older format until now. */
  readonly upgraded: Upgraded | undefined;
  /** Says how to reach the cluster, for `tiphys status` and `down`. */
  announce(running: Running): void;
  /** Gives the directory free. */
  release(): void;
}

export interface Running {
  readonly pid: number;
  readonly server: string;
  /** Where other machines reach it. */
  readonly advertised?: string;
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly runtime: string;
  /** The configuration of encryption at rest that is in use: its path. */
  readonly encryption?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** `--data-dir`, or /var/lib/tiphys for root, or a folder of the user's. */
export function dataDirectoryPath(given: string, environment = process.env): string {
  if (given !== "") return resolve(given);
  if (process.getuid?.() === 0) return "/var/lib/tiphys";
  return join(environment["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "tiphys");
}

/** Where a directory says how to reach etcd. */
export const datastoreFile = (path: string): string => join(path, "datastore.json");

/** Takes the directory for this process. Throws {@link UserError}, having changed nothing, where that cannot be. */
export function openDataDirectory(path: string, format = FORMAT): DataDirectory {
  checkDirectory(path, format);
  makeDirectory(path);
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  const unlock = takeLock(path);
  let upgraded: Upgraded | undefined;
  try {
    const version = readIfThere(join(path, "VERSION"));
    if (version === undefined) writePrivate(join(path, "VERSION"), `${format.current}\n`, 0o644);
    else upgraded = upgrade(path, version.trim(), format);
  } catch (error) {
    unlock();
    throw error;
  }
  const running = join(path, "running.json");
  return {
    path,
    pki: join(path, "pki"),
    journal: join(path, "journal"),
    datastore: datastoreFile(path),
    encryption: join(path, "encryption.yaml"),
    containerd: join(path, "containerd"),
    kubelet: join(path, "kubelet"),
    logs: join(path, "logs"),
    adminKubeconfig: join(path, "admin.kubeconfig"),
    upgraded,
    announce: (state) => writePrivate(running, `${JSON.stringify(state)}\n`),
    release() {
      rmSync(running, { force: true });
      unlock();
    },
  };
}

/** Of what is written there, only a directory of ours, or an empty one, is taken; or one with another control plane's keys. */
function checkDirectory(path: string, format: Format): void {
  const version = readIfThere(join(path, "VERSION"))?.trim();
  if (version !== undefined) return checkFormat(path, version, format);
  if (entriesOf(path).some((name) => name !== "pki")) {
    throw new UserError(
      `${path} is not empty and not a data directory of Tiphys: give an empty or new one with --data-dir DIR`,
    );
  }
}

/** With its parents. One by one: node's own recursive form never returns where the system says ENOENT for a new name. */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  mkdirSync(path, { mode: 0o711 });
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function takeLock(path: string): () => void {
  try {
    // The store in it has a lock of its own, and takes no more writes when somebody else has that.
    return lock(path, () => {});
  } catch (error) {
    const state = runningIn(path);
    if (!state) throw error;
    throw new UserError(
      `a cluster runs in ${path} already (process ${state.pid}, ${state.server}): ` +
        `stop it with "tiphys down --data-dir ${path}", or give another directory with --data-dir DIR`,
      1,
      { cause: error },
    );
  }
}

/** What a running cluster announced; undefined where none runs in `path`. */
export function runningIn(path: string): Running | undefined {
  const text = readIfThere(join(path, "running.json"));
  if (text === undefined) return undefined;
  const state = JSON.parse(text) as Running;
  // The lock's file names its holder; an id that is in use again by another program is not believed.
  const holder = readIfThere(join(path, "holder"))?.trim().split(" ");
  if (!holder || Number(holder[0]) !== state.pid) return undefined;
  return startOf(state.pid) === holder[1] ? state : undefined;
}

/** When a process began, as the lock has it; "0" where the system does not say but the process is there. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    try {
      process.kill(pid, 0);
      return "0";
    } catch {
      return undefined;
    }
  }
}
