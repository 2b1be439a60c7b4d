/**
 * Strategic merge patch: a merge patch that knows the schema, so that lists with a merge key are merged item
 * by item, and that has directives of its own:
 *
 * - `$patch: replace | delete | merge` in an object or a list item;
 * - `$retainKeys: [names]`: all other fields of the object go;
 * - `$setElementOrder/list: [...]`: the order of what the patch's author knows;
 * - `$deleteFromPrimitiveList/list: [...]`.
 *
 * The result shares with the target whatever the patch does not touch, and is the target itself when nothing
 * changes. Inputs are never changed.
 */
import { ownValue, put } from "../json-tree.ts";
import { badRequest, unknownError, unprocessable } from "../errors.ts";
import { goTypeOf, goValue, quote } from "../go-text.ts";
import { sameJson } from "../apply/shape.ts";
import { goType } from "../schema/go-names.ts";
import type { Schema } from "../schema/schema.ts";
import type { ListItem } from "./list-order.ts";
import { inOrder } from "./list-order.ts";
import { notAMap } from "./merge-patch.ts";

type Json = Readonly<Record<string, unknown>>;

const PATCH = "$patch";
const RETAIN_KEYS = "$retainKeys";
const SET_ORDER = "$setElementOrder/";
const DELETE_FROM = "$deleteFromPrimitiveList/";

/** How a field is merged. */
interface Rule {
  readonly schema: Schema | undefined;
  readonly merge: boolean;
  readonly mergeKey: string;
}

/** Throws a 400 or 422 for a malformed patch, a 500 where upstream has no better word either. */
export function strategicMergePatch(schema: Schema, target: Json, patch: unknown): Json {
  // For Go null is a map that says nothing.
  if (patch === null) return target;
  if (!isObject(patch)) throw badRequest(notAMap(patch));
  return mergeMap(schema, target, patch);
}

/** Throws a 500 where upstream's struct has no such field. */
function ruleOf(schema: Schema | undefined, name: string): Rule {
  if (schema?.form === "map")
    throw unknownError("merging an object in json but data type is not struct, instead is: map");
  if (schema?.form !== "message" || !Object.hasOwn(schema.fields, name)) {
    const struct = schema === undefined ? "" : goType(schema).split(".").at(-1);
    throw unknownError(`unable to find api field in struct ${struct} for the json field ${quote(name)}`);
  }
  const field = schema.fields[name]!;
  const own = field.schema.form === "list" || field.schema.form === "map" ? field.schema.patchStrategy : undefined;
  const strategies = (field.patchStrategy ?? own ?? "").split(",");
  const list = field.schema.form === "list";
  const key = field.patchMergeKey ?? (field.schema.form === "list" ? field.schema.patchMergeKey : undefined);
  return {
    schema: field.schema,
    merge: list ? strategies.includes("merge") : !strategies.includes("replace"),
    mergeKey: key ?? "",
  };
}

function mergeMap(schema: Schema | undefined, original: Json, patch: Json): Json {
  if (Object.hasOwn(patch, PATCH)) return byDirective(patch);
  const retained = retainKeys(original, patch);
  const ordered = setElementOrders(schema, retained, patch);
  let merged: Record<string, unknown> | undefined;
  const base = ordered.target;
  for (const name of Object.keys(patch)) {
    if (name === RETAIN_KEYS || name.startsWith(SET_ORDER) || ordered.done.has(name)) continue;
    const deleting = name.startsWith(DELETE_FROM);
    const field = deleting ? name.slice(DELETE_FROM.length) : name;
    const before = ownValue(merged ?? base, field);
    const after = mergeField(schema, field, before, patch[name], deleting);
    if (after === before) continue;
    merged ??= { ...base };
    if (after === undefined) delete merged[field];
    else put(merged, field, after);
  }
  return merged ?? base;
}

function mergeField(
  schema: Schema | undefined,
  name: string,
  before: unknown,
  patch: unknown,
  deleting: boolean,
): unknown {
  if (patch === null || patch === undefined) return undefined;
  if (Array.isArray(before) && Array.isArray(patch)) {
    const rule = ruleOf(schema, name);
    if (deleting || rule.merge) return mergeList(rule, before, patch, deleting);
    return sameJson(before, patch) ? before : patch;
  }
  if (isObject(before) && isObject(patch)) {
    const rule = ruleOf(schema, name);
    return rule.merge ? mergeMap(rule.schema, before, patch) : patch;
  }
  if (deleting) return before;
  const plain = withoutDirectives(withoutNulls(patch));
  return sameJson(before, plain) ? before : plain;
}

