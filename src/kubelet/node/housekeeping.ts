/** What a node does for its own sake with each heartbeat: rotates logs, frees images, evicts when it runs short. */
import type { KubeletContext } from "../context.ts";
import type { MachineUsage } from "../host.ts";
import { CONTAINER_NAME, podText } from "../pod/names.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { ContainerStats } from "../runtime.ts";
import { placeOf } from "../volumes/volumes.ts";
import type { EvictionThresholds } from "./eviction.ts";
import { EVICTED, choose, pressureOf } from "./eviction.ts";
import { ImageCollector } from "./image-collector.ts";
import type { StorageUse } from "./local-storage.ts";
import { diskVolumes, isStorageLimited, storageProblem } from "./local-storage.ts";

const MAX_LOG = 10 * 2 ** 20;
/** Rotated logs kept beside the current one. */
const OLD_LOGS = 4;
const COLLECT_EVERY = 300_000;
/** After an eviction the node gets this long to recover before the next. */
const RECOVER = 30_000;

export class Housekeeping {
  readonly #context: KubeletContext;
  readonly #thresholds: EvictionThresholds;
  readonly #maxLog: number;
  readonly #images: ImageCollector;
  #collectAt: number;
  #evictAt = 0;

  constructor(context: KubeletContext, thresholds: EvictionThresholds, maxLog = MAX_LOG) {
    this.#context = context;
    this.#thresholds = thresholds;
    this.#maxLog = maxLog;
    this.#images = new ImageCollector(context.runtime, context.clock, context.log);
    this.#collectAt = context.clock.now() + COLLECT_EVERY;
  }

  async run(usage: MachineUsage, workers: Iterable<PodWorker>): Promise<void> {
    const { clock, host, images } = this.#context;
    const all = [...workers];
    if (host.keepsFiles) await this.#rotateLogs(all);
    if (host.keepsFiles) await this.#endGreedy(all.filter(({ pod, active }) => active && isStorageLimited(pod)));
    const { memory, disk } = pressureOf(usage, this.#thresholds);
    const now = clock.now();
    if (disk || now >= this.#collectAt) {
      this.#collectAt = now + COLLECT_EVERY;
      const freed = await this.#images.collect(usage, disk);
      if (freed > 0) {
        images.forgetPresent();
        // What that has freed shows with the next heartbeat.
        if (disk && !memory) return;
      }
    }
    if ((memory || disk) && now >= this.#evictAt) {
      this.#evictAt = now + RECOVER;
      await this.#evict(memory ? "memory" : "ephemeral-storage", usage, all);
    }
  }

  async #evict(
    resource: "memory" | "ephemeral-storage",
    usage: MachineUsage,
    workers: readonly PodWorker[],
  ): Promise<void> {
    const { runtime, events, log } = this.#context;
    const active = workers.filter((worker) => worker.active);
    const threshold =
      resource === "memory" ? `${this.#thresholds.memoryBytes / 2 ** 20}Mi` : `${this.#thresholds.diskShare * 100}%`;
    const available = resource === "memory" ? usage.memoryAvailableBytes : usage.disk.availableBytes;
    const pods = active.map(({ pod }) => pod);
    const chosen = choose(resource, pods, await runtime.listContainerStats(), threshold, available);
    if (!chosen) return;
    const { pod, message } = chosen;
    log.warn("the node is short and evicts a pod", { resource });
    events.node("Warning", "EvictionThresholdMet", `Attempting to reclaim ${resource}`);
    this.#end(
      active.find((worker) => worker.pod === pod)!,
      message,
    );
  }

  /** Pods that use more of the disk than they may. */
  async #endGreedy(limited: readonly PodWorker[]): Promise<void> {
    if (limited.length === 0) return;
    const stats = await this.#context.runtime.listContainerStats();
    for (const worker of limited) {
      try {
        const problem = storageProblem(worker.pod, await this.#storageUse(worker, stats));
        if (problem !== undefined) this.#end(worker, problem);
      } catch (error) {
        this.#context.log.warn("a pod's use of the disk was not measured", { pod: podText(worker.pod), error });
      }
    }
  }

  async #storageUse({ pod, runtime }: PodWorker, stats: readonly ContainerStats[]): Promise<StorageUse> {
    const { host, node } = this.#context;
    const containers = new Map<string, number>();
    for (const { id, logPath, labels } of runtime.containers) {
      const layer = stats.find((one) => one.id === id)?.writableLayer?.usedBytes ?? 0;
      const log = logPath ? await host.files.diskUse(logPath) : 0;
      const name = labels[CONTAINER_NAME] ?? "";
      containers.set(name, (containers.get(name) ?? 0) + layer + log);
    }
    const volumes = new Map<string, number>();
    for (const name of diskVolumes(pod)) {
      volumes.set(name, await host.files.diskUse(placeOf(pod, name, "empty-dir", node.places)));
    }
    return { containers, volumes };
  }

  #end(worker: PodWorker, message: string): void {
    const { events, log } = this.#context;
    log.warn("evicting a pod", { pod: podText(worker.pod), message });
    events.pod(worker.pod, "Warning", "Evicted", message);
    const disrupted = { type: "DisruptionTarget", status: "True", reason: "TerminationByKubelet", message };
    worker.end(EVICTED, message, [disrupted]);
  }

  async #rotateLogs(workers: readonly PodWorker[]): Promise<void> {
    const { host, runtime, log } = this.#context;
    for (const { runtime: seen } of workers) {
      for (const { id, logPath, state } of seen.containers) {
        if (state !== "RUNNING" || !logPath) continue;
        try {
          const file = await host.logs.open(logPath);
          const size = await file?.size();
          await file?.close();
          if (size !== undefined && size < this.#maxLog) continue;
          if (size !== undefined) await host.logs.rotate(logPath, OLD_LOGS);
          // One that is missing was rotated away by a turn that got no further.
          await runtime.reopenContainerLog(id);
        } catch (error) {
          log.warn("a container's log was not rotated", { path: logPath, error });
        }
      }
    }
  }
}
