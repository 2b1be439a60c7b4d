import type { Write } from "./store.ts";

/** What one commit takes. */
export interface BatchLimits {
  readonly writes: number;
  /** Of the objects' JSON, roughly; an object that is larger by itself goes alone. */
  readonly characters: number;
}

/** etcd takes 128 operations and 1.5 MiB in a transaction by default; the record of the commit is one of them. */
export const DATABASE_LIMITS: BatchLimits = { writes: 100, characters: 512 * 1024 };

export interface SizedWrite {
  readonly write: Write;
  /** Characters of its object's JSON. */
  readonly size: number;
}

/** The writes in groups that fit into one commit each, in the same order. */
export function* batchesOf(writes: Iterable<SizedWrite>, limits: BatchLimits): Generator<Write[], void> {
  let batch: Write[] = [];
  let characters = 0;
  for (const { write, size } of writes) {
    if (batch.length === limits.writes || (batch.length > 0 && characters + size > limits.characters)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(write);
    characters += size;
  }
  if (batch.length > 0) yield batch;
}
