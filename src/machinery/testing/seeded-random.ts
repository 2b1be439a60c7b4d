/**
 * Repeatable randomness for tests and simulations (the sfc32 generator): the same seed gives the same run.
 * Never for keys or tokens.
 */
import type { Random } from "../random.ts";

export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed = 1) {
    this.#a = seed | 0;
    this.#b = (seed / 0x1_0000_0000) | 0;
    this.#c = 0x9e37_79b9 | 0;
    this.#counter = 1;
    for (let i = 0; i < 12; i++) this.#word();
  }

  next(): number {
    return this.#word() / 0x1_0000_0000;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#word() >>> 24;
    return bytes;
  }

  /** The next 32 bits, unsigned. */
  #word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}
