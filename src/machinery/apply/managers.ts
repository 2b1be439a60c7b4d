/**
 * `metadata.managedFields`: who owns which fields. Entries nobody touched stay the very same objects, so an
 * unchanged list is the same list.
 */
import type { ManagedFieldsEntry } from "../kind.ts";
import { byteLength, isPrintable } from "../go-text.ts";
import { remembering } from "../remember.ts";
import { timeOf } from "../time.ts";
import type { FieldSet } from "./field-set.ts";
import { difference, EMPTY, fieldSet, isEmpty, parseFieldSet, toStored, union } from "./field-set.ts";
import { isEmptyRecord, sameJson } from "./shape.ts";

export interface Manager {
  readonly entry: ManagedFieldsEntry;
  readonly set: FieldSet;
}

/** By identity; see {@link managerId}. */
export type Managers = Map<string, Manager>;

/** Fields of metadata (and apiVersion, kind) that nobody owns. */
export const UNOWNED: FieldSet = {
  "f:apiVersion": EMPTY,
  "f:kind": EMPTY,
  "f:metadata": {
    ".": EMPTY,
    ...fieldSet(
      "creationTimestamp",
      "deletionGracePeriodSeconds",
      "generation",
      "managedFields",
      "name",
      "namespace",
      "resourceVersion",
      "selfLink",
      "uid",
    ),
  },
};

/** More writers by Update than this are folded into one, oldest first. */
const UPDATERS_LIMIT = 10;
const FOLDED = "ancient-changes";

/** Upstream's limit on a manager's name, in bytes. */
const LONGEST_NAME = 128;

/** An applier is the same whatever version it applies; an updater is another one in each version. As upstream writes it. */
export function managerId({ operation, manager = "", apiVersion = "", subresource }: ManagedFieldsEntry): string {
  const version = operation === "Apply" ? "" : `,"apiVersion":"${apiVersion}"`;
  const place = subresource ? `,"subresource":${JSON.stringify(subresource)}` : "";
  return `{"manager":${JSON.stringify(manager)},"operation":"${operation}"${version}${place}}`;
}

/** Undefined when some entry is not one: then the whole list counts as unreadable. */
function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const set = entry.fieldsV1 === undefined ? EMPTY : parseFieldSet(entry.fieldsV1);
    if (set === undefined || (entry.operation !== "Apply" && entry.operation !== "Update")) return undefined;
    if (entry.fieldsType !== "FieldsV1" || !entry.apiVersion) return undefined;
    managers.set(managerId(entry), { entry, set });
  }
  return managers;
}

/**
 * Whose list counts: a client may write `managedFields` itself, and `[]` or `[{}]` takes all ownership away. A
 * subresource's writer may not, and an unreadable list is as good as none.
 */
export function startingManagers(
  live: readonly ManagedFieldsEntry[] | undefined,
  next: readonly ManagedFieldsEntry[] | undefined,
  subresource: boolean,
): Managers {
  if (!subresource && next !== undefined && !sameJson(next, live)) {
    if (next.length === 0 || (next.length === 1 && isEmptyRecord(next[0]))) return new Map();
    const given = decodeManagers(next);
    if (given !== undefined && given.size > 0) return given;
  }
  return decodeManagers(live) ?? new Map();
}

/** The list to store, in upstream's order; `live` itself when nothing differs. Undefined for an empty list. */
export function encodeManagers(
  managers: Managers,
  live: readonly ManagedFieldsEntry[] | undefined,
): readonly ManagedFieldsEntry[] | undefined {
  const entries = [...folded(managers).values()]
    .map(({ entry, set }) =>
      entry.fieldsV1 === set ? entry : { ...entry, fieldsType: "FieldsV1", fieldsV1: toStored(set) },
    )
    .toSorted(compareEntries);
  if (entries.length === 0) return undefined;
  return live?.length === entries.length && entries.every((entry, i) => entry === live[i]) ? live : entries;
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compare(a.operation, b.operation) ||
    (a.time === b.time ? 0 : secondsOf(a) - secondsOf(b)) ||
    compare(a.manager, b.manager) ||
    compare(a.apiVersion, b.apiVersion) ||
    compare(a.subresource, b.subresource)
  );
}

function compare(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function secondsOf({ time }: ManagedFieldsEntry): number {
  return Math.floor((timeOf(time) ?? 0) / 1000);
}

/** At most {@link UPDATERS_LIMIT} updaters: beyond that the oldest ones of a version become one entry. */
function folded(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { entry }]) => entry.operation === "Update");
  let excess = updaters.length - UPDATERS_LIMIT;
  if (excess <= 0) return managers;
  updaters.sort(([, a], [, b]) => compareEntries(a.entry, b.entry));
  const result: Managers = new Map(managers);
  const oldest = new Map<string | undefined, string>();
  for (const [id, { entry, set }] of updaters) {
    if (excess <= 0) break;
    const version = entry.apiVersion;
    const first = oldest.get(version);
    if (first === undefined) {
      oldest.set(version, id);
      continue;
    }
    const { subresource: _, ...plain } = entry;
    const into: ManagedFieldsEntry = { ...plain, manager: FOLDED };
    const intoId = managerId(into);
    const before = result.get(intoId) ?? result.get(first);
    result.delete(first);
    result.delete(id);
    result.set(intoId, { entry: into, set: union(before?.set ?? EMPTY, set) });
    oldest.set(version, intoId);
    excess--;
  }
  return result;
}

/** Puts a manager's new set, or takes the manager out when nothing is left. */
export function setManager(managers: Managers, id: string, entry: ManagedFieldsEntry, set: FieldSet): void {
  if (isEmpty(set)) managers.delete(id);
  else managers.set(id, { entry, set });
}

/** Takes `fields` from everybody but `except`. */
export function disown(managers: Managers, fields: FieldSet, except?: string): void {
  if (isEmpty(fields)) return;
  for (const [id, { entry, set }] of managers) {
    if (id === except) continue;
    const rest = difference(set, fields);
    if (rest !== set) setManager(managers, id, entry, rest);
  }
}

/** The manager of a request that names none: the user agent up to its first slash, at most 128 bytes. */
export const managerFromUserAgent = remembering(
  (userAgent) => {
    let name = "";
    let bytes = 0;
    for (const char of userAgent.split("/")[0]!) {
      if (!isPrintable(char)) continue;
      bytes += byteLength(char);
      if (bytes > LONGEST_NAME) break;
      name += char;
    }
    return name === "" ? "unknown" : name;
  },
  { longest: 200 },
);
