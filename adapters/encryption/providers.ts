/**
 * Upstream's providers: each writes a prefix that says which provider and which key sealed a value, so that any of several
 * can open it. The first provider of a resource seals; all open.
 *
 * Worked example: `k8s:enc:aesgcm:v1:key1:` and then bytes.
 */
import { CannotOpen, ENCRYPTED } from "../../src/store/encryption/transformer.ts";
import type { Opened, Transformer } from "../../src/store/encryption/transformer.ts";

/** What is done with one secret. `decrypt` throws where the bytes are not what `encrypt` made for this context. */
export interface Cipher {
  encrypt(plain: Uint8Array, context: string): Uint8Array;
  decrypt(sealed: Uint8Array, context: string): Uint8Array;
}

export interface Provider {
  /** Of all values that it seals; empty for the one that leaves them as they are. */
  readonly prefix: string;
  seal(plain: Uint8Array, key: string): Uint8Array;
  /** Without the prefix; undefined where the prefix is not this provider's after all. */
  open(sealed: Uint8Array, key: string): Opened | undefined;
  prepare?(sealed: Iterable<Uint8Array>): Promise<void> | undefined;
}

export const identity: Provider = {
  prefix: "",
  seal: (plain) => plain,
  open: (stored) => (startsWith(stored, ENCRYPTED) ? undefined : { plain: stored, stale: false }),
};

/** Several secrets under one prefix; the first one seals. */
export function keyed(kind: string, secrets: readonly { readonly name: string; readonly cipher: Cipher }[]): Provider {
  const [first] = secrets;
  const own = new TextEncoder().encode(`${first!.name}:`);
  return {
    prefix: `${ENCRYPTED}${kind}:v1:`,
    seal: (plain, key) => joined(own, first!.cipher.encrypt(plain, key)),
    open(sealed, key) {
      for (const { name, cipher } of secrets) {
        if (!startsWith(sealed, `${name}:`)) continue;
        const plain = cipher.decrypt(sealed.subarray(name.length + 1), key);
        return { plain, stale: name !== first!.name };
      }
      throw new Error("no matching key was found for the provided AES transformer");
    },
  };
}

/** `providers`: not empty. */
export function transformer(providers: readonly Provider[]): Transformer {
  const [first] = providers;
  const begin = new TextEncoder().encode(first!.prefix);
  const waits = providers.filter(({ prepare }) => prepare !== undefined);
  return {
    seal: (plain, key) => joined(begin, first!.seal(plain, key)),
    open(stored, key) {
      for (const provider of providers) {
        if (!startsWith(stored, provider.prefix)) continue;
        const opened = tried(provider, stored, key);
        if (opened !== undefined) return provider === first ? opened : { ...opened, stale: true };
      }
      throw new CannotOpen(key, "no provider of the encryption configuration has its prefix");
    },
    ...(waits.length > 0 && {
      prepare(stored: Iterable<Uint8Array>) {
        const all = [...stored];
        const begun = waits.flatMap((provider) => {
          const own = all.filter((value) => startsWith(value, provider.prefix));
          const sealed = own.map((value) => value.subarray(provider.prefix.length));
          return (own.length > 0 && provider.prepare!(sealed)) || [];
        });
        return begun.length === 0 ? undefined : Promise.all(begun).then(() => {});
      },
    }),
  };
}

function tried(provider: Provider, stored: Uint8Array, key: string): Opened | undefined {
  try {
    return provider.open(stored.subarray(provider.prefix.length), key);
  } catch (error) {
    throw new CannotOpen(key, (error as Error).message);
  }
}

/** Prefixes are ASCII. */
export function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length) return false;
  for (let at = 0; at < text.length; at++) if (bytes[at] !== text.charCodeAt(at)) return false;
  return true;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 2 && parts[0]!.length === 0 ? parts[1]! : Buffer.concat(parts);
}
