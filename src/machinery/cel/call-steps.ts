/**
 * How many steps a call takes beside its arguments when an expression runs: upstream's numbers, 1 where none is said.
 * Their like before the run are in `call-cost.ts`.
 */
import { AUTHORIZATION, CREATE, FORMAT_PATTERNS, PATTERN, READ, REQUIREMENT } from "./call-cost.ts";
import { byteLength, characterCount } from "../go-text.ts";
import type { Overload } from "./functions.ts";
import { Breakdown, CelError, Optional, goTypeOf, isList, isMap, isOpaque } from "./values.ts";

type Args = readonly unknown[];
type Steps = (args: Args) => number;

/** Characters, bytes, items or entries; 1 for what has no length. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return characterCount(value);
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Optional) return value.value === undefined ? 1 : sizeOf(value.value);
  if (isOpaque(value)) return value.bytes ?? 1;
  return isList(value) || isMap(value) ? value.size : 1;
}

const reading = (size: number): number => Math.ceil(size * READ);
const first: Steps = ([a]) => reading(sizeOf(a));
const firstTwice: Steps = ([a]) => Math.ceil(sizeOf(a) * 2 * READ);
const second: Steps = ([, b]) => reading(sizeOf(b));
const both: Steps = ([a, b]) => reading(sizeOf(a) + sizeOf(b));
const shorter: Steps = ([a, b]) => reading(Math.min(sizeOf(a), sizeOf(b)));
const product: Steps = ([a, b]) => reading(sizeOf(a)) * reading(sizeOf(b));
const searched = (text: unknown, pattern: number): number => reading(1 + sizeOf(text)) * Math.ceil(pattern * PATTERN);
const matched: Steps = ([text, pattern]) => searched(text, sizeOf(pattern));

/** Values that are looked into to count steps: a list that has the same one twice, and so on, has more than can be. */
const MOST_VALUES = 2_000_000;

/** All that is in a value, read once; more than any run may take where it does not end. */
function walked(value: unknown): number {
  let left = MOST_VALUES;
  const inside = (each: unknown): number => {
    if (--left < 0) return Infinity;
    if (typeof each === "string") return Math.trunc(byteLength(each) * READ);
    if (each instanceof Uint8Array) return Math.trunc(each.length * READ);
    let steps = 0;
    if (isList(each)) {
      for (const item of each) if (left >= 0) steps += inside(item);
    } else if (isMap(each)) {
      for (const key of each.keys()) if (left >= 0) steps += inside(key) + inside(each.get(key));
    } else return 1;
    return steps;
  };
  return inside(value);
}

/** Values that a step gets through at least. */
const VALUES_A_STEP = 100;

/** Upstream counts only what lies outermost; what is deep inside and hardly counts there has an end here all the same. */
const atLeastWithin =
  (steps: Steps, which: number): Steps =>
  (args) =>
    Math.max(steps(args), Math.trunc(valuesIn(args[which]) / VALUES_A_STEP));

/** How many values are in one; more than any run may take where that does not end. */
function valuesIn(value: unknown): number {
  let count = 0;
  const look = (each: unknown): void => {
    if (++count > MOST_VALUES) return;
    if (isList(each)) {
      for (const item of each) if (count <= MOST_VALUES) look(item);
    } else if (isMap(each)) {
      for (const key of each.keys()) if (count <= MOST_VALUES) look(each.get(key));
    }
  };
  look(value);
  return count > MOST_VALUES ? Infinity : count;
}

/** Nothing is made longer by joining than its parts. What cannot be joined is one failure. */
const joined: Steps = ([list, separator = ""]) => {
  if (!isList(list) || ![separator, ...list].every((item) => typeof item === "string")) return reading(2);
  let size = Math.max(0, sizeOf(list) - 1) * sizeOf(separator);
  for (const item of list) size += sizeOf(item);
  return Math.ceil(size * 2 * READ);
};

const selector: Steps = ([, text]) => {
  const size = sizeOf(text);
  return CREATE.list + reading(size) + Math.ceil(Math.ceil(size * REQUIREMENT.each) * REQUIREMENT.cost);
};

const ofAddress: Steps = ([network, other]) =>
  Math.ceil(sizeOf(network) * 2 * READ) + (typeof other === "string" ? second([network, other]) : 0);
const ofNetwork: Steps = (args) => ofAddress(args) + first(args) + 1;

const validating: Steps = ([format, text]) =>
  isOpaque(format) && "name" in format ? searched(text, FORMAT_PATTERNS.get(String(format.name)) ?? 0) : 1;

