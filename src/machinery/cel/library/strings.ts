/** cel-go's string extensions, and Kubernetes' regular expressions on strings. */
import { SHORT_ESCAPES } from "../../go-text.ts";
import { patternOf } from "../../structural/patterns.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError, List } from "../values.ts";
import type { CelList } from "../values.ts";
import { formatString, textOf } from "./string-format.ts";

const points = (text: string): string[] => [...text];

/** Positions are counted in characters. */
function indexOf(text: string, part: string, from = 0n): bigint {
  if (part === "") return from;
  if (from < 0n) throw new CelError(`index out of range: ${from}`);
  const rest = points(text).slice(Number(from)).join("");
  const found = rest.indexOf(part);
  return found < 0 ? -1n : from + BigInt(points(rest.slice(0, found)).length);
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const all = points(text);
  const last = BigInt(all.length - 1);
  if (part === "") return from ?? last + 1n;
  if (from !== undefined && from < 0n) throw new CelError(`index out of range: ${from}`);
  if (from !== undefined && from > last) return -1n;
  const wanted = points(part);
  for (let at = Math.min(Number(from ?? last), all.length - wanted.length); at >= 0; at--) {
    if (wanted.every((char, index) => all[at + index] === char)) return BigInt(at);
  }
  return -1n;
}

function substring(text: string, from: bigint, to?: bigint): string {
  if (to !== undefined && from > to) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
  const all = points(text);
  const length = BigInt(all.length);
  if (from < 0n || from > length) throw new CelError(`index out of range: ${from}`);
  if (to !== undefined && (to < 0n || to > length)) throw new CelError(`index out of range: ${to}`);
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
      if (typeof item !== "string") throw new CelError(`join: invalid input: ${textOf(item)}`);
      return item;
    })
    .join(by);
}

const ascii = (pattern: RegExp, change: (char: string) => string) => (text: string) => text.replace(pattern, change);

/** What has the property White_Space, as in Go. */
const EDGES = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** As a literal of the language: with those escapes alone that it has. */
const quote = (text: string): string => `"${[...text].map((char) => SHORT_ESCAPES[char] ?? char).join("")}"`;

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
  fn("string.format(list<dyn>): string", formatString),
  fn("strings.quote(string): string", quote),
  fn("list<string>.join(): string", joinList),
  fn("list<string>.join(string): string", joinList),
];

function find(value: string, pattern: string): string {
  const matcher = compiled(pattern).matcher(value);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

/** As Go: nothing is not found directly behind something that was. */
function findAll(value: string, pattern: string, limit = -1n): List {
  const matcher = compiled(pattern).matcher(value);
  const found: string[] = [];
  const most = limit < 0n ? Infinity : Number(limit);
  let end = -1;
  while (found.length < most && matcher.find()) {
    const text = matcher.group() ?? "";
    if (text !== "" || matcher.start() !== end) found.push(text);
    end = matcher.end();
  }
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
