/** `tiphys up` as a process of its own, and the kubectl that talks to it, for tests. Nothing of either is left behind. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connectionOf, readKubeconfig } from "../../adapters/kubeconfig/index.ts";
import { remoteDoor } from "../../adapters/node-http/client.ts";
import { type Client, createClient } from "../../src/client/index.ts";
import { busyboxImage, whyNoContainers } from "../node/test-node.ts";

export const BIN = join(import.meta.dirname, "../../apps/tiphys/bin.ts");
export const MANIFESTS = join(import.meta.dirname, "manifests");

/** The kubectls that are here, by version; the newest is the one that tests use. */
export const KUBECTLS = new Map(
  [
    ["1.36", "TIPHYS_TEST_KUBECTL", ".tools/sid/kubectl"],
    ["1.32", "TIPHYS_TEST_KUBECTL_1_32", ".tools/trixie/kubectl"],
    ["1.20", "TIPHYS_TEST_KUBECTL_1_20", ".tools/bookworm/kubernetes-client"],
  ].flatMap(([version, variable, folder]) => {
    const path = process.env[variable!] ?? join(import.meta.dirname, "../..", folder!, "usr/bin/kubectl");
    return existsSync(path) ? [[version!, path] as const] : [];
  }),
);

/** Why tests with kubectl cannot run here; undefined where they can. */
export function whyNoKubectl(): string | undefined {
  return KUBECTLS.has("1.36") ? undefined : "kubectl 1.36 cannot be found (npm test brings it, as root on Debian)";
}

/** Why tests with kubectl and real containers cannot run here. */
export async function whyNotReal(): Promise<string | undefined> {
  return whyNoKubectl() ?? (await whyNoContainers());
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string; readonly timeout?: number } = {},
): Promise<Ran> {
  const child = spawn(program, args, { env: options.env, timeout: options.timeout ?? 60_000 });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const [out, err, [code]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const part of stream) text += String(part);
  return text;
}

/** Waits until `check` gives something; its last error, or `what`, is what is thrown after `seconds`. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 30,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  let failure: unknown;
  while (performance.now() < deadline) {
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found as T;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await pause(50);
  }
  throw failure ?? new Error(`it did not come to this within ${seconds} s: ${what}`);
}

/** A place for one cluster: data directory, kubeconfig, processes. It can be started again and again. */
export class TestCluster implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tiphys-wire-"));
  readonly data: string;
  readonly kubeconfig = join(this.folder, "kubeconfig");
  readonly environment: NodeJS.ProcessEnv = { ...process.env, KUBECONFIG: this.kubeconfig, HOME: this.folder };
  readonly #args: readonly string[];
  readonly #children = new Set<ChildProcess>();
  readonly #remotes: { close(): void }[] = [];
  /** The running `tiphys up`. */
  process: ChildProcess | undefined;
  /** What it has printed so far, errors too. */
  said = "";

  /** `args` are more for `tiphys up`; `data` is for who wants the data directory elsewhere. */
  constructor(args: readonly string[] = [], data?: string) {
    this.#args = args;
    this.data = data ?? join(this.folder, "data");
  }

  /** Resolves when the cluster says it is ready; throws with what it said where it ends before. */
  async up(): Promise<void> {
    const words = ["up", "--data-dir", this.data, "--port", "0", ...this.#args];
    const child = spawn(process.execPath, [BIN, ...words], {
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    this.said = "";
    child.stderr.on("data", (part) => (this.said += String(part)));
    for await (const part of child.stdout) {
      this.said += String(part);
      if (this.said.includes("Ctrl-C stops the cluster.")) break;
    }
    if (!this.said.includes("Ctrl-C stops the cluster.")) throw new Error(`tiphys up did not come up: ${this.said}`);
    child.stdout.resume();
  }

  /** Ends it and gives its exit code. */
  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.process!;
    this.process = undefined;
    if (child.exitCode !== null) return child.exitCode;
    const ended = once(child, "exit") as Promise<[number | null]>;
    child.kill(signal);
    return (await ended)[0];
  }

  tiphys(...args: readonly string[]): Promise<Ran> {
    return run(process.execPath, [BIN, ...args], { env: this.environment });
  }

  /** kubectl, which must succeed; gives what it printed. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.tryKubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${err || out}`);
    return out;
  }

  tryKubectl(args: readonly string[], options: { input?: string; version?: string } = {}): Promise<Ran> {
    const program = KUBECTLS.get(options.version ?? "1.36")!;
    return run(program, args, { env: this.environment, input: options.input });
  }

  /** A kubectl that goes on, such as port-forward; it ends with the cluster at the latest. */
  spawnKubectl(args: readonly string[], version = "1.36"): ChildProcess & { stdout: NodeJS.ReadableStream } {
    const child = spawn(KUBECTLS.get(version)!, args, { env: this.environment, stdio: ["ignore", "pipe", "pipe"] });
    child.stderr.resume();
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child as ChildProcess & { stdout: NodeJS.ReadableStream };
  }

  /** A client with the kubeconfig's access, to the process that runs now. */
  client(): Client {
    const remote = remoteDoor(connectionOf(readKubeconfig([this.kubeconfig])).server);
    this.#remotes.push(remote);
    return createClient(remote.door, { userAgent: "test" });
  }

  /** Brings the tests' busybox image, `localhost/tiphys-test/busybox:1`, where another name is not given. */
  async importBusybox(name?: string): Promise<void> {
    const file = join(this.folder, "busybox.tar");
    writeFileSync(file, await busyboxImage(name));
    const { code, err } = await this.tiphys("image", "import", file, "--data-dir", this.data);
    if (code !== 0) throw new Error(`the image was not imported: ${err}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const remote of this.#remotes) remote.close();
    if (this.process) await this.stop("SIGTERM");
    if (existsSync(join(this.data, "VERSION"))) {
      const reset = spawnSync(process.execPath, [BIN, "reset", "--yes", "--data-dir", this.data], {
        env: this.environment,
        encoding: "utf8",
      });
      if (reset.status !== 0) throw new Error(`reset failed: ${reset.stderr}`);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port of 127.0.0.1 that nobody uses just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
