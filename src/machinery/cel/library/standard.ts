/** Operators and functions of cel-spec's standard library. */
import { characterCount } from "../../go-text.ts";
import { patternOf } from "../../structural/patterns.ts";
import { fn } from "../functions.ts";
import type { Library, Overload } from "../functions.ts";
import { compare, equal } from "../comparing.ts";
import {
  CelError,
  Duration,
  JoinedList,
  List,
  Timestamp,
  TypeValue,
  Uint,
  durationText,
  floorDivide,
  noSuchOverload,
  timestampText,
  typeTitleOf,
  scalarText,
} from "../values.ts";
import type { CelList, CelMap } from "../values.ts";
import { doubleText } from "./string-format.ts";
import { timeParts } from "./time-parts.ts";
import { duration, durationOfText, timestamp, timestampOfText } from "./time-text.ts";

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

export function int(value: bigint): bigint {
  if (value < MIN || value > MAX) throw new CelError("integer overflow");
  return value;
}

export function uint(value: bigint): Uint {
  if (value < 0n || value >= 2n ** 64n) throw new CelError("unsigned integer overflow");
  return new Uint(value);
}

function nonZero(value: bigint, what: "division" | "modulus"): bigint {
  if (value === 0n) throw new CelError(`${what} by zero`);
  return value;
}

