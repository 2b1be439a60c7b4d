/**
 * How clients name a moment of the cluster: by its revision, by a time, or by how long ago it was.
 *
 *     1234      2026-01-02T03:04:05Z      15m      now
 */
import { badRequest, expired } from "../machinery/errors.ts";
import { quote } from "../machinery/go-text.ts";
import { formatTime, parseDuration, parseTime } from "../machinery/time.ts";
import { Compacted } from "../store/store.ts";
import type { Snapshot, Store } from "../store/store.ts";

/** Throws 400 for what is no moment or is still to come, 410 for what is not kept any more. */
export function snapshotOf(store: Store, moment: string, now: number): Snapshot {
  if (moment === "now") return store.snapshot();
  try {
    const revision = /^\d{1,15}$/.test(moment) ? Number(moment) : store.revisionAt(timeOf(moment, now));
    if (revision > store.revision) {
      throw badRequest(`revision ${revision} does not exist yet: the newest is ${store.revision}`);
    }
    return store.snapshotAt(revision);
  } catch (error) {
    if (!(error instanceof Compacted)) throw error;
    throw expired(tooOld(store, moment));
  }
}

function tooOld(store: Store, moment: string): string {
  const oldest = store.compactedRevision;
  const since = store.record(oldest + 1)?.committed;
  const time = since === undefined ? "" : ` (the newest until ${formatTime(since)})`;
  return `what was at ${moment} is not kept any more: the past begins at revision ${oldest}${time}`;
}

function timeOf(moment: string, now: number): number {
  const read = /^[\d.]+[a-zµμ]/.test(moment) ? (): number => now - parseDuration(moment) : () => parseTime(moment);
  try {
    return read();
  } catch {
    throw badRequest(
      `${quote(moment)} is no moment: give a revision (1234), a time (2026-01-02T03:04:05Z) or how long ago (15m)`,
    );
  }
}
