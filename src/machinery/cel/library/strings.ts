/** cel-go's string extensions, and Kubernetes' regular expressions on strings. */
import { quote } from "../../go-text.ts";
import { patternOf } from "../../structural/patterns.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError, List, Uint, durationText, isList, isMap, timestampText, Duration, Timestamp } from "../values.ts";
import type { CelList } from "../values.ts";

const points = (text: string): string[] => [...text];

/** Positions are counted in characters. */
function indexOf(text: string, part: string, from = 0n): bigint {
  const all = points(text);
  if (from < 0n || from > BigInt(all.length)) throw new CelError(`index out of range: ${from}`);
  const found = all.slice(Number(from)).join("").indexOf(part);
  if (found < 0) return -1n;
  const tail = all.slice(Number(from)).join("");
  return from + BigInt(points(tail.slice(0, found)).length);
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const all = points(text);
  const wanted = points(part);
  if (from !== undefined && (from < 0n || from > BigInt(all.length))) throw new CelError(`index out of range: ${from}`);
  const last = Math.min(Number(from ?? all.length), all.length - wanted.length);
  for (let at = last; at >= 0; at--) if (wanted.every((char, index) => all[at + index] === char)) return BigInt(at);
  return -1n;
}

function substring(text: string, from: bigint, to?: bigint): string {
  const all = points(text);
  const length = BigInt(all.length);
  if (from < 0n || from > length) throw new CelError(`index out of range: ${from}`);
  if (to !== undefined && (to < 0n || to > length)) throw new CelError(`index out of range: ${to}`);
  if (to !== undefined && from > to) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
  return all.slice(Number(from), to === undefined ? undefined : Number(to)).join("");
}

function charAt(text: string, at: bigint): string {
  const all = points(text);
  if (at < 0n || at > BigInt(all.length)) throw new CelError(`index out of range: ${at}`);
  return all[Number(at)] ?? "";
}

function split(text: string, by: string, limit = -1n): List {
  if (limit === 0n) return new List([]);
  const pieces = by === "" ? points(text) : text.split(by);
  if (limit < 0n || BigInt(pieces.length) <= limit) return new List(pieces);
  const most = Number(limit);
  return new List([...pieces.slice(0, most - 1), pieces.slice(most - 1).join(by)]);
}

/** An empty part is found before each character and behind the last. */
function replace(text: string, part: string, by: string, limit = -1n): string {
  const pieces = part === "" ? ["", ...points(text), ""] : text.split(part);
  if (limit < 0n || limit >= BigInt(pieces.length - 1)) return pieces.join(by);
  const end = Number(limit) + 1;
  return pieces.slice(0, end).join(by) + part + pieces.slice(end).join(part);
}

function joinList(list: CelList, by = ""): string {
  return [...list]
    .map((item) => {
      if (typeof item !== "string") throw new CelError("no such overload");
      return item;
    })
    .join(by);
}

const ascii = (pattern: RegExp, change: (char: string) => string) => (text: string) => text.replace(pattern, change);

/** Go's white space, which differs from JavaScript's in U+FEFF and U+0085. */
const EDGES = /^[\s\u0085]+|[\s\u0085]+$/g;

function formatList(template: string, args: CelList): string {
  let next = 0;
  return template.replace(/%(?:%|(?:\.(\d+))?([a-zA-Z]))/g, (whole, precision?: string, verb?: string) => {
    if (whole === "%%") return "%";
    const value = args.at(next++);
    if (value === undefined) throw new CelError(`index ${next - 1} out of range`);
    return formatted(verb!, value, precision === undefined ? 6 : Number(precision));
  });
}

function formatted(verb: string, value: unknown, precision: number): string {
  const number = value instanceof Uint ? value.value : value;
  const wrong = new CelError(`error during formatting: unsupported value for clause %${verb}`);
  switch (verb) {
    case "s":
      return text(value);
    case "d":
      if (typeof number === "bigint") return String(number);
      if (typeof number === "number" && !Number.isFinite(number)) return String(number);
      throw wrong;
    case "f":
    case "e":
      if (typeof number === "bigint" || typeof number === "number") {
        const double = Number(number);
        if (!Number.isFinite(double)) return String(double);
        if (verb === "f") return double.toFixed(precision);
        return scientific(double, precision);
      }
      throw wrong;
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      if (typeof number === "bigint") return number.toString(2);
      throw wrong;
    case "o":
      if (typeof number === "bigint") return number.toString(8);
      throw wrong;
    case "x":
    case "X": {
      const hex = hexOf(value instanceof Uint ? value.value : value);
      if (hex === undefined) throw wrong;
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `3.140000×10⁰⁰`. */
function scientific(value: number, precision: number): string {
  const [digits, exponent = ""] = value.toExponential(precision).split("e");
  const raised = exponent
    .slice(1)
    .padStart(2, "0")
    .replace(/\d/g, (digit) => RAISED[Number(digit)]!);
  return `${digits}×10${exponent.startsWith("-") ? "⁻" : ""}${raised}`;
}

function hexOf(value: unknown): string | undefined {
  if (typeof value === "bigint") return value.toString(16);
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array)) return undefined;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function text(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (isList(value)) return `[${[...value].map(text).join(", ")}]`;
  if (isMap(value)) {
    const entries = [...value.keys()].map((key) => `${text(key)}: ${text(value.get(key))}`);
    return `{${entries.toSorted().join(", ")}}`;
  }
  return String(value);
}

export const strings: Library = [
  fn("string.charAt(int): string", charAt),
  fn("string.indexOf(string): int", indexOf),
  fn("string.indexOf(string, int): int", indexOf),
  fn("string.lastIndexOf(string): int", lastIndexOf),
  fn("string.lastIndexOf(string, int): int", lastIndexOf),
  fn("string.substring(int): string", substring),
  fn("string.substring(int, int): string", substring),
  fn("string.split(string): list<string>", split),
  fn("string.split(string, int): list<string>", split),
  fn("string.replace(string, string): string", replace),
  fn("string.replace(string, string, int): string", replace),
  fn(
    "string.lowerAscii(): string",
    ascii(/[A-Z]+/g, (part) => part.toLowerCase()),
  ),
  fn(
    "string.upperAscii(): string",
    ascii(/[a-z]+/g, (part) => part.toUpperCase()),
  ),
  fn("string.trim(): string", (value: string) => value.replace(EDGES, "")),
  fn("string.format(list<dyn>): string", formatList),
  fn("strings.quote(string): string", quote),
  fn("list<string>.join(): string", joinList),
  fn("list<string>.join(string): string", joinList),
];

function find(value: string, pattern: string): string {
  const matcher = compiled(pattern).matcher(value);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

function findAll(value: string, pattern: string, limit = -1n): List {
  const matcher = compiled(pattern).matcher(value);
  const found: string[] = [];
  const most = limit < 0n ? Infinity : Number(limit);
  while (found.length < most && matcher.find()) found.push(matcher.group() ?? "");
  return new List(found);
}

function compiled(pattern: string) {
  try {
    return patternOf(pattern).compiled;
  } catch (error) {
    throw new CelError(`Illegal regex: ${(error as Error).message}`);
  }
}

export const regex: Library = [
  fn("string.find(string): string", find),
  fn("string.findAll(string): list<string>", findAll),
  fn("string.findAll(string, int): list<string>", findAll),
];
