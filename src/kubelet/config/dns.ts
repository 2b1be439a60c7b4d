/** A pod's resolver settings and its /etc/hosts. */
import type { DnsConfig } from "../runtime.ts";
import type { Pod } from "../../api/core/index.ts";

export interface ClusterDns {
  readonly servers: readonly string[];
  /** Such as `cluster.local`; empty: no search domains for services. */
  readonly domain: string;
}

const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;

export function dnsOf(pod: Pod, cluster: ClusterDns, node: DnsConfig): DnsConfig {
  const { dnsPolicy = "ClusterFirst", dnsConfig, hostNetwork } = pod.spec;
  const base = baseOf(pod, cluster, node, dnsPolicy, hostNetwork === true);
  if (!dnsConfig) return limited(base);
  const options = new Map(base.options.map((option) => [option.split(":")[0]!, option]));
  for (const { name, value } of dnsConfig.options ?? []) {
    if (name) options.set(name, value ? `${name}:${value}` : name);
  }
  return limited({
    servers: [...new Set([...base.servers, ...(dnsConfig.nameservers ?? [])])],
    searches: [...new Set([...base.searches, ...(dnsConfig.searches ?? [])])],
    options: [...options.values()],
  });
}

function baseOf(pod: Pod, cluster: ClusterDns, node: DnsConfig, policy: string, hostNetwork: boolean): DnsConfig {
  if (policy === "None") return { servers: [], searches: [], options: [] };
  const clusterFirst = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !hostNetwork);
  if (!clusterFirst || cluster.servers.length === 0) return node;
  const { domain } = cluster;
  const own = domain ? [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain] : [];
  return {
    servers: cluster.servers,
    searches: [...new Set([...own, ...node.searches])],
    options: ["ndots:5"],
  };
}

function limited({ servers, searches, options }: DnsConfig): DnsConfig {
  return { servers: servers.slice(0, MAX_SERVERS), searches: searches.slice(0, MAX_SEARCHES), options };
}

const MAX_HOSTNAME = 63;

/** The short name and, where the pod has a subdomain, the domain. */
export function hostnameOf(pod: Pod, clusterDomain: string): { readonly name: string; readonly domain: string } {
  const { hostname, hostnameOverride, subdomain, setHostnameAsFQDN } = pod.spec;
  if (hostnameOverride) return { name: hostnameOverride, domain: "" };
  // A name cut at the limit must not end in what a DNS label may not end in.
  const name = hostname || pod.metadata.name.slice(0, MAX_HOSTNAME).replace(/[-.]+$/, "");
  const domain = subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : "";
  return { name: setHostnameAsFQDN && domain ? `${name}.${domain}` : name, domain };
}

/** The file's text for a pod with a network of its own. */
export function hostsFile(pod: Pod, ips: readonly string[], clusterDomain: string): string {
  const { name, domain } = hostnameOf(pod, clusterDomain);
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::\tip6-localnet",
    "fe00::\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
  ];
  const short = name.split(".")[0]!;
  for (const ip of ips) lines.push(domain ? `${ip}\t${short}.${domain}\t${short}` : `${ip}\t${name}`);
  return lines.join("\n") + "\n" + aliases(pod);
}

/** For pods in the node's network: the node's own file and the aliases. */
export function hostNetworkHostsFile(pod: Pod, nodeFile: string): string {
  return "# Kubernetes-managed hosts file (host network).\n" + nodeFile + aliases(pod);
}

function aliases(pod: Pod): string {
  const entries = pod.spec.hostAliases ?? [];
  if (entries.length === 0) return "";
  const lines = entries.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join("\t")}`);
  return "\n# Entries added by HostAliases.\n" + lines.join("\n") + "\n";
}
