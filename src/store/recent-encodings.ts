/**
 * The encodings of a store's entries that stay in memory: those that were made last, up to so many bytes altogether.
 *
 * Bytes are as large as the objects beside them and are mostly asked for while they are new, to be journaled and told to watchers.
 * Older ones are read from the journal when somebody asks, which costs about as much as copying them into the answer.
 */
export class RecentEncodings {
  readonly #most: number;
  /** What each counts, in the order in which they came. */
  readonly #counted = new Map<Forgetful, number>();
  #bytes = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** Whether so many bytes can be added without anything being forgotten. */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.#most;
  }

  /** `entry` keeps so many bytes more from now on. */
  add(entry: Forgetful, bytes: number): void {
    this.#counted.set(entry, (this.#counted.get(entry) ?? 0) + bytes);
    this.#bytes += bytes;
    if (this.#bytes > this.#most) this.#shrink();
  }

  /** `entry` has forgotten its encodings by itself. */
  remove(entry: Forgetful): void {
    this.#bytes -= this.#counted.get(entry) ?? 0;
    this.#counted.delete(entry);
  }

  /** Many at once, since a map's first key is the slower to find the more were deleted before it. */
  #shrink(): void {
    for (const [entry, bytes] of this.#counted) {
      if (this.#bytes <= this.#most - (this.#most >> 3)) return;
      this.#counted.delete(entry);
      this.#bytes -= bytes;
      entry.forgetEncodings();
    }
  }
}

/** What can have its encodings again. */
export interface Forgetful {
  forgetEncodings(): void;
}

const MOST = 32 * 1024 * 1024;
