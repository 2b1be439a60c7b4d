/** resourceVersion as clients give it, and the roots it names. */
import { badRequest, unknownError } from "../machinery/errors.ts";
import { quote } from "../machinery/go-text.ts";
import { FutureRevision } from "../store/store.ts";
import type { Snapshot, Store } from "../store/store.ts";

/** undefined where none is given. Throws with upstream's text; `prefix` goes before it and makes it a 400. */
export function parseRevision(text: string, prefix?: string): number | undefined {
  if (text === "") return undefined;
  if (/^[0-9]{1,19}$/.test(text)) return Number(text);
  const message = `resourceVersion: Invalid value: ${quote(text)}: strconv.ParseUint: parsing ${quote(text)}: invalid syntax`;
  if (prefix !== undefined) throw badRequest(prefix + message);
  throw unknownError(message);
}

/** The newest root; throws FutureRevision where it is older than what the client has seen. */
export function notOlderThan(store: Store, revision: number | undefined): Snapshot {
  const snapshot = store.snapshot();
  if (revision !== undefined && revision > snapshot.revision) throw new FutureRevision(revision, snapshot.revision);
  return snapshot;
}
