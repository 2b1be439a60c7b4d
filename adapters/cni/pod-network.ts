/**
 * The pod network of one node: a bridge of the cluster's own, addresses from the node's pod CIDR, host ports, and
 * masquerading towards everything that is no pod. containerd runs the CNI plugins; this writes their configuration,
 * makes what outlives a pod (the bridge and its rules), and takes all of it away again.
 *
 * Masquerading is one nftables rule for the whole bridge instead of the bridge plugin's `ipMasq`, which runs
 * iptables several times for every pod: a sandbox is up about 30 ms sooner.
 */
import { createHash } from "node:crypto";
import { access, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { firstAddress, hasPrefixLength } from "./cidr.ts";
import { quietly, tool } from "./commands.ts";
import { removeIdleHostPortChains } from "./host-ports.ts";

export interface PodNetworkOptions {
  /** The folder of this cluster's CNI files; `conf` and `addresses` are made in it. */
  readonly directory: string;
  /** What tells this cluster from the others on the machine, such as its data directory. */
  readonly cluster: string;
  /** The node's share of the cluster's pod addresses, such as `10.244.0.0/24`. IPv4. */
  readonly podCIDR: string;
  /** All pods of the cluster: traffic among them keeps its address. Default: `podCIDR`. */
  readonly clusterCIDR?: string;
  /** Where the plugins are; default: the first of {@link PLUGIN_FOLDERS} that has `bridge`. */
  readonly pluginFolder?: string;
}

export interface PodNetwork {
  /** For containerd's configuration. */
  readonly confFolder: string;
  readonly pluginFolder: string;
  /** The bridge's name, and the node's own address on it: pods reach the node there. */
  readonly bridge: string;
  readonly gateway: string;
  /** Takes bridge, rules, reservations and files away. Pods must be gone; what is missing already is no error. */
  remove(): Promise<void>;
}

export const PLUGIN_FOLDERS = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];
const NEEDED_PLUGINS = ["bridge", "host-local", "loopback", "portmap"];
/** Where libcni keeps the results of its runs, whoever runs it. */
const RESULTS = "/var/lib/cni/results";

/** Makes the network, or finds it as an earlier run of the same cluster left it. */
export async function openPodNetwork(options: PodNetworkOptions): Promise<PodNetwork> {
  const { podCIDR, clusterCIDR = podCIDR } = options;
  if (!hasPrefixLength(podCIDR)) throw new Error(`the pod CIDR ${podCIDR} is no IPv4 network such as 10.244.0.0/24`);
  const names = networkNames(options.cluster);
  const network: PodNetwork = {
    confFolder: join(options.directory, "conf"),
    pluginFolder: options.pluginFolder ?? (await findPlugins()),
    bridge: names.bridge,
    gateway: firstAddress(podCIDR),
    remove: () => removePodNetwork(options),
  };
  await mkdir(network.confFolder, { recursive: true });
  const mtu = await defaultMtu();
  const list = JSON.stringify(conflist(names, network, options, mtu), null, 2);
  await writeFile(join(network.confFolder, "10-tiphys.conflist"), list);
  await makeBridge(network, podCIDR, mtu);
  await makeRules(names, podCIDR, clusterCIDR);
  return network;
}

/** Takes the network of a cluster away, also when this process never opened it. */
export async function removePodNetwork({ cluster, directory }: PodNetworkOptions): Promise<void> {
  const names = networkNames(cluster);
  await quietly("nft", ["delete", "table", "ip", names.table]);
  await quietly("ip", ["link", "delete", names.bridge]);
  for (const direction of ["-i", "-o"]) await quietly("iptables", ["-w", "-D", ...acceptRule(names.bridge, direction)]);
  await removeIdleHostPortChains();
  const results = await readdir(RESULTS).catch(() => []);
  const ours = results.filter((name) => name.startsWith(`${names.network}-`));
  await Promise.all(ours.map((name) => rm(join(RESULTS, name), { force: true })));
  await rm(directory, { recursive: true, force: true });
}

interface Names {
  /** At most 15 characters, as the kernel has it. */
  readonly bridge: string;
  readonly table: string;
  readonly network: string;
}

export function networkNames(cluster: string): Names {
  const hash = createHash("sha256").update(cluster).digest("hex").slice(0, 8);
  return { bridge: `tiphys-${hash}`, table: `tiphys_pods_${hash}`, network: `tiphys-${hash}` };
}

