/**
 * The encodings of a store's entries that stay in memory: those that were made or read last, up to so many bytes altogether.
 *
 * Bytes are as large as the objects beside them and are mostly asked for while they are new, to be journaled and told to watchers.
 * Older ones are made again when somebody asks, from the object or from the journal.
 */
export class RecentEncodings {
  readonly #most: number;
  /** What each counts, in the order in which they came. */
  readonly #counted = new Map<Forgetful, number>();
  #bytes = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** How many bytes are kept. */
  get bytes(): number {
    return this.#bytes;
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

/** What can make its encodings again. */
export interface Forgetful {
  forgetEncodings(): void;
}

/** The encodings of one entry, which are counted. */
export class CountedEncodings extends Map<string, Uint8Array> {
  readonly #recent: RecentEncodings;
  readonly #entry: Forgetful;

  constructor(recent: RecentEncodings, entry: Forgetful) {
    super();
    this.#recent = recent;
    this.#entry = entry;
  }

  override set(name: string, bytes: Uint8Array): this {
    super.set(name, bytes);
    this.#recent.add(this.#entry, bytes.length);
    return this;
  }

  /** Those that count already, as the journal's bytes do. */
  setCounted(name: string, bytes: Uint8Array): void {
    super.set(name, bytes);
  }
}

const MOST = 32 * 1024 * 1024;
