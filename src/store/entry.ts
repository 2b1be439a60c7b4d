import { CountedEncodings } from "./recent-encodings.ts";
import type { Forgetful, RecentEncodings } from "./recent-encodings.ts";
import { Compacted } from "./store.ts";
import type { Entry } from "./store.ts";

/**
 * Objects to bytes and back, for journals that keep bytes.
 *
 * The codec may leave out what `key` says already; the API server's `json` leaves out the leading
 * `{"kind":…,"apiVersion":…`, so that it can put any version's in front of the same bytes.
 */
export interface Codec {
  /** Under this name the journal's bytes stand in {@link Entry.encodings}. */
  readonly name: string;
  encode(object: object, key: string): Uint8Array;
  /** Throws where the bytes are not what `encode` made. */
  decode(bytes: Uint8Array, key: string): object;
}

/** What the entries of one store have in common. */
export interface EntryHome {
  readonly codec: Codec;
  /** Reads a journaled value again; absent where the journal keeps none. */
  readonly read?: (revision: number, key: string) => Uint8Array | undefined;
  readonly recent: RecentEncodings;
}

/**
 * An entry that is parsed when first read, and that can forget its bytes, and when it is old its object, while the journal has them.
 *
 * Loading 100,000 objects only takes their bytes; and a superseded entry that waits in the log for an hour costs a
 * hundred bytes of memory instead of several thousand.
 */
export class StoredEntry implements Entry, Forgetful {
  readonly key: string;
  readonly revision: number;
  readonly stale: boolean;
  readonly #home: EntryHome;
  #object: object | undefined;
  #bytes: Uint8Array | undefined;
  #encodings: CountedEncodings | undefined;

  constructor(
    home: EntryHome,
    key: string,
    revision: number,
    object: object | undefined,
    bytes: Uint8Array | undefined,
    stale = false,
  ) {
    this.key = key;
    this.revision = revision;
    this.stale = stale;
    this.#home = home;
    this.#object = object;
    this.#bytes = bytes;
    if (bytes !== undefined) home.recent.add(this, bytes.length);
  }

  /** Throws {@link Compacted} where a superseded entry was read again after its revision had been compacted. */
  get object(): object {
    return (this.#object ??= this.#home.codec.decode(this.#journaled(), this.key));
  }

  get encodings(): Map<string, Uint8Array> {
    if (this.#encodings !== undefined) return this.#encodings;
    const bytes = this.#object === undefined ? this.#journaled() : this.#bytes;
    this.#encodings = new CountedEncodings(this.#home.recent, this);
    if (bytes !== undefined) this.#encodings.setCounted(this.#home.codec.name, bytes);
    return this.#encodings;
  }

  /** Keeps what cannot be had again. */
  forgetEncodings(): void {
    if (this.#object !== undefined || this.#home.read !== undefined) this.#bytes = undefined;
    this.#encodings = undefined;
  }

  /** Forgets what can be had again from the journal. Only for entries that are durable there. */
  release(): void {
    if (this.#home.read === undefined) return;
    this.#object = undefined;
    this.forgetEncodings();
    this.#home.recent.remove(this);
  }

  /** Has in memory what the journal is about to forget, because somebody else may still hold this entry. */
  hold(): void {
    if (this.#bytes !== undefined || this.#home.read !== undefined) void this.object;
  }

  #journaled(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    const bytes = this.#home.read?.(this.revision, this.key);
    if (bytes === undefined) throw new Compacted(this.revision, this.revision);
    this.#bytes = bytes;
    this.#home.recent.add(this, bytes.length);
    return bytes;
  }
}
