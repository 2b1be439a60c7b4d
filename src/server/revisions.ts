/** resourceVersion as clients give it, and the roots it names. */
import { badRequest, tooLargeResourceVersion, unknownError } from "../machinery/errors.ts";
import { quote } from "../machinery/go-text.ts";
import { FutureRevision } from "../store/store.ts";
import type { Snapshot, Store } from "../store/store.ts";
import type { Exchange } from "./exchange.ts";
import { isEvent } from "./resource.ts";
import type { Resource } from "./resource.ts";

const MOST_REVISION = 2n ** 64n - 1n;

/** How long a reader waits for a revision that this server has not reached. */
const FRESH_MILLISECONDS = 3000;

/** undefined where none is given. Throws with upstream's text; `prefix` goes before it and makes it a 400. */
export function parseRevision(text: string, prefix?: string): number | undefined {
  if (text === "") return undefined;
  const digits = /^[0-9]+$/.test(text);
  if (digits && (text.length < 20 || BigInt(text) <= MOST_REVISION)) return Number(text);
  const why = digits ? "value out of range" : "invalid syntax";
  const message = `resourceVersion: Invalid value: ${quote(text)}: strconv.ParseUint: parsing ${quote(text)}: ${why}`;
  if (prefix !== undefined) throw badRequest(prefix + message);
  throw unknownError(message);
}

/** The newest root; throws FutureRevision where it is older than what the client has seen. */
export function notOlderThan(store: Store, revision: number | undefined): Snapshot {
  const snapshot = store.snapshot();
  if (revision !== undefined && revision > snapshot.revision) throw new FutureRevision(revision, snapshot.revision);
  return snapshot;
}

/** Upstream keeps no cache of events: whoever asks for what is not there yet is told so at once. */
export const isCached = (resource: Resource): boolean => !isEvent(resource);

/**
 * Runs `use` once the store has reached `revision`, or has not in three seconds: `use` finds out. Where nobody waits
 * (`waits` false), refuses at once.
 */
export function whenReached<T>(
  exchange: Exchange,
  revision: number | undefined,
  waits: boolean,
  use: () => T,
): T | Promise<Awaited<T>> {
  const { store } = exchange.parts;
  if (revision === undefined || revision <= store.revision) return use();
  if (!waits) throw tooLargeResourceVersion(revision, store.revision, 0);
  return reached(exchange, revision).then(use) as Promise<Awaited<T>>;
}

function reached({ parts, request }: Exchange, revision: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      cancel();
      leave();
      request.signal.removeEventListener("abort", stop);
      resolve();
    };
    const cancel = parts.clock.after(FRESH_MILLISECONDS, stop);
    const leave = parts.store.watch("", revision - 1, { changes: stop });
    if (request.signal.aborted) stop();
    else request.signal.addEventListener("abort", stop, { once: true });
  });
}
