/**
 * What has arrived of a shared database: it is listed once, then followed by a watch, and handed to the {@link History}
 * in order. A lost watch is begun again where it ended; where the database has forgotten what is in between, it is listed
 * again, and what differs becomes visible at once.
 */
import type { Clock } from "../machinery/clock.ts";
import type { Log } from "../machinery/log.ts";
import { History } from "./history.ts";
import type { Keep, Revision } from "./history.ts";
import { RECORDS } from "./record-ring.ts";
import type { KeyLayout } from "./registry-layout.ts";
import { DatabaseCompacted, DatabaseUnavailable } from "./shared-database.ts";
import type { DatabaseEvent, DatabaseListing, DatabaseWatch, SharedDatabase } from "./shared-database.ts";
import { RecentEncodings } from "./recent-encodings.ts";
import { SharedEntry } from "./shared-entry.ts";
import type { SharedCodec, SharedHome } from "./shared-entry.ts";
import { StoreClosed } from "./store.ts";
import type { Change, Entry } from "./store.ts";
import { fromSorted, get, range, remove, set } from "./tree.ts";
import type { Tree } from "./tree.ts";

export interface ViewOptions {
  readonly database: SharedDatabase;
  readonly layout: KeyLayout;
  readonly codec: SharedCodec;
  readonly keep: Keep;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the writer beside is told of records, its own and others'. */
export interface RecordListener {
  /** A record is in the revision that is just arriving. Answers the objects that were written with it where the commit is ours. */
  arriving(key: string, revision: number, value: Uint8Array): ReadonlyMap<string, object> | undefined;
  /** That revision is visible now. */
  visible(key: string, revision: number, changes: readonly Change[]): void;
  /** The record vanished. */
  gone(key: string): void;
  /** The database was listed again: records as they are now. */
  relisted(records: ReadonlyMap<string, { readonly revision: number; readonly value: Uint8Array }>): void;
}

/** Pauses between attempts to follow the database again, in milliseconds. */
const SHORTEST_PAUSE = 50;
const LONGEST_PAUSE = 250;
/** Who waits for a revision asks for progress after so long, and then again, in milliseconds. */
const FIRST_NUDGE = 10;
const NUDGE = 100;
/** A watch that is asked for progress and is silent for so long is given up, in milliseconds. To begin another one costs little. */
const SILENCE = 1500;
/** Nobody waits for the watch for longer, in milliseconds. */
const PATIENCE = 30_000;

interface Waiter {
  readonly revision: number;
  /** How often the watch is still asked for it. */
  patience: number;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

/** The database answers, but what happened in it does not arrive. */
export class WatchBehind extends DatabaseUnavailable {
  constructor(reached: number, wanted: number) {
    super(
      `the watch of the shared database is at revision ${reached} and has not brought ${wanted} for ` +
        `${PATIENCE / 1000} s: see whether all its members answer and are in step`,
    );
  }
}

export class SharedView {
  readonly history: History;
  readonly #options: ViewOptions;
  readonly #home: SharedHome;
  readonly #records: RecordListener;
  readonly #recordPrefix: string;
  #reached: number;
  #watch: DatabaseWatch | undefined;
  #pause = SHORTEST_PAUSE;
  #waiters: Waiter[] = [];
  /** Of what is known to have happened. */
  #newest = 0;
  #nudging: (() => void) | undefined;
  #heard = 0;
  #cancelPause = (): void => {};
  #closed = false;
  /** How often the database was listed again. */
  relistings = 0;

  private constructor(options: ViewOptions, records: RecordListener, listing: DatabaseListing) {
    const { layout, keep, clock, log } = options;
    this.#options = options;
    this.#home = { codec: options.codec, recent: new RecentEncodings() };
    this.#records = records;
    this.#recordPrefix = layout.prefix + RECORDS;
    const { revision } = listing;
    const root = this.#rootOf(listing);
    this.history = new History({ root, revision, compacted: revision, log: [], keep, clock, report: log });
    this.#reached = revision;
    this.#follow();
  }

