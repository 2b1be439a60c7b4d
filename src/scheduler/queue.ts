/**
 * Pods that wait for a node: ready to be tried (`active`, by priority and age), waiting out a back-off, or rejected
 * (`unschedulable`) until something happens that may change the answer.
 */
import type { Clock } from "../machinery/clock.ts";
import type { ClusterEvent } from "./framework.ts";
import { Heap } from "./heap.ts";
import type { PodState } from "./pod-state.ts";

/** First and longest wait between two tries of a pod, in milliseconds. */
const FIRST_BACK_OFF = 1000;
const LONGEST_BACK_OFF = 10_000;
/** A rejected pod is tried again after this long, whatever happened. */
const LONGEST_REST = 5 * 60_000;

export interface QueuedPod {
  /** As it is now; changes that matter to nobody's decision only replace it. */
  pod: PodState;
  /** Milliseconds since the epoch at which it was first seen. */
  readonly since: number;
  attempts: number;
}

interface Rejected extends QueuedPod {
  readonly plugins: ReadonlySet<string>;
  readonly at: number;
}

export interface QueueOptions {
  readonly clock: Clock;
  /** Whether a plugin's rejection may be lifted by an event. */
  readonly concerns: (plugin: string, event: ClusterEvent) => boolean;
  /** Called when a pod became ready to be tried; must not take it before it returns. */
  readonly wake: () => void;
}

export class SchedulingQueue {
  readonly #options: QueueOptions;
  readonly #active = new Heap<QueuedPod>((a, b) => b.pod.priority - a.pod.priority || a.since - b.since);
  /** uid → where the pod is; an entry of the heap that is not this one is out of date. */
  readonly #waiting = new Map<string, QueuedPod>();
  readonly #backOff = new Map<string, () => void>();
  readonly #unschedulable = new Map<string, Rejected>();
  #cancelFlush: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** How many pods there are in each part. */
  get sizes(): { readonly active: number; readonly backoff: number; readonly unschedulable: number } {
    return {
      active: this.#waiting.size - this.#backOff.size - this.#unschedulable.size,
      backoff: this.#backOff.size,
      unschedulable: this.#unschedulable.size,
    };
  }

  /** A new pod, or one that changed so that it is worth trying at once. */
  add(pod: PodState): void {
    const known = this.#waiting.get(pod.uid);
    this.#activate({ pod, since: known?.since ?? this.#options.clock.now(), attempts: known?.attempts ?? 0 });
  }

  /** The same pod with changes that are no reason to try it again. */
  update(pod: PodState): void {
    const known = this.#waiting.get(pod.uid);
    if (known !== undefined) known.pod = pod;
  }

  known(uid: string): PodState | undefined {
    return this.#waiting.get(uid)?.pod;
  }

  remove(uid: string): void {
    this.#waiting.delete(uid);
    this.#unschedulable.delete(uid);
    this.#backOff.get(uid)?.();
    this.#backOff.delete(uid);
  }

  /** The next pod to try; it is out of the queue then. */
  take(): QueuedPod | undefined {
    for (;;) {
      const top = this.#active.pop();
      if (!top) return undefined;
      if (
        this.#waiting.get(top.pod.uid) !== top ||
        this.#backOff.has(top.pod.uid) ||
        this.#unschedulable.has(top.pod.uid)
      )
        continue;
      this.#waiting.delete(top.pod.uid);
      top.attempts++;
      return top;
    }
  }

  /** No node for it now; `plugins` rejected it. */
  rejected(entry: QueuedPod, plugins: ReadonlySet<string>): void {
    const kept = { ...entry, plugins, at: this.#options.clock.now() };
    this.#waiting.set(entry.pod.uid, kept);
    this.#unschedulable.set(entry.pod.uid, kept);
    this.#cancelFlush ??= this.#options.clock.after(LONGEST_REST, () => this.#flush());
  }

  /** Something went wrong that has nothing to do with the cluster's state: wait a little and try again. */
  failed(entry: QueuedPod): void {
    this.#retry(entry);
  }

  /** Tries the rejected pods again that the event may help. `worthTrying` can say no at once, where it knows better. */
  happened(event: ClusterEvent, worthTrying: (pod: PodState) => boolean = () => true): void {
    if (this.#unschedulable.size === 0) return;
    for (const entry of this.#unschedulable.values()) {
      if (!this.#concerns(entry, event) || !worthTrying(entry.pod)) continue;
      this.#unschedulable.delete(entry.pod.uid);
      this.#retry(entry);
    }
  }

  stop(): void {
    this.#cancelFlush?.();
    for (const cancel of this.#backOff.values()) cancel();
    this.#backOff.clear();
  }

  /** A pod that no plugin rejected found no node at all: anything may help it. */
  #concerns({ plugins }: Rejected, event: ClusterEvent): boolean {
    if (plugins.size === 0) return true;
    for (const plugin of plugins) if (this.#options.concerns(plugin, event)) return true;
    return false;
  }

  /** Right away where its back-off is over, which began with the last try. */
  #retry(entry: QueuedPod & { readonly at?: number }): void {
    const { clock } = this.#options;
    const wait = Math.min(FIRST_BACK_OFF * 2 ** (entry.attempts - 1), LONGEST_BACK_OFF);
    const left = wait - (clock.now() - (entry.at ?? clock.now()));
    const queued = { pod: entry.pod, since: entry.since, attempts: entry.attempts };
    if (left <= 0) return this.#activate(queued);
    this.#waiting.set(entry.pod.uid, queued);
    const cancel = clock.after(left, () => {
      this.#backOff.delete(entry.pod.uid);
      this.#activate(queued);
    });
    this.#backOff.set(entry.pod.uid, cancel);
    return undefined;
  }

  #activate(entry: QueuedPod): void {
    this.remove(entry.pod.uid);
    this.#waiting.set(entry.pod.uid, entry);
    this.#active.push(entry);
    this.#options.wake();
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const now = this.#options.clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.#unschedulable.values()) {
      if (now - entry.at < LONGEST_REST) {
        next = Math.min(next, entry.at + LONGEST_REST - now);
        continue;
      }
      this.#unschedulable.delete(entry.pod.uid);
      this.#activate({ pod: entry.pod, since: entry.since, attempts: entry.attempts });
    }
    if (next !== Number.POSITIVE_INFINITY) this.#cancelFlush = this.#options.clock.after(next, () => this.#flush());
  }
}
