/**
 * Takes everything from one store to another: embedded to etcd, etcd to embedded, or between two of a sort.
 *
 *     mark the target as incomplete → raise its revision above the source's → copy → open it anew and compare
 *     → look whether the source was written meanwhile → take the mark away → forget what was before
 *
 * The source is only read. Until the mark is gone no server starts on the target, so whatever interrupts this leaves one whole
 * cluster: the source. Clients go on with their old revisions: all of them are older than what the target keeps, so a
 * watch ends with 410 and lists again, and no revision is ever given twice.
 */
import { toJson } from "../../machinery/exact-json.ts";
import { batchesOf, DATABASE_LIMITS } from "../batches.ts";
import type { SizedWrite } from "../batches.ts";
import { sha256 } from "../../machinery/sha256.ts";
import type { Snapshot, Store, Write } from "../store.ts";

export interface MigrationTarget {
  /** As a server would open it; called again after each close. */
  open(): Promise<Store>;
  /** Makes its next revision greater than `revision`. Nobody has it open. */
  advance(revision: number, told: (done: number, total: number) => void): Promise<void>;
}

export interface MigrationOptions {
  readonly source: Store;
  readonly target: MigrationTarget;
  /** Where it comes from, for the mark. */
  readonly from: string;
  /** Seconds after which an object with this key may vanish by itself. */
  readonly ttl?: (key: string) => number | undefined;
  /** SHA-256; one that is faster than that of the core, where there is one. */
  readonly digest?: (bytes: Uint8Array) => Uint8Array;
  readonly told?: (step: "revisions" | "objects", done: number, total: number) => void;
}

export interface Migrated {
  readonly objects: number;
  /** Of the source; the target goes on behind it. */
  readonly revision: number;
  /** Over all keys and objects, the same on both sides. Hex. */
  readonly checksum: string;
}

/** The target cannot be used, or did not become what the source is. */
export class MigrationError extends Error {}

/** While this key is there, a store is only a part of another one. */
export const MIGRATION = "/tiphys/migration";

const RECORD = { user: "tiphys", verb: "migrate" };

/** Throws {@link MigrationError} where the target is not what it should be. */
export async function migrate(options: MigrationOptions): Promise<Migrated> {
  const { source, target, from, told = () => {} } = options;
  await source.refresh?.();
  assertWhole(source);
  const snapshot = source.snapshot();
  await using(target, (store) => mark(store, from));
  await target.advance(snapshot.revision, (done, total) => told("revisions", done, total));
  await using(target, (store) => copy(snapshot, store, options));
  const wanted = summaryOf(snapshot, options);
  return using(target, async (store) => {
    const found = summaryOf(store.snapshot(), options);
    if (found.objects !== wanted.objects || found.checksum !== wanted.checksum) {
      throw new MigrationError(
        `the target holds ${found.objects} objects with the checksum ${found.checksum}, and the source ${wanted.objects} ` +
          `with ${wanted.checksum}: empty the target and begin again`,
      );
    }
    await assertUnchanged(source, snapshot.revision);
    await finish(store);
    return { ...wanted, revision: snapshot.revision };
  });
}

/** Throws where the store is the target of a migration that did not come to its end. */
export function assertWhole(store: Store): void {
  const entry = store.head(MIGRATION);
  if (entry === undefined) return;
  const { from } = entry.object as { readonly from: string };
  throw new MigrationError(
    `this is an incomplete copy: a migration from ${from} was interrupted. The source is untouched; empty this ` +
      "target and begin again",
  );
}

async function using<T>(target: MigrationTarget, body: (store: Store) => Promise<T>): Promise<T> {
  const store = await target.open();
  try {
    return await body(store);
  } finally {
    await store.close();
  }
}

async function mark(store: Store, from: string): Promise<void> {
  assertWhole(store);
  const there = store.snapshot().count("");
  if (there > 0) {
    throw new MigrationError(`the target holds ${there} objects already: give an empty one`);
  }
  await store.commit([{ key: MIGRATION, expected: 0, object: () => ({ metadata: {}, from }) }], RECORD);
}

async function copy(snapshot: Snapshot, store: Store, { ttl, told = () => {} }: MigrationOptions): Promise<void> {
  const total = snapshot.count("");
  let done = 0;
  for (const batch of batchesOf(writesOf(snapshot, ttl), DATABASE_LIMITS)) {
    await store.commit(batch, RECORD);
    done += batch.length;
    told("objects", done, total);
  }
}

function* writesOf(snapshot: Snapshot, ttl: MigrationOptions["ttl"]): Generator<SizedWrite, void> {
  for (const { key, object } of snapshot.range("")) {
    const seconds = ttl?.(key);
    const write: Write = {
      key,
      expected: 0,
      object: (revision) => stamped(object, revision),
      ...(seconds !== undefined && { ttl: seconds }),
    };
    yield { write, size: toJson(object).length };
  }
}

interface Stamped {
  readonly kind?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What has no kind is of the server only and has no revision. */
function stamped(object: Stamped, revision: number): object {
  if (object.kind === undefined) return { ...object };
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** Counts everything but the mark, and sums it up in the order of its keys. */
function summaryOf(
  snapshot: Snapshot,
  { digest = sha256 }: MigrationOptions,
): { readonly objects: number; readonly checksum: string } {
  let objects = 0;
  let sum: Uint8Array = new Uint8Array(32);
  for (const { key, object } of snapshot.range("")) {
    if (key === MIGRATION) continue;
    objects++;
    const text = encoder.encode(`${key}\n${canonical(object)}`);
    const both = new Uint8Array(64);
    both.set(sum);
    both.set(digest(text), 32);
    sum = digest(both);
  }
  return { objects, checksum: [...sum].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
}

const encoder = new TextEncoder();

/** Whatever order the fields are in, and without the revision. */
function canonical(object: Stamped): string {
  const { metadata } = object;
  const plain = metadata === undefined ? object : { ...object, metadata: { ...metadata, resourceVersion: undefined } };
  return JSON.stringify(plain, (_, value: unknown) =>
    typeof value === "bigint"
      ? String(value)
      : value !== null && typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}

async function assertUnchanged(source: Store, revision: number): Promise<void> {
  await source.refresh?.();
  for (const { key } of source.changes(revision, source.revision)) {
    throw new MigrationError(
      `${key} was written in the source meanwhile: stop all of its API servers, empty the target and begin again`,
    );
  }
}

async function finish(store: Store): Promise<void> {
  const { revision } = store.head(MIGRATION)!;
  const commit = await store.commit([{ key: MIGRATION, expected: revision, object: undefined }], RECORD);
  await store.compact(commit.revision);
}
