/**
 * JSON Merge Patch (RFC 7386): objects are merged, `null` deletes, all else replaces. The result shares with
 * the target whatever the patch does not touch, and is the target itself when nothing changes.
 */
import { ownValue, put } from "../json-tree.ts";
import { jsonType } from "../schema/go-names.ts";
import { badRequest } from "../errors.ts";
import { sameJson } from "../apply/shape.ts";

type Json = Readonly<Record<string, unknown>>;

/** Throws a 400 when the patch is no object. */
export function mergePatch(target: Json, patch: unknown): Json {
  if (patch === null) throw badRequest("Invalid JSON Patch");
  if (!isObject(patch)) throw badRequest(`error decoding patch: ${notAMap(patch)}`);
  return mergeObjects(target, patch);
}

/** Go's words for a value where an object was to be. */
export const notAMap = (value: unknown): string =>
  `json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`;

function mergeObjects(target: Json, patch: Json): Json {
  let merged: Record<string, unknown> | undefined;
  for (const name of Object.keys(patch)) {
    const before = ownValue(target, name);
    const after = mergeValue(before, patch[name]);
    if (after === before) continue;
    merged ??= { ...target };
    if (after === undefined) delete merged[name];
    else put(merged, name, after);
  }
  return merged ?? target;
}

function mergeValue(before: unknown, patch: unknown): unknown {
  if (patch === null || patch === undefined) return undefined;
  if (isObject(patch)) return mergeObjects(isObject(before) ? before : {}, patch);
  const after = isObject(before) ? patch : withoutNulls(patch);
  return sameJson(before, after) ? before : after;
}

/** The objects of a list lose their nulls too, as if each had been merged into nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isObject(value) ? mergeObjects({}, value) : value;
}

/** The smallest merge patch that makes `after` of `before`; undefined when they are the same. */
export function mergePatchBetween(before: Json, after: Json): Json | undefined {
  const patch: Record<string, unknown> = {};
  let empty = true;
  const say = (name: string, value: unknown): void => {
    put(patch, name, value);
    empty = false;
  };
  for (const name in before) if (before[name] !== undefined && ownValue(after, name) === undefined) say(name, null);
  for (const name in after) {
    const old = ownValue(before, name);
    const next = after[name];
    if (next === undefined || old === next) continue;
    if (isObject(old) && isObject(next)) {
      const inner = mergePatchBetween(old, next);
      if (inner !== undefined) say(name, inner);
    } else if (!sameJson(old, next)) say(name, next);
  }
  return empty ? undefined : patch;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
