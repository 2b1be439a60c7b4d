/**
 * A store's content made what it was at another moment, as one more revision.
 *
 * Nothing of the past is taken back: revisions go on, watchers are told ordinary changes, and the reset itself can be undone by a
 * reset to the revision before it. The work follows from what has changed since, not from how much there is.
 */
import { toJson } from "../machinery/exact-json.ts";
import { batchesOf } from "./batches.ts";
import type { BatchLimits, SizedWrite } from "./batches.ts";
import type { ChangeRecord, Entry, Snapshot, Store } from "./store.ts";

export interface Reset {
  /** The newest revision afterwards. */
  readonly revision: number;
  /** How many objects were changed, made again or removed. */
  readonly objects: number;
}

/** `stays` names keys that are left as they are now. A store that takes little at once gets several revisions. */
export async function resetStore(
  store: Store,
  target: Snapshot,
  record: ChangeRecord,
  stays: (key: string) => boolean = () => false,
): Promise<Reset> {
  const limits = store.limits ?? UNLIMITED;
  const writes: SizedWrite[] = [];
  for (const { key, after } of store.snapshot().differences(target)) {
    if (stays(key)) continue;
    // Writers may be ahead of what is visible: what they made is replaced, too.
    const expected = store.head(key)?.revision ?? 0;
    if (after !== undefined) {
      const size = limits === UNLIMITED ? 0 : toJson(after.object).length;
      writes.push({ write: { key, expected, object: (revision) => stamped(after, revision) }, size });
    } else if (expected > 0) writes.push({ write: { key, expected, object: undefined }, size: 0 });
  }
  let { revision } = store;
  for (const batch of batchesOf(writes, limits)) ({ revision } = await store.commit(batch, record));
  return { revision, objects: writes.length };
}

const UNLIMITED: BatchLimits = { writes: Number.POSITIVE_INFINITY, characters: Number.POSITIVE_INFINITY };

/** The object of then with its new revision; what has no metadata, such as the server's own notes, has none. */
function stamped({ object }: Entry, revision: number): object {
  const { metadata } = object as { readonly metadata?: object };
  if (metadata === undefined) return { ...object };
  return { ...object, metadata: { ...metadata, resourceVersion: String(revision) } };
}