/** `$patch` in an object: what it says is all there is. */
function byDirective(patch: Json): Json {
  const directive = patch[PATCH];
  if (directive === "delete") return {};
  if (directive === "replace") {
    const { [PATCH]: _, ...rest } = patch;
    return rest;
  }
  throw unknownPatchType(directive, patch);
}

function unknownPatchType(directive: unknown, patch: unknown): Error {
  return unknownError(`unknown patch type: ${asText(directive)} in map: ${goValue(patch)}`);
}

/** Go's `%s` of what should have been text. */
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "%!s(<nil>)";
  return typeof value === "object" ? goValue(value) : `%!s(${goTypeOf(value)}=${goValue(value)})`;
}

const wrongType = (expected: string, value: unknown): Error =>
  unknownError(
    `expected a ${expected}, but received a ${value === null || value === undefined ? "%!s(<nil>)" : goTypeOf(value)}`,
  );

function retainKeys(original: Json, patch: Json): Json {
  const listed = patch[RETAIN_KEYS];
  if (listed === undefined) return original;
  if (!Array.isArray(listed)) throw badRequest("invalid patch format of retainKeys");
  const keys: ReadonlySet<unknown> = new Set(listed);
  for (const name in patch) {
    if (name === RETAIN_KEYS || patch[name] === null || name.startsWith(DELETE_FROM) || name.startsWith(SET_ORDER))
      continue;
    if (!keys.has(name)) throw badRequest("invalid patch format of retainKeys");
  }
  const names = Object.keys(original);
  const kept = names.filter((name) => keys.has(name));
  return kept.length === names.length ? original : Object.fromEntries(kept.map((name) => [name, original[name]]));
}

/** Merges the lists whose order the patch sets; `done` names those that need no more merging. */
function setElementOrders(
  schema: Schema | undefined,
  original: Json,
  patch: Json,
): { target: Json; done: Set<string> } {
  const done = new Set<string>();
  let target = original;
  for (const directive in patch) {
    if (!directive.startsWith(SET_ORDER)) continue;
    const name = directive.slice(SET_ORDER.length);
    const order = listOf(patch[directive]);
    const before = listIn(original, name);
    const patched = listIn(patch, name);
    const rule = ruleOf(schema, name);
    if (rule.schema?.form !== "list") throw unknownError("expected slice or array type, but got: struct");
    checkOrder(rule, patched ?? [], order);
    if (before === undefined && patched === undefined) continue;
    const merged = mergeListOrTake(rule, before, patched);
    checkKeys(rule, merged, order);
    if (elementType(before ?? [], patched ?? []) === undefined)
      throw unknownError("no elements in any of the given slices");
    const sorted = inOrder(merged as ListItem[], order as ListItem[], (before ?? []) as ListItem[], rule.mergeKey);
    done.add(name);
    if (!sameJson(before, sorted)) target = { ...target, [name]: sorted };
  }
  return { target, done };
}

function mergeListOrTake(
  rule: Rule,
  before: readonly unknown[] | undefined,
  patched: readonly unknown[] | undefined,
): readonly unknown[] {
  if (patched === undefined) return before!;
  if (before === undefined) return withoutDirectives(patched) as readonly unknown[];
  return rule.merge ? mergeList(rule, before, patched, false) : patched;
}

const listIn = (object: Json, name: string): readonly unknown[] | undefined => {
  const value = ownValue(object, name);
  return value === undefined ? undefined : listOf(value);
};

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongType("[]interface {}", value);
}

/** What the patch changes stands in the order list, in the same order. */
function checkOrder({ mergeKey }: Rule, patched: readonly unknown[], order: readonly unknown[]): void {
  if (patched.length === 0 || order.length === 0) return;
  let at = 0;
  for (const item of patched) {
    if (mergeKey !== "" && !isObject(item)) throw wrongType("map[string]interface {}", item);
    if (isObject(item) && item[PATCH] !== undefined) continue;
    while (at < order.length && !isSame(item, order[at], mergeKey)) at++;
    if (at >= order.length) {
      throw unknownError(
        `The order in patch list:\n${goValue(patched)}\n doesn't match ${SET_ORDER.slice(0, -1)} list:\n${goValue(order)}\n`,
      );
    }
    at++;
  }
}

function isSame(item: unknown, other: unknown, mergeKey: string): boolean {
  if (mergeKey === "") return item === other;
  if (!isObject(other)) throw wrongType("map[string]interface {}", other);
  return keyOf(item as Json, mergeKey) === keyOf(other, mergeKey);
}

