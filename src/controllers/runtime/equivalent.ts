/**
 * Whether two parts of objects say the same: as deep equality, but absent, null, empty text, zero, false and empty
 * lists and maps are all the same nothing, because the server keeps none of them.
 */
import { ownValue } from "../../machinery/json-tree.ts";

export function equivalent(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameItems(a, b);
  return sameFields(a as Fields, b as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const name in value) if (!isNothing((value as Fields)[name])) return false;
  return true;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => equivalent(item, b[at]));
}

function sameFields(a: Fields, b: Fields): boolean {
  for (const name in a) if (!equivalent(a[name], ownValue(b, name))) return false;
  for (const name in b) if (!Object.hasOwn(a, name) && !isNothing(b[name])) return false;
  return true;
}
