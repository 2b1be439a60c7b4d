/**
 * Compacts the shared database again and again, one server for all.
 *
 * As upstream: whoever succeeds in changing the key `compact_rev_key` is the one of this round, and compacts to what was newest a
 * round before. So what the last round and this one brought is always kept, and reference servers that use the same database take
 * part: they compact to the revision that is written in the key. We compact to the key's own, right behind that, since etcd before
 * 3.5.20 forgets a deletion at exactly the compacted revision, and who goes on watching from there would never be told.
 */
import type { Clock } from "../machinery/clock.ts";
import type { Log } from "../machinery/log.ts";
import type { SharedDatabase } from "./shared-database.ts";

export const COMPACT_EVERY = 5 * 60_000;
const KEY = "compact_rev_key";

/** Starts it; gives how to stop. */
export function compactRegularly(database: SharedDatabase, clock: Clock, log: Log, every: number): () => void {
  let seen = 0;
  let cancel = (): void => {};
  const next = (): void => {
    cancel = clock.after(every, () => {
      round(database, seen)
        .then((now) => (seen = now))
        .catch((error: unknown) => log.warn("the database could not be compacted", { error: String(error) }))
        .finally(() => stopped || next());
    });
  };
  let stopped = false;
  next();
  return () => {
    stopped = true;
    cancel();
  };
}

/** `seen`: the key's revision as it was a round ago, 0 where that is not known. Answers what it is now. */
async function round(database: SharedDatabase, seen: number): Promise<number> {
  const newest = await database.revision();
  const { succeeded, revision } = await database.commit({
    compare: [{ key: KEY, revision: seen }],
    puts: [{ key: KEY, value: new TextEncoder().encode(String(newest)) }],
    deletes: [],
  });
  if (!succeeded) return (await database.get(KEY)).row?.revision ?? 0;
  if (seen > 0) await database.compact(seen);
  return revision;
}
