/**
 * Writers of one object take turns. Without them, each of N patches of the same object that come in together would be
 * worked out anew for every one that commits before it: N² work that ends in conflicts. A turn ends when the write has
 * its place in the store's order, not when it is durable, so one flush still serves many.
 *
 * Turns are a courtesy, not a lock: who has waited for {@link PATIENCE} goes ahead, and the store's comparison decides.
 * So a write that waits for something slow, even for another write of the same object (a webhook may do that), stops nobody.
 */
import type { Clock } from "../machinery/clock.ts";

/** How long a writer waits for the one before it, in milliseconds. */
const PATIENCE = 20;

/** Who writes one object, and who waits for his turn. */
interface Queue {
  /** Whose turn it is: one, and whoever lost patience. */
  active: number;
  readonly waiting: Waiter[];
  /** One timer for all who wait: most turns come long before it, and a timer each costs more than the turn. */
  cancel: (() => void) | undefined;
}

interface Waiter {
  /** How often the queue's timer has rung since he came. */
  rings: number;
  go(): void;
}

/**
 * Patience is counted in rings of the queue's timer and not read off the clock, which somebody may set back or forth
 * meanwhile. A timer of half the patience lets go at its second ring after one came: he has waited between half of it and all.
 */
const RING = PATIENCE / 2;
const RINGS = 2;

export class Turns {
  readonly #clock: Clock;
  readonly #queues = new Map<string, Queue>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is the caller's turn; he calls the result when his turn is over (twice does no harm). */
  take(key: string): Promise<() => void> {
    let queue = this.#queues.get(key);
    if (queue !== undefined) return this.#wait(key, queue);
    this.#queues.set(key, (queue = { active: 0, waiting: [], cancel: undefined }));
    return Promise.resolve(this.#begin(key, queue));
  }

  #begin(key: string, queue: Queue): () => void {
    queue.active++;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      queue.active--;
      queue.waiting.shift()?.go();
      if (queue.active > 0) return;
      queue.cancel?.();
      this.#queues.delete(key);
    };
  }

  #wait(key: string, queue: Queue): Promise<() => void> {
    return new Promise((resolve) => {
      queue.waiting.push({ rings: 0, go: () => resolve(this.#begin(key, queue)) });
      this.#wind(queue);
    });
  }

  #wind(queue: Queue): void {
    queue.cancel ??= this.#clock.after(RING, () => this.#ring(queue));
  }

  /** Lets those go who have waited long enough. */
  #ring(queue: Queue): void {
    queue.cancel = undefined;
    const { waiting } = queue;
    for (const waiter of waiting) waiter.rings++;
    while (waiting.length > 0 && waiting[0]!.rings >= RINGS) waiting.shift()!.go();
    if (waiting.length > 0) this.#wind(queue);
  }
}
