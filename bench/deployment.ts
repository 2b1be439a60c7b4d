/**
 * A Deployment of three replicas, from the request to three Ready pods, beside the same pods by bare CRI calls: how
 * much the whole way through API server, controllers, scheduler and kubelet adds to containerd's own time.
 *
 *     npm run build && node bench/deployment.ts [--rounds 7] [--beside ../main] [--profile FOLDER]
 *
 * Rounds of the two take turns. Prints one JSON line with both medians and their ratio. `--beside` names another checkout
 * whose build takes its turn as well: what a change is worth. `--profile` has V8 write what the cluster's time goes into.
 * Needs root and containerd.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/**
 * From the request's first byte to a Deployment that shows all replicas ready. Ends when the runtime has nothing of it
 * any more: pods without a grace period leave the API at once, but their containers get two seconds to end.
 */
async function round(
  client: Client,
  runtime: CriRuntime,
  name: string,
  ready: () => Promise<unknown>,
): Promise<number> {
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
  await ready();
  watching.abort();
  await client.delete(Deployment, name, "default");
  while ((await client.list(Pod, { namespace: "default" })).items.length > 0) await pause(50);
  while ((await runtime.listPodSandbox()).length > 0) await pause(50);
  await pause(SETTLE);
  return took;
}

/** A cluster of one build, with its own containerd. */
class BenchCluster implements AsyncDisposable {
  readonly client: Client;
  readonly runtime: CriRuntime;
  /** Milliseconds of the main thread that rounds have taken until all was ready. */
  mainThread: number[] = [];
  readonly #pid: number;
  readonly #end: () => Promise<void>;

  private constructor(client: Client, runtime: CriRuntime, pid: number, end: () => Promise<void>) {
    this.client = client;
    this.runtime = runtime;
    this.#pid = pid;
    this.#end = end;
  }

  static async start(checkout: string, profile?: string): Promise<BenchCluster> {
    const tiphys = join(checkout, "dist/tiphys.js");
    const folder = await mkdtemp(join(tmpdir(), "tiphys-bench-"));
    const kubeconfig = join(folder, "kubeconfig");
    const data = join(folder, "data");
    await writeFile(kubeconfig, "");
    const given = ["--data-dir", data, "--kubeconfig", kubeconfig];
    const flags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
    const cluster = spawn(process.execPath, [...flags, tiphys, "up", "--port", "0", ...given], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const end = async (): Promise<void> => {
      cluster.kill("SIGINT");
      if (cluster.exitCode === null) await new Promise((ended) => cluster.once("exit", ended));
      const reset = spawn(process.execPath, [tiphys, "reset", "--yes", ...given], { stdio: "ignore" });
      await new Promise((ended) => reset.once("exit", ended));
      await rm(folder, { recursive: true, force: true });
    };
    try {
      await new Promise<void>((ready, failed) => {
        cluster.once("exit", (code) => failed(new Error(`tiphys up ended with ${code}`)));
        cluster.stdout.on("data", (text: Buffer) => String(text).includes("is ready") && ready());
      });
      const { door } = remoteDoor(connectionOf(readKubeconfig([kubeconfig])).server);
      const endpoint = join(data, "containerd/containerd.sock");
      await importImages(endpoint, await busyboxImage(IMAGE));
      return new BenchCluster(createClient(door, { userAgent: "bench" }), new CriRuntime(endpoint), cluster.pid!, end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  async round(name: string): Promise<number> {
    const before = await this.#onCpu();
    let after = before;
    const took = await round(this.client, this.runtime, name, async () => (after = await this.#onCpu()));
    this.mainThread.push(after - before);
    return took;
  }

  async #onCpu(): Promise<number> {
    return Number((await readFile(`/proc/${this.#pid}/schedstat`, "utf8")).split(" ")[0]) / 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.runtime.close();
    await this.#end();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "7" }, beside: { type: "string" }, profile: { type: "string" } },
  });
  const problem = await whyNoContainers();
  if (problem) throw new Error(problem);
  await using ours = await BenchCluster.start(resolve(import.meta.dirname, ".."), values.profile);
  await using other = values.beside === undefined ? undefined : await BenchCluster.start(resolve(values.beside));
  await using node = await openTestNode();
  await endPod(node, await startPod(node, "warm-up"));
  const whole: number[] = [];
  const raw: number[] = [];
  const beside: number[] = [];
  const turn = async (name: string): Promise<void> => {
    whole.push(await ours.round(name));
    raw.push(await rawRound(node, name, PODS));
    await pause(SETTLE);
    if (other) beside.push(await other.round(name));
  };
  for (let i = 0; i < 3; i++) await turn(`warm-up-${i}`);
  for (const times of [whole, raw, beside, ours.mainThread, other?.mainThread ?? []]) times.length = 0;
  for (let i = 0; i < Number(values.rounds); i++) await turn(`web-${i}`);
  const ratio = (times: readonly number[]): number => Number((median(times) / median(raw)).toFixed(2));
  const report = {
    deploymentMs: median(whole),
    rawMs: median(raw),
    ratio: ratio(whole),
    mainThreadMs: median(ours.mainThread),
    ...(other && {
      besideMs: median(beside),
      besideRatio: ratio(beside),
      besideMainThreadMs: median(other.mainThread),
    }),
    deployments: whole.map(Math.round),
    raws: raw.map(Math.round),
    mainThreads: ours.mainThread.map(Math.round),
    ...(other && { besides: beside.map(Math.round), besideMainThreads: other.mainThread.map(Math.round) }),
  };
  console.log(JSON.stringify(report));
}

await main();
process.exit(0);
