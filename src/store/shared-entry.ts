import type { Forgetful, RecentEncodings } from "./recent-encodings.ts";
import type { Encodings, Entry } from "./store.ts";

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

/** What the entries of one store have in common. */
export interface SharedHome {
  readonly codec: SharedCodec;
  readonly recent: RecentEncodings;
}

/** An entry that is parsed when first read; most of what other servers write never is. It holds its encodings itself. */
export class SharedEntry implements Entry, Encodings, Forgetful {
  readonly key: string;
  readonly revision: number;
  readonly stale: boolean;
  readonly #home: SharedHome;
  #object: object | undefined;
  #bytes: Uint8Array | undefined;
  #encodings: Map<string, Uint8Array> | undefined;

  constructor(home: SharedHome, key: string, revision: number, content: object | Uint8Array, stale = false) {
    this.key = key;
    this.stale = stale;
    this.revision = revision;
    this.#home = home;
    if (content instanceof Uint8Array) this.#bytes = content;
    else this.#object = content;
  }

  get object(): object {
    if (this.#object === undefined) {
      this.#object = this.#home.codec.decode(this.#bytes!, this.key, this.revision);
      this.#bytes = undefined;
    }
    return this.#object;
  }

  get encodings(): Encodings {
    return this;
  }

  get(name: string): Uint8Array | undefined {
    return this.#encodings?.get(name);
  }

  set(name: string, bytes: Uint8Array): void {
    (this.#encodings ??= new Map()).set(name, bytes);
    this.#home.recent.add(this, bytes.length);
  }

  forgetEncodings(): void {
    this.#encodings = undefined;
  }
}
