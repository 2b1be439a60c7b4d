/** Writes to the directory of its argument until it is killed (or so many revisions are there), and prints each that was acknowledged. */
import { writeSync } from "node:fs";
import { openStore } from "../../../src/store/local-store.ts";
import { jsonCodec } from "../../../src/store/testing/json-codec.ts";
import { systemClock } from "../../clock/system-clock.ts";
import { openLmdbJournal } from "../lmdb-journal.ts";

const journal = await openLmdbJournal(process.argv[2]!);
// A narrow window, so that compactions are under way when the kill comes.
const store = await openStore({ clock: systemClock, codec: jsonCodec, journal, keep: { revisions: 500 } });
const limit = Number(process.argv[3] ?? Number.POSITIVE_INFINITY);
const text = "x".repeat(1500);

async function write(writer: number): Promise<void> {
  for (let n = 0; store.revision < limit; n++) {
    const writes = [0, 1, 2].map((part) => {
      const key = `/w/${writer}/${part}`;
      return { key, expected: store.head(key)?.revision ?? 0, object: (rev: number) => ({ n, rev, text }) };
    });
    const { revision } = await store.commit(writes, { user: `writer-${writer}` });
    // At once into the pipe: what is only in this process's memory would die with it.
    writeSync(1, `${revision}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
await store.close();
