/**
 * Drives a store with random operations and compares all it says with a model that keeps every revision as a whole map.
 *
 * One step is a burst of commits that do not wait for each other (some of them conflicts), a reader of now or then, a
 * watch begun or ended, a compaction, a fork, or a restart where the journal outlives the store.
 */
import assert from "node:assert/strict";
import type { Random } from "../../machinery/random.ts";
import { Compacted, Conflict, FutureRevision } from "../store.ts";
import type { Change, Commit, Snapshot, Store, Write } from "../store.ts";

export interface ModelRun {
  open(): Promise<Store>;
  /** Closes `store` and opens what its journal has. */
  reopen?(store: Store): Promise<Store>;
  readonly random: Random;
  readonly operations: number;
  /** A database behind the store gives the revisions: a commit is known when it is done, and they have gaps. */
  readonly shared?: boolean;
}

interface Versioned {
  readonly revision: number;
  readonly value: number;
}
type State = ReadonlyMap<string, Versioned>;
/** Revision, key, and the values before and after. */
type Told = readonly [number, string, number | undefined, number | undefined];

interface Watched {
  readonly prefix: string;
  readonly after: number;
  readonly told: Told[];
  stop(): void;
}

const PREFIXES = [
  "",
  "/core/",
  "/core/pods/",
  "/core/pods/a/",
  "/core/pods/b/",
  "/core/nodes/",
  "/core/pods/a/1",
  "/x/",
];

export async function runModel(run: ModelRun): Promise<void> {
  await new ModelTest(run).run();
}

class ModelTest {
  readonly #run: ModelRun;
  #store!: Store;
  /** By revision; those compacted are gone. */
  #states = new Map<number, State>();
  #log: Told[] = [];
  #users = new Map<number, string>();
  #head: State = new Map();
  #revision = 0;
  #commits = 0;
  #compacted = 0;
  #watches: Watched[] = [];

  constructor(run: ModelRun) {
    this.#run = run;
  }

