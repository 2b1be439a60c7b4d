/**
 * Server-side apply. The applier says what it wants; the object becomes that where it says something, keeps
 * what others own, and loses what this applier said before and nobody wants any more.
 *
 * Worked example: `m1` applied `{a, b}`, `m2` applied `{b}`. Now `m1` applies `{a}`: `b` stays, owned by `m2`.
 * Then `m2` applies `{}`: `b` goes.
 */
import { fromJson } from "../exact-json.ts";
import { badRequest } from "../errors.ts";
import { byteLength, compareText, goJson } from "../go-text.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kind.ts";
import type { MessageSchema } from "../schema/schema.ts";
import { formatTime } from "../time.ts";
import { ANNOTATIONS_LIMIT } from "../validate-metadata.ts";
import type { Difference } from "./compare.ts";
import { compareObjects } from "./compare.ts";
import { conflictError, conflictsIn } from "./conflicts.ts";
import type { FieldSet, Reset } from "./field-set.ts";
import { difference, EMPTY, equals, intersection, isEmpty, keepAll, union } from "./field-set.ts";
import type { Managers } from "./managers.ts";
import { encodeManagers, managerId, setManager, startingManagers, UNOWNED } from "./managers.ts";
import type { Json } from "./shape.ts";
import { isRecord } from "./shape.ts";
import { trackUpdate } from "./track-update.ts";
import type { Update, VersionView } from "./track-update.ts";
import { checkTyped, fieldSetOf, mergeTyped, removeFields, withNamedParents } from "./typed.ts";

export interface Apply {
  readonly schema: MessageSchema;
  /** Undefined: the apply creates the object. */
  readonly live: KubeObject | undefined;
  /** The applied configuration as the client wrote it: not defaulted. */
  readonly patch: Json;
  readonly manager: string;
  readonly force: boolean;
  /** The version of the patch. */
  readonly apiVersion: string;
  readonly subresource?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Fields this endpoint never changes, such as `fieldSet("status")`; they are not owned either. */
  readonly reset?: Reset;
  /** Compares in another version of the kind, for managers that wrote there; undefined where that version is gone. */
  readonly inVersion?: Update["inVersion"];
}

export interface Applied {
  /**
   * The object to default, admit and store; `live` itself when the apply changes nothing but maybe
   * ownership. Its managedFields are still the old ones.
   */
  readonly object: Json;
  /** The list to store. `live`'s own when ownership is as before: then there is nothing to write at all. */
  readonly managedFields: readonly ManagedFieldsEntry[] | undefined;
}

/** The annotation of client-side apply. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Whoever wrote to an object that nobody has tracked so far. */
const BEFORE_FIRST_APPLY = "before-first-apply";

/**
 * Throws a 409 for fields others own with another value (unless forced), a 400 for a patch that carries
 * managedFields, a 500 for one that does not fit the schema, as upstream does.
 */
export function apply(request: Apply): Applied {
  const { schema, live, patch, apiVersion, reset = keepAll } = request;
  const metadata = request.patch["metadata"];
  if (isRecord(metadata) && metadata["managedFields"] !== undefined && metadata["managedFields"] !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  checkTyped(schema, patch, nameOf(patch, apiVersion));

  const managers = managersOf(request);
  const entry = entryOf(request);
  const id = managerId(entry);
  const lastSet = managers.get(id)?.set ?? EMPTY;
  const set = reset(fieldSetOf(schema, patch));

  const merged = mergeTyped(schema, live ?? blank(patch), patch) as Json;
  const owned = ownedByAll(managers, id, set);
  const object = prune(schema, merged, lastSet, owned);

  const found = compareObjects(schema, live ?? BLANK, object);
  const changes = new Changes(request, object, found);
  if (!request.force) {
    const former = formerlyApplied(request);
    const conflicts = conflictsIn(managers, (version) => difference(changes.in(version)?.changed ?? EMPTY, former), id);
    if (conflicts.length > 0) throw conflictError(conflicts);
  }
  for (const [other, { entry: theirs, set: owns }] of managers) {
    if (other === id) continue;
    const gone = changes.in(theirs.apiVersion);
    if (gone === undefined) managers.delete(other);
    else setManager(managers, other, theirs, difference(owns, union(gone.changed, gone.removed)));
  }
  const same = live !== undefined && found === undefined;
  own(managers, entry, difference(set, UNOWNED), same ? undefined : formatTime(request.now));
  return {
    object: withLastApplied(request, same ? (live as unknown as Json) : object),
    managedFields: encodeManagers(managers, live?.metadata.managedFields),
  };
}

const BLANK = { metadata: {} };

/** What an apply changes, as managers that wrote in other versions see it. */
class Changes {
  readonly #request: Apply;
  readonly #object: Json;
  readonly #known = new Map<string, Difference | undefined>();

  constructor(request: Apply, object: Json, found: Difference | undefined) {
    this.#request = request;
    this.#object = object;
    this.#known.set(request.apiVersion, this.#without(found));
  }

  /** Undefined where the version is served no more. */
  in(apiVersion = this.#request.apiVersion): Difference | undefined {
    const { inVersion } = this.#request;
    if (inVersion === undefined) return this.#known.get(this.#request.apiVersion);
    if (!this.#known.has(apiVersion)) this.#known.set(apiVersion, this.#compared(inVersion(apiVersion)));
    return this.#known.get(apiVersion);
  }

  #compared(view: VersionView | undefined): Difference | undefined {
    if (view === undefined) return undefined;
    const { live } = this.#request;
    const before = live === undefined ? BLANK : view.convert(live);
    return this.#without(compareObjects(view.schema, before, view.convert(this.#object as unknown as KubeObject)));
  }

  #without(found: Difference | undefined): Difference {
    const { reset = keepAll } = this.#request;
    return {
      changed: reset(found?.changed ?? EMPTY),
      removed: reset(found?.removed ?? EMPTY),
    };
  }
}

