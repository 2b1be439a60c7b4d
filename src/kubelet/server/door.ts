/**
 * The kubelet's own API: logs, exec, attach, port-forward, pods, health, stats and metrics.
 *
 * Who may ask is settled before a request comes here. Answers that are no objects are plain text, as upstream's.
 */
import type { Pod } from "../../api/core/index.ts";
import { joinChannels } from "../../machinery/channels.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { ApiRequest, ApiResponse, Channels, Door, Upgrade } from "../../machinery/door.ts";
import { parseTime } from "../../machinery/time.ts";
import type { Host } from "../host.ts";
import { imageName } from "../pod/container-status.ts";
import { CONTAINER_NAME } from "../pod/names.ts";
import type { PodContainer } from "../pod/situation.ts";
import { currentSandbox, newestTwo } from "../pod/situation.ts";
import { members } from "../pod/spec.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { ContainerRuntime, StreamOptions } from "../runtime.ts";
import { rpcText } from "../runtime.ts";
import type { CadvisorFacts } from "./cadvisor.ts";
import { cadvisorMetrics } from "./cadvisor.ts";
import { labelsText, metricText } from "./exposition.ts";
import type { LogQuery } from "./logs.ts";
import { readLog } from "./logs.ts";
import type { UsageFacts } from "./summary.ts";
import { resourceMetrics, summary } from "./summary.ts";

export interface ServedNode {
  readonly runtime: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly startedAt: number;
  readonly problems: readonly string[];
  workers(): Iterable<PodWorker>;
}

/** A refusal with its HTTP status. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Handler = (
  node: ServedNode,
  request: ApiRequest,
  path: readonly string[],
  query: URLSearchParams,
) => Promise<ApiResponse>;

const ROUTES: Readonly<Record<string, Handler>> = {
  healthz: async ({ problems }) =>
    text(problems.length === 0 ? 200 : 500, problems.length === 0 ? "ok" : problems.join("\n")),
  pods: async (node) => podList([...node.workers()].map(({ pod }) => pod)),
  runningpods: async (node) => podList([...node.workers()].flatMap(runningPod)),
  containerLogs: logs,
  exec: (node, request, path, query) => streams(node, request, path, query, true),
  attach: (node, request, path, query) => streams(node, request, path, query, false),
  portForward,
  stats: async (node, _request, [what]) => {
    if (what !== "summary") throw new Refusal(404, "404 page not found\n");
    return json(summary(await usageOf(node)));
  },
  metrics: async (node, _request, [what]) => {
    if (what === "resource") return metrics(resourceMetrics(await usageOf(node)));
    if (what === "cadvisor") return metrics(cadvisorMetrics(await cadvisorFacts(node)));
    if (what !== undefined) throw new Refusal(404, "404 page not found\n");
    return metrics(kubeletMetrics(node));
  },
};

export function kubeletDoor(node: ServedNode): Door {
  return async (request) => {
    const [first = "", ...rest] = request.path.split("/").filter(Boolean).map(decodeURIComponent);
    const handler = Object.hasOwn(ROUTES, first) ? ROUTES[first] : undefined;
    if (!handler) return text(404, "404 page not found\n");
    try {
      return await handler(node, request, rest, new URLSearchParams(request.query));
    } catch (error) {
      if (error instanceof Refusal) return text(error.status, error.message);
      return text(500, rpcText(error));
    }
  };
}

/** `/containerLogs/{namespace}/{pod}/{container}`. */
async function logs(
  node: ServedNode,
  request: ApiRequest,
  path: readonly string[],
  query: URLSearchParams,
): Promise<ApiResponse> {
  const [namespace = "", name = "", containerName = ""] = path;
  const worker = workerOf(node, namespace, name);
  const container = logged(worker, containerName, query.get("previous") === "true");
  const source = {
    path: container.logPath,
    running: () => worker.runtime.containers.some(({ id, state }) => id === container.id && state === "RUNNING"),
  };
  const chunks = readLog(node.host.logs, source, logQuery(query, node.clock.now()), node.clock, request.signal);
  return { status: 200, headers: { "content-type": "text/plain" }, body: { form: "stream", chunks } };
}

