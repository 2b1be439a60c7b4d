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

export class Turns {
  readonly #clock: Clock;
  /** Key → the end of the last turn taken. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when it is the caller's turn; he calls the result when his turn is over (twice does no harm). */
  async take(key: string): Promise<() => void> {
    const before = this.#last.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    if (before !== undefined) await this.#orPatience(before);
    return () => {
      resolve();
      if (this.#last.get(key) === promise) this.#last.delete(key);
    };
  }

  #orPatience(before: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(PATIENCE, resolve);
      void before.then(() => {
        cancel();
        resolve();
      });
    });
  }
}