function nameOf(patch: Json, apiVersion: string): string {
  const metadata = isRecord(patch["metadata"]) ? patch["metadata"] : {};
  const { name = "", namespace = "" } = metadata as { name?: string; namespace?: string };
  const version = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  const full = namespace === "" ? `/${name}` : `${namespace}/${name}`;
  return `${full}; ${version}, Kind=${String(patch["kind"] ?? "")}`;
}

/** What an apply that creates is merged into. */
function blank(patch: Json): Json {
  return { apiVersion: patch["apiVersion"], kind: patch["kind"] };
}

/** An object nobody tracked gets one owner of all it has, so that the first apply finds whom to conflict with. */
function managersOf({ schema, live, apiVersion, now, subresource = "", reset }: Apply): Managers {
  const entries = live?.metadata.managedFields;
  const managers = startingManagers(entries, entries, subresource !== "");
  if (live === undefined || managers.size > 0) return managers;
  const { managedFields: _, ...metadata } = live.metadata;
  const next = { ...live, metadata };
  const all = trackUpdate({
    schema,
    live: undefined,
    next,
    manager: BEFORE_FIRST_APPLY,
    apiVersion,
    subresource,
    now,
    reset,
  });
  return startingManagers(all, all, false);
}

function entryOf({ manager, apiVersion, subresource }: Apply): ManagedFieldsEntry {
  return {
    manager,
    operation: "Apply",
    apiVersion,
    fieldsType: "FieldsV1",
    ...(subresource ? { subresource } : undefined),
  };
}

/** The time says when the applier last changed something: a no-op keeps it, also when there is none yet. */
function own(managers: Managers, entry: ManagedFieldsEntry, set: FieldSet, time: string | undefined): void {
  const id = managerId(entry);
  const before = managers.get(id);
  if (time === undefined && before?.entry.apiVersion === entry.apiVersion && equals(before!.set, set)) return;
  const { fieldsType, subresource, ...head } = entry;
  const stamp = time ?? before?.entry.time;
  const next = { ...head, ...(stamp && { time: stamp }), fieldsType, ...(subresource && { subresource }) };
  setManager(managers, id, next, set);
}

function ownedByAll(managers: Managers, id: string, own: FieldSet): FieldSet {
  let owned = own;
  for (const [other, { set }] of managers) if (other !== id) owned = union(owned, set);
  return owned;
}

/**
 * Takes out what the applier owned before and nobody owns now. Items and structs that others own something
 * of are kept with just that; what was never in the old set does not go with it.
 */
function prune(schema: MessageSchema, merged: Json, lastSet: FieldSet, owned: FieldSet): Json {
  if (isEmpty(difference(lastSet, owned))) return merged;
  const last = withNamedParents(schema, lastSet);
  const all = withNamedParents(schema, fieldSetOf(schema, merged));
  const without = (set: FieldSet): Json => (removeFields(schema, merged, set) ?? {}) as Json;
  const setOf = (value: Json): FieldSet => withNamedParents(schema, fieldSetOf(schema, value));
  const bare = without(last);
  const kept = without(difference(all, union(setOf(bare), withNamedParents(schema, owned))));
  return without(intersection(difference(all, setOf(kept)), last));
}

/**
 * kubectl's own client-side apply is no stranger: for the manager `kubectl`, fields that its annotation names
 * do not conflict.
 */
function formerlyApplied({ schema, live, manager }: Apply): FieldSet {
  const text = live?.metadata.annotations?.[LAST_APPLIED];
  if (manager !== "kubectl" || text === undefined) return EMPTY;
  const last = parseJson(text);
  return isRecord(last) ? fieldSetOf(schema, last) : EMPTY;
}

/** kubectl's annotation follows along while it is there, so that client-side apply can be gone back to. */
function withLastApplied({ patch, manager, subresource = "" }: Apply, object: Json): Json {
  const metadata = isRecord(object["metadata"]) ? object["metadata"] : {};
  const annotations = isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  const before = annotations[LAST_APPLIED];
  if (manager !== "kubectl" || subresource !== "" || before === undefined) return object;
  const text = `${sortedJson(withoutAnnotation(patch))}\n`;
  if (text === before) return object;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  const next = byteLength(text) > ANNOTATIONS_LIMIT ? others : { ...others, [LAST_APPLIED]: text };
  return { ...object, metadata: { ...metadata, annotations: next } };
}

function withoutAnnotation(patch: Json): Json {
  const metadata = patch["metadata"];
  if (!isRecord(metadata) || !isRecord(metadata["annotations"])) return patch;
  const { [LAST_APPLIED]: _, ...annotations } = metadata["annotations"];
  return { ...patch, metadata: { ...metadata, annotations } };
}

/** Keys sorted, as Go writes maps. */
function sortedJson(value: unknown): string {
  const sorted = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(sorted);
    if (!isRecord(item)) return item;
    const names = Object.keys(item).toSorted(compareText);
    return Object.fromEntries(names.map((name) => [name, sorted(item[name])]));
  };
  return goJson(sorted(value));
}

function parseJson(text: string): unknown {
  try {
    return fromJson(text);
  } catch {
    return undefined;
  }
}
