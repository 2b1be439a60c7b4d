/** `tiphys up`: starts a cluster, tells what to type next, and stays until it is told to stop. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  kubeconfigOf,
  kubeconfigPaths,
  kubeconfigText,
  mergeEntry,
  type Merged,
  pathToWrite,
} from "../../../adapters/kubeconfig/index.ts";
import { writePrivate } from "../../../adapters/keys/private-file.ts";
import type { Log } from "../../../src/machinery/log.ts";
import { type Invocation, UserError } from "../command.ts";
import { type Cluster, type RuntimeChoice, startCluster } from "../cluster.ts";
import {
  accessOf,
  type Datastore,
  datastoreOf,
  encryptionOf,
  keepDatastore,
  keepOf,
  keptDatastore,
  openDatastore,
} from "../datastore.ts";
import { type DataDirectory, dataDirectoryPath, openDataDirectory } from "../data-dir.ts";
import type { Upgraded } from "../data-format.ts";
import { componentLog } from "../component.ts";
import { explain } from "../explain.ts";
import { type Progress, progressOn } from "../progress.ts";
import { detach, isDetached } from "./detach.ts";
import { stopSignal } from "../stop-signal.ts";
import { type upFlags } from "./cluster.commands.ts";
import { type Component, COMPONENTS } from "./flags.ts";
import { nodeState } from "./status.ts";

type Values = Invocation<typeof upFlags>["values"];

export async function up(invocation: Invocation<typeof upFlags>): Promise<number> {
  const { values, changed } = invocation;
  if (values.detach && !isDetached()) return detach(values);
  checkPort("--port", values.port);
  checkPort("--kubelet-port", values["kubelet-port"]);
  const components = componentsOf(values.components);
  const tokenFile = values["token-auth-file"] ? readFileSync(values["token-auth-file"], "utf8") : undefined;
  const keep = keepOf(values);
  const progress = progressOn(process.stdout);
  const runtime = await chooseRuntime(values, changed, components, progress);
  const log = await componentLog(values);
  const data = openDataDirectory(dataDirectoryPath(values["data-dir"]));
  if (data.upgraded) progress.say(upgradeText(data.path, data.upgraded));
  const stopping = stopSignal();
  try {
    const etcd = datastore(values, data);
    const encryption = encryptionFile(values, data);
    const cluster = await startCluster({
      data,
      port: values.port,
      bindAddress: values["bind-address"],
      kubeletPort: changed.has("kubelet-port") ? values["kubelet-port"] : undefined,
      names: values["tls-san"],
      runtime,
      components,
      tokenFile,
      database: await openDatastore(etcd),
      encryption: await encryptionOf(encryption, log),
      keep,
      log,
      progress,
    });
    if (etcd !== undefined) keepDatastore(data.datastore, etcd);
    const merged = await publish(values, data, cluster, runtime, log);
    ready(progress, cluster, merged);
    // Who detached it shows what was said until now.
    process.send?.({ ready: true });
    await stopping;
    progress.say(
      runtime.kind === "sim" || !components.has("kubelet") ? "stopping" : "stopping; containers keep running",
    );
    await cluster.stop();
    return 0;
  } finally {
    data.release();
    // What a part left waiting must not keep a stopped cluster's process.
    setImmediate(() => process.exit());
  }
}

function checkPort(flag: string, port: number): void {
  if (port < 0 || port > 65_535)
    throw new UserError(`${flag} ${port}: ports are 1 to 65535, or 0 for any that is free`);
}

/** As the flag says, or what a join brought; empty where there is none. */
function encryptionFile(values: Values, data: DataDirectory): string {
  const given = values["encryption-provider-config"];
  if (given !== "") return resolve(given);
  return existsSync(data.encryption) ? data.encryption : "";
}

/** As the flags say, or as they said when the directory was used last. */
function datastore(values: Values, data: DataDirectory): Datastore | undefined {
  const given = datastoreOf({
    endpoints: values["datastore-endpoint"],
    ...accessOf(values),
  });
  return given ?? keptDatastore(data.datastore);
}

function upgradeText(path: string, { from, to, backup }: Upgraded): string {
  return `${path} was upgraded from format ${from} to ${to}; everything is as it was in ${backup}, which may be removed`;
}

