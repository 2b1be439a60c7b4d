/**
 * A containerd of the cluster's own: started, watched, started again when it dies, adopted when it is still running
 * from before, and ended.
 *
 * Three ways to part with it:
 * - `detach`: it keeps running with its containers; the next start on the same directory adopts it.
 * - `stop`: containerd ends, containers keep running under their shims; the next start finds them.
 * - {@link endContainerd}: nothing is left running or mounted (`tiphys down`, `tiphys reset`).
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import type { Log } from "../../src/machinery/log.ts";
import { PAUSE_IMAGE, containerdConfig, placesIn, registryHosts } from "./config.ts";
import type { Places, Registry } from "./config.ts";
import { CriRuntime } from "./cri.ts";
import { ensurePauseImage } from "./pause.ts";
import { hasCapability, machineProblem, programPath, snapshotterFor, TOOL_PATH } from "./machine.ts";
import { ownerOf, terminate } from "./processes.ts";

export interface ContainerdOptions {
  /** Configuration, state, images, socket and log go here, and nowhere else. Absolute. */
  readonly directory: string;
  readonly cniConfFolder: string;
  readonly cniPluginFolder: string;
  readonly log: Log;
  /** `systemd` where that manages the control groups and the kubelet is told so too. Default: cgroupfs. */
  readonly cgroupDriver?: "cgroupfs" | "systemd";
  /** Registries that are elsewhere than their name says, or without TLS. */
  readonly registries?: readonly Registry[];
  /** Default: what the file system under `directory` can do. */
  readonly snapshotter?: "overlayfs" | "native";
  /** Default: a pause image of our own, put into the store. */
  readonly sandboxImage?: string;
}

export interface ContainerdDaemon {
  /** The socket's path, as {@link CriRuntime} takes it. */
  readonly endpoint: string;
  /** The process; changes when it is started again. */
  readonly pid: number;
  /** Whether it ran already. */
  readonly adopted: boolean;
  detach(): Promise<void>;
  stop(): Promise<void>;
}

const START_MS = 30_000;
const STOP_MS = 10_000;
const [FIRST_BACKOFF_MS, LAST_BACKOFF_MS] = [50, 10_000];
/** One that ran this long has proven itself: its next death is restarted at once. */
const PROVEN_MS = 60_000;
const LOG_LIMIT = 16 * 1024 * 1024;

/** Throws, with what to do about it, where containerd cannot run here. */
export async function startContainerd(options: ContainerdOptions): Promise<ContainerdDaemon> {
  const problem = (await machineProblem()) ?? directoryProblem(options.directory);
  if (problem) throw new Error(problem);
  const daemon = new Supervised(options, await prepare(options));
  await daemon.start();
  if (options.sandboxImage === undefined) await ensurePauseImage(daemon.endpoint);
  return daemon;
}

/** runc keeps paths in lists with commas between them. */
function directoryProblem(directory: string): string | undefined {
  if (!directory.includes(",")) return undefined;
  return `containers cannot run below ${directory}, because of the comma in its path: choose another data directory`;
}

/** Writes configuration and registries. Gives whether a running containerd has another configuration. */
async function prepare(options: ContainerdOptions): Promise<{ changed: boolean }> {
  const places = placesIn(options.directory);
  await mkdir(options.directory, { recursive: true, mode: 0o711 });
  await mkdir(dirname(places.socket), { recursive: true, mode: 0o711 });
  for (const registry of options.registries ?? []) {
    const folder = join(places.registries, registry.host);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "hosts.toml"), registryHosts(registry));
  }
  const text = containerdConfig({
    places,
    sandboxImage: options.sandboxImage ?? PAUSE_IMAGE,
    snapshotter: options.snapshotter ?? (await snapshotterFor(options.directory)),
    cniConfFolder: options.cniConfFolder,
    cniPluginFolder: options.cniPluginFolder,
    systemdCgroup: options.cgroupDriver === "systemd",
    restrictOomScore: !(await hasCapability("SYS_RESOURCE")),
  });
  const before = await readFile(places.config, "utf8").catch(() => undefined);
  if (before !== text) await writeFile(places.config, text);
  return { changed: before !== text };
}

class Supervised implements ContainerdDaemon {
  readonly #places: Places;
  readonly #log: Log;
  readonly #configChanged: boolean;
  #pid = 0;
  #adopted = false;
  #released = false;
  #startedAt = 0;
  #backoff = FIRST_BACKOFF_MS;
  #watch: ClientHttp2Session | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** The start that is under way, so that ending waits for it. */
  #starting: Promise<void> = Promise.resolve();

  constructor(options: ContainerdOptions, { changed }: { changed: boolean }) {
    this.#places = placesIn(options.directory);
    this.#log = options.log;
    this.#configChanged = changed;
  }