const arithmetic: Library = [
  fn("_+_(bytes, bytes): bytes", (a: Uint8Array, b: Uint8Array) => {
    const joined = new Uint8Array(a.length + b.length);
    joined.set(a);
    joined.set(b, a.length);
    return joined;
  }),
  fn("_+_(double, double): double", (a: number, b: number) => a + b),
  fn("_+_(duration, duration): duration", (a: Duration, b: Duration) => duration(a.nanos + b.nanos)),
  fn("_+_(duration, timestamp): timestamp", (a: Duration, b: Timestamp) => timestamp(a.nanos + b.nanos, b.offset)),
  fn("_+_(timestamp, duration): timestamp", (a: Timestamp, b: Duration) => timestamp(a.nanos + b.nanos, a.offset)),
  fn("_+_(int, int): int", (a: bigint, b: bigint) => int(a + b)),
  fn("_+_(list<A>, list<A>): list<A>", concatenated),
  fn("_+_(string, string): string", (a: string, b: string) => a + b),
  fn("_+_(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value + b.value)),
  fn("_/_(double, double): double", (a: number, b: number) => a / b),
  fn("_/_(int, int): int", (a: bigint, b: bigint) => int(a / nonZero(b, "division"))),
  fn("_/_(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value / nonZero(b.value, "division"))),
  fn("_%_(int, int): int", (a: bigint, b: bigint) => a % nonZero(b, "modulus")),
  fn("_%_(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value % nonZero(b.value, "modulus"))),
  fn("_*_(double, double): double", (a: number, b: number) => a * b),
  fn("_*_(int, int): int", (a: bigint, b: bigint) => int(a * b)),
  fn("_*_(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value * b.value)),
  fn("-_(double): double", (a: number) => -a),
  fn("-_(int): int", (a: bigint) => int(-a)),
  fn("_-_(double, double): double", (a: number, b: number) => a - b),
  fn("_-_(duration, duration): duration", (a: Duration, b: Duration) => duration(a.nanos - b.nanos)),
  fn("_-_(int, int): int", (a: bigint, b: bigint) => int(a - b)),
  fn("_-_(timestamp, duration): timestamp", (a: Timestamp, b: Duration) => timestamp(a.nanos - b.nanos, a.offset)),
  fn("_-_(timestamp, timestamp): duration", (a: Timestamp, b: Timestamp) => duration(a.nanos - b.nanos)),
  fn("_-_(uint, uint): uint", (a: Uint, b: Uint) => uint(a.value - b.value)),
  fn("!_(bool): bool", (a: boolean) => !a),
];

/** Lists of type `set` and `map` are joined as apply joins them: what is there already stays in its place. */
function concatenated(a: CelList, b: CelList): CelList {
  if (a.listType === undefined) return new JoinedList(a, b);
  const textOf = (a.listType === "map" ? a.keyOf : undefined) ?? scalarText;
  const result: unknown[] = [];
  const places = new Map<string, number>();
  const push = (item: unknown): void => {
    const text = textOf(item);
    if (text !== undefined && !places.has(text)) places.set(text, result.length);
    result.push(item);
  };
  for (const item of a) push(item);
  for (const item of b) {
    const text = textOf(item);
    const index = text === undefined ? result.findIndex((other) => equal(other, item)) : (places.get(text) ?? -1);
    if (index < 0) push(item);
    else if (a.listType === "map") result[index] = item;
  }
  return new List(result);
}

/** In upstream's order: what fits first decides of what type an item of an empty list is. */
const RELATED: readonly (readonly [string, string])[] = [
  ["bool", "bool"],
  ...["int double uint", "uint double int", "double int uint"].flatMap((line) => {
    const [type, ...others] = line.split(" ") as [string, ...string[]];
    return [type, ...others].map((other): [string, string] => [type, other]);
  }),
  ...["string", "bytes", "timestamp", "duration"].map((type): [string, string] => [type, type]),
];

function relation(name: string, holds: (order: number) => boolean): Overload[] {
  const run = (a: unknown, b: unknown): boolean => {
    const order = compare(a, b);
    if (order === undefined) {
      if (Number.isNaN(a) || Number.isNaN(b)) return false;
      throw noSuchOverload();
    }
    return holds(order);
  };
  return RELATED.map(([a, b]) => fn(`${name}(${a}, ${b}): bool`, run));
}

const relations: Library = [
  fn("_==_(A, A): bool", (a: unknown, b: unknown) => equal(a, b)),
  fn("_!=_(A, A): bool", (a: unknown, b: unknown) => !equal(a, b)),
  ...relation("_<_", (order) => order < 0),
  ...relation("_<=_", (order) => order <= 0),
  ...relation("_>_", (order) => order > 0),
  ...relation("_>=_", (order) => order >= 0),
  fn("@in(A, list<A>): bool", (item: unknown, list: CelList) => {
    for (const each of list) if (equal(item, each)) return true;
    return false;
  }),
  fn("@in(A, map<A, B>): bool", (key: unknown, map: CelMap) => map.get(key) !== undefined),
];

const sizeOf = (value: CelList | CelMap): bigint => BigInt(value.size);
const characters = (text: string): bigint => BigInt(characterCount(text));

const texts: Library = [
  ...["size(%): int", "%.size(): int"].flatMap((line) => [
    fn(line.replace("%", "bytes"), (bytes: Uint8Array) => BigInt(bytes.length)),
    fn(line.replace("%", "list<A>"), sizeOf),
    fn(line.replace("%", "map<A, B>"), sizeOf),
    fn(line.replace("%", "string"), characters),
  ]),
  fn("string.contains(string): bool", (a: string, b: string) => a.includes(b)),
  fn("string.startsWith(string): bool", (a: string, b: string) => a.startsWith(b)),
  fn("string.endsWith(string): bool", (a: string, b: string) => a.endsWith(b)),
  ...["matches(string, string): bool", "string.matches(string): bool"].map((line) => fn(line, matches)),
];

function matches(text: string, pattern: string): boolean {
  try {
    return patternOf(pattern).test(text);
  } catch (error) {
    throw new CelError(`error parsing regexp: ${(error as Error).message.replace(/^error parsing regexp: /, "")}`);
  }
}

const DECIMAL = /^[+-]?[0-9]+$/;
const FLOAT = /^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|Inf(inity)?|NaN)$/i;

function intOfText(text: string): bigint {
  const value = DECIMAL.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined;
  if (value === undefined) throw new CelError(`type conversion error from 'string' to 'int'`);
  return int(value);
}

function intOfDouble(value: number): bigint {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) throw new CelError("integer overflow");
  return BigInt(Math.trunc(value));
}

function doubleOfText(text: string): number {
  if (!FLOAT.test(text)) throw new CelError("type conversion error from 'string' to 'double'");
  if (/inf/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /nan/i.test(text) ? Number.NaN : Number(text);
}

function boolOfText(text: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  throw new CelError("type conversion error from 'string' to 'bool'");
}

function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

const same = (value: unknown): unknown => value;

const conversions: Library = [
  fn("bool(bool): bool", same),
  fn("bool(string): bool", boolOfText),
  fn("bytes(bytes): bytes", same),
  fn("bytes(string): bytes", (text: string) => new TextEncoder().encode(text)),
  fn("double(double): double", same),
  fn("double(int): double", Number),
  fn("double(string): double", doubleOfText),
  fn("double(uint): double", ({ value }: Uint) => Number(value)),
  fn("duration(duration): duration", same),
  fn("duration(int): duration", duration),
  fn("duration(string): duration", durationOfText),
  fn("dyn(A): dyn", same),
  fn("int(int): int", same),
  fn("int(double): int", intOfDouble),
  fn("int(duration): int", ({ nanos }: Duration) => nanos),
  fn("int(string): int", intOfText),
  fn("int(timestamp): int", ({ nanos }: Timestamp) => floorDivide(nanos, 1_000_000_000n)),
  fn("int(uint): int", ({ value }: Uint) => int(value)),
  fn("string(string): string", same),
  fn("string(bool): string", String),
  fn("string(bytes): string", textOfBytes),
  fn("string(double): string", doubleText),
  fn("string(duration): string", durationText),
  fn("string(int): string", String),
  fn("string(timestamp): string", timestampText),
  fn("string(uint): string", ({ value }: Uint) => String(value)),
  fn("timestamp(timestamp): timestamp", same),
  fn("timestamp(int): timestamp", (seconds: bigint) => timestamp(seconds * 1_000_000_000n)),
  fn("timestamp(string): timestamp", timestampOfText),
  fn("uint(uint): uint", same),
  fn("uint(double): uint", (value: number) => {
    if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) throw new CelError("unsigned integer overflow");
    return uint(BigInt(Math.trunc(value)));
  }),
  fn("uint(int): uint", uint),
  fn("uint(string): uint", (text: string) => {
    if (!/^[0-9]+$/.test(text)) throw new CelError("type conversion error from 'string' to 'uint'");
    return uint(BigInt(text));
  }),
  fn("type(A): type<A>", (value: unknown) => new TypeValue(typeTitleOf(value))),
];

type Part = keyof ReturnType<typeof timeParts>;
const PARTS: readonly (readonly [name: string, part: Part])[] = [
  ["getFullYear", "year"],
  ["getMonth", "month"],
  ["getDate", "date"],
  ["getDayOfMonth", "dayOfMonth"],
  ["getDayOfWeek", "dayOfWeek"],
  ["getDayOfYear", "dayOfYear"],
  ["getHours", "hours"],
  ["getMinutes", "minutes"],
  ["getSeconds", "seconds"],
  ["getMilliseconds", "milliseconds"],
];

const times: Library = [
  ...PARTS.flatMap(([name, part]) => [
    fn(`timestamp.${name}(): int`, (time: Timestamp) => BigInt(timeParts(time, "UTC")[part])),
    fn(`timestamp.${name}(string): int`, (time: Timestamp, zone: string) => BigInt(timeParts(time, zone)[part])),
  ]),
  fn("duration.getHours(): int", ({ nanos }: Duration) => nanos / 3_600_000_000_000n),
  fn("duration.getMinutes(): int", ({ nanos }: Duration) => nanos / 60_000_000_000n),
  fn("duration.getSeconds(): int", ({ nanos }: Duration) => nanos / 1_000_000_000n),
  fn("duration.getMilliseconds(): int", ({ nanos }: Duration) => nanos / 1_000_000n),
];

export const standard: Library = [...arithmetic, ...relations, ...texts, ...conversions, ...times];
