/** A journal whose values are encrypted on the way in. Changes of state and records of who did what are not values. */
import type { Journal, JournalCommit, JournalContent, JournalRow } from "../journal.ts";
import { CannotOpen } from "./transformer.ts";
import type { TransformerOf } from "./transformer.ts";

/** Journals that keep nothing need no encryption and are given back as they are. */
export function encryptedJournal(journal: Journal, of: TransformerOf): Journal {
  return journal.durable ? new EncryptedJournal(journal, of) : journal;
}

class EncryptedJournal implements Journal {
  readonly durable = true;
  readonly start: Journal["start"];
  readonly compact: Journal["compact"];
  readonly close: Journal["close"];
  readonly read: NonNullable<Journal["read"]>;
  readonly #inner: Journal;
  readonly #of: TransformerOf;

  constructor(inner: Journal, of: TransformerOf) {
    this.#inner = inner;
    this.#of = of;
    this.start = (sink) => inner.start(sink);
    this.compact = (revision, obsolete) => inner.compact(revision, obsolete);
    this.close = () => inner.close();
    this.read = (revision, key) => {
      const stored = inner.read?.(revision, key);
      return stored && this.#open({ key, bytes: stored }).bytes;
    };
  }

  async load(): Promise<JournalContent> {
    const content = await this.#inner.load();
    await this.#prepare(content);
    return { ...content, commits: { [Symbol.iterator]: () => this.#opened(content) } };
  }

  *#opened({ commits }: JournalContent): Generator<JournalCommit, void> {
    for (const commit of commits) {
      yield { ...commit, rows: commit.rows.map((row) => this.#tryToOpen(this.#whole(commit, row))) };
    }
  }

  /** A row that is only named is read where its value is sealed: whether it can be opened must be known at the start. */
  #whole({ revision }: JournalCommit, row: JournalRow): JournalRow {
    const { key, unread } = row;
    if (!unread || this.#of(key) === undefined) return row;
    return { key, bytes: this.#inner.read?.(revision, key) };
  }

  append(commit: JournalCommit): void {
    this.#inner.append({ ...commit, rows: commit.rows.map((row) => this.#seal(row)) });
  }

  /** Keys that another service keeps are fetched before the first value is opened. */
  async #prepare({ commits }: JournalContent): Promise<void> {
    const values = new Map<ReturnType<TransformerOf>, Uint8Array[]>();
    for (const commit of commits) {
      for (const row of commit.rows) {
        const transformer = this.#of(row.key);
        if (transformer?.prepare === undefined) continue;
        const { bytes } = this.#whole(commit, row);
        if (bytes === undefined) continue;
        const known = values.get(transformer);
        if (known === undefined) values.set(transformer, [bytes]);
        else known.push(bytes);
      }
    }
    await Promise.all([...values].map(([transformer, stored]) => transformer!.prepare!(stored)));
  }

  #seal({ key, bytes }: JournalRow): JournalRow {
    const transformer = bytes && this.#of(key);
    return { key, bytes: transformer ? transformer.seal(bytes, key) : bytes };
  }

  /** What was sealed with a key that is out of use by now is lost; only what it was replaced by must be readable. */
  #tryToOpen(row: JournalRow): JournalRow {
    try {
      return this.#open(row);
    } catch (error) {
      if (error instanceof CannotOpen) return { ...row, lost: error };
      throw error;
    }
  }

  #open(row: JournalRow): JournalRow {
    const { key, bytes } = row;
    const transformer = bytes && this.#of(key);
    if (!transformer) return row;
    const { plain, stale } = transformer.open(bytes, key);
    return { key, bytes: plain, ...(stale && { stale }) };
  }
}
