/**
 * How values lie on the disk, as a port: chosen resources are encrypted there, everything else stays as it is.
 *
 * Forms are upstream's (`k8s:enc:<provider>:v1:<key's name>:` and so on), so that a reference API server with the same
 * EncryptionConfiguration reads what we wrote and the other way round. A value is bound to its key: moved to another one, it
 * cannot be opened.
 */
export interface Transformer {
  /** `key` is the full key of the database that the value lies under. */
  seal(plain: Uint8Array, key: string): Uint8Array;
  /** Throws {@link CannotOpen} where the value was changed, or by whom it was sealed is not known. */
  open(stored: Uint8Array, key: string): Opened;
  /**
   * Fetches what these values need to be opened, such as keys that another service keeps. Undefined where nothing is
   * missing, which is the usual case. Rejects with {@link CannotOpen}.
   */
  prepare?(stored: Iterable<Uint8Array>): Promise<void> | undefined;
}

export interface Opened {
  readonly plain: Uint8Array;
  /** It would be sealed otherwise now: with another key, or by another provider. */
  readonly stale: boolean;
}

/** Which transformer a key's values have; undefined: they lie there as they are. */
export type TransformerOf = (key: string) => Transformer | undefined;

export interface Encryption {
  readonly of: TransformerOf;
  /** Ends what it asks others for. */
  close(): void;
}

export class CannotOpen extends Error {
  constructor(key: string, reason: string) {
    super(`${key} cannot be read: ${reason}`);
  }
}

/** All values begin so that are encrypted at all. */
export const ENCRYPTED = "k8s:enc:";

/** For whoever is about to read a value that no transformer was asked for. Throws {@link CannotOpen} where it is encrypted. */
export function refuseEncrypted(stored: Uint8Array, key: string): void {
  for (let at = 0; at < ENCRYPTED.length; at++) if (stored[at] !== ENCRYPTED.charCodeAt(at)) return;
  throw new CannotOpen(
    key,
    "it is encrypted, and nothing says how; start with the --encryption-provider-config that it was written with",
  );
}
