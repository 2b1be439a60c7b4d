import type { Forgetful, RecentEncodings } from "./recent-encodings.ts";
import { Compacted } from "./store.ts";
import type { Encodings, Entry } from "./store.ts";

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
 * An entry that is parsed when first read, and that can forget its encodings, and when it is old its object, too, while the
 * journal has them.
 *
 * Loading 100,000 objects only takes their bytes; and a superseded entry that waits in the log for an hour costs a
 * hundred bytes of memory instead of several thousand. For the same reason it holds its encodings itself.
 */
export class StoredEntry implements Entry, Encodings, Forgetful {
  readonly key: string;
  readonly revision: number;
  readonly stale: boolean;
  readonly #home: EntryHome;
  #object: object | undefined;
  /** In the journal's encoding. */
  #bytes: Uint8Array | undefined;
  #others: Map<string, Uint8Array> | undefined;

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
    return (this.#object ??= this.#home.codec.decode(this.#journaled()!, this.key));
  }

  get encodings(): Encodings {
    return this;
  }

  get(name: string): Uint8Array | undefined {
    return name === this.#home.codec.name ? this.#journaled() : this.#others?.get(name);
  }

  set(name: string, bytes: Uint8Array): void {
    if (name === this.#home.codec.name) this.#bytes = bytes;
    else (this.#others ??= new Map()).set(name, bytes);
    this.#home.recent.add(this, bytes.length);
  }

  /** Keeps what cannot be had again. */
  forgetEncodings(): void {
    if (this.#object !== undefined || this.#home.read !== undefined) this.#bytes = undefined;
    this.#others = undefined;
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

  /** Undefined only where the object is there instead: what is not durable yet, or was held. */
  #journaled(): Uint8Array | undefined {
    if (this.#bytes !== undefined) return this.#bytes;
    const { read, recent } = this.#home;
    const bytes = read?.(this.revision, this.key);
    if (bytes === undefined) {
      if (this.#object === undefined) throw new Compacted(this.revision, this.revision);
    } else if (recent.hasRoom(bytes.length)) {
      this.#bytes = bytes;
      recent.add(this, bytes.length);
    }
    return bytes;
  }
}
