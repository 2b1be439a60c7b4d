/**
 * What containerd itself takes: three pods of one container each, in parallel, through bare CRI calls and nothing
 * else. The floor for "apply a Deployment of three replicas".
 *
 *     node bench/cri-raw.ts [--rounds 5] [--pods 3]
 *
 * Prints one JSON line: milliseconds to the last started container, per round and as median, and the medians of the
 * single calls. Needs root and containerd.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { ContainerConfig, Mount, PodSandboxConfig } from "../src/kubelet/runtime.ts";
import { openTestNode, whyNoContainers } from "../test/node/test-node.ts";
import type { TestNode } from "../test/node/test-node.ts";

const calls = new Map<string, number[]>();
const timed = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
  const began = performance.now();
  const result = await call();
  const times = calls.get(name) ?? [];
  calls.set(name, [...times, performance.now() - began]);
  return result;
};

/** One pod as a kubelet would start it, by the bare calls. */
export async function startPod(node: TestNode, name: string): Promise<string> {
  const { runtime } = node;
  const config = furnishedPod(node, name);
  await mkdir(config.logDirectory, { recursive: true });
  const sandbox = await timed("RunPodSandbox", () => runtime.runPodSandbox(config));
  const made = node.container("main", ["sleep", "3600"], await furnishing(config.logDirectory));
  const id = await timed("CreateContainer", () => runtime.createContainer(sandbox, made, config));
  await timed("StartContainer", () => runtime.startContainer(id));
  return sandbox;
}

/** What a kubelet gives every sandbox: a resolver and the runtime's seccomp profile. */
function furnishedPod(node: TestNode, name: string): PodSandboxConfig {
  const { linux, ...config } = node.pod(name);
  const securityContext = { ...linux!.securityContext, seccomp: { type: "RuntimeDefault" as const } };
  const dns = { servers: [node.network.gateway], searches: [], options: [] };
  return { ...config, dns, linux: { ...linux!, securityContext } };
}

/** What a kubelet gives every container: control group values, hidden paths, an account, a hosts file, a termination log. */
async function furnishing(directory: string): Promise<Partial<ContainerConfig>> {
  const account = join(directory, "account");
  await mkdir(account);
  const mounts: Mount[] = [
    { containerPath: "/var/run/secrets/kubernetes.io/serviceaccount", hostPath: account, readonly: true },
  ];
  for (const containerPath of ["/etc/hosts", "/dev/termination-log"]) {
    const hostPath = join(directory, basename(containerPath));
    await writeFile(hostPath, "");
    mounts.push({ containerPath, hostPath, readonly: false });
  }
  const securityContext = {
    privileged: false,
    namespaces: { network: "POD", pid: "CONTAINER", ipc: "POD" },
    readonlyRootfs: false,
    supplementalGroups: [],
    noNewPrivs: false,
    maskedPaths: ["acpi", "interrupts", "kcore", "keys", "timer_list", "scsi"].map((path) => `/proc/${path}`),
    readonlyPaths: ["bus", "fs", "irq", "sys", "sysrq-trigger"].map((path) => `/proc/${path}`),
  } as const;
  return { mounts, linux: { resources: { cpuShares: 2, oomScoreAdj: 1000 }, securityContext } };
}

export async function endPod({ runtime }: TestNode, sandbox: string): Promise<void> {
  await timed("StopPodSandbox", () => runtime.stopPodSandbox(sandbox));
  await timed("RemovePodSandbox", () => runtime.removePodSandbox(sandbox));
}

export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)]!);
};

/** One round: all pods in parallel, from the first call to the last started container, in milliseconds. */
export async function rawRound(node: TestNode, prefix: string, pods: number): Promise<number> {
  const start = performance.now();
  const names = Array.from({ length: pods }, (_, i) => `${prefix}-${i}`);
  const sandboxes = await Promise.all(names.map((name) => startPod(node, name)));
  const took = performance.now() - start;
  await Promise.all(sandboxes.map((sandbox) => endPod(node, sandbox)));
  return took;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, pods: { type: "string", default: "3" } },
  });
  const problem = await whyNoContainers();
  if (problem) throw new Error(problem);
  const began = performance.now();
  await using node = await openTestNode();
  const setUp = performance.now() - began;
  // The first pod unpacks the images; it is not counted.
  await endPod(node, await startPod(node, "warm-up"));
  calls.clear();
  const rounds: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    rounds.push(await rawRound(node, `pod-${round}`, Number(values.pods)));
  }
  const report = {
    pods: Number(values.pods),
    medianMs: median(rounds),
    roundsMs: rounds.map(Math.round),
    containerdReadyMs: Math.round(setUp),
    calls: Object.fromEntries([...calls].map(([name, times]) => [name, median(times)])),
  };
  console.log(JSON.stringify(report));
}

if (import.meta.main) await main();
