/**
 * Keeps an eye on the container runtime for the whole node: whether it answers, what happens in it without our doing,
 * and, by listing it now and then, what nobody has told of.
 */
import type { Clock } from "../machinery/clock.ts";
import { sleep } from "../machinery/clock.ts";
import type { Log } from "../machinery/log.ts";
import { removeOrphans } from "./node/orphans.ts";
import type { ListedPod } from "./pod/found.ts";
import { NOTHING_LISTED, listPods } from "./pod/found.ts";
import type { PodWorker } from "./pod/worker.ts";
import type { ContainerRuntime, RuntimeEvent } from "./runtime.ts";
import { isUnavailable, rpcText } from "./runtime.ts";

/** Milliseconds between two listings: of a runtime that tells no events, and of one that does. */
const RELIST = 1000;
const RELIST_WITH_EVENTS = 60_000;
const RECONNECT = 1000;

export interface RuntimeWatchOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Log;
  /** By pod uid. */
  readonly workers: ReadonlyMap<string, PodWorker>;
  /** The runtime has gone away, or answers again: the node is to say so. */
  changed(): Promise<void>;
  /** The runtime answers again, perhaps another one than before. */
  answers(): Promise<void>;
}

export class RuntimeWatch {
  readonly #options: RuntimeWatchOptions;
  readonly #stopped = new AbortController();
  #problems: readonly string[] = [];
  #reconnecting = false;
  #relistDue = 0;
  #cancelRelist: (() => void) | undefined;

  constructor(options: RuntimeWatchOptions) {
    this.#options = options;
  }

  /** What is wrong with the runtime; empty where nothing is. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  start(): void {
    const { runtime } = this.#options;
    if (runtime.events) void this.#followEvents(runtime.events.bind(runtime));
    else this.#relistLater();
  }

  stop(): void {
    this.#stopped.abort(new Error("the kubelet stops"));
    this.#cancelRelist?.();
  }

  /** The runtime did not answer: from now on it is asked until it does. */
  failed(error: unknown): void {
    if (this.#reconnecting || this.#stopped.signal.aborted) return;
    this.#reconnecting = true;
    this.#problems = ["container runtime is down"];
    this.#options.log.warn("the container runtime does not answer", { error: rpcText(error) });
    void this.#options.changed();
    void this.#reconnect();
  }

  /** With each heartbeat: asks the runtime how it is. */
  async check(): Promise<void> {
    try {
      const { conditions } = await this.#options.runtime.status();
      const problems = conditions
        .filter(({ type, status }) => (type === "RuntimeReady" || type === "NetworkReady") && !status)
        .map(({ type, reason, message }) =>
          type === "NetworkReady"
            ? `container runtime network not ready: NetworkReady=false reason:${reason} message:${message}`
            : `container runtime is not ready: ${message}`,
        );
      if (!this.#reconnecting) this.#problems = problems;
    } catch (error) {
      this.failed(error);
    }
  }

  /** With each heartbeat: looks once in a while whether events have told everything. */
  async relistWhenDue(): Promise<void> {
    const now = this.#options.clock.now();
    if (!this.#options.runtime.events || now < this.#relistDue || this.#problems.length > 0) return;
    this.#relistDue = now + RELIST_WITH_EVENTS;
    await this.#relist();
  }

  /** All that runs, by pod uid; nothing where the runtime does not answer. */
  async list(): Promise<ReadonlyMap<string, ListedPod>> {
    try {
      return await listPods(this.#options.runtime);
    } catch (error) {
      this.failed(error);
      return new Map();
    }
  }

  /** Asks until the runtime answers, then looks at everything again. */
  async #reconnect(): Promise<void> {
    const { runtime, clock, log, workers } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await sleep(clock, RECONNECT, signal);
        await runtime.status();
        break;
      } catch {
        // Still down, or the kubelet stops: the loop's condition tells.
      }
    }
    this.#reconnecting = false;
    if (signal.aborted) return;
    this.#problems = [];
    log.info("the container runtime answers again");
    await this.#options.answers();
    for (const worker of workers.values()) worker.lookAgain();
    await this.#relist();
    await this.#options.changed();
  }

  /** Finds what happened without an event. */
  async #relist(): Promise<void> {
    const { runtime, log, workers } = this.#options;
    const listed = await this.list();
    if (this.#reconnecting) return;
    for (const [uid, worker] of workers) worker.relisted(listed.get(uid) ?? NOTHING_LISTED);
    // What a call of an earlier life made after the first listing, for a pod that is gone since.
    const orphans = [...listed].filter(([uid]) => !workers.has(uid));
    if (orphans.length > 0) await removeOrphans(new Map(orphans), runtime, log);
  }

  #relistLater(): void {
    this.#cancelRelist = this.#options.clock.after(RELIST, () => {
      void (async () => {
        if (this.#options.workers.size > 0 && !this.#reconnecting) await this.#relist();
        if (!this.#stopped.signal.aborted) this.#relistLater();
      })();
    });
  }

  async #followEvents(events: (signal: AbortSignal) => AsyncIterable<RuntimeEvent>): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        for await (const event of events(signal)) this.#workerOf(event)?.runtimeEvent(event);
      } catch (error) {
        if (isUnavailable(error)) this.failed(error);
        else log.warn("the container runtime's events were lost; looking at everything", { error: rpcText(error) });
      }
      await sleep(clock, RECONNECT, signal).catch(() => {});
      if (!signal.aborted && !this.#reconnecting) await this.#relist();
    }
  }

  #workerOf({ podUid, id }: RuntimeEvent): PodWorker | undefined {
    const { workers } = this.#options;
    if (podUid !== "") return workers.get(podUid);
    for (const worker of workers.values()) {
      const { containers, sandboxes } = worker.runtime;
      if (containers.some((one) => one.id === id) || sandboxes.some((one) => one.id === id)) return worker;
    }
    return undefined;
  }
}
