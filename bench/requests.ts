/**
 * What a request costs behind the HTTP door: microseconds of the main thread, and of the whole process (the journal's
 * thread and the collector's with it), for each of the requests that clusters are made of; and where they go.
 *
 *     node --expose-gc bench/requests.ts [--requests 4000] [--rounds 3] [--only createPod,patchPod] [--journal memory] [--stages]
 *
 * CPU time, so that a busy machine does not say much else than an idle one. Each figure is the median of the rounds, which
 * take turns, and stands beside a floor of the same round: parsing and writing the very bodies as JSON.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../adapters/clock/system-clock.ts";
import { openLmdbJournal } from "../adapters/lmdb/lmdb-journal.ts";
import { startApiServer } from "../apps/tiphys/api-server.ts";
import type { Clock } from "../src/machinery/clock.ts";
import { silent } from "../src/machinery/log.ts";
import { SeededRandom } from "../src/machinery/testing/seeded-random.ts";
import type { Exchange } from "../src/server/exchange.ts";
import { textOf } from "../src/server/testing/server.ts";

const { values: flags } = parseArgs({
  options: {
    /** In each round; a number, not a time, so that code is as warm on a busy machine as on an idle one. */
    requests: { type: "string", default: "4000" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    journal: { type: "string", default: "lmdb" },
    /** Prints how long each stage took, with one writer at a time. */
    stages: { type: "boolean", default: false },
  },
});
const TOKEN = "bench-token";
const NAMESPACE = "bench";

interface Shape {
  readonly method: string;
  /** Below the namespace. */
  readonly path: string;
  readonly query?: string;
  readonly type?: string;
  readonly writers: number;
  body?(name: string): object;
}

const STRATEGIC = "application/strategic-merge-patch+json";
const APPLY = "application/apply-patch+yaml";

const SHAPES: Readonly<Record<string, Shape>> = {
  get: { method: "GET", path: "pods/p7", writers: 16 },
  createPod: { method: "POST", path: "pods", writers: 32, body: pod },
  createConfigMap: {
    method: "POST",
    path: "configmaps",
    writers: 32,
    body: (name) => configMap(name, "x".repeat(1000)),
  },
  patchPod: { method: "PATCH", path: "pods/p7", type: STRATEGIC, writers: 8, body: annotation },
  apply: {
    method: "PATCH",
    path: "configmaps/applied",
    query: "fieldManager=bench&force=true",
    type: APPLY,
    writers: 8,
    body: (name) => configMap("applied", name),
  },
};

function pod(name: string): object {
  const env = Array.from({ length: 10 }, (_, i) => ({ name: `E${i}`, value: "v".repeat(20) }));
  const container = {
    name: "c",
    image: "busybox:1.36",
    command: ["sleep", "3600"],
    env,
    resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
    ports: [{ containerPort: 80 }],
    readinessProbe: { httpGet: { path: "/", port: 80 } },
  };
  const labels = { app: "bench", tier: "x" };
  const metadata = { name, labels, annotations: { note: "n".repeat(200) } };
  const spec = { schedulerName: "none", serviceAccountName: "default", containers: [container] };
  return { apiVersion: "v1", kind: "Pod", metadata, spec };
}

function configMap(name: string, text: string): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: text } };
}

function annotation(text: string): object {
  return { metadata: { annotations: { k: text } } };
}

/** Tells fractions of milliseconds, so that stages can be told apart. */
const clock: Clock = { ...systemClock, now: () => performance.timeOrigin + performance.now() };

const directory = mkdtempSync(join(tmpdir(), "tiphys-requests-"));
const server = await startApiServer({
  clock,
  random: new SeededRandom(1),
  log: silent,
  keys: undefined as never,
  tokenFile: `${TOKEN},admin,admin,"system:masters"`,
  ...(flags.journal === "lmdb" && { journal: await openLmdbJournal(directory) }),
});
const stages = new Map<string, number>();
noteStages();

const encoder = new TextEncoder();
const NEVER = new AbortController().signal;
let names = 0;

