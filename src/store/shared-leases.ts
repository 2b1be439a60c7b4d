/** Leases for keys that shall vanish: one for all keys of a short while, since each costs the database something. */
import type { Clock } from "../machinery/clock.ts";
import type { SharedDatabase } from "./shared-database.ts";

/** A lease is shared for so many milliseconds, or this share of its time where that is less; */
const LONGEST_SHARED = 60_000;
const SHARE = 0.05;
/** and by so many keys. */
const MOST_KEYS = 1000;

interface Shared {
  readonly lease: Promise<number>;
  readonly until: number;
  keys: number;
}

export class SharedLeases {
  readonly #database: SharedDatabase;
  readonly #clock: Clock;
  readonly #bySeconds = new Map<number, Shared>();

  constructor(database: SharedDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** A lease that ends in `seconds` or up to a minute later. */
  async of(seconds: number): Promise<number> {
    const now = this.#clock.now();
    let shared = this.#bySeconds.get(seconds);
    if (shared === undefined || now >= shared.until || shared.keys >= MOST_KEYS) {
      const window = Math.min(LONGEST_SHARED, seconds * 1000 * SHARE);
      const lease = this.#database.grantLease(Math.ceil(seconds + window / 1000));
      shared = { lease, until: now + window, keys: 0 };
      this.#bySeconds.set(seconds, shared);
    }
    shared.keys++;
    try {
      return await shared.lease;
    } catch (error) {
      if (this.#bySeconds.get(seconds) === shared) this.#bySeconds.delete(seconds);
      throw error;
    }
  }

  /** A lease turned out to be over: no further key gets it. */
  forget(): void {
    this.#bySeconds.clear();
  }
}