/** The container whose log is meant; refuses in upstream's words. */
function logged(worker: PodWorker, name: string, previous: boolean): PodContainer {
  const podName = worker.pod.metadata.name;
  if (!members(worker.pod).some(({ container }) => container.name === name)) {
    throw new Refusal(404, `container ${name} is not valid for pod ${podName}`);
  }
  const [now, before] = newestTwo(worker.runtime, name);
  if (previous) {
    // A container that waits for its restart has no newer one: it is itself the previous one.
    const waits = now?.state === "EXITED" && worker.waits(name);
    const found = waits ? now : before;
    if (!found) throw new Refusal(400, `previous terminated container "${name}" in pod "${podName}" not found`);
    return found;
  }
  if (!now)
    throw new Refusal(
      400,
      `container "${name}" in pod "${podName}" is waiting to start: ${worker.waitingReason(name)}`,
    );
  return now.state === "CREATED" && before ? before : now;
}

function logQuery(query: URLSearchParams, now: number): LogQuery {
  const number = (name: string): number | undefined => {
    const value = query.get(name);
    return value === null || value === "" ? undefined : Number(value);
  };
  const seconds = number("sinceSeconds");
  const time = query.get("sinceTime");
  const stream = query.get("stream");
  return {
    follow: query.get("follow") === "true",
    timestamps: query.get("timestamps") === "true",
    tailLines: number("tailLines"),
    limitBytes: number("limitBytes"),
    since: seconds !== undefined ? now - seconds * 1000 : time ? parseTime(time) : undefined,
    ...((stream === "Stdout" || stream === "Stderr") && { stream: stream.toLowerCase() as "stdout" }),
  };
}

/** `/exec/{namespace}/{pod}[/{uid}]/{container}`, and `/attach/…`. */
async function streams(
  node: ServedNode,
  request: ApiRequest,
  path: readonly string[],
  query: URLSearchParams,
  exec: boolean,
): Promise<ApiResponse> {
  const [namespace = "", name = ""] = path;
  const containerName = path.at(-1) ?? "";
  const worker = workerOf(node, namespace, name, path.length > 3 ? path[2] : undefined);
  const [container] = newestTwo(worker.runtime, containerName);
  if (container?.state !== "RUNNING") throw new Refusal(404, `container not found ("${containerName}")`);
  const upgrade = upgradeOf(request);
  const options = streamOptions(query, request.signal);
  const inner = exec
    ? await node.runtime.exec(container.id, { ...options, command: query.getAll("command") })
    : await node.runtime.attach(container.id, options);
  return joined(upgrade, ["v5.channel.k8s.io", "v4.channel.k8s.io"], inner);
}

/** The kubelet's own names of these, and those of the API server. */
function streamOptions(query: URLSearchParams, signal: AbortSignal): StreamOptions {
  const on = (...names: string[]): boolean => names.some((name) => ["1", "true"].includes(query.get(name) ?? ""));
  const tty = on("tty");
  return {
    stdin: on("input", "stdin"),
    stdout: on("output", "stdout"),
    stderr: on("error", "stderr") && !tty,
    tty,
    signal,
  };
}

/** `/portForward/{namespace}/{pod}[/{uid}]`. */
async function portForward(
  node: ServedNode,
  request: ApiRequest,
  path: readonly string[],
  query: URLSearchParams,
): Promise<ApiResponse> {
  const [namespace = "", name = "", uid] = path;
  const worker = workerOf(node, namespace, name, uid);
  const sandbox = currentSandbox(worker.runtime);
  if (sandbox?.state !== "READY") throw new Refusal(404, `pod not found ("${name}_${namespace}")`);
  const upgrade = upgradeOf(request);
  const ports = [...query.getAll("port"), ...query.getAll("ports")].flatMap((list) => list.split(",")).map(Number);
  return joined(upgrade, [], await node.runtime.portForward(sandbox.id, ports, request.signal));
}