/** All items of keyed lists have their key, and the order names nothing else. */
function checkKeys({ mergeKey }: Rule, items: readonly unknown[], order: readonly unknown[]): void {
  if (mergeKey === "") return;
  for (const item of items) {
    if (!isObject(item)) throw wrongType("map[string]interface {}", item);
    keyOf(item, mergeKey);
    const at = order.findIndex((each) => !isObject(each));
    if (at >= 0) throw unknownError(`value for key ${at} is not a map`);
  }
  for (const each of order) keyOf(each as Json, mergeKey);
}

function mergeList(
  rule: Rule,
  before: readonly unknown[],
  patch: readonly unknown[],
  deleting: boolean,
): readonly unknown[] {
  const type = elementType(before, patch);
  if (type === undefined) return before;
  if (type !== "map[string]interface {}") {
    if (deleting) return without(before, new Set(patch), (item) => item);
    const all = [...new Set([...before, ...patch])];
    const sorted = inOrder(all as ListItem[], patch as ListItem[], before as ListItem[], "");
    return sameJson(before, sorted) ? before : sorted;
  }
  if (rule.mergeKey === "") throw unknownError("cannot merge lists without merge key for struct");
  return mergeItems(rule, before as readonly Json[], patch as readonly Json[]);
}

/** The one type that all items have; undefined where there are none. */
function elementType(before: readonly unknown[], patch: readonly unknown[]): string | undefined {
  let type: string | undefined;
  for (const item of [...before, ...patch]) {
    const own = goTypeOf(item);
    if (type === undefined && Array.isArray(item)) throw unprocessable();
    type ??= own;
    if (type !== own) throw unknownError(`list element types are not identical: ${goValue([before, patch])}`);
  }
  return type;
}

function mergeItems(rule: Rule, before: readonly Json[], patch: readonly Json[]): readonly unknown[] {
  const { schema, mergeKey } = rule;
  const itemSchema = schema?.form === "list" ? schema.item : undefined;
  const { kept, plain, replace } = takeDirectives(before, patch, mergeKey);
  if (replace) {
    checkKeys(rule, plain, []);
    return plain;
  }
  const merged = [...kept];
  const places = new Map<unknown, number>();
  const place = (key: unknown, at: number): void => {
    if (!places.has(key)) places.set(key, at);
  };
  kept.forEach((item, at) => place(item[mergeKey], at));
  for (const item of plain) {
    const key = keyOf(item, mergeKey);
    const at = places.get(key);
    if (at !== undefined) merged[at] = mergeMap(itemSchema, merged[at]!, item);
    // An item that is new is taken as it stands, with whatever directives and nulls are in it.
    else place(key, merged.push(item) - 1);
  }
  checkKeys(rule, merged, []);
  const sorted = inOrder(merged, plain, kept, mergeKey);
  return sorted.length === before.length && sorted.every((item, i) => item === before[i]) ? before : sorted;
}

function takeDirectives(
  before: readonly Json[],
  patch: readonly Json[],
  mergeKey: string,
): { kept: readonly Json[]; plain: Json[]; replace: boolean } {
  const plain: Json[] = [];
  const gone = new Set<unknown>();
  let replace = false;
  for (const item of patch) {
    const directive = item[PATCH];
    if (directive === undefined) plain.push(item);
    else if (directive === "replace") replace = true;
    else if (directive === "delete") gone.add(keyOf(item, mergeKey));
    else if (directive === "merge") throw unknownError("merging lists cannot yet be specified in the patch");
    else throw unknownPatchType(directive, item);
  }
  return { kept: without(before, gone, (item) => item[mergeKey]), plain, replace };
}

/** The very same list where nothing of it goes. */
function without<T>(list: readonly T[], gone: ReadonlySet<unknown>, named: (item: T) => unknown): readonly T[] {
  return list.some((item) => gone.has(named(item))) ? list.filter((item) => !gone.has(named(item))) : list;
}

function keyOf(item: Json, mergeKey: string): unknown {
  if (item[mergeKey] !== undefined) return item[mergeKey];
  throw unknownError(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
}

/**
 * A value the target does not have yet: objects with a `$patch` have nothing to act on and are left out, at any depth;
 * undefined where the value is one itself. Other directives stay, as fields that nobody knows.
 */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (value[PATCH] !== undefined) return undefined;
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const part = withoutDirectives(value[name]);
    if (part !== undefined) put(plain, name, part);
  }
  return plain;
}

/** Of objects at any depth; lists keep theirs. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(value)) if (value[name] !== null) put(plain, name, withoutNulls(value[name]));
  return plain;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
