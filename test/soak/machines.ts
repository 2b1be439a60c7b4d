/**
 * Machines for etcd members: a network namespace each, on a bridge in ours, whose link can be cut.
 *
 * The namespaces have no names and live as long as their processes, so two runs never meet and nothing is left behind. Our own
 * must be one that was made for it; see {@link inNamespaces}.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import type { EtcdMachine } from "../etcd/etcd-server.ts";

const BRIDGE = "machines";
/** Holds whatever is started by it in network and process namespaces that end with it. */
const ENCLOSE = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
/** Set for the process inside. */
const INSIDE = "TIPHYS_SOAK_INSIDE";

/** Why no machines can be made here; undefined where they can. */
export function noMachines(): string | undefined {
  const made = spawnSync("unshare", [...ENCLOSE, "ip", "link", "add", BRIDGE, "type", "bridge"], { stdio: "ignore" });
  return made.status === 0 ? undefined : "no machines here: network namespaces need root, ip and unshare";
}

/** Whether this process is inside already. */
export const isInside = process.env[INSIDE] === "1";

/** This program once more, in namespaces of its own; all of it ends with `signal`, or with us, even if we are killed. */
export function inNamespaces(environment: Readonly<Record<string, string>>, signal: AbortSignal): ChildProcess {
  const words = [
    "--pdeathsig",
    "KILL",
    "unshare",
    ...ENCLOSE,
    process.execPath,
    ...process.execArgv,
    ...process.argv.slice(1),
  ];
  const env = { ...process.env, ...environment, [INSIDE]: "1" };
  return spawn("setpriv", words, { stdio: ["ignore", "inherit", "inherit"], env, signal, killSignal: "SIGKILL" });
}

export class Machines {
  readonly #holders: ChildProcess[] = [];
  readonly all: readonly (EtcdMachine & { cut(): void; mend(): void })[];

  private constructor(count: number) {
    run("ip", "link", "set", "lo", "up");
    run("ip", "link", "add", BRIDGE, "type", "bridge");
    run("ip", "addr", "add", "10.0.0.254/24", "dev", BRIDGE);
    run("ip", "link", "set", BRIDGE, "up");
    for (let at = 0; at < count; at++) {
      this.#holders.push(spawn("unshare", ["--net", "sleep", "infinity"], { stdio: "ignore" }));
    }
    this.all = this.#holders.map((holder, at) => {
      const link = `m${at}`;
      return {
        address: `10.0.0.${at + 1}`,
        enter: ["nsenter", `--net=/proc/${holder.pid}/ns/net`],
        cut: () => run("ip", "link", "set", link, "down"),
        mend: () => run("ip", "link", "set", link, "up"),
      };
    });
  }

  /** So many, each with its link to the bridge. */
  static async start(count: number): Promise<Machines> {
    const machines = new Machines(count);
    const ours = readlinkSync("/proc/self/ns/net");
    for (const [at, { pid }] of machines.#holders.entries()) {
      // Until it has left our namespace it is no machine.
      while (readlinkSync(`/proc/${pid}/ns/net`) === ours) await new Promise((resolve) => setTimeout(resolve, 5));
      const { address, enter } = machines.all[at]!;
      run("ip", "link", "add", `m${at}`, "type", "veth", "peer", "name", "eth0", "netns", String(pid));
      run("ip", "link", "set", `m${at}`, "master", BRIDGE, "up");
      run(...enter, "ip", "link", "set", "lo", "up");
      run(...enter, "ip", "addr", "add", `${address}/24`, "dev", "eth0");
      run(...enter, "ip", "link", "set", "eth0", "up");
    }
    return machines;
  }

  stop(): void {
    for (const holder of this.#holders) holder.kill("SIGKILL");
  }
}

function run(...words: readonly string[]): void {
  execFileSync(words[0]!, words.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
}
