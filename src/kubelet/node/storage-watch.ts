/**
 * Looks after what limited pods use of the disk, and tells of those that use more than they may.
 *
 * To add up a tree costs as much as it has files, and how many those are is the pod's choice. So trees are looked at beside
 * everything else, one pod at a time, each pod once a minute, and one that takes long all the less often: a pod with a tree
 * that takes a minute to look at is looked at after twenty.
 */
import type { KubeletContext } from "../context.ts";
import { CONTAINER_NAME, podText } from "../pod/names.ts";
import { isCritical } from "../pod/spec.ts";
import type { PodWorker } from "../pod/worker.ts";
import type { ContainerStats } from "../runtime.ts";
import { placeOf } from "../volumes/volumes.ts";
import type { StorageUse } from "./local-storage.ts";
import { diskVolumes, isStorageLimited, storageProblem } from "./local-storage.ts";

/** Between two looks at a pod, in milliseconds, and as a multiple of what the first one took. */
const REST = 60_000;
const SHARE = 20;

export class StorageWatch {
  readonly #context: KubeletContext;
  readonly #greedy: (worker: PodWorker, problem: string) => void;
  /** When a pod is looked at again. */
  readonly #due = new WeakMap<PodWorker, number>();
  #looking = false;

  constructor(context: KubeletContext, greedy: (worker: PodWorker, problem: string) => void) {
    this.#context = context;
    this.#greedy = greedy;
  }

  /** Never rejects; does nothing while an earlier look goes on. */
  async look(workers: readonly PodWorker[]): Promise<void> {
    const { clock, runtime, log } = this.#context;
    const now = clock.now();
    const due = workers.filter((worker) => isWatched(worker) && (this.#due.get(worker) ?? now) <= now);
    if (this.#looking || due.length === 0) return;
    this.#looking = true;
    try {
      const stats = new Map((await runtime.listContainerStats()).map((one) => [one.id, one]));
      for (const worker of due) if (isWatched(worker)) await this.#measure(worker, stats);
    } catch (error) {
      log.warn("what pods use of the disk was not measured", { error });
    } finally {
      this.#looking = false;
    }
  }

  async #measure(worker: PodWorker, stats: ReadonlyMap<string, ContainerStats>): Promise<void> {
    const { clock, log } = this.#context;
    const began = clock.now();
    try {
      const problem = storageProblem(worker.pod, await this.#useOf(worker, stats));
      if (problem !== undefined && isWatched(worker)) this.#greedy(worker, problem);
    } catch (error) {
      log.warn("a pod's use of the disk was not measured", { pod: podText(worker.pod), error });
    }
    const ended = clock.now();
    this.#due.set(worker, ended + Math.max(REST, SHARE * (ended - began)));
  }

  async #useOf({ pod, runtime }: PodWorker, stats: ReadonlyMap<string, ContainerStats>): Promise<StorageUse> {
    const { host, node } = this.#context;
    // With the logs of earlier attempts and what was rotated away: all in the container's folder.
    const logs = new Map<string, string>();
    const containers = new Map<string, number>();
    for (const { id, logPath, labels } of runtime.containers) {
      const name = labels[CONTAINER_NAME] ?? "";
      containers.set(name, (containers.get(name) ?? 0) + (stats.get(id)?.writableLayer?.usedBytes ?? 0));
      if (logPath) logs.set(name, logPath.slice(0, logPath.lastIndexOf("/")));
    }
    const folders = new Map(diskVolumes(pod).map((name) => [name, placeOf(pod, name, "empty-dir", node.places)]));
    const used = await host.files.diskUse([...logs.values(), ...folders.values()]);
    for (const [name, folder] of logs) containers.set(name, containers.get(name)! + (used.get(folder) ?? 0));
    const volumes = new Map([...folders].map(([name, folder]) => [name, used.get(folder) ?? 0]));
    return { containers, volumes };
  }
}

/** Critical pods stay, whatever they use. */
function isWatched({ pod, active, ending }: PodWorker): boolean {
  return active && !ending && !isCritical(pod) && isStorageLimited(pod);
}
