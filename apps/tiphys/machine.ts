/** Real containers on this machine: a containerd of the cluster's own (or one given), the pod network, and the host. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freeClusterCIDR } from "../../adapters/cni/cidr.ts";
import { openPodNetwork, type PodNetworkOptions, removePodNetwork } from "../../adapters/cni/pod-network.ts";
import { CriRuntime } from "../../adapters/containerd/cri.ts";
import { type ContainerdOptions, startContainerd } from "../../adapters/containerd/daemon.ts";
import { endContainerd } from "../../adapters/containerd/end.ts";
import { machineHost } from "../../adapters/host/index.ts";
import { writePrivate } from "../../adapters/keys/private-file.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { DataDirectory } from "./data-dir.ts";
import { nodeName, ownAddress } from "./edge.ts";
import type { MachineNode } from "./machine-node.ts";

export interface Machine {
  readonly node: MachineNode;
  /** Ends containerd where it is ours; containers keep running. */
  stop(): Promise<void>;
}

type Places = Pick<DataDirectory, "path" | "containerd" | "kubelet" | "logs">;

/** `endpoint`: a CRI socket that is there already; without one a containerd is started. */
export async function startMachine(places: Places, log: Log, endpoint?: string): Promise<Machine> {
  const daemon = endpoint === undefined ? await startOwnContainerd(places, log) : undefined;
  const runtime = new CriRuntime(daemon?.endpoint ?? endpoint!, { outlives: true });
  return {
    node: {
      name: nodeName(),
      runtime,
      host: machineHost({ root: places.kubelet, log: log.child({ component: "kubelet" }) }),
      // One address: that of the family the cluster's Services have.
      options: { places: { root: places.kubelet, logs: places.logs }, addresses: [ownAddress()] },
    },
    async stop() {
      await runtime.begun();
      runtime.close();
      await daemon?.stop();
    },
  };
}

async function startOwnContainerd(places: Places, log: Log): ReturnType<typeof startContainerd> {
  const network = await openPodNetwork(await networkOptions(places));
  return startContainerd({
    directory: places.containerd,
    cniConfFolder: network.confFolder,
    cniPluginFolder: network.pluginFolder,
    log: log.child({ component: "containerd" }),
  });
}

/** The pods' network is chosen once, so that pods that keep running keep fitting. */
async function networkOptions(places: Places): Promise<PodNetworkOptions> {
  const file = join(places.path, "network.json");
  let clusterCIDR = readChoice(file);
  if (clusterCIDR === undefined) {
    clusterCIDR = await freeClusterCIDR();
    writePrivate(file, `${JSON.stringify({ clusterCIDR })}\n`);
  }
  const podCIDR = clusterCIDR.replace(/\/\d+$/, "/24");
  return { directory: join(places.path, "cni"), cluster: places.path, podCIDR, clusterCIDR };
}

function readChoice(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { clusterCIDR?: string }).clusterCIDR;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Ends all containers of a cluster that does not run any more, its containerd and its network. */
export async function endMachine(places: Places, log: Log, keepImages: boolean): Promise<void> {
  const network = { directory: join(places.path, "cni"), cluster: places.path, podCIDR: "10.244.0.0/24" };
  const options: ContainerdOptions = {
    directory: places.containerd,
    cniConfFolder: join(network.directory, "conf"),
    cniPluginFolder: "/usr/lib/cni",
    log,
  };
  await endContainerd({ ...options, keepImages });
  await removePodNetwork(network);
}
