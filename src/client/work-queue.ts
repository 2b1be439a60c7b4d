/**
 * Keys that want work, with client-go's semantics: a key waits at most once; one that is added while it is being
 * worked on waits again when that is `done`, so no key is ever worked on twice at the same time.
 *
 * Worked example: `add a`, `take` gives a, `add a` (nothing waits yet), `done a`: now a waits again.
 */
import type { Clock } from "../machinery/clock.ts";

export interface WorkQueueOptions {
  /** The first wait of a failing key, milliseconds; doubles each time. Default 5. */
  readonly initialBackOff?: number;
  /** Default 1000 s, as upstream. */
  readonly maximumBackOff?: number;
}

export class WorkQueue<K> {
  private readonly clock: Clock;
  private readonly initial: number;
  private readonly maximum: number;
  /** In the order they were added; a Set keeps it and drops doubles. */
  private readonly waiting = new Set<K>();
  private readonly processing = new Set<K>();
  private readonly again = new Set<K>();
  private readonly failures = new Map<K, number>();
  private readonly timers = new Map<K, { due: number; cancel: () => void }>();
  private wake: () => void = () => {};
  private stopped = false;

  constructor(clock: Clock, { initialBackOff = 5, maximumBackOff = 1_000_000 }: WorkQueueOptions = {}) {
    this.clock = clock;
    this.initial = initialBackOff;
    this.maximum = maximumBackOff;
  }

  /** Called whenever a key begins to wait. One listener: whoever takes the keys. */
  onReady(listener: () => void): void {
    this.wake = listener;
  }

  get length(): number {
    return this.waiting.size;
  }

  /** Nothing waits, is worked on, or will come back by itself. */
  get idle(): boolean {
    return this.waiting.size === 0 && this.processing.size === 0 && this.timers.size === 0;
  }

  add(key: K): void {
    if (this.stopped) return;
    if (this.processing.has(key)) {
      this.again.add(key);
      return;
    }
    if (this.waiting.has(key)) return;
    this.waiting.add(key);
    this.wake();
  }

  /** Adds the key after so many milliseconds, or earlier if it was to come earlier already. */
  addAfter(key: K, milliseconds: number): void {
    if (this.stopped) return;
    if (milliseconds <= 0) return this.add(key);
    const due = this.clock.now() + milliseconds;
    const timer = this.timers.get(key);
    if (timer !== undefined) {
      if (timer.due <= due) return;
      timer.cancel();
    }
    const cancel = this.clock.after(milliseconds, () => {
      this.timers.delete(key);
      this.add(key);
    });
    this.timers.set(key, { due, cancel });
  }

  /** Adds a key that failed: later each time until it is forgotten. */
  addRateLimited(key: K): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.maximum, this.initial * 2 ** failures));
  }

  /** The key went well: its next failure waits shortly again. */
  forget(key: K): void {
    this.failures.delete(key);
  }

  /** How often the key failed since it was last forgotten. */
  retries(key: K): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next key, to be given back with `done`; undefined where none waits. */
  take(): K | undefined {
    for (const key of this.waiting) {
      this.waiting.delete(key);
      this.processing.add(key);
      return key;
    }
    return undefined;
  }

  done(key: K): void {
    this.processing.delete(key);
    if (this.again.delete(key)) this.add(key);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
    this.waiting.clear();
    this.again.clear();
  }
}
