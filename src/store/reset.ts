/**
 * A store's content made what it was at another moment, as one more revision.
 *
 * Nothing of the past is taken back: revisions go on, watchers are told ordinary changes, and the reset itself can be undone by a
 * reset to the revision before it. The work follows from what has changed since, not from how much there is.
 */
import type { ChangeRecord, Entry, Snapshot, Store, Write } from "./store.ts";

export interface Reset {
  /** The newest revision afterwards. */
  readonly revision: number;
  /** How many objects were changed, made again or removed. */
  readonly objects: number;
}

/** `stays` names keys that are left as they are now. A store that takes few writes at once gets several revisions. */
export async function resetStore(
  store: Store,
  target: Snapshot,
  record: ChangeRecord,
  stays: (key: string) => boolean = () => false,
): Promise<Reset> {
  const writes: Write[] = [];
  for (const { key, after } of store.snapshot().differences(target)) {
    if (stays(key)) continue;
    // Writers may be ahead of what is visible: what they made is replaced, too.
    const expected = store.head(key)?.revision ?? 0;
    if (after !== undefined) writes.push({ key, expected, object: (revision) => stamped(after, revision) });
    else if (expected > 0) writes.push({ key, expected, object: undefined });
  }
  const most = store.mostWrites ?? Number.POSITIVE_INFINITY;
  let { revision } = store;
  for (let at = 0; at < writes.length; at += most) {
    ({ revision } = await store.commit(writes.slice(at, at + most), record));
  }
  return { revision, objects: writes.length };
}

/** The object of then with its new revision; what has no metadata, such as the server's own notes, has none. */
function stamped({ object }: Entry, revision: number): object {
  const { metadata } = object as { readonly metadata?: object };
  if (metadata === undefined) return { ...object };
  return { ...object, metadata: { ...metadata, resourceVersion: String(revision) } };
}
