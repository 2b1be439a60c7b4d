import type { Draft, KubeObject } from "../../machinery/kind.ts";
import type { Write } from "../../store/store.ts";
import { deepEqual } from "../objects.ts";
import type { Outcome, WriteAttempt } from "../write.ts";
import { taken } from "../write.ts";

const EVENTS = "/core/events/";
/** Upstream's default for --event-ttl, in seconds. */
const EVENT_TTL = 3600;

/** Seconds after which the object with this key may vanish by itself. */
export function timeToLive(key: string): number | undefined {
  return key.startsWith(EVENTS) ? EVENT_TTL : undefined;
}

/**
 * Makes the draft the object. Nothing is written for a dry run, or when nothing changed and it lies on the disk as it
 * should; an object that was only waiting for its last finalizer is deleted instead.
 */
export async function persist(attempt: WriteAttempt): Promise<void> {
  const { exchange, resource, entry, previous, draft } = attempt;
  const { store } = exchange.parts;
  const key = resource.keyOf(attempt.namespace, attempt.name);
  if (entry === undefined && store.head(key) !== undefined) {
    if (attempt.dryRun || attempt.mode === "create") throw taken(attempt);
  }
  const asItWouldBe = entry?.stale !== true && (entry === undefined || resource.isCurrent(entry));
  if (previous !== undefined && asItWouldBe && deepEqual(comparable(draft), comparable(previous))) {
    attempt.sequenced();
    await store.settled?.();
    attempt.outcome = { object: previous, entry: attempt.dryRun ? undefined : entry, created: false };
    return;
  }
  const deleted = previous !== undefined && isOver(draft, previous);
  if (attempt.dryRun) {
    attempt.outcome = dryOutcome(attempt, deleted);
    return;
  }
  const converting = deleted ? draft : resource.toStorage(draft);
  const next = (converting instanceof Promise ? await converting : converting) as Draft<KubeObject>;
  const write: Write = {
    key,
    expected: entry?.revision ?? 0,
    object: deleted ? undefined : (revision) => stamped(next, revision),
    ttl: timeToLive(key),
  };
  const beside = deleted ? exchange.parts.routes.deletedAlongside(resource, previous) : attempt.alongside;
  const committing = store.commit([write, ...beside], exchange.changeRecord());
  attempt.sequenced();
  const commit = await committing;
  const written = commit.entries[0]!;
  const waiting = deleted ? undefined : resource.ready([written]);
  if (waiting !== undefined) await waiting;
  attempt.outcome = deleted
    ? { object: draft, entry: undefined, created: false, deleted }
    : { object: resource.view(written), entry: written, created: entry === undefined };
}

function stamped(object: Draft<KubeObject>, revision: number): KubeObject {
  object.metadata.resourceVersion = String(revision);
  return object;
}

/** What the client is shown of a write that is only tried. */
function dryOutcome(attempt: WriteAttempt, deleted: boolean): Outcome {
  const { draft, entry } = attempt;
  if (entry !== undefined) draft.metadata.resourceVersion = String(entry.revision);
  return { object: draft, entry: undefined, created: entry === undefined, deleted };
}

/**
 * What makes an object another one: neither its revision nor the times of managedFields. An apply that says less than
 * the defaults filled in, such as a port without its protocol, gets a new time before it turns out to change nothing.
 */
function comparable(object: KubeObject): object {
  const { managedFields } = object.metadata;
  const untimed = managedFields?.map((entry) => ({ ...entry, time: undefined }));
  return { ...object, metadata: { ...object.metadata, resourceVersion: undefined, managedFields: untimed } };
}

/** It was to be deleted, and nothing holds it any more. */
function isOver(draft: Draft<KubeObject>, previous: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = draft.metadata;
  if (previous.metadata.deletionTimestamp === undefined || deletionTimestamp === undefined) return false;
  if (finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  const held = (draft as { spec?: { finalizers?: readonly string[] } }).spec?.finalizers;
  return draft.kind !== "Namespace" || draft.apiVersion !== "v1" || held === undefined || held.length === 0;
}
