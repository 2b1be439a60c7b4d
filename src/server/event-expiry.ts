/**
 * Events are forgotten an hour after they were last seen, as upstream's `--event-ttl`. Databases that can do it themselves
 * (etcd's leases) have done so before this looks.
 */
import type { Clock } from "../machinery/clock.ts";
import { timeOf } from "../machinery/time.ts";
import type { Entry, Store } from "../store/store.ts";
import { Conflict } from "../store/store.ts";

const EVENTS = "/core/events/";
const TTL = 3600_000;
/** How often to look, in milliseconds; and the most that go in one revision. */
const EVERY = 60_000;
const AT_ONCE = 500;

interface EventLike {
  readonly metadata: { readonly creationTimestamp: string };
  readonly eventTime?: string | null;
  readonly lastTimestamp?: string | null;
  readonly series?: { readonly lastObservedTime?: string };
}

/** Starts looking; gives how to stop. `failed` is told when the store refuses. */
export function expireEvents(store: Store, clock: Clock, failed: (error: unknown) => void): () => void {
  let cancel = clock.after(EVERY, look);
  function look(): void {
    cancel = clock.after(EVERY, look);
    removeExpired(store, clock.now()).catch(failed);
  }
  return () => cancel();
}

/** Deletes what is over at `now`, in milliseconds since the epoch. */
export async function removeExpired(store: Store, now: number): Promise<void> {
  const over: Entry[] = [];
  for (const entry of store.snapshot().range(EVENTS)) if (isOver(entry.object as EventLike, now)) over.push(entry);
  for (let at = 0; at < over.length; at += AT_ONCE) {
    const writes = over
      .slice(at, at + AT_ONCE)
      .map(({ key, revision }) => ({ key, expected: revision, object: undefined }));
    try {
      await store.commit(writes, { user: "system:apiserver", verb: "delete", path: EVENTS });
    } catch (error) {
      // One of them was seen again meanwhile: the next look takes the others.
      if (!(error instanceof Conflict)) throw error;
    }
  }
}

function isOver({ metadata, eventTime, lastTimestamp, series }: EventLike, now: number): boolean {
  const seen = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return now - (timeOf(seen) ?? now) > TTL;
}
