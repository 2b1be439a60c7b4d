/** AES as upstream's providers `aesgcm` and `aescbc` use it. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { CipherGCMTypes } from "node:crypto";
import type { Cipher } from "./providers.ts";

const NONCE = 12;
const TAG = 16;
const BLOCK = 16;

/** A nonce, what is encrypted, and a tag that also covers the key the value lies under. */
export function aesGcm(secret: Uint8Array): Cipher {
  const name = `aes-${secret.length * 8}-gcm` as CipherGCMTypes;
  return {
    encrypt(plain, context) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(name, secret, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(sealed, context) {
      if (sealed.length < NONCE + TAG) throw new Error("the stored data was shorter than the required size");
      const decipher = createDecipheriv(name, secret, sealed.subarray(0, NONCE));
      decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(sealed.length - TAG));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()]);
    },
  };
}

/** A first block of chance, and what is encrypted with padding. Nothing binds it to its key, and a change may go unseen. */
export function aesCbc(secret: Uint8Array): Cipher {
  const name = `aes-${secret.length * 8}-cbc`;
  return {
    encrypt(plain) {
      const first = randomBytes(BLOCK);
      const cipher = createCipheriv(name, secret, first);
      return Buffer.concat([first, cipher.update(plain), cipher.final()]);
    },
    decrypt(sealed) {
      if (sealed.length < BLOCK) throw new Error("the stored data was shorter than the required size");
      const decipher = createDecipheriv(name, secret, sealed.subarray(0, BLOCK));
      return Buffer.concat([decipher.update(sealed.subarray(BLOCK)), decipher.final()]);
    },
  };
}
