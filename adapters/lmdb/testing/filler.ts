/**
 * Writes to the directory of its first argument until that fails, and prints what was acknowledged and what was said. With a second
 * argument, a command that makes space, it runs that and goes on; without one it ends by a signal.
 */
import { execSync } from "node:child_process";
import { openStore } from "../../../src/store/local-store.ts";
import { jsonCodec } from "../../../src/store/testing/json-codec.ts";
import { systemClock } from "../../clock/system-clock.ts";
import { openLmdbJournal } from "../lmdb-journal.ts";

const [directory, makeSpace] = process.argv.slice(2);
const journal = await openLmdbJournal(directory!, 512 * 1024);
const store = await openStore({ clock: systemClock, codec: jsonCodec, journal });
const text = "x".repeat(2000);
const write = (key: string): Promise<unknown> =>
  store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => ({ text, key }) }], {});
const said = (error: Error): string => `${error.name}: ${error.message}`;

// So many that the first is no longer in memory.
await Promise.all(Array.from({ length: 1200 }, () => write("/changed")));
const [first] = [...store.changes(0, store.revision)];
let acknowledged = 0;
async function fill(): Promise<string> {
  for (;;) {
    const burst = await Promise.allSettled([0, 1, 2].map((i) => write(`/k/${acknowledged + i}`)));
    acknowledged += burst.filter(({ status }) => status === "fulfilled").length;
    const failed = burst.find((each) => each.status === "rejected");
    if (failed !== undefined) return said(failed.reason as Error);
  }
}
let failure = await fill();
if (makeSpace !== undefined) {
  // What waits for its place in LMDB is reckoned to take more than it does. After this nothing waits, and what is free stays so.
  await store.compact(1);
  failure = await fill();
}
const next = await write("/next").then(() => "done", said);
if (makeSpace !== undefined) execSync(makeSpace);
const afterwards = await write("/afterwards").then(() => "done", said);
const visible = store.snapshot().count("/k/");
let old: string;
try {
  old = (first!.after!.object as { key: string }).key;
} catch (error) {
  old = said(error as Error);
}
await store.close();
process.stdout.write(JSON.stringify({ acknowledged, visible, failure, next, afterwards, old }), () => {
  // A library whose write failed may have damaged its own memory, which an orderly end would run into.
  if (makeSpace === undefined) process.kill(process.pid, "SIGKILL");
});
