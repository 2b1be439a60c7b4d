/**
 * Ownership after a create, update or plain patch: the writer takes what it changed or added, everybody
 * loses what is gone, nobody else is touched.
 */
import type { KubeObject, ManagedFieldsEntry } from "../kind.ts";
import type { MessageSchema } from "../schema/schema.ts";
import { formatTime } from "../time.ts";
import type { Difference } from "./compare.ts";
import { compareObjects } from "./compare.ts";
import type { FieldSet, Reset } from "./field-set.ts";
import { difference, EMPTY, isEmpty, keepAll, union } from "./field-set.ts";
import type { Managers } from "./managers.ts";
import { disown, encodeManagers, managerId, setManager, startingManagers, UNOWNED } from "./managers.ts";

export interface Update {
  readonly schema: MessageSchema;
  /** Undefined for a create. */
  readonly live: KubeObject | undefined;
  /** As it will be stored, but for managedFields: here still what the client sent. */
  readonly next: KubeObject;
  readonly manager: string;
  /** The version of the request. */
  readonly apiVersion: string;
  /** Empty or absent for the object itself. */
  readonly subresource?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Takes out what this endpoint never changes (its strategy resets it), such as `except(fieldSet("status"))`. */
  readonly reset?: Reset;
  /** Compares in another version of the kind, for entries made there; undefined where that version is gone. */
  readonly inVersion?: (apiVersion: string) => VersionView | undefined;
}

export interface VersionView {
  readonly schema: MessageSchema;
  readonly convert: (object: KubeObject) => unknown;
  /** From there into the version of the request; absent where another program would have to be asked for it. */
  readonly back?: (object: KubeObject) => unknown;
}

/**
 * The list to store. It is `live`'s own list when the write changed nothing that is owned. Objects that have
 * lost their list (by `managedFields: []`) stay without one until somebody applies.
 */
export function trackUpdate(update: Update): readonly ManagedFieldsEntry[] | undefined {
  const { live, next, subresource = "" } = update;
  const liveEntries = live?.metadata.managedFields;
  const given = next.metadata.managedFields;
  // Of custom resources an empty list is as good as none: upstream loses it on the way.
  const said = update.schema.custom === true && given?.length === 0 ? undefined : given;
  const managers = startingManagers(liveEntries, said, subresource !== "");
  if (live !== undefined && managers.size === 0) return undefined;
  const found = changesOf(update);
  if (found !== undefined) {
    const entry = entryOf(update);
    const id = managerId(entry);
    const own = managers.get(id)?.set ?? EMPTY;
    const taken = difference(found.changed, UNOWNED);
    takeFromOthers(managers, found, update, isEmpty(taken) ? undefined : id);
    // The writer keeps what it has set again; its set stays the very same one where it gains and loses nothing.
    if (!isEmpty(taken)) setManager(managers, id, entry, union(difference(own, found.removed), taken));
  }
  return encodeManagers(managers, liveEntries);
}

/** What the request changed, without what its endpoint cannot change; managedFields are not looked at. */
export function changesOf({ schema, live, next, reset }: Update): Difference | undefined {
  const found = compareObjects(schema, live ?? BLANK, next);
  if (found === undefined || reset === undefined) return found;
  return { changed: reset(found.changed), removed: reset(found.removed) };
}

/** What a new object is compared with: upstream's empty object of the kind. */
const BLANK = { metadata: {} };

function takeFromOthers(managers: Managers, found: Difference, update: Update, except: string | undefined): void {
  const gone = union(found.changed, found.removed);
  const others = update.inVersion;
  if (others === undefined) return disown(managers, gone, except);
  const views = new Map<string, FieldSet | undefined>([[update.apiVersion, gone]]);
  for (const [id, { entry, set }] of managers) {
    if (id === except) continue;
    const version = entry.apiVersion ?? update.apiVersion;
    if (!views.has(version)) views.set(version, goneIn(others(version), update));
    const fields = views.get(version);
    if (fields === undefined) managers.delete(id);
    else setManager(managers, id, entry, difference(set, fields));
  }
}

function goneIn(view: VersionView | undefined, { live, next, reset = keepAll }: Update): FieldSet | undefined {
  if (view === undefined) return undefined;
  const found = compareObjects(view.schema, live === undefined ? BLANK : view.convert(live), view.convert(next));
  return found === undefined ? EMPTY : reset(union(found.changed, found.removed));
}

/** Of the writer, without its fields. */
function entryOf({ manager, apiVersion, subresource, now }: Update): ManagedFieldsEntry {
  return {
    ...(manager !== "" && { manager }),
    operation: "Update",
    apiVersion,
    time: formatTime(now),
    fieldsType: "FieldsV1",
    ...(subresource ? { subresource } : undefined),
  };
}
