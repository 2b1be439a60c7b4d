/**
 * Beats for any number of nodes on one timer: every node is called once in each round, nodes spread evenly over it.
 *
 * Worked example: with a round of 10 s in 10 slots and 1000 nodes, each second 100 nodes are called.
 */
import type { Clock } from "../../machinery/clock.ts";

const SLOTS = 10;

export class Heartbeats {
  readonly #clock: Clock;
  readonly #slotLength: number;
  readonly #slots: Set<() => void>[] = Array.from({ length: SLOTS }, () => new Set());
  #at = 0;
  #nodes = 0;
  #cancel: (() => void) | undefined;

  /** `round` in milliseconds. */
  constructor(clock: Clock, round = 10_000) {
    this.#clock = clock;
    this.#slotLength = round / SLOTS;
  }

  /** Calls `beat` once a round until the result is called. The first call comes within a round. */
  join(beat: () => void): () => void {
    // The emptiest slot, and of those the one furthest away, so that a lone node beats a full round after joining.
    let chosen = this.#at;
    for (let i = 1; i <= SLOTS; i++) {
      const slot = (this.#at + SLOTS - i) % SLOTS;
      if (this.#slots[slot]!.size < this.#slots[chosen]!.size) chosen = slot;
    }
    this.#slots[chosen]!.add(beat);
    if (this.#nodes++ === 0) this.#next();
    return () => {
      if (!this.#slots[chosen]!.delete(beat)) return;
      if (--this.#nodes === 0) this.#cancel?.();
    };
  }

  #next(): void {
    this.#cancel = this.#clock.after(this.#slotLength, () => {
      this.#at = (this.#at + 1) % SLOTS;
      this.#next();
      for (const beat of this.#slots[this.#at]!) beat();
    });
  }
}
