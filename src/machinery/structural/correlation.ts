/**
 * Which part of the old object a part of the new one grew from: members by name, items of `map` lists by their keys.
 * Items of other lists have no past. What did not change since is not held against a later, stricter schema.
 */
import { toJson } from "../exact-json.ts";
import { isObject } from "./schema.ts";
import type { Json, StructuralSchema } from "./schema.ts";

export function oldMember(old: unknown, name: string): unknown {
  return isObject(old) && Object.hasOwn(old, name) ? old[name] : undefined;
}

/** A reader of the old item for a new one; made once a list, so that long lists stay cheap. */
export function oldItems(schema: StructuralSchema, old: unknown): (item: unknown) => unknown {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (!Array.isArray(old) || schema["x-kubernetes-list-type"] !== "map" || keys === undefined) return () => undefined;
  const byKey = new Map(old.map((item) => [keyOf(item, keys), item]));
  return (item) => byKey.get(keyOf(item, keys));
}

function keyOf(item: unknown, keys: readonly string[]): string {
  return toJson(keysOf(item, keys));
}

/** The keys of one item in the order of their names, as Go prints a map. */
export function keysOf(item: unknown, keys: readonly string[]): Json {
  if (!isObject(item)) return {};
  return Object.fromEntries(keys.toSorted().flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]])));
}

/** Equal as JSON; the order of an object's members does not matter. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((each, index) => sameJson(each, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  );
}
