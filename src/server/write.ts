/**
 * Writing one object: create, update, patch and the subresources that change an object all come through here.
 *
 * A write is a plan that can be tried again: `make` says from the object before what it should become. When another
 * writer was faster and the client did not insist on a revision, the newest object is read and the plan is tried anew.
 */
import type { Draft, Kind, KubeObject } from "../machinery/kind.ts";
import { StatusError, alreadyExists, conflict, generateNameConflict, notFound } from "../machinery/errors.ts";
import { Conflict } from "../store/store.ts";
import type { Entry, Write } from "../store/store.ts";
import type { Exchange } from "./exchange.ts";
import type { Resource } from "./resource.ts";

/** As upstream's limit for patches; an update without a resourceVersion goes on as long. */
const MAX_TRIES = 16;
/** How many names are tried where the client leaves it to us. */
const MAX_NAMES = 8;

export interface WritePlan {
  readonly exchange: Exchange;
  readonly resource: Resource;
  readonly namespace: string;
  /** Empty where the name is still to be generated. */
  readonly name: string;
  /** `create` fails where the object exists, `update` where it does not; `either` does what fits. */
  readonly mode: "create" | "update" | "either";
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly dryRun: boolean;
  /** The verb's options as admission sees them. */
  readonly options: unknown;
  /** The draft is computed from the object before: its resourceVersion is a wish of the client only where it differs. */
  readonly derived?: boolean;
  /** Decodes or computes the new object: a fresh draft each time. `previous` is undefined when it creates. */
  make(previous: KubeObject | undefined): Draft<KubeObject> | Promise<Draft<KubeObject>>;
  /** Where the endpoint speaks of another kind (a Scale), admission is shown that, and what it makes of it is taken. */
  readonly speaks?: Spoken;
  /** Puts back what this subresource (or the lack of one) may not change. */
  isolate?(draft: Draft<KubeObject>, previous: KubeObject): void;
  /** Notes in managedFields who set what; before admission. */
  manage?(draft: Draft<KubeObject>, previous: KubeObject | undefined): Draft<KubeObject> | Promise<Draft<KubeObject>>;
}

export interface Spoken {
  readonly kind: Kind;
  of(object: KubeObject): Draft<KubeObject>;
  take(draft: Draft<KubeObject>, spoken: KubeObject): void;
}

/** One try of a plan. */
export interface WriteAttempt extends Omit<WritePlan, "name"> {
  name: string;
  operation: "CREATE" | "UPDATE";
  entry: Entry | undefined;
  previous: KubeObject | undefined;
  draft: Draft<KubeObject>;
  /** The revision the client insists on; undefined where it does not care. */
  expected: number | undefined;
  /** Further writes of the same revision, such as the IPAddress of a Service. */
  readonly alongside: Write[];
  /** Called when the write has its place in the store's order. */
  readonly sequenced: () => void;
  /** Called when nothing was written after all, to give back what was taken for it. */
  readonly undo: (() => void)[];
  outcome: Outcome | undefined;
}

export interface Outcome {
  /** As the resource's kind. */
  readonly object: KubeObject;
  /** Undefined for a dry run. */
  readonly entry: Entry | undefined;
  readonly created: boolean;
  /** The object was deleted, because its last finalizer went. */
  readonly deleted?: boolean;
}

export async function write(plan: WritePlan): Promise<Outcome> {
  const { name, mode, resource, namespace, exchange } = plan;
  if (name === "" || mode === "create") return tryWrite(plan, () => undefined);
  const endTurn = await exchange.parts.turns.take(resource.keyOf(namespace, name));
  try {
    return await tryWrite(plan, endTurn);
  } finally {
    endTurn();
  }
}

async function tryWrite(plan: WritePlan, sequenced: () => void): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const attempt = await begin(plan, sequenced);
    try {
      await plan.exchange.runWrite(attempt);
      return attempt.outcome!;
    } catch (error) {
      for (const undo of attempt.undo) undo();
      if (!(error instanceof Conflict)) {
        const another = plan.name === "" && error instanceof StatusError && error.reason === "AlreadyExists";
        if (another && tries < MAX_NAMES) continue;
        throw error;
      }
      if (tries >= MAX_TRIES || !mayRetry(plan, attempt, error)) throw lost(attempt);
    }
  }
}

/** Reads what is there now. */
async function begin(plan: WritePlan, sequenced: () => void): Promise<WriteAttempt> {
  const { exchange, resource, namespace, name, mode } = plan;
  const entry = name === "" ? undefined : exchange.parts.store.head(resource.keyOf(namespace, name));
  if (mode === "update" && entry === undefined) throw notFound(resource.groupResource, name);
  const creates = mode === "create" || entry === undefined;
  const waiting = creates ? undefined : resource.ready([entry]);
  if (waiting !== undefined) await waiting;
  return {
    ...plan,
    operation: creates ? "CREATE" : "UPDATE",
    entry: creates ? undefined : entry,
    previous: creates ? undefined : resource.view(entry),
    draft: undefined as unknown as Draft<KubeObject>,
    expected: undefined,
    alongside: [],
    sequenced,
    undo: [],
    outcome: undefined,
  };
}

/** A create that lost met an object of that name, unless the name was generated or something beside it was taken. */
function mayRetry(plan: WritePlan, attempt: WriteAttempt, error: Conflict): boolean {
  if (error.key !== attempt.resource.keyOf(attempt.namespace, attempt.name)) return true;
  if (attempt.operation === "CREATE") return attempt.mode === "either" || plan.name === "";
  return attempt.expected === undefined;
}

function lost(attempt: WriteAttempt): Error {
  const { resource, name, operation } = attempt;
  return operation === "CREATE" ? taken(attempt) : conflict(resource.groupResource, name);
}

/** To a client that wants to create what is there already. */
export function taken({ exchange, resource, namespace, name, draft }: WriteAttempt): StatusError {
  const say = draft.metadata.generateName ? generateNameConflict : alreadyExists;
  const { status } = say(resource.groupResource, name, 1);
  const there = exchange.parts.store.head(resource.keyOf(namespace, name));
  const leaving = (there?.object as KubeObject | undefined)?.metadata.deletionTimestamp !== undefined;
  return new StatusError(leaving ? { ...status, message: `object is being deleted: ${status.message}` } : status);
}