  static async open(options: ViewOptions, records: RecordListener): Promise<SharedView> {
    return new SharedView(options, records, await options.database.list(options.layout.prefix));
  }

  /** Everything up to this revision of the database is visible. */
  get reached(): number {
    return this.#reached;
  }

  /** Resolves once everything up to `revision` is visible; rejects with {@link WatchBehind} where that takes too long. */
  until(revision: number): Promise<void> {
    if (this.#closed) return Promise.reject(new StoreClosed());
    if (this.#reached >= revision) return Promise.resolve();
    return new Promise((resolve, reject) => this.#wait(revision, resolve, reject));
  }

  /** `revision` has happened: the watch is asked for it until it has brought it. `late` is told where that takes too long. */
  expect(revision: number, late: (cause: Error) => void): void {
    if (this.#reached < revision && !this.#closed) this.#wait(revision, () => {}, late);
  }

  #wait(revision: number, resolve: () => void, reject: (cause: Error) => void): void {
    this.#waiters.push({ revision, patience: PATIENCE / NUDGE, resolve, reject });
    this.#newest = Math.max(this.#newest, revision);
    if (this.#nudging !== undefined) return;
    // It had no reason to speak until now.
    this.#heard = this.#options.clock.now();
    this.#nudge(FIRST_NUDGE);
  }

  close(): void {
    this.#closed = true;
    this.#watch?.close();
    this.#cancelPause();
    this.#nudging?.();
    for (const { reject } of this.#waiters.splice(0)) reject(new StoreClosed());
    this.history.close();
  }

  #follow(): void {
    this.#heard = this.#options.clock.now();
    const { database, layout } = this.#options;
    this.#watch = database.watch(layout.prefix, this.#reached, {
      events: (events) => this.#arrive(events),
      progress: (revision) => this.#advance(revision),
      lost: (cause) => this.#lost(cause),
    });
  }

  #lost(cause: Error): void {
    this.#watch = undefined;
    if (this.#closed) return;
    const compacted = cause instanceof DatabaseCompacted;
    this.#options.log.warn("the watch of the shared database ended and is begun again", { cause: cause.message });
    this.#cancelPause = this.#options.clock.after(compacted ? 0 : this.#pause, () => {
      if (compacted) void this.#relist();
      else this.#follow();
    });
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  /** The watch gave a sign of life. */
  #alive(): void {
    this.#heard = this.#options.clock.now();
    this.#pause = SHORTEST_PAUSE;
  }

  #arrive(events: readonly DatabaseEvent[]): void {
    this.#alive();
    const revisions: Revision[] = [];
    const recorded: { key: string; revision: number; changes: readonly Change[] }[] = [];
    let { root } = this.history;
    for (let i = 0; i < events.length;) {
      const { revision } = events[i]!;
      const begin = i;
      while (i < events.length && events[i]!.revision === revision) i++;
      if (revision <= this.#reached) continue;
      const group = events.slice(begin, i);
      const record = this.#recordOf(group);
      const own = record && this.#records.arriving(record.key, revision, record.value);
      const changes: Change[] = [];
      for (const event of group) root = this.#apply(root, event, own, changes);
      if (record) recorded.push({ key: record.key, revision, changes });
      if (changes.length > 0) revisions.push({ revision, changes, record: record?.value ?? {}, committed: 0, root });
    }
    this.history.publish(revisions);
    this.#advance(events.at(-1)!.revision);
    for (const { key, revision, changes } of recorded) this.#records.visible(key, revision, changes);
    const outdated = this.history.outdated();
    if (outdated !== undefined) this.history.forget(outdated);
  }