async function findPlugins(): Promise<string> {
  for (const folder of PLUGIN_FOLDERS) {
    const found = await Promise.all(NEEDED_PLUGINS.map((name) => exists(join(folder, name))));
    if (found.every(Boolean)) return folder;
  }
  throw new Error(
    `the CNI plugins ${NEEDED_PLUGINS.join(", ")} are in none of ${PLUGIN_FOLDERS.join(", ")}: ` +
      "install the package containernetworking-plugins",
  );
}

function conflist(names: Names, network: PodNetwork, options: PodNetworkOptions, mtu: number | undefined): unknown {
  return {
    cniVersion: "1.0.0",
    name: names.network,
    plugins: [
      {
        type: "bridge",
        bridge: network.bridge,
        isDefaultGateway: true,
        hairpinMode: true,
        ...(mtu && { mtu }),
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: options.podCIDR }]],
          dataDir: join(options.directory, "addresses"),
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

/** The bridge stands before the first pod does, so that the node has its address on it from the start. */
async function makeBridge({ bridge, gateway }: PodNetwork, podCIDR: string, mtu: number | undefined): Promise<void> {
  if (!(await exists(`/sys/class/net/${bridge}`))) await tool("ip", ["link", "add", bridge, "type", "bridge"]);
  await tool("ip", ["link", "set", bridge, "up", ...(mtu ? ["mtu", String(mtu)] : [])]);
  await tool("ip", ["address", "replace", `${gateway}/${podCIDR.split("/")[1]}`, "dev", bridge]);
  await writeFile("/proc/sys/net/ipv4/ip_forward", "1").catch((error: Error) => {
    throw new Error(`cannot turn on IP forwarding, which pods need: ${error.message}`);
  });
}

/**
 * - What leaves the pods' network gets the node's address.
 * - A pod that reaches a pod of this node through a Service needs the answer to come back through the node. The
 *   kernel sees to that where it shows bridged packets to the packet filter (br_netfilter); elsewhere such
 *   connections get the node's address too.
 */
async function makeRules({ bridge, table }: Names, podCIDR: string, clusterCIDR: string): Promise<void> {
  const bridged = (await showBridgedPackets())
    ? ""
    : `ip saddr ${podCIDR} ip daddr ${podCIDR} ct status dnat masquerade`;
  const rules = `
    table ip ${table} {}
    delete table ip ${table}
    table ip ${table} {
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        ${bridged}
        ip saddr ${podCIDR} ip daddr != ${clusterCIDR} oifname != "${bridge}" masquerade
      }
    }`;
  await tool("nft", ["-f", "-"], rules);
  await passFirewall(bridge);
}

async function showBridgedPackets(): Promise<boolean> {
  const setting = "/proc/sys/net/bridge/bridge-nf-call-iptables";
  if (!(await exists(setting))) await quietly("modprobe", ["br_netfilter"]);
  return writeFile(setting, "1").then(
    () => true,
    () => false,
  );
}

/** Docker and some firewalls drop what is forwarded unless a rule says otherwise. */
async function passFirewall(bridge: string): Promise<void> {
  const rules = await tool("iptables", ["-w", "-S", "FORWARD"]).catch(() => "");
  if (!rules.startsWith("-P FORWARD DROP")) return;
  for (const direction of ["-i", "-o"]) {
    const rule = acceptRule(bridge, direction);
    const there = await quietly("iptables", ["-w", "-C", ...rule]);
    if (!there) await tool("iptables", ["-w", "-I", ...rule]);
  }
}

function acceptRule(bridge: string, direction: string): string[] {
  return ["FORWARD", direction, bridge, "-m", "comment", "--comment", "tiphys pod network", "-j", "ACCEPT"];
}

/** The MTU of the interface that leads out; undefined where there is none. */
async function defaultMtu(): Promise<number | undefined> {
  const routes = await readFile("/proc/net/route", "utf8").catch(() => "");
  const name = /^(\S+)\t00000000\t/m.exec(routes)?.[1];
  if (!name) return undefined;
  const mtu = Number(await readFile(`/sys/class/net/${name}/mtu`, "utf8").catch(() => "0"));
  return mtu > 0 ? mtu : undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
