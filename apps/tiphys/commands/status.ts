/** `tiphys status`: whether the cluster runs, whether its API answers, and its nodes. Exit code 0: all is well. */
import { join } from "node:path";
import { ADMIN, openKeys } from "../../../adapters/keys/cluster-keys.ts";
import { remoteDoor } from "../../../adapters/node-http/client.ts";
import { Node } from "../../../src/api/core/index.ts";
import { createClient } from "../../../src/client/index.ts";
import type { Invocation } from "../command.ts";
import { dataDirectoryPath, type Running, runningIn } from "../data-dir.ts";
import type { statusFlags } from "./index.ts";

export interface ClusterStatus {
  readonly dataDir: string;
  readonly running: boolean;
  readonly pid?: number;
  readonly server?: string;
  readonly runtime?: string;
  readonly ready?: boolean;
  readonly nodes?: readonly NodeState[];
}

export interface NodeState {
  readonly name: string;
  readonly ready: boolean;
  readonly runtime: string;
  readonly address: string;
}

/** Exit codes: the cluster is not running; it runs, but is not ready. */
const STOPPED = 3;
const NOT_READY = 4;

/** How long the API may take to answer, in milliseconds. */
const TIMEOUT = 5000;

export async function status({ values }: Invocation<typeof statusFlags>): Promise<number> {
  const path = dataDirectoryPath(values["data-dir"]);
  const running = runningIn(path);
  const state: ClusterStatus = running ? await ask(path, running) : { dataDir: path, running: false };
  process.stdout.write(values.output === "json" ? `${JSON.stringify(state, null, 2)}\n` : textOf(state));
  if (!state.running) return STOPPED;
  return state.ready && state.nodes?.every(({ ready }) => ready) ? 0 : NOT_READY;
}

async function ask(path: string, running: Running): Promise<ClusterStatus> {
  const known = { dataDir: path, running: true, pid: running.pid, server: running.server, runtime: running.runtime };
  const keys = openKeys(join(path, "pki"), { now: Date.now() });
  const remote = remoteDoor({ url: running.server, ca: keys.ca, ...keys.client("admin", ADMIN) });
  const signal = AbortSignal.timeout(TIMEOUT);
  try {
    const client = createClient(remote.door, { userAgent: "tiphys-status" });
    const readyz = await client.request({ method: "GET", path: "/readyz", signal });
    const { items } = await client.list(Node, { signal });
    return { ...known, ready: readyz.status === 200, nodes: items.map(nodeState) };
  } catch {
    return { ...known, ready: false, nodes: [] };
  } finally {
    remote.close();
  }
}

export function nodeState(node: Node): NodeState {
  return {
    name: node.metadata.name,
    ready: node.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True",
    runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? "",
    address: node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
  };
}

function textOf(state: ClusterStatus): string {
  if (!state.running) return `no cluster runs in ${state.dataDir}; start it with "tiphys up"\n`;
  const rows = [
    ["cluster", `${state.dataDir} (process ${state.pid})`],
    ["api", `${state.server} ${state.ready ? "ready" : "NOT READY"}`],
    ...state.nodes!.map(({ name, ready, runtime, address }) => [
      "node",
      `${name} ${ready ? "Ready" : "NOT READY"} ${address} ${runtime}`,
    ]),
  ];
  return rows.map(([name, value]) => `${name!.padEnd(9)}${value}\n`).join("");
}
