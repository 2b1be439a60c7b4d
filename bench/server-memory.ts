/**
 * What pods cost in the memory of an API server: objects, bytes, index, log and all, after a collection.
 *
 *     node --expose-gc bench/server-memory.ts [--pods 10000] [--patches 2]
 *
 * Each pod is created and then patched (as scheduler and kubelet do), over the embedded store in a directory of its own.
 * Prints one JSON line: MiB for all, KiB a pod, the process's resident memory before and after. The goal is 10 KiB a pod.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../adapters/clock/system-clock.ts";
import { openLmdbJournal } from "../adapters/lmdb/lmdb-journal.ts";
import { startApiServer } from "../apps/tiphys/api-server.ts";
import type { Door } from "../src/machinery/door.ts";
import { silent } from "../src/machinery/log.ts";
import { SeededRandom } from "../src/machinery/testing/seeded-random.ts";
import { textOf } from "../src/server/testing/server.ts";
import { podLike } from "./store-pod.ts";

const { values } = parseArgs({
  options: { pods: { type: "string", default: "10000" }, patches: { type: "string", default: "2" } },
});
const pods = Number(values.pods);
const patches = Number(values.patches);
const PODS = "/api/v1/namespaces/default/pods";
const MIB = 2 ** 20;
const NEVER = new AbortController().signal;
const encoder = new TextEncoder();

const directory = mkdtempSync(join(tmpdir(), "tiphys-memory-"));
const server = await startApiServer({
  clock: systemClock,
  random: new SeededRandom(1),
  log: silent,
  keys: undefined as never,
  authorization: "always-allow",
  journal: await openLmdbJournal(directory),
});
try {
  await server.bootstrap();
  await send("POST", "/api/v1/namespaces/default/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default" },
  });
  const before = await settled();
  await inGroups(pods, (i) => send("POST", PODS, podOf(i)));
  for (let round = 0; round < patches; round++) {
    await inGroups(pods, (i) => send("PATCH", `${PODS}/${nameOf(i)}/status`, { status: statusOf(i, round) }));
  }
  const after = await settled();
  const used = after.used - before.used;
  console.log(
    JSON.stringify({
      pods,
      patches,
      mebibytes: round(used / MIB),
      kibibytesPerPod: round(used / 1024 / pods),
      heapMebibytes: round((after.heap - before.heap) / MIB),
      residentMebibytes: [round(before.resident / MIB), round(after.resident / MIB)],
    }),
  );
} finally {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
}

interface PodLike {
  readonly metadata: { readonly name: string; readonly labels: object };
  readonly spec: object;
  readonly status: { readonly conditions: readonly object[]; readonly containerStatuses: readonly object[] };
}

function nameOf(i: number): string {
  return (podLike(i) as PodLike).metadata.name;
}

function podOf(i: number): object {
  const { metadata, spec } = podLike(i) as PodLike;
  const { name, labels } = metadata;
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec };
}

/** A first patch tells less than the later ones. */
function statusOf(i: number, round: number): object {
  const { status } = podLike(i) as PodLike;
  return round === 0 ? { phase: "Pending", conditions: status.conditions.slice(0, 1) } : status;
}

async function inGroups(count: number, run: (i: number) => Promise<void>): Promise<void> {
  const GROUP = 100;
  for (let i = 0; i < count; i += GROUP) {
    await Promise.all(Array.from({ length: Math.min(GROUP, count - i) }, (_, k) => run(i + k)));
  }
}

async function send(method: string, path: string, body: object): Promise<void> {
  const type = method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json";
  const door: Door = server.door;
  const response = await door({
    method,
    path,
    query: "",
    headers: { "content-type": type, "user-agent": "bench/1.0" },
    body: { form: "bytes", bytes: encoder.encode(JSON.stringify(body)) },
    peer: { address: "bench", user: { username: "admin", groups: ["system:masters"] } },
    signal: NEVER,
  });
  if (response.status === 409 && path.endsWith("serviceaccounts")) return;
  if (response.status >= 300) throw new Error(`${path}: ${response.status} ${await textOf(response)}`);
  // As the HTTP door does.
  if (response.body.form === "object") response.body.bytes();
}

async function settled(): Promise<{ used: number; heap: number; resident: number }> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, heap: heapUsed, resident: rss };
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
