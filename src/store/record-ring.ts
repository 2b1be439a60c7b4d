/**
 * Where a server keeps its change records in the database: a ring of keys of its own, used again and again, oldest first.
 *
 * A commit writes its record into a slot in the same transaction and compares the slot's revision, too. That bounds what records
 * cost, tells by which revision a commit arrived, and makes a commit whose answer was lost decidable: writing the slot once
 * more makes the old transaction's comparison fail, wherever it still is; after that it has happened or never will.
 */

/** So many commits of one server may be under way, and so many of its records are in the database. */
export const SLOTS = 4096;
/** Below this all servers keep their rings. */
export const RECORDS = "tiphys/records/";

export interface Slot {
  readonly key: string;
  /** The key's revision as far as it has arrived; 0 where it does not exist. */
  revision: number;
  /** A transaction that writes here may still be under way. */
  doubtful: boolean;
  busy: boolean;
}

export class RecordRing {
  readonly #prefix: string;
  readonly #size: number;
  readonly #slots = new Map<string, Slot>();
  #next = 0;
  #busy = 0;

  /** `prefix` as the layout's, `server` unlike any other's. */
  constructor(prefix: string, server: string, size = SLOTS) {
    this.#prefix = `${prefix}${RECORDS}${server}/`;
    this.#size = size;
  }

  /** How many slots are in use. */
  get busy(): number {
    return this.#busy;
  }

  /** The slot that was used longest ago; undefined where all are in use. */
  take(): Slot | undefined {
    if (this.#busy >= this.#size) return undefined;
    for (;;) {
      const key = this.#prefix + this.#next;
      this.#next = (this.#next + 1) % this.#size;
      let slot = this.#slots.get(key);
      if (slot === undefined) this.#slots.set(key, (slot = { key, revision: 0, doubtful: false, busy: false }));
      if (slot.busy) continue;
      slot.busy = true;
      this.#busy++;
      return slot;
    }
  }

  release(slot: Slot): void {
    slot.busy = false;
    this.#busy--;
  }

  /** Takes over the revisions that the keys have now. */
  moveAll(revisionOf: (key: string) => number): void {
    for (const slot of this.#slots.values()) slot.revision = revisionOf(slot.key);
  }

  /** The slot of ours that has `key`. */
  find(key: string): Slot | undefined {
    return this.#slots.get(key);
  }
}
