/**
 * Values of expressions: bigint is int, number is double, {@link Uint} uint, Uint8Array bytes; strings, booleans and
 * null are themselves. Lists and maps are read through an interface, so that JSON is never copied.
 */
import { formatTime } from "../time.ts";

/** Evaluation failed. `message` is upstream's, such as `no such key: x`. */
export class CelError extends Error {}

/** Where upstream's program breaks down: the run ends, whatever else could decide its result. */
export class Breakdown extends Error {
  /** `why`: as it says it. */
  constructor(why: string) {
    super(`internal error: interface conversion: ${why}`);
  }
}

/** What upstream's program calls the type of a value. */
export function goTypeOf(value: unknown): string {
  if (value instanceof CelError) return "*types.Err";
  if (value instanceof Optional) return "*types.Optional";
  if (value instanceof TypeValue) return "*types.Type";
  const name = typeNameOf(value);
  return `types.${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

export const noSuchOverload = (): CelError => new CelError("no such overload");

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since the epoch. */
export class Timestamp {
  readonly nanos: bigint;
  /** Minutes east of Greenwich. Only its text shows them: times are equal wherever they are told. */
  readonly offset: number;
  constructor(nanos: bigint, offset = 0) {
    this.nanos = nanos;
    this.offset = offset;
  }
}

/** Nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class Optional {
  static readonly none: Optional = new Optional(undefined);
  /** Undefined where there is none. */
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** A value of a library's own type. */
export interface Opaque {
  readonly celType: string;
  /** Of what has a length in bytes. */
  readonly bytes?: number;
  equals(other: unknown): boolean;
}

export interface CelList extends Iterable<unknown> {
  readonly size: number;
  at(index: number): unknown;
  /** Kubernetes lists of type `set` and `map` are equal in any order. */
  readonly listType?: "set" | "map";
  readonly keyOf?: (item: unknown) => string;
}

export interface CelMap {
  readonly size: number;
  /** Undefined where there is no such key. */
  get(key: unknown): unknown;
  keys(): Iterable<unknown>;
}

export class List implements CelList {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
  get size(): number {
    return this.items.length;
  }
  at(index: number): unknown {
    return this.items[index];
  }
  [Symbol.iterator](): Iterator<unknown> {
    return this.items[Symbol.iterator]();
  }
}

/** Items that a joined list can have: more than a request can hold, or a run gets through. */
const MOST_ITEMS = 2_000_000;

/** Two lists in a row. They are not copied, for that would take more than the one step that it costs. */
export class JoinedList implements CelList {
  readonly size: number;
  readonly #first: CelList;
  readonly #second: CelList;

  constructor(first: CelList, second: CelList) {
    this.size = first.size + second.size;
    if (this.size > MOST_ITEMS) throw new CelError("list is too long");
    this.#first = first;
    this.#second = second;
  }
  at(index: number): unknown {
    const { size } = this.#first;
    let [list, within] = index < size ? [this.#first, index] : [this.#second, index - size];
    while (list instanceof JoinedList) {
      const before = list.#first.size;
      [list, within] = within < before ? [list.#first, within] : [list.#second, within - before];
    }
    return list.at(within);
  }
  *[Symbol.iterator](): Iterator<unknown> {
    const left: CelList[] = [this];
    for (let list = left.pop(); list !== undefined; list = left.pop()) {
      if (list instanceof JoinedList) left.push(list.#second, list.#first);
      else yield* list;
    }
  }
}

/** A map of an expression; 1, 1u and 1.0 are one key. */
export class MapValue implements CelMap {
  readonly #entries: ReadonlyMap<unknown, readonly [key: unknown, value: unknown]>;

  constructor(entries: readonly (readonly [key: unknown, value: unknown])[]) {
    this.#entries = new Map(entries.map((entry) => [keyText(entry[0]), entry]));
  }
  get size(): number {
    return this.#entries.size;
  }
  get(key: unknown): unknown {
    return this.#entries.get(keyText(key))?.[1];
  }
  *keys(): Iterable<unknown> {
    for (const [key] of this.#entries.values()) yield key;
  }
}

function keyText(key: unknown): string {
  const text = scalarText(key);
  if (text === undefined) throw new CelError(`unsupported key type: ${typeNameOf(key)}`);
  return text;
}

/** The same text for equal values; undefined for what is made of others. */
export function scalarText(key: unknown): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "boolean") return `b${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === "bigint") return `n${key}`;
  if (typeof key === "number") return `n${Number.isInteger(key) ? BigInt(key) : key}`;
  return undefined;
}

export const isList = (value: unknown): value is CelList =>
  typeof value === "object" && value !== null && "at" in value && "size" in value;
export const isMap = (value: unknown): value is CelMap =>
  typeof value === "object" && value !== null && "keys" in value && "get" in value;
export const isOpaque = (value: unknown): value is Opaque =>
  typeof value === "object" && value !== null && "celType" in value;

/** The name of a value's type as overloads are looked up by it. */
export function typeNameOf(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "string";
    case "boolean":
      return "bool";
    default:
      break;
  }
  if (value === null) return "null";
  if (value instanceof Uint) return "uint";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Timestamp) return "timestamp";
  if (value instanceof Duration) return "duration";
  if (value instanceof TypeValue) return "type";
  if (value instanceof Optional) return "optional_type";
  if (isOpaque(value)) return value.celType;
  if (isList(value)) return "list";
  return isMap(value) ? "map" : "dyn";
}

/** The name of a value's type as expressions see it. */
export function typeTitleOf(value: unknown): string {
  const name = typeNameOf(value);
  if (name === "null") return "null_type";
  if (name === "timestamp") return "google.protobuf.Timestamp";
  return name === "duration" ? "google.protobuf.Duration" : name;
}

/** As upstream: in seconds, with no more digits than a double has. */
export function durationText({ nanos }: Duration): string {
  const seconds = Number(nanos / BILLION) + Number(nanos % BILLION) / 1e9;
  return `${Math.abs(seconds) < 1e-6 && seconds !== 0 ? seconds.toFixed(9).replace(/0+$/, "") : seconds}s`;
}

const BILLION = 1_000_000_000n;

/** Towards the smaller number. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n ? quotient - 1n : quotient;
}

/** RFC 3339 with as many digits as are needed, in the zone that the time was written in. */
export function timestampText({ nanos, offset }: Timestamp): string {
  const seconds = floorDivide(nanos, BILLION);
  const fraction = String(nanos - seconds * BILLION)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const whole = formatTime(Number(seconds) * 1000 + offset * 60_000).slice(0, -1);
  return `${whole}${fraction === "" ? "" : `.${fraction}`}${zoneText(offset)}`;
}

function zoneText(offset: number): string {
  if (offset === 0) return "Z";
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
