/** Randomness, as a port: a seeded one makes a whole cluster's run repeatable. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` bytes; from a cryptographic source outside of simulations. */
  bytes(length: number): Uint8Array;
}

/** The letters that generated names are made of: no vowels and no look-alikes, as upstream's util/rand. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A suffix as `generateName` and ReplicaSets' pods get it. */
export function randomSuffix(random: Random, length = 5): string {
  let text = "";
  for (let i = 0; i < length; i++) text += ALPHABET[Math.floor(random.next() * ALPHABET.length)];
  return text;
}

/** An RFC 4122 version 4 identifier. */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[bytes[i]!];
  }
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
