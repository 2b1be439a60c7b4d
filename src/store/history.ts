/**
 * What has become visible: the newest root, the log of how it came about, and who is told.
 *
 * Knows nothing of writers, so that any way of ordering writes can stand above it: a {@link LocalStore} that decides
 * itself, or a front to a shared database that hands in what the database decided, revision gaps included.
 *
 * Old roots are not all kept: one each {@link STRIDE} revisions, and those last asked for. Others are made by undoing
 * logged changes from the next newer one, at about a microsecond each.
 */
import type { Clock } from "../machinery/clock.ts";
import type { Log } from "../machinery/log.ts";
import { differences } from "./differences.ts";
import type { Difference } from "./differences.ts";
import { StoredEntry } from "./entry.ts";
import { decodeRecord } from "./journal.ts";
import type { RowId } from "./journal.ts";
import { Compacted, FutureRevision } from "./store.ts";
import type { Change, ChangeRecord, Entry, Snapshot, StoredRecord, WatchListener } from "./store.ts";
import { count, get, range, remove, set } from "./tree.ts";
import type { Tree } from "./tree.ts";
import { watches, Watchers } from "./watchers.ts";

/** One revision as the log keeps it. */
export interface Revision {
  readonly revision: number;
  readonly changes: readonly Change[];
  /** The record, or its JSON: as a text, which takes half the memory that bytes of their own do, or as the journal had it. */
  readonly record: ChangeRecord | string | Uint8Array;
  /** Milliseconds since the epoch. */
  committed: number;
  /** The map after this revision; most are dropped again. */
  root: Tree<Entry> | undefined;
}

/** How long the log reaches back: whichever of the two is reached first. */
export interface Keep {
  readonly revisions: number;
  readonly milliseconds: number;
}

export const DEFAULT_KEEP: Keep = { revisions: 100_000, milliseconds: 3_600_000 };

/** So that 0 can mean "none" everywhere. */
export const FIRST_REVISION = 1;

const STRIDE = 1024;
/** How many rebuilt roots are kept for those who come again, such as clients that page through a list. */
const REBUILT = 32;
/** So far back, entries keep their objects in memory: watchers and handlers still look at them. */
const RECENT = 1000;
/** The most revisions one publication forgets, so that no writer waits long for another's past. */
const TRIM = 1000;

export interface HistoryOptions {
  readonly root: Tree<Entry>;
  readonly revision: number;
  readonly compacted: number;
  /** Revisions after `compacted`, oldest first. */
  readonly log: Revision[];
  readonly keep: Keep;
  readonly clock: Clock;
  readonly report: Log;
}

export class History {
  readonly #keep: Keep;
  readonly #clock: Clock;
  readonly #watchers: Watchers;
  /** Oldest first; what is before `#first` is forgotten and cut off now and then. */
  #log: Revision[];
  #first = 0;
  #root: Tree<Entry>;
  #revision: number;
  #compacted: number;
  /** From when on the compacted revision was the newest, in milliseconds since the epoch; infinity where nobody knows. */
  #compactedAt: number;
  /** Entries up to this revision are shared with forks, which cannot read them again from our journal. */
  #shared = 0;
  readonly #rebuilt = new Map<number, Tree<Entry>>();
  #snapshot: Snapshot | undefined;

  constructor(options: HistoryOptions) {
    this.#keep = options.keep;
    this.#clock = options.clock;
    this.#watchers = new Watchers(options.report);
    this.#log = options.log;
    this.#root = options.root;
    this.#revision = options.revision;
    this.#compacted = options.compacted;
    this.#compactedAt = options.log.length === 0 ? options.clock.now() : Number.POSITIVE_INFINITY;
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compacted;
  }

  get root(): Tree<Entry> {
    return this.#root;
  }

  /** Makes `revisions` (oldest first, each with its root) visible together and tells the watchers. */
  publish(revisions: readonly Revision[]): void {
    const newest = revisions.at(-1);
    if (newest === undefined) return;
    const committed = this.#clock.now();
    for (const revision of revisions) {
      revision.committed = committed;
      this.#append(revision);
    }
    this.#root = newest.root!;
    this.#revision = newest.revision;
    this.#snapshot = undefined;
    const changes = revisions.length === 1 ? newest.changes : revisions.flatMap((revision) => revision.changes);
    this.#watchers.tell(changes, newest.revision);
  }

