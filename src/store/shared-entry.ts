import type { Entry } from "./store.ts";

/**
 * Objects to a shared database's bytes and back. The bytes do not hold the revision (the database knows it), so they can be made
 * before it is known.
 */
export interface SharedCodec {
  encode(object: object, key: string): Uint8Array;
  /** Throws, naming the key, where the bytes cannot be understood. */
  decode(bytes: Uint8Array, key: string, revision: number): object;
  /** Writes its revision into an object that `encode` was given. */
  stamp(object: object, revision: number): void;
}

/** An entry that is parsed when first read; most of what other servers write never is. */
export class SharedEntry implements Entry {
  readonly key: string;
  readonly revision: number;
  readonly stale: boolean;
  readonly #codec: SharedCodec;
  #object: object | undefined;
  #bytes: Uint8Array | undefined;
  #encodings: Map<string, Uint8Array> | undefined;

  constructor(codec: SharedCodec, key: string, revision: number, content: object | Uint8Array, stale = false) {
    this.key = key;
    this.stale = stale;
    this.revision = revision;
    this.#codec = codec;
    if (content instanceof Uint8Array) this.#bytes = content;
    else this.#object = content;
  }

  get object(): object {
    if (this.#object === undefined) {
      this.#object = this.#codec.decode(this.#bytes!, this.key, this.revision);
      this.#bytes = undefined;
    }
    return this.#object;
  }

  get encodings(): Map<string, Uint8Array> {
    return (this.#encodings ??= new Map());
  }
}
