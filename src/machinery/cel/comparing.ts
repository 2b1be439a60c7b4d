/** Whether values are equal, and which is less. */
import { compareText } from "../go-text.ts";
import {
  Duration,
  JoinedList,
  List,
  MapValue,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  isList,
  isMap,
  isOpaque,
  scalarText,
} from "./values.ts";
import type { CelList, CelMap } from "./values.ts";

type Numeric = bigint | number | Uint;
const isNumeric = (value: unknown): value is Numeric =>
  typeof value === "bigint" || typeof value === "number" || value instanceof Uint;
const plain = (value: Numeric): bigint | number => (value instanceof Uint ? value.value : value);

/** Values of different types are not equal; numbers are compared as numbers. */
export const equal = (a: unknown, b: unknown): boolean => equalWithin(a, b, new Compared());

/**
 * Pairs of an expression's own lists and maps that are being or have been compared. Such a list can hold another one twice,
 * which holds a third one twice, and so on: each pair is looked into once. One pair that differs ends the comparison.
 */
class Compared {
  #pairs: Map<object, Set<object>> | undefined;

  /** Whether the pair has been here before. */
  has(a: object, b: object): boolean {
    if (!isMade(a) || !isMade(b)) return false;
    const others = (this.#pairs ??= new Map()).get(a);
    if (others?.has(b) === true) return true;
    if (others === undefined) this.#pairs.set(a, new Set([b]));
    else others.add(b);
    return false;
  }
}

/** What expressions make; in JSON nothing is there twice. */
const isMade = (value: object): boolean =>
  value instanceof List || value instanceof JoinedList || value instanceof MapValue;

function equalWithin(a: unknown, b: unknown, compared: Compared): boolean {
  if (a === b) return true;
  // JavaScript compares bigint and number by value.
  // oxlint-disable-next-line eqeqeq
  if (isNumeric(a) && isNumeric(b)) return plain(a) == plain(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equalWithin(a.value, b.value, compared);
  }
  if (isOpaque(a)) return a.equals(b);
  if (isList(a)) return isList(b) && (compared.has(a, b) || equalLists(a, b, compared));
  return isMap(a) && isMap(b) && (compared.has(a, b) || equalMaps(a, b, compared));
}

function equalLists(a: CelList, b: CelList, compared: Compared): boolean {
  if (a.size !== b.size) return false;
  const { listType, keyOf } = a.listType === undefined ? b : a;
  if (listType === "map" && keyOf !== undefined) {
    const byKey = new Map([...b].map((item) => [keyOf(item), item]));
    return [...a].every((item) => byKey.has(keyOf(item)) && equalWithin(item, byKey.get(keyOf(item)), compared));
  }
  if (listType === "set") return holdsAll(b, a);
  for (let index = 0; index < a.size; index++) if (!equalWithin(a.at(index), b.at(index), compared)) return false;
  return true;
}

/** In any order. Plain values are looked up by their text, so that a long set is read once and not once for each item. */
function holdsAll(list: CelList, wanted: CelList): boolean {
  const items = [...list];
  const plainOnes = new Set(items.map(scalarText));
  return [...wanted].every((item) => {
    const text = scalarText(item);
    return text === undefined ? items.some((other) => equal(item, other)) : plainOnes.has(text);
  });
}

function equalMaps(a: CelMap, b: CelMap, compared: Compared): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const other = b.get(key);
    if (other === undefined || !equalWithin(a.get(key), other, compared)) return false;
  }
  return true;
}

/** Below, equal or above zero; undefined where the two have no order (also NaN). */
export function compare(a: unknown, b: unknown): number | undefined {
  if (isNumeric(a) && isNumeric(b)) {
    const [left, right] = [plain(a), plain(b)];
    return left < right ? -1 : left > right ? 1 : left == right ? 0 : undefined; // oxlint-disable-line eqeqeq
  }
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  const times = (a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration);
  if (!times) return undefined;
  const [left, right] = [(a as Timestamp).nanos, (b as Timestamp).nanos];
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return a.length - b.length;
}