function upgradeOf({ upgrade }: ApiRequest): Upgrade {
  if (!upgrade) throw new Refusal(400, "Upgrade request required");
  return upgrade;
}

/** Accepts the best protocol that both know (any, where `known` is empty) and passes frames on until either side ends. */
async function joined(upgrade: Upgrade, known: readonly string[], inner: Channels): Promise<ApiResponse> {
  const protocol = known.find((name) => upgrade.protocols.includes(name)) ?? upgrade.protocols[0] ?? "";
  try {
    const outer = await upgrade.accept(protocol);
    await joinChannels(outer, inner);
  } catch (error) {
    await inner.close();
    throw error;
  }
  return { status: 101, headers: {}, body: { form: "none" } };
}

function workerOf(node: ServedNode, namespace: string, name: string, uid?: string): PodWorker {
  for (const worker of node.workers()) {
    const { metadata } = worker.pod;
    if (metadata.name === name && metadata.namespace === namespace && (!uid || metadata.uid === uid)) return worker;
  }
  throw new Refusal(404, `pod "${name}" not found`);
}

async function usageOf({ runtime, host, nodeName, startedAt }: ServedNode): Promise<UsageFacts> {
  const [usage, containers] = await Promise.all([host.usage(), runtime.listContainerStats()]);
  return { nodeName, startTime: startedAt, usage, containers };
}

async function cadvisorFacts(node: ServedNode): Promise<CadvisorFacts> {
  const [machine, stats] = await Promise.all([node.host.facts(), node.runtime.listContainerStats()]);
  const known = [...node.workers()].flatMap(({ runtime }) => runtime.containers);
  return { machine, stats, containers: new Map(known.map((container) => [container.id, container])) };
}

/** What the kubelet counts of itself, with upstream's names. */
function kubeletMetrics(node: ServedNode): string {
  const workers: readonly Pod[] = [...node.workers()].map(({ pod }) => pod);
  let running = 0;
  for (const { runtime } of node.workers())
    running += runtime.containers.filter(({ state }) => state === "RUNNING").length;
  return [
    metricText("kubelet_node_name", "gauge", "[ALPHA] The node's name. The count is always 1.", [
      `${labelsText({ node: node.nodeName })} 1`,
    ]),
    metricText("kubelet_running_pods", "gauge", "[ALPHA] Number of pods that have a running pod sandbox", [
      ` ${workers.length}`,
    ]),
    metricText("kubelet_running_containers", "gauge", "[ALPHA] Number of containers currently running", [
      `${labelsText({ container_state: "running" })} ${running}`,
    ]),
  ].join("");
}

function podList(items: readonly unknown[]): ApiResponse {
  return json({ kind: "PodList", apiVersion: "v1", metadata: {}, items });
}

/** A pod as the runtime shows it: no more than which of its containers run, and with which image. */
function runningPod({ pod, runtime }: PodWorker): readonly unknown[] {
  const containers = runtime.containers
    .filter(({ state }) => state === "RUNNING")
    .map((container) => ({ name: container.labels[CONTAINER_NAME], image: imageName(container), resources: {} }));
  const { name, namespace, uid } = pod.metadata;
  return containers.length === 0 ? [] : [{ metadata: { name, namespace, uid }, spec: { containers }, status: {} }];
}

function text(status: number, body: string): ApiResponse {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return { status, headers, body: { form: "bytes", bytes: new TextEncoder().encode(body) } };
}

function metrics(body: string): ApiResponse {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return { status: 200, headers, body: { form: "bytes", bytes: new TextEncoder().encode(body) } };
}

function json(object: unknown): ApiResponse {
  const bytes = (): Uint8Array => new TextEncoder().encode(JSON.stringify(object));
  return { status: 200, headers: { "content-type": "application/json" }, body: { form: "object", object, bytes } };
}