  async run(): Promise<void> {
    this.#store = await this.#run.open();
    this.#revision = this.#store.revision;
    this.#compacted = this.#store.compactedRevision;
    this.#states.set(this.#revision, this.#head);
    for (let done = 0; done < this.#run.operations; done++) await this.#step();
    this.#checkAll();
    await this.#store.close();
  }

  async #step(): Promise<void> {
    const dice = this.#run.random.next();
    if (dice < 0.6) return this.#burst();
    if (dice < 0.75) return this.#readAt(this.#below(this.#revision + 2));
    if (dice < 0.85) return this.#watch();
    if (dice < 0.92) return this.#unwatch();
    if (dice < 0.96) return this.#checkAll();
    if (dice < 0.98) return this.#compact();
    if (dice < 0.99) return this.#fork();
    if (this.#run.reopen) return this.#reopen();
  }

  async #burst(): Promise<void> {
    const waiting: Promise<void>[] = [];
    for (let i = this.#below(8); i >= 0; i--) {
      waiting.push(this.#commit());
      if (this.#run.shared) await waiting.at(-1);
    }
    await Promise.all(waiting);
    assert.equal(this.#store.revision, this.#revision);
  }

  async #commit(): Promise<void> {
    const keys = new Set(Array.from({ length: 1 + this.#below(3) }, () => this.#key()));
    const user = `user-${this.#commits++}`;
    const wanted = new Map<string, number | undefined>();
    const writes: Write[] = [];
    let conflict: string | undefined;
    for (const key of keys) {
      const before = this.#head.get(key);
      const wrong = this.#run.random.next() < 0.05;
      const expected = (before?.revision ?? 0) + (wrong ? 1 : 0);
      if (wrong) conflict ??= key;
      const value = this.#below(1e6);
      const remove = before !== undefined && this.#run.random.next() < 0.3;
      wanted.set(key, remove ? undefined : value);
      writes.push({ key, expected, object: remove ? undefined : (at) => ({ value, at }) });
    }
    const result = this.#store.commit(writes, { user });
    if (conflict !== undefined) {
      return assert.rejects(result, (error) => error instanceof Conflict && error.key === conflict);
    }
    const revision = this.#run.shared ? (await result).revision : this.#revision + 1;
    const told = this.#expect(revision, wanted, user);
    for (const key of keys) assert.equal(this.#store.head(key)?.revision, this.#head.get(key)?.revision);
    this.#checkCommit(await result, told);
  }

  /** `wanted` becomes the newest state. */
  #expect(revision: number, wanted: ReadonlyMap<string, number | undefined>, user: string): Told[] {
    assert.ok(revision > this.#revision, "revisions go up");
    const next = new Map(this.#head);
    const told: Told[] = [];
    for (const [key, value] of wanted) {
      told.push([revision, key, this.#head.get(key)?.value, value]);
      if (value === undefined) next.delete(key);
      else next.set(key, { revision, value });
    }
    this.#head = next;
    this.#revision = revision;
    this.#states.set(revision, next);
    this.#log.push(...told);
    this.#users.set(revision, user);
    return told;
  }

  #checkCommit(commit: Commit, told: readonly Told[]): void {
    assert.equal(commit.revision, told[0]![0]);
    assert.ok(this.#store.revision >= commit.revision, "acknowledged but not visible");
    for (const [i, [revision, key, before, after]] of told.entries()) {
      const entry = commit.entries[i]!;
      assert.equal(entry.key, key);
      if (after === undefined) assert.equal(valueOf(entry), before);
      else assert.deepEqual(entry.object, { value: after, at: revision });
    }
  }

  #readAt(revision: number): void {
    if (revision < this.#compacted) return void assert.throws(() => this.#store.snapshotAt(revision), Compacted);
    if (revision > this.#revision) return void assert.throws(() => this.#store.snapshotAt(revision), FutureRevision);
    const state = this.#states.get(revision);
    if (state !== undefined) this.#compare(this.#store.snapshotAt(revision), revision, state);
  }

  #compare(snapshot: Snapshot, revision: number, state: State): void {
    assert.equal(snapshot.revision, revision);
    const prefix = this.#pick(PREFIXES);
    const after = this.#run.random.next() < 0.5 ? this.#key() : undefined;
    const expected = [...state]
      .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const entries = [...snapshot.range(prefix, after)];
    assert.deepEqual(
      entries.map(({ key, revision, object }) => [key, { revision, value: (object as { value: number }).value }]),
      expected,
    );
    assert.equal(snapshot.count(prefix, after), expected.length);
    for (const key of [this.#key(), this.#key()]) assert.equal(valueOf(snapshot.get(key)), state.get(key)?.value);
  }

  #watch(): void {
    if (this.#watches.length > 20) return;
    const prefix = this.#pick(PREFIXES);
    const after = this.#below(this.#revision + 3);
    const told: Told[] = [];
    let reached = after;
    const listener = {
      changes: (changes: readonly Change[], revision: number): void => {
        assert.ok(changes.length > 0 && changes[0]!.revision > reached && changes.at(-1)!.revision <= revision);
        assert.ok(revision <= this.#store.revision, "told before visible");
        reached = revision;
        for (const { revision, key, before, after } of changes) {
          told.push([revision, key, valueOf(before), valueOf(after)]);
        }
      },
    };
    if (after < this.#compacted) return void assert.throws(() => this.#store.watch(prefix, after, listener), Compacted);
    this.#watches.push({ prefix, after, told, stop: this.#store.watch(prefix, after, listener) });
  }

  #unwatch(): void {
    const index = this.#below(this.#watches.length);
    const [watched] = this.#watches.splice(index, 1);
    if (watched === undefined) return;
    this.#checkWatch(watched);
    watched.stop();
  }

  #checkWatch({ prefix, after, told }: Watched): void {
    const matches = (key: string): boolean =>
      prefix === "" || prefix.endsWith("/") ? key.startsWith(prefix) : key === prefix;
    const wanted = this.#log.filter(([revision, key]) => revision > after && matches(key));
    assert.deepEqual(sorted(told), sorted(wanted));
    const revisions = told.map(([revision]) => revision);
    assert.deepEqual(
      revisions,
      revisions.toSorted((a, b) => a - b),
    );
  }

  async #compact(): Promise<void> {
    const revision = this.#compacted + this.#below(this.#revision - this.#compacted + 1);
    await this.#store.compact(revision);
    this.#compacted = Math.max(this.#compacted, revision);
    for (const old of this.#states.keys()) if (old < this.#compacted) this.#states.delete(old);
    assert.equal(this.#store.compactedRevision, this.#compacted);
  }

  async #fork(): Promise<void> {
    const fork = this.#store.fork();
    const key = this.#key();
    const expected = fork.head(key)?.revision ?? 0;
    await fork.commit([{ key, expected, object: () => ({ value: -1 }) }], {});
    assert.equal(valueOf(fork.snapshot().get(key)), -1);
    assert.equal(valueOf(this.#store.snapshot().get(key)), this.#head.get(key)?.value);
    this.#compare(fork.snapshotAt(this.#revision), this.#revision, this.#head);
    await fork.close();
  }

  async #reopen(): Promise<void> {
    for (const watched of this.#watches) this.#checkWatch(watched);
    this.#watches = [];
    this.#store = await this.#run.reopen!(this.#store);
    assert.equal(this.#store.compactedRevision, this.#compacted);
  }

  #checkAll(): void {
    assert.equal(this.#store.revision, this.#revision);
    this.#compare(this.#store.snapshot(), this.#revision, this.#head);
    for (const watched of this.#watches) this.#checkWatch(watched);
    const after = this.#compacted + this.#below(this.#revision - this.#compacted + 1);
    const changes = [...this.#store.changes(after, this.#revision)].map(({ revision, key, before, after }): Told => [
      revision,
      key,
      valueOf(before),
      valueOf(after),
    ]);
    assert.deepEqual(sorted(changes), sorted(this.#log.filter(([revision]) => revision > after)));
    const record = this.#store.record(after + 1);
    assert.equal(record?.user, this.#users.get(after + 1));
  }

  #key(): string {
    return this.#pick(["/core/pods/a/", "/core/pods/b/", "/core/nodes/"]) + this.#below(30);
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)]!;
  }

  #below(limit: number): number {
    return Math.floor(this.#run.random.next() * limit);
  }
}

/** In the order of revisions and, within one, of keys: a restart does not keep the order within a commit. */
function sorted(told: readonly Told[]): Told[] {
  return told.toSorted((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
}

function valueOf(entry: { readonly object: object } | undefined): number | undefined {
  return (entry?.object as { value: number } | undefined)?.value;
}