  /** The record among the events of one revision; tells of records that vanished. */
  #recordOf(group: readonly DatabaseEvent[]): { key: string; value: Uint8Array } | undefined {
    let found: { key: string; value: Uint8Array } | undefined;
    for (const { key, value } of group) {
      if (!key.startsWith(this.#recordPrefix)) continue;
      if (value === undefined) this.#records.gone(key);
      else found = { key, value };
    }
    return found;
  }

  #apply(
    root: Tree<Entry>,
    { key: stored, value, revision, stale }: DatabaseEvent,
    own: ReadonlyMap<string, object> | undefined,
    changes: Change[],
  ): Tree<Entry> {
    const key = this.#keyOf(stored);
    if (key === undefined) return root;
    const before = get(root, key);
    if (value === undefined) {
      if (before === undefined) return root;
      changes.push({ revision, key, before, after: undefined });
      return remove(root, key);
    }
    const after = new SharedEntry(this.#home, key, revision, own?.get(key) ?? value, stale);
    changes.push({ revision, key, before, after });
    return set(root, after);
  }

  #keyOf(stored: string): string | undefined {
    return stored.startsWith(this.#recordPrefix) ? undefined : this.#options.layout.fromDatabase(stored);
  }

  #advance(revision: number): void {
    this.#alive();
    if (revision <= this.#reached) return;
    this.#reached = revision;
    this.history.advance(revision);
    if (this.#waiters.length === 0) return;
    const served = this.#waiters.filter((waiter) => waiter.revision <= revision);
    if (served.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.revision > revision);
    for (const { resolve } of served) resolve();
  }

  /** Asks the watch how far it is until it is there; one that says nothing is begun again. */
  #nudge(milliseconds: number): void {
    const { clock } = this.#options;
    this.#nudging = clock.after(milliseconds, () => {
      this.#nudging = undefined;
      if (this.#reached >= this.#newest || this.#closed) return;
      this.#watch?.requestProgress();
      if (this.#watch !== undefined && clock.now() - this.#heard > SILENCE) {
        this.#watch.close("silent");
        this.#lost(new Error("it was silent"));
      }
      this.#giveUp();
      this.#nudge(NUDGE);
    });
  }

  /** Who waited for too long is told so: by times asked, for while this process is stopped nothing can arrive. */
  #giveUp(): void {
    const late = this.#waiters.filter((waiter) => --waiter.patience < 0);
    if (late.length === 0) return;
    this.#waiters = this.#waiters.filter(({ patience }) => patience >= 0);
    for (const { revision, reject } of late) reject(new WatchBehind(this.#reached, revision));
  }

  async #relist(): Promise<void> {
    const { database, layout, log } = this.#options;
    try {
      const listing = await database.list(layout.prefix);
      if (this.#closed) return;
      this.#replace(listing);
      this.#follow();
    } catch (error) {
      log.warn("the shared database could not be listed again", { error: String(error) });
      this.#cancelPause = this.#options.clock.after(this.#pause, () => void this.#relist());
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    }
  }

  #replace(listing: DatabaseListing): void {
    this.relistings++;
    const { revision } = listing;
    const { root: old } = this.history;
    const root = this.#rootOf(listing, old);
    const changes: Change[] = [];
    for (const before of range(old, "")) {
      if (get(root, before.key) === undefined) changes.push({ revision, key: before.key, before, after: undefined });
    }
    for (const after of range(root, "")) {
      const before = get(old, after.key);
      if (before !== after) changes.push({ revision, key: after.key, before, after });
    }
    this.history.replace(root, revision, changes);
    this.#advance(revision);
    const records = listing.rows.filter(({ key }) => key.startsWith(this.#recordPrefix));
    this.#records.relisted(new Map(records.map((row) => [row.key, row])));
  }

  /** What did not change since `known` stays the same entry. */
  #rootOf({ rows }: DatabaseListing, known?: Tree<Entry>): Tree<Entry> {
    const entries: Entry[] = [];
    for (const { key: stored, value, revision, stale } of rows) {
      const key = this.#keyOf(stored);
      if (key === undefined) continue;
      const before = known && get(known, key);
      entries.push(before?.revision === revision ? before : new SharedEntry(this.#home, key, revision, value, stale));
    }
    return fromSorted(entries.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  }
}