try {
  await server.bootstrap();
  await once("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
  await once(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, account);
  await once(`/api/v1/namespaces/${NAMESPACE}/pods`, pod("p7"));
  const chosen = Object.entries(SHAPES).filter(([name]) => flags.only === undefined || flags.only.includes(name));
  const results = new Map(chosen.map(([name]) => [name, [] as Cost[]]));
  for (let round = 0; round <= Number(flags.rounds); round++) {
    for (const [name, shape] of chosen) {
      stages.clear();
      const cost = await measure(shape);
      // The first round warms up.
      if (round > 0) results.get(name)!.push(cost);
      if (flags.stages && round === Number(flags.rounds)) sayStages(name, cost.count);
    }
  }
  for (const [name, costs] of results) {
    const median = (read: (cost: Cost) => number): number => {
      const sorted = costs.map(read).toSorted((a, b) => a - b);
      return Number(sorted[sorted.length >> 1]!.toFixed(1));
    };
    const line = { name, mainMicroseconds: median((cost) => cost.main), allMicroseconds: median((cost) => cost.all) };
    console.log(JSON.stringify({ ...line, timesFloor: median((cost) => cost.main / cost.floor) }));
  }
} finally {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
}

interface Cost {
  readonly count: number;
  readonly main: number;
  readonly all: number;
  readonly floor: number;
}

async function measure(shape: Shape): Promise<Cost> {
  globalThis.gc?.();
  const most = Number(flags.requests);
  const bodies: string[] = [];
  let count = 0;
  const main = process.threadCpuUsage();
  const all = process.cpuUsage();
  const write = async (): Promise<void> => {
    while (count < most) {
      count++;
      const text = shape.body && JSON.stringify(shape.body(`n-${++names}`));
      const answer = await send(shape, text);
      if (bodies.length < 400 && text !== undefined) bodies.push(text, answer);
    }
  };
  await Promise.all(Array.from({ length: flags.stages ? 1 : shape.writers }, write));
  const { user, system } = process.threadCpuUsage(main);
  const whole = process.cpuUsage(all);
  return { count, main: (user + system) / count, all: (whole.user + whole.system) / count, floor: floorOf(bodies) };
}

/** Microseconds to parse a body as JSON and write its answer. */
function floorOf(bodies: readonly string[]): number {
  if (bodies.length === 0) return Number.NaN;
  const began = process.threadCpuUsage();
  let length = 0;
  for (let i = 0; i < 2000; i++) length += JSON.stringify(JSON.parse(bodies[i % bodies.length]!)).length;
  const { user, system } = process.threadCpuUsage(began);
  return length > 0 ? (user + system) / 1000 : 0;
}

async function send({ method, path, query = "", type = "application/json" }: Shape, text?: string): Promise<string> {
  const whole = path.startsWith("/") ? path : `/api/v1/namespaces/${NAMESPACE}/${path}`;
  const response = await server.door({
    method,
    path: whole,
    query,
    headers: {
      host: "localhost",
      authorization: `Bearer ${TOKEN}`,
      ...(text !== undefined && { "content-type": type }),
    },
    ...(text !== undefined && { body: { form: "bytes", bytes: encoder.encode(text) } }),
    peer: { address: "127.0.0.1" },
    signal: NEVER,
  });
  const bytes = response.body.form === "object" ? response.body.bytes() : undefined;
  if (response.status >= 300 || bytes === undefined) throw new Error(`${response.status} ${await textOf(response)}`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function once(path: string, body: object): Promise<string> {
  return send({ method: "POST", path, writers: 1 }, JSON.stringify(body));
}

function noteStages(): void {
  const { metrics } = server.server.parts;
  const count = metrics.count.bind(metrics);
  metrics.count = (exchange: Exchange, status: number) => {
    for (const [name, began, ended] of exchange.timings) stages.set(name, (stages.get(name) ?? 0) + ended - began);
    count(exchange, status);
  };
}

/** Wall time: `store` waits for the disk, and `serve` for all stages of a write. */
function sayStages(name: string, count: number): void {
  const told = [...stages].map(([stage, ms]) => `${stage} ${((ms * 1000) / count).toFixed(1)}`);
  console.log(`${name}: ${told.join(", ")}`);
}
