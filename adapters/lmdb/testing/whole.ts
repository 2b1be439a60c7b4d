/** What a journal must hold that `writer.ts` wrote to, whenever and however its process ended. */
import assert from "node:assert/strict";
import { openStore } from "../../../src/store/local-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { jsonCodec } from "../../../src/store/testing/json-codec.ts";
import { systemClock } from "../../clock/system-clock.ts";
import { openLmdbJournal } from "../lmdb-journal.ts";

/** Opens the journal, checks it and closes it again. Throws unless all is there up to `acknowledged`; answers its revision. */
export async function checkJournal(directory: string, acknowledged: number): Promise<number> {
  const store = await openStore({
    clock: systemClock,
    codec: jsonCodec,
    journal: await openLmdbJournal(directory),
    keep: { revisions: 1e9, milliseconds: 1e12 },
  });
  try {
    assert.ok(store.revision >= acknowledged, `${acknowledged} was acknowledged, ${store.revision} is there`);
    checkWhole(store);
    return store.revision;
  } finally {
    await store.close();
  }
}

/** Each revision of the writer sets three keys to the same number, so a torn one would show. */
function checkWhole(store: Store): void {
  const snapshot = store.snapshot();
  for (let writer = 0; writer < 8; writer++) {
    const parts = [0, 1, 2].map((part) => snapshot.get(`/w/${writer}/${part}`));
    const numbers = parts.map((part) => (part?.object as { n: number } | undefined)?.n);
    assert.deepEqual(numbers, [numbers[0], numbers[0], numbers[0]]);
  }
  let last = store.compactedRevision;
  for (const change of store.changes(last, store.revision)) {
    assert.ok(change.revision === last || change.revision === last + 1 || last === 0, "a revision is missing");
    last = change.revision;
    if (change.after !== undefined) assert.equal((change.after.object as { rev: number }).rev, change.revision);
  }
}
