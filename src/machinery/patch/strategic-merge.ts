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
import { badRequest, unknownError } from "../errors.ts";
import { sameJson } from "../apply/shape.ts";
import type { Schema } from "../schema/schema.ts";
import type { ListItem } from "./list-order.ts";
import { inOrder, isPresent } from "./list-order.ts";
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

/** Throws a 400 for a malformed patch, a 500 where upstream has no better word either. */
export function strategicMergePatch(schema: Schema, target: Json, patch: unknown): Json {
  // For Go null is a map that says nothing.
  if (patch === null) return target;
  if (!isObject(patch)) throw badRequest(notAMap(patch));
  return mergeMap(schema, target, patch);
}

function ruleOf(schema: Schema | undefined, name: string): Rule {
  if (schema?.form === "map") return { schema: schema.value, merge: true, mergeKey: "" };
  if (schema?.form !== "message" || !Object.hasOwn(schema.fields, name))
    return { schema: undefined, merge: true, mergeKey: "" };
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
    const after = mergeField(ruleOf(schema, field), before, patch[name], deleting);
    if (after === before) continue;
    merged ??= { ...base };
    if (after === undefined) delete merged[field];
    else put(merged, field, after);
  }
  return merged ?? base;
}

function mergeField(rule: Rule, before: unknown, patch: unknown, deleting: boolean): unknown {
  if (patch === null || patch === undefined) return undefined;
  const both = (Array.isArray(before) && Array.isArray(patch)) || (isObject(before) && isObject(patch));
  if (!both) {
    if (deleting) return before;
    const plain = withoutDirectives(patch);
    return sameJson(before, plain) ? before : plain;
  }
  if (Array.isArray(before)) {
    if (deleting || rule.merge) return mergeList(rule, before, patch as readonly unknown[], deleting);
    return sameJson(before, patch) ? before : withoutDirectives(patch);
  }
  return rule.merge ? mergeMap(rule.schema, before as Json, patch as Json) : withoutDirectives(patch);
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
  return unknownError(`unknown patch type: ${String(directive)} in map: ${goMap(patch)}`);
}

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
    const rule = ruleOf(schema, name);
    const before = listIn(original, name);
    const given = ownValue(patch, name);
    const patched = given === undefined ? undefined : listOf(given);
    if (before === undefined && patched === undefined) continue;
    checkOrder(rule, patched ?? [], order);
    const merged = mergeListOrTake(rule, before, patched);
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
  if (before === undefined || !rule.merge) return withoutDirectives(patched) as readonly unknown[];
  return mergeList(rule, before, patched, false);
}

const listIn = (object: Json, name: string): readonly unknown[] | undefined => {
  const value = ownValue(object, name) ?? undefined;
  return value === undefined ? undefined : listOf(value);
};

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unknownError(`expected a slice, but received a ${goKind(value)}`);
}

/** What the patch changes stands in the order list, in the same order. */
function checkOrder({ mergeKey }: Rule, patched: readonly unknown[], order: readonly unknown[]): void {
  const known = patched.filter((item) => !isObject(item) || item[PATCH] === undefined);
  let at = 0;
  for (const item of known) {
    while (at < order.length && !isPresent(item as ListItem, [order[at]] as ListItem[], mergeKey)) at++;
    if (at >= order.length) {
      throw unknownError(
        `The order in patch list:\n${goMap(known)}\n doesn't match ${SET_ORDER.slice(0, -1)} list:\n${goMap(order)}\n`,
      );
    }
  }
}

function mergeList(
  rule: Rule,
  before: readonly unknown[],
  patch: readonly unknown[],
  deleting: boolean,
): readonly unknown[] {
  if (patch.length === 0) return before;
  const maps = checkElements([...before, ...patch]);
  if (!maps) {
    if (deleting) return without(before, new Set(patch), (item) => item);
    const all = [...new Set([...before, ...patch])];
    const sorted = inOrder(all as ListItem[], patch as ListItem[], before as ListItem[], "");
    return sameJson(before, sorted) ? before : sorted;
  }
  if (rule.mergeKey === "") throw unknownError("cannot merge lists without merge key for the list");
  return mergeItems(rule, before as readonly Json[], patch as readonly Json[]);
}

/** True for a list of objects, false for one of scalars. */
function checkElements(items: readonly unknown[]): boolean {
  const maps = items.filter(isObject).length;
  if (items.some(Array.isArray)) throw unknownError("lists of lists are not supported");
  if (maps !== 0 && maps !== items.length) {
    const kinds = [...new Set(items.map(goKind))];
    throw unknownError(`list element types are not identical: ${goMap(kinds)}`);
  }
  return maps > 0;
}

function mergeItems(rule: Rule, before: readonly Json[], patch: readonly Json[]): readonly unknown[] {
  const { schema, mergeKey } = rule;
  const itemSchema = schema?.form === "list" ? schema.item : undefined;
  const { kept, plain, replace } = takeDirectives(before, patch, mergeKey);
  if (replace) return plain.map(withoutDirectives);
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
    else place(key, merged.push(withoutDirectives(item) as Json) - 1);
  }
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
  throw unknownError(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`);
}

/** A value the target does not have yet: without nulls and directives, which have nothing to act on. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !isObject(item) || item[PATCH] === undefined).map(withoutDirectives);
  }
  if (!isObject(value)) return value;
  if (value[PATCH] === "delete") return {};
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const directive =
      name === PATCH || name === RETAIN_KEYS || name.startsWith(SET_ORDER) || name.startsWith(DELETE_FROM);
    if (directive || value[name] === null) continue;
    put(plain, name, withoutDirectives(value[name]));
  }
  return plain;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (isObject(value)) return "map";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** Go's `%v` of decoded JSON: `map[a:1 b:[x y]]`. */
function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(" ")}]`;
  if (!isObject(value)) return value === null ? "<nil>" : String(value);
  const fields = Object.keys(value).toSorted();
  return `map[${fields.map((name) => `${name}:${goMap(value[name])}`).join(" ")}]`;
}