/** By a call's name, whatever it turns out to be. */
const BY_NAME: ReadonlyMap<string, Steps> = new Map<string, Steps>([
  ["check", () => AUTHORIZATION],
  ["fieldSelector", selector],
  ["labelSelector", selector],
  ...["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"].map((name): [string, Steps] => [
    name,
    ([value]) => walked(value),
  ]),
  ...["url", "lowerAscii", "upperAscii", "substring", "trim", "jsonpatch.escapeKey"].map((name): [string, Steps] => [
    name,
    first,
  ]),
  ...["cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"].map((name): [string, Steps] => [
    name,
    first,
  ]),
  ["ip", ([value]) => (typeof value === "string" ? first([value]) : 1)],
  ["ip.isCanonical", firstTwice],
  ["replace", firstTwice],
  ["split", firstTwice],
  ["join", joined],
  ["find", matched],
  ["findAll", matched],
  ["containsIP", ofAddress],
  ["containsCIDR", ofNetwork],
  ["validate", validating],
  ["_==_", (args) => (isOpaque(args[0]) ? 1 : shorter(args))],
  ["_!=_", shorter],
]);

const sets =
  (factor: number): Steps =>
  ([a, b]) =>
    1 + sizeOf(a) * sizeOf(b) * factor;

/** A call that makes a list of `size` items. */
const making = (size: number, factor = 1): number => Math.trunc(size * factor) + 1 + CREATE.list;

/** The failure to make one counts as an item. */
const FAILED = making(1);

const noList = (value: unknown, method: string): Breakdown =>
  new Breakdown(`${goTypeOf(value)} is not traits.Lister: missing method ${method}`);

function sorting(list: unknown): number {
  if (!isList(list)) throw noList(list, "Add");
  const item = list.at(0);
  const factor = typeof item === "string" || item instanceof Uint8Array ? 2 + READ : 2;
  return making(list.size * list.size, factor);
}

const sortingFirst: Steps = ([list]) => sorting(list);
const telling: Steps = ([list]) => {
  if (!isList(list) && !(list instanceof CelError)) throw noList(list, "Contains");
  return sorting(list);
};
const sortingSecond: Steps = ([, keys]) => sorting(keys);

const slicing: Steps = ([list, from, to]) => {
  if (!isList(list) || typeof from !== "bigint" || typeof to !== "bigint") return FAILED;
  return from < 0n || to < from || to > list.size ? FAILED : making(Number(to - from));
};

const counting: Steps = ([count]) => (typeof count === "bigint" ? making(Math.max(0, Number(count))) : FAILED);
const reversing: Steps = ([list]) => (isList(list) ? making(list.size) : FAILED);

/** A depth below nothing takes steps back. */
const flattening: Steps = ([list, depth = 1n]) => {
  if (typeof depth !== "bigint") throw new Breakdown(`ref.Val is ${goTypeOf(depth)}, not types.Int`);
  return making(sizeOf(list), Number(depth));
};

const isText = ({ args: [type] }: Overload): boolean => type?.name === "string" || type?.name === "bytes";

/** By what a call is, where its types leave no doubt. */
const BY_OVERLOAD: ReadonlyMap<string, (overload: Overload) => Steps | undefined> = new Map([
  ...["startsWith", "endsWith", "strings.quote"].map((name) => [name, () => first] as const),
  ["format", () => atLeastWithin(first, 1)],
  ["bytes", ({ args: [type] }: Overload) => (type!.name === "string" ? first : undefined)],
  ["string", ({ args: [type] }: Overload) => (type!.name === "bytes" ? first : undefined)],
  ["@in", ({ args: [, type] }: Overload) => (type!.name === "list" ? ([, list]: Args) => sizeOf(list) : undefined)],
  ...["_<_", "_<=_", "_>_", "_>=_"].map(
    (name) => [name, (overload: Overload) => (isText(overload) ? shorter : undefined)] as const,
  ),
  ["_+_", (overload: Overload) => (isText(overload) ? both : undefined)],
  ["matches", ({ member }: Overload) => (member ? matched : undefined)],
  ["contains", () => product],
  ["sets.contains", () => sets(1)],
  ["sets.intersects", () => sets(1)],
  ["sets.equivalent", () => sets(2)],
  ["slice", () => slicing],
  ["lists.range", () => counting],
  ["flatten", () => atLeastWithin(flattening, 0)],
  ["reverse", () => reversing],
  ["distinct", () => telling],
  ["sort", () => sortingFirst],
  ["@sortByAssociatedKeys", () => sortingSecond],
]);

const one: Steps = () => 1;

/** `fitting`: what the call may turn out to be, by its types. */
export function stepsOf(name: string, fitting: readonly Overload[]): Steps {
  const [only, ...others] = fitting;
  const known = only === undefined || others.length > 0 ? undefined : BY_OVERLOAD.get(name)?.(only);
  return known ?? BY_NAME.get(name) ?? one;
}
