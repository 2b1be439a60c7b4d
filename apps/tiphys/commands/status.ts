/**
 * `tiphys status`: whether the cluster runs, whether its API answers, its nodes, and what etcd needs where that is used.
 * Exit code 0: all is well.
 */
import { Node } from "../../../src/api/core/index.ts";
import { textOf } from "../../../src/client/answers.ts";
import type { ApiResponse } from "../../../src/machinery/door.ts";
import type { EtcdStatus } from "../../../adapters/etcd/admin.ts";
import { adminAccess } from "../admin.ts";
import type { Invocation } from "../command.ts";
import { etcdOptions, keptDatastore } from "../datastore.ts";
import { dataDirectoryPath, datastoreFile, type Running, runningIn } from "../data-dir.ts";
import type { statusFlags } from "./cluster.commands.ts";

export interface ClusterStatus {
  readonly dataDir: string;
  readonly running: boolean;
  readonly pid?: number;
  readonly server?: string;
  readonly runtime?: string;
  readonly ready?: boolean;
  /** Why it is not ready: the checks that fail, or why it cannot be asked. */
  readonly problems?: readonly string[];
  readonly nodes?: readonly NodeState[];
  /** Of etcd, where the state is kept there: each member that we know of. */
  readonly datastore?: readonly EtcdStatus[];
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
  const [asked, datastore] = await Promise.all([
    running ? ask(path, running) : { dataDir: path, running: false },
    askDatastore(path),
  ]);
  const state: ClusterStatus = { ...asked, datastore };
  process.stdout.write(values.output === "json" ? `${JSON.stringify(state, null, 2)}\n` : shown(state));
  if (!state.running) return STOPPED;
  const isWhole = !state.datastore?.some(({ problem, errors }) => problem !== undefined || errors?.length);
  return state.ready && isWhole && state.nodes?.every(({ ready }) => ready) ? 0 : NOT_READY;
}

async function ask(path: string, running: Running): Promise<ClusterStatus> {
  const known = { dataDir: path, running: true, pid: running.pid, server: running.server, runtime: running.runtime };
  const { client, close } = adminAccess(path, running, "tiphys-status");
  const signal = AbortSignal.timeout(TIMEOUT);
  try {
    const readyz = await client.request({ method: "GET", path: "/readyz", signal });
    const ready = readyz.status === 200;
    const problems = ready ? [] : failedChecks(await textIn(readyz));
    const { items } = await client.list(Node, { signal });
    return { ...known, ready, ...(problems.length > 0 && { problems }), nodes: items.map(nodeState) };
  } catch (error) {
    const problem = signal.aborted ? `it does not answer within ${TIMEOUT / 1000} s` : (error as Error).message;
    return { ...known, ready: false, problems: [problem], nodes: [] };
  } finally {
    close();
  }
}

async function textIn({ body }: ApiResponse): Promise<string> {
  if (body.form === "stream") return textOf(body.chunks);
  return body.form === "bytes" ? new TextDecoder().decode(body.bytes) : "";
}

/** Names of the checks that `/readyz` shows as failed, such as `etcd` in `[-]etcd failed: reason withheld`. */
export function failedChecks(readyz: string): string[] {
  return [...readyz.matchAll(/^\[-\](\S+) failed/gm)].map(([, name]) => `the check ${name} fails`);
}

async function askDatastore(path: string): Promise<EtcdStatus[] | undefined> {
  const datastore = keptDatastore(datastoreFile(path));
  if (datastore === undefined) return undefined;
  const { etcdStatus } = await import("../../../adapters/etcd/admin.ts");
  return etcdStatus(etcdOptions(datastore));
}

export function nodeState(node: Node): NodeState {
  return {
    name: node.metadata.name,
    ready: node.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True",
    runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? "",
    address: node.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
  };
}

export function shown(state: ClusterStatus): string {
  const rows = [...(state.running ? clusterRows(state) : []), ...(state.datastore ?? []).flatMap(memberRows)];
  const text = rows.map(([name, value]) => `${name.padEnd(9)}${value}\n`).join("");
  return state.running ? text : `no cluster runs in ${state.dataDir}; start it with "tiphys up"\n${text}`;
}

type Row = readonly [name: string, value: string];

function clusterRows(state: ClusterStatus): Row[] {
  return [
    ["cluster", `${state.dataDir} (process ${state.pid})`],
    ["api", `${state.server} ${state.ready ? "ready" : "NOT READY"}`],
    ...(state.problems ?? []).map((problem): Row => ["", problem]),
    ...state.nodes!.map(({ name, ready, runtime, address }): Row => [
      "node",
      `${name} ${ready ? "Ready" : "NOT READY"} ${address} ${runtime}`,
    ]),
  ];
}

function memberRows({ endpoint, problem, version, leader, size, used, errors, advice }: EtcdStatus): Row[] {
  if (problem !== undefined) return [["etcd", `${endpoint} DOES NOT ANSWER: ${problem}`]];
  const role = leader ? "leader" : "follower";
  const alarms = errors?.length ? ` ALARM ${errors.join(", ")}` : "";
  return [
    ["etcd", `${endpoint} ${version} ${role}, ${mebibytes(size!)} of file, ${mebibytes(used!)} in use${alarms}`],
    ...(advice === undefined ? [] : [["", advice] as const]),
  ];
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
