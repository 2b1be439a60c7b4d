/**
 * A snapshot made the content of an empty store.
 *
 * Every object is written anew, at revisions far beyond those of the snapshot: whatever clients of the old cluster have seen
 * since the snapshot was taken, none of it is mistaken for something of the new one. Their watches get a clean 410 and list anew.
 */
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { readSnapshot } from "../../adapters/snapshot-file/index.ts";
import { builtinKinds } from "../../src/api/index.ts";
import { createScheme } from "../../src/machinery/scheme.ts";
import type { SnapshotKeyFile, SnapshotObject } from "../../src/machinery/told-snapshot.ts";
import { objectCodec } from "../../src/server/encoding/json.ts";
import type { Journal } from "../../src/store/journal.ts";
import { openStore } from "../../src/store/local-store.ts";
import type { Store, Write } from "../../src/store/store.ts";

/** Objects of one commit. */
const AT_ONCE = 100;
/** Commits that wait for the disk. */
const MOST_WAITING = 16;

export interface Restoring {
  objects(count: number): void;
  key(file: SnapshotKeyFile): void;
}

/** Fills a journal that is empty and closes it. Gives the newest revision. */
export async function restoreJournal(
  path: string,
  journal: Journal,
  revision: number,
  restoring: Restoring,
): Promise<number> {
  await journal.compact(revision, []);
  const store = await openStore({ clock: systemClock, codec: objectCodec(createScheme(builtinKinds)), journal });
  try {
    await restoreInto(path, store, restoring);
    // Nobody is to see the cluster half restored: its past begins now.
    await store.compact(store.revision);
    return store.revision;
  } finally {
    await store.close();
  }
}

export async function restoreInto(path: string, store: Store, restoring: Restoring): Promise<void> {
  const waiting = new Set<Promise<unknown>>();
  const record = { user: "tiphys", verb: "restore", path };
  let writes: Write[] = [];
  let objects = 0;
  const commit = async (): Promise<void> => {
    const committing = store.commit(writes, record);
    writes = [];
    waiting.add(committing);
    void committing.then(
      () => waiting.delete(committing),
      () => {},
    );
    if (waiting.size >= MOST_WAITING) await Promise.race(waiting);
  };
  for await (const { lines } of readSnapshot(path)) {
    for (const line of lines) {
      if ("file" in line) restoring.key(line);
      if (!("key" in line)) continue;
      if (writes.push(writeOf(line)) >= AT_ONCE) await commit();
      restoring.objects(++objects);
    }
  }
  if (writes.length > 0) await commit();
  await Promise.all(waiting);
}

function writeOf({ key, object }: SnapshotObject): Write {
  const { metadata } = object as { readonly metadata?: object };
  return {
    key,
    expected: 0,
    object: (revision) =>
      metadata === undefined ? object : { ...object, metadata: { ...metadata, resourceVersion: String(revision) } },
  };
}
