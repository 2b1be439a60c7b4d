/** XSalsa20 and Poly1305, as upstream's provider `secretbox` uses them: a nonce before what NaCl makes. */
import { randomBytes } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import type { Cipher } from "./providers.ts";

const NONCE = 24;

export function secretBox(secret: Uint8Array): Cipher {
  return {
    encrypt(plain) {
      const nonce = randomBytes(NONCE);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(plain)]);
    },
    decrypt(sealed) {
      if (sealed.length < NONCE) throw new Error("the stored data was shorter than the required size");
      return xsalsa20poly1305(secret, sealed.subarray(0, NONCE)).decrypt(sealed.subarray(NONCE));
    },
  };
}
