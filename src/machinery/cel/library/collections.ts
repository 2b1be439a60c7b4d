/** Optional values, sets, and Kubernetes' functions on lists. */
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { compare, equal } from "../comparing.ts";
import {
  CelError,
  Duration,
  List,
  Optional,
  Timestamp,
  Uint,
  isList,
  isMap,
  noSuchOverload,
  typeNameOf,
} from "../values.ts";
import type { CelList } from "../values.ts";
import { int, uint } from "./standard.ts";
import { duration } from "./time-text.ts";

/** Go's empty time. */
const YEAR_ONE = -62_135_596_800_000_000_000n;

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === "" ||
  value === false ||
  value === 0 ||
  value === 0n ||
  (value instanceof Uint && value.value === 0n) ||
  (value instanceof Duration && value.nanos === 0n) ||
  (value instanceof Timestamp && value.nanos === YEAR_ONE) ||
  ((isList(value) || isMap(value)) && value.size === 0);

function valueOf({ value }: Optional): unknown {
  if (value === undefined) throw new CelError("optional.none() dereference");
  return value;
}

export const optionals: Library = [
  fn("optional.of(A): optional_type<A>", (value: unknown) => new Optional(value)),
  fn("optional.none(): optional_type<A>", () => Optional.none),
  fn("optional.ofNonZeroValue(A): optional_type<A>", (value: unknown) =>
    isEmpty(value) ? Optional.none : new Optional(value),
  ),
  fn("optional_type<A>.hasValue(): bool", ({ value }: Optional) => value !== undefined),
  fn("optional_type<A>.value(): A", valueOf),
  fn("optional_type<A>.orValue(A): A", ({ value }: Optional, otherwise: unknown) => value ?? otherwise),
  fn("optional_type<A>.or(optional_type<A>): optional_type<A>", (a: Optional, b: Optional) =>
    a.value === undefined ? b : a,
  ),
  fn("optional.unwrap(list<optional_type<A>>): list<A>", unwrapped),
  fn("list<optional_type<A>>.unwrapOpt(): list<A>", unwrapped),
  fn("list<A>.first(): optional_type<A>", (list: CelList) => itemOrNone(list.at(0))),
  fn("list<A>.last(): optional_type<A>", (list: CelList) => itemOrNone(list.at(list.size - 1))),
];

const itemOrNone = (item: unknown): Optional => (item === undefined ? Optional.none : new Optional(item));

function unwrapped(list: CelList): List {
  return new List(
    [...list].flatMap((item) => (item instanceof Optional && item.value !== undefined ? item.value : [])),
  );
}

const has = (list: CelList, item: unknown): boolean => {
  for (const each of list) if (equal(each, item)) return true;
  return false;
};
const contains = (list: CelList, all: CelList): boolean => [...all].every((item) => has(list, item));

export const sets: Library = [
  fn("sets.contains(list<A>, list<A>): bool", contains),
  fn("sets.equivalent(list<A>, list<A>): bool", (a: CelList, b: CelList) => contains(a, b) && contains(b, a)),
  fn("sets.intersects(list<A>, list<A>): bool", (a: CelList, b: CelList) => [...a].some((item) => has(b, item))),
];

function best(list: CelList, name: string, wanted: (order: number) => boolean): unknown {
  let found: unknown;
  for (const item of list) {
    if (found === undefined || wanted(orderOf(item, found))) found = item;
  }
  if (found === undefined) throw new CelError(`${name} called on empty list`);
  return found;
}

export function ordered(a: unknown, b: unknown): number {
  const order = compare(a, b);
  if (order === undefined) throw noSuchOverload();
  return order;
}

/** What has an order, but not beside the other, is as good as equal. */
function orderOf(a: unknown, b: unknown): number {
  return compare(a, b) ?? (ORDERED.includes(typeNameOf(a)) ? 0 : ordered(a, b));
}

function isSorted(list: CelList): boolean {
  let before: unknown;
  for (const item of list) {
    if (before !== undefined && orderOf(before, item) > 0) return false;
    before = item;
  }
  return true;
}

/** What an empty list adds up to, by the type of its items. */
const NOTHING = { int: 0n, uint: new Uint(0n), double: 0, duration: new Duration(0n) };

function sum(list: CelList, nothing: bigint | number | Uint | Duration): unknown {
  const type = typeNameOf(nothing);
  let total = nothing;
  for (const item of list) {
    if (typeNameOf(item) !== type) throw noSuchOverload();
    if (typeof item === "bigint") total = int((total as bigint) + item);
    else if (typeof item === "number") total = (total as number) + item;
    else if (item instanceof Uint) total = uint((total as Uint).value + item.value);
    else total = duration((total as Duration).nanos + (item as Duration).nanos);
  }
  return total;
}

function indexOf(list: CelList, wanted: unknown): bigint {
  return BigInt([...list].findIndex((item) => equal(item, wanted)));
}

function lastIndexOf(list: CelList, wanted: unknown): bigint {
  return BigInt([...list].findLastIndex((item) => equal(item, wanted)));
}

/** The types whose values have an order. */
export const ORDERED = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

export const lists: Library = [
  ...ORDERED.flatMap((type) => [
    fn(`list<${type}>.isSorted(): bool`, isSorted),
    fn(`list<${type}>.min(): ${type}`, (list: CelList) => best(list, "min", (order) => order < 0)),
    fn(`list<${type}>.max(): ${type}`, (list: CelList) => best(list, "max", (order) => order > 0)),
  ]),
  ...Object.entries(NOTHING).map(([type, nothing]) =>
    fn(`list<${type}>.sum(): ${type}`, (list: CelList) => sum(list, nothing)),
  ),
  fn("list<A>.indexOf(A): int", indexOf),
  fn("list<A>.lastIndexOf(A): int", lastIndexOf),
];
