/** The sandbox of a pod as the runtime takes it. */
import type { PodSandboxConfig, PortMapping } from "../runtime.ts";
import type { Pod } from "../../api/core/index.ts";
import { POD_NAME, POD_NAMESPACE, POD_UID, podLogDirectory } from "../pod/names.ts";
import type { Places } from "../pod/names.ts";
import { podCgroup, podCgroupLimits } from "../pod/resources.ts";
import type { ClusterDns } from "./dns.ts";
import { dnsOf, hostnameOf } from "./dns.ts";
import { sandboxSecurity } from "./security.ts";
import type { DnsConfig } from "../runtime.ts";

export interface NodeConfig {
  readonly places: Places;
  readonly cgroupRoot: string;
  readonly clusterDns: ClusterDns;
  readonly nodeResolver: DnsConfig;
}

export function sandboxConfig(pod: Pod, attempt: number, node: NodeConfig): PodSandboxConfig {
  const limits = podCgroupLimits(pod);
  return {
    metadata: { name: pod.metadata.name, uid: pod.metadata.uid, namespace: pod.metadata.namespace ?? "", attempt },
    // In the node's network the pod has the node's name as well, and a runtime refuses to be told another one.
    hostname: pod.spec.hostNetwork ? "" : hostnameOf(pod, node.clusterDns.domain).name,
    logDirectory: podLogDirectory(node.places, pod),
    dns: dnsOf(pod, node.clusterDns, node.nodeResolver),
    portMappings: portMappings(pod),
    labels: {
      ...pod.metadata.labels,
      [POD_NAME]: pod.metadata.name,
      [POD_NAMESPACE]: pod.metadata.namespace ?? "",
      [POD_UID]: pod.metadata.uid,
    },
    annotations: { ...pod.metadata.annotations },
    linux: {
      cgroupParent: podCgroup(node.cgroupRoot, pod),
      securityContext: sandboxSecurity(pod, `${node.places.root}/seccomp`),
      sysctls: Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
      resources: {
        cpuShares: limits.cpuShares,
        ...(limits.cpuQuota !== undefined && { cpuQuota: limits.cpuQuota, cpuPeriod: limits.cpuPeriod }),
        ...(limits.memoryBytes !== undefined && { memoryLimitInBytes: limits.memoryBytes }),
      },
    },
  };
}

/** In the node's network nothing is mapped: the ports are the node's. */
function portMappings(pod: Pod): PortMapping[] {
  if (pod.spec.hostNetwork) return [];
  const containers = [
    ...(pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always"),
    ...pod.spec.containers,
  ];
  return containers.flatMap((container) =>
    (container.ports ?? []).map((port) => ({
      protocol: (port.protocol ?? "TCP") as PortMapping["protocol"],
      containerPort: port.containerPort,
      hostPort: port.hostPort ?? 0,
      hostIP: port.hostIP ?? "",
    })),
  );
}
