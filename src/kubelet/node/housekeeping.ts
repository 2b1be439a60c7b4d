/** What a node does for its own sake with each heartbeat: rotates logs, frees images, evicts when it runs short. */
import type { KubeletContext } from "../context.ts";
import type { MachineUsage } from "../host.ts";
import { podText } from "../pod/names.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { EvictionThresholds } from "./eviction.ts";
import { EVICTED, choose, pressureOf } from "./eviction.ts";
import { ImageCollector } from "./image-collector.ts";
import { StorageWatch } from "./storage-watch.ts";

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
  readonly #storage: StorageWatch;
  #collectAt: number;
  #evictAt = 0;

  constructor(context: KubeletContext, thresholds: EvictionThresholds, maxLog = MAX_LOG) {
    this.#context = context;
    this.#thresholds = thresholds;
    this.#maxLog = maxLog;
    this.#images = new ImageCollector(context.runtime, context.clock, context.log);
    this.#storage = new StorageWatch(context, (worker, problem) => this.#end(worker, problem));
    this.#collectAt = context.clock.now() + COLLECT_EVERY;
  }

  async run(usage: MachineUsage, workers: Iterable<PodWorker>): Promise<void> {
    const { clock, host, images } = this.#context;
    const all = [...workers];
    if (host.keepsFiles) await this.#rotateLogs(all);
    if (host.keepsFiles) void this.#storage.look(all);
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
    const active = workers.filter((worker) => worker.active && !worker.ending);
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