  get endpoint(): string {
    return this.#places.socket;
  }

  get pid(): number {
    return this.#pid;
  }

  get adopted(): boolean {
    return this.#adopted;
  }

  async start(): Promise<void> {
    const running = await runningContainerd(this.#places);
    if (running !== undefined && this.#configChanged) {
      this.#log.info("restarting containerd, its configuration changed", { pid: running });
      await terminate(running, STOP_MS);
    } else if (running !== undefined && (await answers(this.#places.socket, START_MS))) {
      this.#adopted = true;
      this.#pid = running;
      this.#observe();
      return;
    } else if (running !== undefined) {
      this.#log.warn("containerd runs but does not answer, it is started anew", { pid: running });
      await terminate(running, STOP_MS);
    }
    await this.#launch();
    this.#observe();
  }

  async detach(): Promise<void> {
    this.#release();
    await this.#starting.catch(() => {});
  }

  async stop(): Promise<void> {
    await this.detach();
    await terminate(this.#pid, STOP_MS);
    await rm(this.#places.pidFile, { force: true });
  }

  #release(): void {
    this.#released = true;
    clearTimeout(this.#retry);
    this.#watch?.destroy();
  }

  async #launch(): Promise<void> {
    const child = await launch(this.#places);
    this.#pid = child.pid!;
    this.#startedAt = performance.now();
    await writeFile(this.#places.pidFile, `${child.pid}\n`);
    let ended: string | undefined;
    child.once("exit", (code, signal) => (ended = signal ?? `exit code ${code}`));
    child.unref();
    if (await answers(this.#places.socket, START_MS, () => ended !== undefined)) return;
    if (ended === undefined) await terminate(this.#pid, STOP_MS);
    const end = await lastWords(this.#places.log);
    const what = ended === undefined ? `did not answer within ${START_MS / 1000} s` : `ended with ${ended}`;
    throw new Error(`containerd ${what}. Its log ${this.#places.log} ends with: ${end}`);
  }

  /** A connection that ends when containerd does, whoever its parent is. */
  #observe(): void {
    const session = connectHttp2("http://localhost", { createConnection: () => connect(this.#places.socket) });
    session.on("error", () => {});
    session.on("close", () => this.#died());
    session.unref();
    this.#watch = session;
  }

  #died(): void {
    if (this.#released) return;
    if (performance.now() - this.#startedAt > PROVEN_MS) this.#backoff = FIRST_BACKOFF_MS;
    this.#log.warn("containerd is gone, it is started again", { pid: this.#pid, inMilliseconds: this.#backoff });
    this.#retry = setTimeout(() => {
      this.#starting = this.#revive();
    }, this.#backoff);
    this.#backoff = Math.min(this.#backoff * 2, LAST_BACKOFF_MS);
  }

  async #revive(): Promise<void> {
    try {
      // Only the connection may have ended.
      if ((await runningContainerd(this.#places)) === undefined) {
        await this.#launch();
        this.#log.info("containerd runs again", { pid: this.#pid });
      }
      if (!this.#released) this.#observe();
    } catch (error) {
      this.#log.error("containerd cannot be started", { error: (error as Error).message });
      this.#died();
    }
  }
}

/** A session of its own, so that neither Ctrl-C nor the end of this process reaches it. */
async function launch(places: Places): Promise<ChildProcess> {
  await rotateLog(places.log);
  await rm(places.socket, { force: true });
  const log = await open(places.log, "a", 0o600);
  try {
    const child = spawn(await programPath("containerd"), ["--config", places.config], {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: { ...process.env, PATH: TOOL_PATH },
      cwd: "/",
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    return child;
  } finally {
    await log.close();
  }
}

/** The process of an earlier start, where it is still ours. */
export async function runningContainerd(places: Places): Promise<number | undefined> {
  const pid = Number(await readFile(places.pidFile, "utf8").catch(() => ""));
  return pid > 0 && (await ownerOf(pid, places.config)) ? pid : undefined;
}

/** Waits until CRI answers. False when `milliseconds` passed or `hopeless` says so. */
async function answers(socket: string, milliseconds: number, hopeless = (): boolean => false): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (performance.now() < until && !hopeless()) {
    if (await listens(socket)) {
      using runtime = new CriRuntime(socket);
      const version = await runtime.version(AbortSignal.timeout(milliseconds)).catch(() => undefined);
      if (version) return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once("connect", () => {
      connection.destroy();
      resolve(true);
    });
    connection.once("error", () => resolve(false));
  });
}

async function rotateLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_LIMIT) await rename(path, `${path}.1`);
}

async function lastWords(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trim().split("\n").slice(-3).join(" | ") || "(nothing)";
}
