/** What the node and its pods use: `/stats/summary` and `/metrics/resource`. */
import type { MachineUsage } from "../host.ts";
import { CONTAINER_NAME, POD_NAME, POD_NAMESPACE, POD_UID } from "../pod/names.ts";
import type { ContainerStats } from "../runtime.ts";
import { formatTime } from "../../machinery/time.ts";
import { labelsText, metricText } from "./exposition.ts";

export interface UsageFacts {
  readonly nodeName: string;
  readonly startTime: number;
  readonly usage: MachineUsage;
  readonly containers: readonly ContainerStats[];
}

/** As stats/v1alpha1 Summary. */
export function summary({ nodeName, startTime, usage, containers }: UsageFacts): unknown {
  const time = formatTime(usage.at);
  const { disk } = usage;
  const pods = new Map<
    string,
    { podRef: object; startTime: string; containers: object[]; cpu: number; memory: number }
  >();
  for (const stats of containers) {
    const uid = stats.labels[POD_UID] ?? "";
    let pod = pods.get(uid);
    if (!pod) {
      const podRef = { name: stats.labels[POD_NAME], namespace: stats.labels[POD_NAMESPACE], uid };
      pods.set(uid, (pod = { podRef, startTime: time, containers: [], cpu: 0, memory: 0 }));
    }
    pod.cpu += stats.cpu?.usageCoreNanoSeconds ?? 0;
    pod.memory += stats.memory?.workingSetBytes ?? 0;
    pod.containers.push(containerSummary(stats));
  }
  return {
    node: {
      nodeName,
      startTime: formatTime(startTime),
      cpu: { time, usageCoreNanoSeconds: usage.cpuNanoSeconds },
      memory: {
        time,
        availableBytes: usage.memoryAvailableBytes,
        workingSetBytes: usage.memoryWorkingSetBytes,
        rssBytes: usage.memoryRssBytes,
      },
      fs: {
        time,
        availableBytes: disk.availableBytes,
        capacityBytes: disk.capacityBytes,
        usedBytes: disk.capacityBytes - disk.availableBytes,
        inodes: disk.inodes,
        inodesFree: disk.inodesFree,
        inodesUsed: disk.inodes - disk.inodesFree,
      },
      rlimit: { time, curproc: usage.pids },
    },
    pods: [...pods.values()].map(({ cpu, memory, ...pod }) => ({
      ...pod,
      cpu: { time, usageCoreNanoSeconds: cpu },
      memory: { time, workingSetBytes: memory },
    })),
  };
}

function containerSummary({ labels, timestamp, cpu, memory, writableLayer }: ContainerStats): object {
  const time = formatTime(timestamp);
  return {
    name: labels[CONTAINER_NAME],
    ...(cpu && { cpu: { time, ...cpu } }),
    ...(memory && { memory: { time, ...memory } }),
    ...(writableLayer && { rootfs: { time, ...writableLayer } }),
  };
}

/** In Prometheus' text form, with the names metrics-server reads. */
export function resourceMetrics({ usage, containers }: UsageFacts): string {
  const texts: string[] = [];
  const metric = (...given: Parameters<typeof metricText>): void => void texts.push(metricText(...given));
  const at = Math.floor(usage.at);
  const pods = new Map<string, { cpu: number; memory: number; at: number }>();
  const ofContainer = (value: (stats: ContainerStats) => number | undefined): string[] =>
    containers.flatMap((stats) => {
      const number = value(stats);
      return number === undefined ? [] : [`${labelsOf(stats, true)} ${number} ${Math.floor(stats.timestamp)}`];
    });
  for (const stats of containers) {
    const key = labelsOf(stats, false);
    const sum = pods.get(key) ?? { cpu: 0, memory: 0, at: Math.floor(stats.timestamp) };
    sum.cpu += (stats.cpu?.usageCoreNanoSeconds ?? 0) / 1e9;
    sum.memory += stats.memory?.workingSetBytes ?? 0;
    pods.set(key, sum);
  }
  metric(
    "container_cpu_usage_seconds_total",
    "counter",
    "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
    ofContainer(({ cpu }) => cpu && cpu.usageCoreNanoSeconds / 1e9),
  );
  metric(
    "container_memory_working_set_bytes",
    "gauge",
    "[STABLE] Current working set of the container in bytes",
    ofContainer(({ memory }) => memory?.workingSetBytes),
  );
  metric(
    "node_cpu_usage_seconds_total",
    "counter",
    "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
    [` ${usage.cpuNanoSeconds / 1e9} ${at}`],
  );
  metric("node_memory_working_set_bytes", "gauge", "[STABLE] Current working set of the node in bytes", [
    ` ${usage.memoryWorkingSetBytes} ${at}`,
  ]);
  const sums = [...pods];
  metric(
    "pod_cpu_usage_seconds_total",
    "counter",
    "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
    sums.map(([labels, { cpu, at: when }]) => `${labels} ${cpu} ${when}`),
  );
  metric(
    "pod_memory_working_set_bytes",
    "gauge",
    "[STABLE] Current working set of the pod in bytes",
    sums.map(([labels, { memory, at: when }]) => `${labels} ${memory} ${when}`),
  );
  metric(
    "resource_scrape_error",
    "gauge",
    "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise",
    [" 0"],
  );
  return texts.join("");
}

function labelsOf({ labels }: ContainerStats, withContainer: boolean): string {
  return labelsText({
    ...(withContainer && { container: labels[CONTAINER_NAME] }),
    namespace: labels[POD_NAMESPACE],
    pod: labels[POD_NAME],
  });
}