function componentsOf(given: readonly string[]): ReadonlySet<Component> {
  for (const name of given) {
    if (!(COMPONENTS as readonly string[]).includes(name)) {
      throw new UserError(`unknown component "${name}" in --components: there are ${COMPONENTS.join(", ")}`);
    }
  }
  if (!given.includes("kube-apiserver")) {
    throw new UserError(
      `"tiphys up" always runs kube-apiserver; for parts of another cluster see "tiphys ${given[0] ?? "kubelet"} --help"`,
    );
  }
  return new Set(given as readonly Component[]);
}

/** What runs containers here, by the flags and by what this machine can do. */
export async function chooseRuntime(
  values: Pick<Values, "runtime" | "nodes" | "container-runtime-endpoint">,
  changed: ReadonlySet<string>,
  components: ReadonlySet<Component>,
  progress: Progress,
): Promise<RuntimeChoice> {
  const { runtime, nodes } = values;
  if (nodes < 1) throw new UserError(`--nodes ${nodes}: a cluster has at least one node`);
  if (changed.has("runtime") && runtime !== "containerd" && runtime !== "sim") {
    throw new UserError(`unknown runtime "${runtime}" in --runtime: there are containerd and sim`);
  }
  const endpoint = values["container-runtime-endpoint"];
  if (nodes > 1 && (runtime === "containerd" || endpoint)) {
    throw new UserError(`--nodes ${nodes}: more than one node on a machine needs --runtime sim`);
  }
  if (endpoint) return { kind: "endpoint", endpoint };
  if (runtime === "sim" || nodes > 1 || !components.has("kubelet")) return { kind: "sim", nodes };
  const { machineProblem } = await import("../../../adapters/containerd/machine.ts");
  const problem = await machineProblem();
  if (!problem) return { kind: "containerd" };
  if (runtime === "containerd") throw new UserError(problem);
  progress.say(`containers are simulated, none really runs: ${problem}`);
  return { kind: "sim", nodes };
}

/** Makes the cluster known: to kubectl, and to `tiphys status` and the like. */
async function publish(
  values: Values,
  data: DataDirectory,
  cluster: Cluster,
  runtime: RuntimeChoice,
  log: Log,
): Promise<(Merged & { readonly file: string }) | undefined> {
  const entry = { name: "tiphys", owner: data.path, server: cluster.url, ca: cluster.ca, ...cluster.admin };
  writePrivate(data.adminKubeconfig, kubeconfigText(kubeconfigOf(entry)));
  const file = pathToWrite(kubeconfigPaths(values.kubeconfig || undefined));
  const merged = await mergeEntry(file, entry).catch((error: unknown) => {
    // The cluster is fine without it, and its own kubeconfig is there.
    log.warn(`the kubeconfig ${file} was not changed`, {
      error: explain(error).message,
      instead: data.adminKubeconfig,
    });
    return undefined;
  });
  data.announce({
    pid: process.pid,
    server: cluster.url,
    advertised: cluster.advertised,
    started: Date.now(),
    runtime: runtime.kind === "endpoint" ? runtime.endpoint : runtime.kind,
    encryption: encryptionFile(values, data) || undefined,
    kubeconfig: file,
    context: merged?.context,
  });
  return merged && { ...merged, file };
}

/** Nodes named one by one; more are counted. */
const NAMED_NODES = 5;

function ready(progress: Progress, cluster: Cluster, merged: (Merged & { readonly file: string }) | undefined): void {
  const uptime = (performance.now() / 1000).toFixed(1);
  progress.say(`\nThe cluster is ready after ${uptime} s: ${cluster.url}`);
  for (const node of cluster.nodes.slice(0, NAMED_NODES)) {
    const { name, ready: isReady, runtime } = nodeState(node);
    progress.say(`  ${name}  ${isReady ? "Ready" : "NotReady"}  ${runtime}`);
  }
  if (cluster.nodes.length > NAMED_NODES) progress.say(`  and ${cluster.nodes.length - NAMED_NODES} more nodes`);
  if (!merged) return;
  const option = merged.current ? "" : ` --context ${merged.context}`;
  progress.say(`\nContext "${merged.context}" is in ${merged.file}. Next:\n  kubectl${option} get nodes`);
  // A detached one is out of Ctrl-C's reach; who detached it says how to stop it.
  if (!isDetached()) progress.say("Ctrl-C stops the cluster.");
}
