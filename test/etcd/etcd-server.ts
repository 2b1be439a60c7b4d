/**
 * Real etcd servers for tests: one or several members on loopback, each in a folder that goes away with them, that can be killed,
 * paused and started again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { etcdStatus } from "../../adapters/etcd/admin.ts";
import type { EtcdOptions } from "../../adapters/etcd/etcd-database.ts";

const unpacked = resolve(import.meta.dirname, "../../.tools/sid/etcd-server/usr/bin/etcd");
const program = process.env["TIPHYS_TEST_ETCD"] ?? (existsSync(unpacked) ? unpacked : undefined);

/** Why tests with real etcd cannot run here; undefined where they can. */
export const noEtcd = program === undefined ? "no etcd here: set TIPHYS_TEST_ETCD to its path" : undefined;

export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface EtcdSettings {
  readonly members?: number;
  /** For clients; the same serve as the client's certificate. */
  readonly tls?: Certificates;
  readonly flags?: readonly string[];
  /** Where the members run, one each. Default: here, on loopback. */
  readonly machines?: readonly EtcdMachine[];
}

export interface EtcdMachine {
  readonly address: string;
  /** The beginning of a command that runs the rest of it there. */
  readonly enter: readonly string[];
}

export class EtcdCluster {
  readonly folder = mkdtempSync(join(tmpdir(), "tiphys-etcd-"));
  readonly endpoints: readonly string[];
  readonly #peers: readonly string[];
  readonly #settings: EtcdSettings;
  readonly #members: (ChildProcess | undefined)[] = [];

  private constructor(ports: readonly number[], settings: EtcdSettings) {
    const half = ports.length / 2;
    this.#settings = settings;
    const { tls, machines } = settings;
    const address = (at: number): string => machines?.[at]!.address ?? "127.0.0.1";
    this.endpoints = ports.slice(0, half).map((port, at) => `http${tls ? "s" : ""}://${address(at)}:${port}`);
    this.#peers = ports.slice(half).map((port, at) => `http://${address(at)}:${port}`);
  }

  /** Resolves once all members answer. */
  static async start(settings: EtcdSettings = {}): Promise<EtcdCluster> {
    const cluster = new EtcdCluster(await freePorts(2 * (settings.members ?? 1)), settings);
    for (const at of cluster.endpoints.keys()) cluster.startMember(at, "new");
    await cluster.ready();
    return cluster;
  }

  get options(): EtcdOptions {
    const { tls } = this.#settings;
    return { endpoints: this.endpoints, clock: systemClock, ...(tls && { tls }) };
  }

  startMember(at: number, state: "new" | "existing" = "existing"): void {
    const { tls, flags = [] } = this.#settings;
    const files = (["ca", "cert", "key"] as const).map((part) => {
      const path = join(this.folder, `${part}.pem`);
      if (tls) writeFileSync(path, tls[part], { mode: 0o600 });
      return path;
    });
    const secure = tls
      ? ["--trusted-ca-file", files[0]!, "--cert-file", files[1]!, "--key-file", files[2]!, "--client-cert-auth"]
      : [];
    const [command, ...before] = [...(this.#settings.machines?.[at]!.enter ?? []), program!];
    this.#members[at] = spawn(
      command!,
      [
        ...before,
        `--name=m${at}`,
        `--data-dir=${join(this.folder, `m${at}`)}`,
        "--log-level=error",
        `--listen-client-urls=${this.endpoints[at]!}`,
        `--advertise-client-urls=${this.endpoints[at]!}`,
        `--listen-peer-urls=${this.#peers[at]!}`,
        `--initial-advertise-peer-urls=${this.#peers[at]!}`,
        `--initial-cluster=${this.#peers.map((peer, i) => `m${i}=${peer}`).join(",")}`,
        `--initial-cluster-state=${state}`,
        ...secure,
        ...flags,
      ],
      { stdio: "ignore" },
    );
  }

  async ready(): Promise<void> {
    for (;;) {
      const states = await etcdStatus(this.options);
      if (states.every(({ problem }) => problem === undefined) && states.some(({ leader }) => leader)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async signal(at: number, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): Promise<void> {
    const member = this.#members[at]!;
    member.kill(signal);
    if (signal === "SIGKILL") await new Promise((resolve) => member.once("exit", resolve));
  }

  async stop(): Promise<void> {
    for (const member of this.#members) {
      if (member === undefined || member.exitCode !== null || member.signalCode !== null) continue;
      const gone = new Promise((resolve) => member.once("exit", resolve));
      member.kill("SIGKILL");
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}
