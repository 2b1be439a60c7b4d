/** What a change touches: the paths that came or changed, and those that went. */
import { ownValue } from "../json-tree.ts";
import { fromJson, toJson } from "../exact-json.ts";
import { LONGEST_ALIKE } from "../alike.ts";
import { remembering } from "../remember.ts";
import type { ListSchema, Schema } from "../schema/schema.ts";
import type { FieldSet } from "./field-set.ts";
import { EMPTY, fieldElement, keepText, LEAF, nodeOf } from "./field-set.ts";
import { childSchema, elementOf, implied, isAlike, isEmptyRecord, isRecord, sameJson, shapeOf } from "./shape.ts";

export interface Difference {
  /** Added or modified. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Undefined in place of a set that holds nothing here. */
interface Part {
  readonly changed: FieldSet | undefined;
  readonly removed: FieldSet | undefined;
}

const CAME: Part = { changed: LEAF, removed: undefined };
const WENT: Part = { changed: undefined, removed: LEAF };

/** Costs time in proportion to what the two do not share. Undefined: they are the same. */
export function compareObjects(schema: Schema, before: unknown, after: unknown): Difference | undefined {
  const part = compare(schema, before, after);
  return part && { changed: part.changed ?? EMPTY, removed: part.removed ?? EMPTY };
}

function compare(schema: Schema, before: unknown, after: unknown): Part | undefined {
  if (before === after) return undefined;
  if (before === undefined) return { changed: allOf(schema, after), removed: undefined };
  const shape = shapeOf(schema, after ?? before);
  if (shape !== "leaf" && shapeOf(schema, before ?? after) === shape) {
    if (shape === "record" && !(isBlank(before) && isBlank(after))) return compareRecords(schema, before, after);
    if (shape === "items" && !(hasNone(before) && hasNone(after))) {
      return compareItems(schema as ListSchema, before, after);
    }
  }
  return compareLeaves(before, after);
}

/** Everything of what was not there before. */
function allOf(schema: Schema, value: unknown): FieldSet {
  const shape = shapeOf(schema, value);
  const children: [string, FieldSet][] = [];
  if (shape === "record" && isRecord(value)) {
    for (const name in value) {
      if (value[name] === undefined) continue;
      const child = childSchema(schema, name);
      children.push([fieldElement(name), child === undefined ? LEAF : allOf(child, value[name])]);
    }
  } else if (shape === "items" && Array.isArray(value)) {
    const list = schema as ListSchema;
    const items = group(list, value);
    if (items === undefined) return LEAF;
    for (const [element, same] of items) children.push([element, same.length === 1 ? allOf(list.item, same[0]) : LEAF]);
  }
  return nodeOf(true, children)!;
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || isEmptyRecord(value);
}

function hasNone(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

function compareLeaves(before: unknown, after: unknown): Part | undefined {
  if (before === undefined) return CAME;
  if (after === undefined) return WENT;
  return sameJson(before, after) ? undefined : CAME;
}

class Collector {
  readonly #changed: [string, FieldSet][] = [];
  readonly #removed: [string, FieldSet][] = [];

  add(element: string, part: Part | undefined): void {
    if (part?.changed !== undefined) this.#changed.push([element, part.changed]);
    if (part?.removed !== undefined) this.#removed.push([element, part.removed]);
  }

  finish(before: unknown, after: unknown): Part | undefined {
    const changed = nodeOf(before === undefined, this.#changed);
    const removed = nodeOf(after === undefined, this.#removed);
    return changed === undefined && removed === undefined ? undefined : { changed, removed };
  }
}

function compareRecords(schema: Schema, before: unknown, after: unknown): Part | undefined {
  const old = isRecord(before) ? before : EMPTY;
  const next = isRecord(after) ? after : EMPTY;
  const collector = new Collector();
  for (const name in next) {
    if (ownValue(old, name) !== next[name])
      collector.add(fieldElement(name), compareField(schema, name, ownValue(old, name), next[name], before, after));
  }
  for (const name in old) {
    if (ownValue(next, name) === undefined)
      collector.add(fieldElement(name), compareField(schema, name, old[name], undefined, before, after));
  }
  return collector.finish(before, after);
}

function compareField(
  schema: Schema,
  name: string,
  before: unknown,
  after: unknown,
  parentBefore: unknown,
  parentAfter: unknown,
): Part | undefined {
  const child = childSchema(schema, name);
  const old = before === undefined && parentBefore !== undefined ? implied(schema, name) : before;
  const next = after === undefined && parentAfter !== undefined ? implied(schema, name) : after;
  if (child === undefined) return compareLeaves(old, next);
  if (before === undefined && parentBefore !== undefined && isAlike(schema, name)) return broughtBy(child, old, next);
  return compare(child, old, next);
}

/** What parts that many objects have alike bring to new objects, by their JSON. */
const brought = new WeakMap<Schema, (text: string) => Part | null>();

function broughtBy(schema: Schema, nothing: unknown, part: unknown): Part | undefined {
  const text = toJson(part) as string | undefined;
  if (text === undefined || text.length > LONGEST_ALIKE) return compare(schema, nothing, part);
  let find = brought.get(schema);
  if (find === undefined) {
    const make = (each: string): Part | null => kept(compare(schema, nothing, fromJson(each))) ?? null;
    brought.set(schema, (find = remembering(make, { most: 200, longest: LONGEST_ALIKE })));
  }
  return find(text) ?? undefined;
}

function kept(part: Part | undefined): Part | undefined {
  if (part?.changed !== undefined) keepText(part.changed);
  return part;
}

function compareItems(list: ListSchema, before: unknown, after: unknown): Part | undefined {
  if (sameJson(before, after)) return undefined;
  const old = group(list, before);
  const next = group(list, after);
  if (old === undefined || next === undefined) return compareLeaves(before, after);
  const collector = new Collector();
  for (const [element, items] of next) collector.add(element, compareSame(list, old.get(element), items));
  for (const [element, items] of old) {
    if (!next.has(element)) collector.add(element, compareSame(list, items, undefined));
  }
  return collector.finish(before, after);
}

/**
 * Items of one element. More than one on a side (duplicates are stored objects' right) count as a whole: where one side has
 * one item only, that one comes or goes with all its fields.
 */
function compareSame(
  list: ListSchema,
  before: readonly unknown[] | undefined,
  after: readonly unknown[] | undefined,
): Part | undefined {
  const had = before?.length ?? 0;
  const has = after?.length ?? 0;
  if (had <= 1 && has <= 1) return compare(list.item, before?.[0], after?.[0]);
  if (had > 1 && has > 1) return compareLeaves(before, after);
  if (had > 1) return { changed: has === 0 ? undefined : allOf(list.item, after![0]), removed: LEAF };
  return { changed: LEAF, removed: had === 0 ? undefined : allOf(list.item, before![0]) };
}

function group(list: ListSchema, value: unknown): Map<string, unknown[]> | undefined {
  const groups = new Map<string, unknown[]>();
  if (!Array.isArray(value)) return groups;
  for (const item of value) {
    const element = elementOf(list, item);
    if (element === undefined) return undefined;
    const same = groups.get(element);
    if (same === undefined) groups.set(element, [item]);
    else same.push(item);
  }
  return groups;
}
