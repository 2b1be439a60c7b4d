/** `/metrics/cadvisor`: what dashboards read of containers and of the machine, under cAdvisor's names. */
import type { MachineFacts } from "../host.ts";
import { CONTAINER_NAME, POD_NAME, POD_NAMESPACE, POD_UID } from "../pod/names.ts";
import { imageName } from "../pod/container-status.ts";
import type { PodContainer } from "../pod/situation.ts";
import type { ContainerStats } from "../runtime.ts";
import { labelsText, metricText } from "./exposition.ts";

export interface CadvisorFacts {
  readonly machine: MachineFacts;
  readonly stats: readonly ContainerStats[];
  /** By id: what is known of the containers beside their usage. */
  readonly containers: ReadonlyMap<string, PodContainer>;
}

export function cadvisorMetrics({ machine, stats, containers }: CadvisorFacts): string {
  const ofContainers = (value: (stats: ContainerStats) => number | undefined): string[] =>
    stats.flatMap((one) => {
      const number = value(one);
      const labels = labelsOf(one, containers.get(one.id));
      return number === undefined ? [] : [`${labels} ${number} ${Math.floor(one.timestamp)}`];
    });
  return [
    metricText(
      "container_cpu_usage_seconds_total",
      "counter",
      "Cumulative cpu time consumed in seconds.",
      ofContainers(({ cpu }) => cpu && cpu.usageCoreNanoSeconds / 1e9),
    ),
    metricText(
      "container_fs_usage_bytes",
      "gauge",
      "Number of bytes that are consumed by the container on this filesystem.",
      ofContainers(({ writableLayer }) => writableLayer?.usedBytes),
    ),
    metricText(
      "container_memory_rss",
      "gauge",
      "Size of RSS in bytes.",
      ofContainers(({ memory }) => memory?.rssBytes),
    ),
    metricText(
      "container_memory_usage_bytes",
      "gauge",
      "Current memory usage in bytes, including all memory regardless of when it was accessed",
      ofContainers(({ memory }) => memory?.usageBytes),
    ),
    metricText(
      "container_memory_working_set_bytes",
      "gauge",
      "Current working set in bytes.",
      ofContainers(({ memory }) => memory?.workingSetBytes),
    ),
    metricText(
      "container_start_time_seconds",
      "gauge",
      "Start time of the container since unix epoch in seconds.",
      ofContainers(({ id }) => {
        const startedAt = containers.get(id)?.startedAt;
        return startedAt === undefined ? undefined : startedAt / 1000;
      }),
    ),
    metricText("machine_cpu_cores", "gauge", "Number of logical CPU cores.", [` ${machine.cpus}`]),
    metricText("machine_memory_bytes", "gauge", "Amount of memory installed on the machine.", [
      ` ${machine.memoryBytes}`,
    ]),
  ].join("");
}

/** `id` is where cAdvisor has the control group's path: it ends with the container's id. */
function labelsOf({ id, labels }: ContainerStats, container: PodContainer | undefined): string {
  return labelsText({
    container: labels[CONTAINER_NAME],
    id: `/kubepods/pod${labels[POD_UID] ?? ""}/${id}`,
    image: container && imageName(container),
    name: id,
    namespace: labels[POD_NAMESPACE],
    pod: labels[POD_NAME],
  });
}
