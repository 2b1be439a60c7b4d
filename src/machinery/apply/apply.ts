/**
 * Server-side apply. The applier says what it wants; the object becomes that where it says something, keeps
 * what others own, and loses what this applier said before and nobody wants any more.
 *
 * Worked example: `m1` applied `{a, b}`, `m2` applied `{b}`. Now `m1` applies `{a}`: `b` stays, owned by `m2`.
 * Then `m2` applies `{}`: `b` goes.
 */
import { fromJson } from "../exact-json.ts";
import { badRequest, unknownError } from "../errors.ts";
import { compareText, goJson } from "../go-text.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kind.ts";
import type { MessageSchema } from "../schema/schema.ts";
import { formatTime } from "../time.ts";
import { ANNOTATIONS_LIMIT, annotationsSize } from "../validate-metadata.ts";
import type { Difference } from "./compare.ts";
import { compareObjects } from "./compare.ts";
import { conflictError, conflictsIn } from "./conflicts.ts";
import type { FieldSet, Reset } from "./field-set.ts";
import { difference, EMPTY, equals, intersection, isEmpty, keepAll, union } from "./field-set.ts";
import type { Manager, Managers } from "./managers.ts";
import { encodeManagers, managerId, setManager, startingManagers, UNOWNED } from "./managers.ts";
import type { Json } from "./shape.ts";
import { isRecord } from "./shape.ts";
import { trackUpdate } from "./track-update.ts";
import type { Update, VersionView } from "./track-update.ts";
import { fieldSetOf, mergeTyped, removeFields, typeFaults, withNamedParents } from "./typed.ts";

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
  const { schema, live, patch, reset = keepAll } = request;
  const metadata = patch["metadata"];
  if (isRecord(metadata) && Array.isArray(metadata["managedFields"])) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const faults = typeFaults(schema, patch);
  if (faults !== undefined) throw unknownError(`failed to create typed patch object (${whatOf(request)}): ${faults}`);

  const managers = managersOf(request);
  const entry = entryOf(request);
  const id = managerId(entry);
  const last = managers.get(id);
  const set = reset(fieldSetOf(schema, patch));

  const merged = mergeTyped(schema, live ?? blank(patch), patch) as Json;
  const object = last === undefined ? merged : prune(request, merged, last, ownedByVersion(request, managers, id, set));

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

/** What is applied, as errors name it: by what it says itself. */
export function whatOf({ patch, apiVersion }: Pick<Apply, "patch" | "apiVersion">): string {
  const metadata = isRecord(patch["metadata"]) ? patch["metadata"] : {};
  const [name, namespace] = [metadata["name"], metadata["namespace"]].map((said) =>
    typeof said === "string" ? said : "",
  );
  return `${namespace}/${name}; ${kindText(apiVersion, String(patch["kind"] ?? ""))}`;
}

/** Go's text for a kind in a version: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`. */
export const kindText = (apiVersion: string, kind: string): string =>
  `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${kind}`;

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

/** What anybody owns once this is applied, in each version. */
function ownedByVersion(
  { apiVersion }: Apply,
  managers: Managers,
  id: string,
  own: FieldSet,
): ReadonlyMap<string, FieldSet> {
  const owned = new Map([[apiVersion, own]]);
  for (const [other, { entry, set }] of managers) {
    if (other === id) continue;
    const version = entry.apiVersion!;
    owned.set(version, union(owned.get(version) ?? EMPTY, set));
  }
  return owned;
}

/**
 * Takes out what the applier owned before and nobody owns now. Items and structs that others own something
 * of are kept with just that; what was never in the old set does not go with it.
 *
 * Each set is looked at in the version that it was written in: who applied autoscaling/v1's `targetCPUUtilizationPercentage`
 * and now applies autoscaling/v2 without metrics loses the metric.
 */
function prune(request: Apply, merged: Json, last: Manager, owned: ReadonlyMap<string, FieldSet>): Json {
  const version = last.entry.apiVersion!;
  if (isEmpty(difference(last.set, owned.get(version) ?? EMPTY))) return merged;
  const before = viewIn(request, version);
  // The version is served no more: what was said in it is not known.
  if (before === undefined) return merged;
  const whole = before.convert(merged);
  const lastSet = withNamedParents(before.schema, last.set);
  let kept = before.back(without(before, whole, lastSet));
  for (const each of new Set([version, ...owned.keys()])) {
    const view = viewIn(request, each);
    if (view === undefined) continue;
    const all = view.convert(merged);
    const held = union(setOf(view, view.convert(kept)), withNamedParents(view.schema, owned.get(each) ?? EMPTY));
    kept = view.back(without(view, all, difference(setOf(view, all), held)));
  }
  const gone = difference(setOf(before, whole), setOf(before, before.convert(kept)));
  return before.back(without(before, whole, intersection(gone, lastSet)));
}

/** How objects look in another version; objects that another program converts are looked at as they are. */
interface Face {
  readonly schema: MessageSchema;
  convert(object: Json): Json;
  back(object: Json): Json;
}

function viewIn({ schema, apiVersion, inVersion }: Apply, version: string): Face | undefined {
  const plain: Face = { schema, convert: (object) => object, back: (object) => object };
  if (version === apiVersion || inVersion === undefined) return plain;
  const view = inVersion(version);
  if (view?.back === undefined) return view && plain;
  const { convert, back } = view as Required<VersionView>;
  const through = (way: (object: KubeObject) => unknown) => (object: Json) =>
    way(object as unknown as KubeObject) as Json;
  return { schema: view.schema, convert: through(convert), back: through(back) };
}

const without = ({ schema }: Face, object: Json, set: FieldSet): Json =>
  (removeFields(schema, object, set) ?? {}) as Json;

const setOf = ({ schema }: Face, object: Json): FieldSet => withNamedParents(schema, fieldSetOf(schema, object));

/**
 * kubectl's own client-side apply is no stranger: for the manager `kubectl`, fields that its annotation has as they are now
 * do not conflict.
 */
function formerlyApplied({ schema, live, manager, apiVersion }: Apply): FieldSet {
  const text = live?.metadata.annotations?.[LAST_APPLIED];
  if (manager !== "kubectl" || !text) return EMPTY;
  const last = parseJson(text);
  if (!isRecord(last) || last["apiVersion"] !== apiVersion || typeFaults(schema, last) !== undefined) return EMPTY;
  const found = compareObjects(schema, last, live);
  const set = fieldSetOf(schema, last);
  return found === undefined ? set : difference(set, union(found.changed, found.removed));
}

/** kubectl's annotation follows along while it is there, so that client-side apply can be gone back to. */
function withLastApplied({ patch, manager }: Apply, object: Json): Json {
  const metadata = isRecord(object["metadata"]) ? object["metadata"] : {};
  const annotations = isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  const before = annotations[LAST_APPLIED];
  if (manager !== "kubectl" || !before) return object;
  const text = `${sortedJson(withoutAnnotation(patch))}\n`;
  if (text === before) return object;
  const { [LAST_APPLIED]: _, ...others } = annotations;
  const next = { ...others, [LAST_APPLIED]: text };
  const fits = annotationsSize(next as Record<string, string>) <= ANNOTATIONS_LIMIT;
  return { ...object, metadata: { ...metadata, annotations: fits ? next : others } };
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