  /** Nothing more happened up to `revision`. */
  advance(revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    this.#snapshot = undefined;
  }

  /** Revisions up to `revision` were missed: begins anew with `root`, which differs by `changes` from what was visible. */
  replace(root: Tree<Entry>, revision: number, changes: readonly Change[]): void {
    this.#log = [];
    this.#first = 0;
    this.#rebuilt.clear();
    this.#root = root;
    this.#revision = revision;
    this.#compacted = revision;
    this.#compactedAt = this.#clock.now();
    this.#snapshot = undefined;
    this.#watchers.lose((reached) => new Compacted(reached, revision));
    if (changes.length > 0) this.#watchers.tell(changes, revision);
  }

  snapshot(): Snapshot {
    return (this.#snapshot ??= new RootSnapshot(this.#root, this.#revision));
  }

  snapshotAt(revision: number): Snapshot {
    this.#check(revision);
    if (revision === this.#revision) return this.snapshot();
    let root = this.#rebuilt.get(revision);
    if (root === undefined) {
      root = this.#rebuild(revision);
      if (this.#rebuilt.size >= REBUILT) this.#rebuilt.delete(this.#rebuilt.keys().next().value!);
    } else {
      this.#rebuilt.delete(revision);
    }
    this.#rebuilt.set(revision, root);
    return new RootSnapshot(root, revision);
  }

  revisionAt(time: number): number {
    let low = this.#first;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#log[middle]!.committed <= time) low = middle + 1;
      else high = middle;
    }
    if (low > this.#first) return this.#log[low - 1]!.revision;
    // Where nothing was ever forgotten, the log begins with the cluster.
    if (this.#compacted > 0 && time < this.#compactedAt) throw new Compacted(0, this.#compacted);
    return Math.max(this.#compacted, FIRST_REVISION);
  }

  /** `after` may be in the future: nothing up to it is told then. */
  watch(prefix: string, after: number, listener: WatchListener): () => void {
    if (after < this.#compacted) throw new Compacted(after, this.#compacted);
    const stop = this.#watchers.add(prefix, Math.max(after, this.#revision), listener);
    if (after < this.#revision) {
      const missed: Change[] = [];
      for (let i = this.#indexAfter(after); i < this.#log.length; i++) {
        for (const change of this.#log[i]!.changes) if (watches(prefix, change.key)) missed.push(change);
      }
      if (missed.length > 0) listener.changes(missed, this.#revision);
    }
    return stop;
  }

  record(revision: number): StoredRecord | undefined {
    const logged = this.#log[this.#indexAfter(revision - 1)];
    if (logged === undefined || logged.revision !== revision) return undefined;
    const packed = typeof logged.record === "string" || logged.record instanceof Uint8Array;
    const record = packed ? decodeRecord(logged.record) : logged.record;
    const keys = logged.changes.map((change) => change.key);
    return { ...record, revision, committed: logged.committed, keys };
  }

  *changes(after: number, until: number): Generator<Change, void> {
    if (after < this.#compacted) throw new Compacted(after, this.#compacted);
    let reached = after;
    for (;;) {
      // Looked up again each time: the log may move under a reader who takes a while.
      if (reached < this.#compacted) throw new Compacted(reached, this.#compacted);
      const logged = this.#log[this.#indexAfter(reached)];
      if (logged === undefined || logged.revision > until) return;
      yield* logged.changes;
      reached = logged.revision;
    }
  }

  /** Forgets the log up to `revision` and answers what it forgot. */
  forget(revision: number): readonly Revision[] {
    if (revision > this.#revision) throw new FutureRevision(revision, this.#revision);
    if (revision <= this.#compacted) return [];
    const end = this.#indexAfter(revision);
    const forgotten = this.#log.slice(this.#first, end);
    for (const { changes } of forgotten) for (const { before } of changes) this.#holdForForks(before);
    this.#first = end;
    this.#compacted = revision;
    this.#compactedAt = forgotten.at(-1)?.committed ?? this.#compactedAt;
    for (const rebuilt of this.#rebuilt.keys()) if (rebuilt < revision) this.#rebuilt.delete(rebuilt);
    if (this.#first > Math.min(this.#log.length / 2, 4 * TRIM)) {
      this.#log = this.#log.slice(this.#first);
      this.#first = 0;
    }
    return forgotten;
  }

  /** The revision up to which the kept window says to forget now; undefined while it is not worth the work. */
  outdated(): number | undefined {
    const limit = this.#clock.now() - this.#keep.milliseconds;
    let aged = 0;
    while (aged < TRIM && (this.#log[this.#first + aged]?.committed ?? limit) < limit) aged++;
    const surplus = this.#log.length - this.#first - this.#keep.revisions;
    const outdated = Math.min(TRIM, Math.max(surplus, aged));
    const worthIt = Math.min(TRIM - 1, this.#keep.revisions >> 4);
    return outdated > worthIt ? this.#log[this.#first + outdated - 1]!.revision : undefined;
  }

  /** Keeps what is visible now in memory for as long as somebody holds it. */
  share(): void {
    this.#shared = this.#revision;
  }

  close(): void {
    this.#watchers.clear();
  }

  #append(revision: Revision): void {
    const previous = this.#log.at(-1);
    this.#log.push(revision);
    // The newest root is in #root; a logged one is needed only as a point to undo from.
    if (previous !== undefined && (this.#log.length - 1) % STRIDE !== 0) previous.root = undefined;
    const settled = this.#log[this.#log.length - RECENT];
    if (settled === undefined) return;
    for (const { before } of settled.changes) {
      if (before instanceof StoredEntry && before.revision > this.#shared) before.release();
    }
  }

  #holdForForks(before: Entry | undefined): void {
    if (before instanceof StoredEntry && before.revision <= this.#shared) before.hold();
  }

  #check(revision: number): void {
    if (revision < this.#compacted) throw new Compacted(revision, this.#compacted);
    if (revision > this.#revision) throw new FutureRevision(revision, this.#revision);
  }

  #rebuild(revision: number): Tree<Entry> {
    const begin = this.#indexAfter(revision);
    let at = begin - 1;
    if (at >= this.#first && this.#log[at]!.root !== undefined) return this.#log[at]!.root!;
    at = begin;
    while (at < this.#log.length - 1 && this.#log[at]!.root === undefined) at++;
    let root = at >= this.#log.length - 1 ? this.#root : this.#log[at]!.root!;
    at = Math.min(at, this.#log.length - 1);
    for (; at >= begin; at--) {
      root = undo(root, this.#log[at]!.changes);
      // A long way back leaves marks, so that the next one is short.
      if (at % STRIDE === 0 && at > this.#first) this.#log[at - 1]!.root = root;
    }
    return root;
  }

  /** The index of the first logged revision greater than `revision`. */
  #indexAfter(revision: number): number {
    let low = this.#first;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#log[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class RootSnapshot implements Snapshot {
  readonly revision: number;
  readonly #root: Tree<Entry>;

  constructor(root: Tree<Entry>, revision: number) {
    this.#root = root;
    this.revision = revision;
  }

  get(key: string): Entry | undefined {
    return get(this.#root, key);
  }

  range(prefix: string, after?: string): Iterable<Entry> {
    return range(this.#root, prefix, after);
  }

  count(prefix: string, after?: string): number {
    return count(this.#root, prefix, after);
  }

  differences(to: Snapshot): Iterable<Difference<Entry>> {
    if (!(to instanceof RootSnapshot)) throw new TypeError("only snapshots of stores can be compared");
    return differences(this.#root, to.#root);
  }
}

function undo(root: Tree<Entry>, changes: readonly Change[]): Tree<Entry> {
  for (const { key, before } of changes) root = before === undefined ? remove(root, key) : set(root, before);
  return root;
}

/** The journal's rows that only `forgotten` needed: its record, what it replaced, and its marks of deletion. */
export function obsoleteRows(forgotten: Revision, into: RowId[]): void {
  const { revision } = forgotten;
  into.push({ revision, kind: "record", key: "" });
  for (const { key, before, after } of forgotten.changes) {
    if (before !== undefined) into.push({ revision: before.revision, kind: "value", key });
    if (after === undefined) into.push({ revision, kind: "deletion", key });
  }
}
