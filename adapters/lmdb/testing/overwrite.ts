/** Writes the same keys again and again, and watches the file. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../../src/store/local-store.ts";
import { jsonCodec } from "../../../src/store/testing/json-codec.ts";
import { systemClock } from "../../clock/system-clock.ts";
import { openLmdbJournal } from "../lmdb-journal.ts";

export interface Overwriting {
  readonly directory: string;
  readonly keys: number;
  /** Bytes of a value. */
  readonly size: number;
  /** Revisions that are kept. */
  readonly keep: number;
  /** Called after so many writes; ends it with `false`. */
  readonly every: number;
  sample(file: number, writes: number): boolean;
}

/** 64 writers, each with keys of its own. Closes the store at the end, and answers how many keys are there. */
export async function overwrite({ directory, keys, size, keep, every, sample }: Overwriting): Promise<number> {
  const journal = await openLmdbJournal(directory);
  const store = await openStore({ clock: systemClock, codec: jsonCodec, journal, keep: { revisions: keep } });
  const text = "x".repeat(size);
  let writes = 0;
  let going = true;
  const writer = async (first: number): Promise<void> => {
    for (let at = first; going; at = at + 64 < keys ? at + 64 : first) {
      const key = `/k/${at}`;
      await store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => ({ text, writes }) }], {});
      if (++writes % every === 0) going &&= sample(statSync(join(directory, "data.mdb")).size, writes);
    }
  };
  await Promise.all(Array.from({ length: 64 }, (_, first) => writer(first)));
  const count = store.snapshot().count("/k/");
  await store.close();
  return count;
}
