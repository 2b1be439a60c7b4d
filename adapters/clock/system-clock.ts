/** The platform's time, and its cryptographic randomness. */
import { randomFillSync } from "node:crypto";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Random } from "../../src/machinery/random.ts";

/** The longest wait the platform's timers take; longer ones would fire at once. */
const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: Date.now,
  after(milliseconds, action) {
    if (milliseconds <= 0) {
      const immediate = setImmediate(action);
      return () => clearImmediate(immediate);
    }
    if (milliseconds > LONGEST) {
      let cancel = systemClock.after(LONGEST, () => {
        cancel = systemClock.after(milliseconds - LONGEST, action);
      });
      return () => cancel();
    }
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Bytes are drawn from the system in blocks: one call each would cost more than all else in a uuid. */
const BLOCK = 4096;
let block = new Uint8Array(BLOCK);
let used = BLOCK;

export const systemRandom: Random = {
  next() {
    const bytes = systemRandom.bytes(4);
    return (((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0) / 0x1_0000_0000;
  },
  bytes(length) {
    if (length > BLOCK / 4) return randomFillSync(new Uint8Array(length));
    if (used + length > BLOCK) {
      block = randomFillSync(new Uint8Array(BLOCK));
      used = 0;
    }
    // A new block is a new array, so slices handed out before keep their bytes.
    return block.slice(used, (used += length));
  },
};
