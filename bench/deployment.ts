/**
 * A Deployment of three replicas, from the request to three Ready pods, beside the same pods by bare CRI calls: how
 * much the whole way through API server, controllers, scheduler and kubelet adds to containerd's own time.
 *
 *     npm run build && node bench/deployment.ts [--rounds 7]
 *
 * Rounds of the two take turns. Prints one JSON line with both medians and their ratio. Needs root and containerd.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { connectionOf, readKubeconfig } from "../adapters/kubeconfig/index.ts";
import { CriRuntime } from "../adapters/containerd/cri.ts";
import { importImages } from "../adapters/containerd/images.ts";
import { remoteDoor } from "../adapters/node-http/client.ts";
import { Deployment, Pod } from "../src/api/index.ts";
import { createClient } from "../src/client/index.ts";
import type { Client } from "../src/client/index.ts";
import { busyboxImage, openTestNode, whyNoContainers } from "../test/node/test-node.ts";
import { endPod, median, rawRound, startPod } from "./cri-raw.ts";

const IMAGE = "docker.io/library/busybox:1.36";
const PODS = 3;
/** Between rounds, in milliseconds: what the machine still does for the one before is over then. */
const SETTLE = 500;
const tiphys = resolve(import.meta.dirname, "../dist/tiphys.js");

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/**
 * From the request's first byte to a Deployment that shows all replicas ready. Ends when the runtime has nothing of it
 * any more: pods without a grace period leave the API at once, but their containers get two seconds to end.
 */
async function round(client: Client, runtime: CriRuntime, name: string): Promise<number> {
  const labels = { app: name };
  const containers = [{ name: "main", image: IMAGE, command: ["sleep", "3600"] }];
  const began = performance.now();
  const { metadata } = await client.create(Deployment, {
    metadata: { name, namespace: "default" },
    spec: {
      replicas: PODS,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers } },
    },
  });
  const watching = new AbortController();
  const options = { namespace: "default", resourceVersion: metadata.resourceVersion, signal: watching.signal };
  for await (const events of client.watch(Deployment, { ...options, fieldSelector: `metadata.name=${name}` })) {
    if (events.some(({ object }) => object.status?.readyReplicas === PODS)) break;
  }
  const took = performance.now() - began;
  watching.abort();
  await client.delete(Deployment, name, "default");
  while ((await client.list(Pod, { namespace: "default" })).items.length > 0) await pause(50);
  while ((await runtime.listPodSandbox()).length > 0) await pause(50);
  await pause(SETTLE);
  return took;
}

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const problem = await whyNoContainers();
if (problem) throw new Error(problem);
const folder = await mkdtemp(join(tmpdir(), "tiphys-bench-"));
const kubeconfig = join(folder, "kubeconfig");
await writeFile(kubeconfig, "");
const cluster = spawn(
  process.execPath,
  [tiphys, "up", "--data-dir", join(folder, "data"), "--port", "0", "--kubeconfig", kubeconfig],
  {
    stdio: ["ignore", "pipe", "inherit"],
  },
);
try {
  await new Promise<void>((ready, failed) => {
    cluster.once("exit", (code) => failed(new Error(`tiphys up ended with ${code}`)));
    cluster.stdout.on("data", (text: Buffer) => String(text).includes("is ready") && ready());
  });
  const { door } = remoteDoor(connectionOf(readKubeconfig([kubeconfig])).server);
  const client = createClient(door, { userAgent: "bench" });
  const endpoint = join(folder, "data/containerd/containerd.sock");
  await importImages(endpoint, await busyboxImage(IMAGE));
  using runtime = new CriRuntime(endpoint);
  await using node = await openTestNode();
  await endPod(node, await startPod(node, "warm-up"));
  for (let i = 0; i < 3; i++) {
    await round(client, runtime, `warm-up-${i}`);
    await rawRound(node, `warm-up-${i}`, PODS);
  }
  const whole: number[] = [];
  const raw: number[] = [];
  for (let i = 0; i < Number(values.rounds); i++) {
    whole.push(await round(client, runtime, `web-${i}`));
    raw.push(await rawRound(node, `raw-${i}`, PODS));
    await pause(SETTLE);
  }
  const report = {
    deploymentMs: median(whole),
    rawMs: median(raw),
    ratio: Number((median(whole) / median(raw)).toFixed(2)),
    deployments: whole.map(Math.round),
    raws: raw.map(Math.round),
  };
  console.log(JSON.stringify(report));
} finally {
  cluster.kill("SIGINT");
  await new Promise((ended) => cluster.once("exit", ended));
  const reset = spawn(
    process.execPath,
    [tiphys, "reset", "--yes", "--data-dir", join(folder, "data"), "--kubeconfig", kubeconfig],
    { stdio: "ignore" },
  );
  await new Promise((ended) => reset.once("exit", ended));
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);
