/**
 * Time that moves only when told to, for tests and simulations.
 *
 * Timers run in order of their due time, and in the order they were set where that is equal, so a run is the
 * same every time. Worked example: timers at 10 and 20 are set, `advance(15)` runs the first one with
 * `now() === start + 10` and stops at `start + 15`.
 *
 * Promises settle between timers: `advance` and `runUntil` let all queued microtasks run before they look for
 * the next timer, so what a timer woke may set timers of its own that are run in the same call.
 */
import type { Clock } from "../clock.ts";

interface Timer {
  readonly due: number;
  readonly order: number;
  action: (() => void) | undefined;
}

/** Microtask turns given to woken code before the next timer: more than any chain of awaits here is long. */
const SETTLE_TURNS = 64;

export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  /** A binary heap, earliest first. Cancelled timers stay until they reach the top. */
  readonly #heap: Timer[] = [];
  #live = 0;
  readonly #settle: () => Promise<void>;

  /**
   * `start` in milliseconds since the epoch. `settle` lets woken code run; give one that waits for the
   * platform's event loop when the code under test does real I/O.
   */
  constructor(start = Date.UTC(2026, 0, 1), settle: () => Promise<void> = settleMicrotasks) {
    this.#now = start;
    this.#settle = settle;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, action: () => void): () => void {
    const due = this.#now + (milliseconds > 0 ? milliseconds : 0);
    const timer: Timer = { due, order: this.#order++, action };
    this.#push(timer);
    this.#live++;
    return () => {
      if (!timer.action) return;
      timer.action = undefined;
      this.#live--;
    };
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#live;
  }

  /** When the next timer is due, in milliseconds since the epoch; undefined when none waits. */
  get next(): number | undefined {
    return this.#peek()?.due;
  }

  /** Runs everything due in the next `milliseconds`, then stands exactly there. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.#settle();
    for (let timer = this.#peek(); timer && timer.due <= end; timer = this.#peek()) {
      this.#fire(timer);
      await this.#settle();
    }
    this.#now = end;
  }

  /**
   * Runs timers one after the other until `done()` is true; time jumps from one to the next.
   * Rejects when no timer is left or `limit` milliseconds have passed without it.
   */
  async runUntil(done: () => boolean, limit = 24 * 3600 * 1000): Promise<void> {
    const end = this.#now + limit;
    await this.#settle();
    while (!done()) {
      const timer = this.#peek();
      if (!timer) throw new Error("the condition is not met and no timer is left that could change it");
      if (timer.due > end) throw new Error(`the condition is not met after ${limit} ms of virtual time`);
      this.#fire(timer);
      await this.#settle();
    }
  }

  #fire(timer: Timer): void {
    this.#pop();
    this.#now = timer.due;
    const action = timer.action;
    timer.action = undefined;
    this.#live--;
    action?.();
  }

  /** The earliest timer that was not cancelled; drops cancelled ones on the way. */
  #peek(): Timer | undefined {
    let top = this.#heap[0];
    while (top && !top.action) {
      this.#pop();
      top = this.#heap[0];
    }
    return top;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await undefined;
}
