/** Writes to the directory of its argument until that fails, and prints what was acknowledged and what was said. */
import { openStore } from "../../../src/store/local-store.ts";
import { jsonCodec } from "../../../src/store/testing/json-codec.ts";
import { systemClock } from "../../clock/system-clock.ts";
import { openLmdbJournal } from "../lmdb-journal.ts";

const journal = await openLmdbJournal(process.argv[2]!, 512 * 1024);
const store = await openStore({ clock: systemClock, codec: jsonCodec, journal });
const text = "x".repeat(2000);
const write = (i: number): Promise<unknown> =>
  store.commit([{ key: `/k/${i}`, expected: 0, object: () => ({ text }) }], {});

let acknowledged = 0;
let failure: string | undefined;
while (failure === undefined) {
  failure = await write(acknowledged).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (failure === undefined) acknowledged++;
}
const next = await write(1e9).catch((error: Error) => error.message);
await store.close();
console.log(JSON.stringify({ acknowledged, visible: store.snapshot().count("/k/"), failure, next }));
