/**
 * Compacts the shared database again and again, one server for all.
 *
 * As upstream: whoever succeeds in changing the key `compact_rev_key` is the one of this round, and compacts to what was
 * written there a round before. So what the last round and this one brought is always kept, and reference servers that use the same
 * database take part.
 */
import type { Clock } from "../machinery/clock.ts";
import type { Log } from "../machinery/log.ts";
import type { SharedDatabase } from "./shared-database.ts";

export const COMPACT_EVERY = 5 * 60_000;
const KEY = "compact_rev_key";

/** Starts it; gives how to stop. */
export function compactRegularly(database: SharedDatabase, clock: Clock, log: Log, every: number): () => void {
  let seen = { changed: 0, revision: 0 };
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

interface Round {
  /** The key's own revision. */
  readonly changed: number;
  /** The revision written in it. */
  readonly revision: number;
}

/** `seen` is the key as it was a round ago. */
async function round(database: SharedDatabase, seen: Round): Promise<Round> {
  const revision = await database.revision();
  const { succeeded, revision: changed } = await database.commit({
    compare: [{ key: KEY, revision: seen.changed }],
    puts: [{ key: KEY, value: new TextEncoder().encode(String(revision)) }],
    deletes: [],
  });
  if (succeeded) {
    if (seen.revision > 0) await database.compact(seen.revision);
    return { changed, revision };
  }
  const { row } = await database.get(KEY);
  if (row === undefined) return { changed: 0, revision: 0 };
  const written = Number(new TextDecoder().decode(row.value));
  return { changed: row.revision, revision: Number.isSafeInteger(written) ? written : 0 };
}
