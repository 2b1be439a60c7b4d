/**
 * How Go prints values. Error texts on the wire carry `%q` strings and JSON made by Go, so both are
 * needed to the letter.
 */
import { toJson } from "./exact-json.ts";

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Go's `unicode.IsPrint`, of one character. */
export const isPrintable = (char: string): boolean => PRINTABLE.test(char);

/** A string that needs no escape at all: the common case, answered by one pass. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** The characters that are written with a letter behind a backslash, or with themselves. */
export const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** Go's `%q`: `a"b` becomes `"a\"b"`, a bell `"\a"`, a zero-width space `"\u200b"`. */
export function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const char of text) quoted += SHORT_ESCAPES[char] ?? (PRINTABLE.test(char) ? char : escapeOf(char));
  return quoted + '"';
}

function escapeOf(char: string): string {
  const code = char.codePointAt(0)!;
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

const HTML = /[<>&\u2028\u2029]/g;

/** Go's `json.Marshal`: as JSON.stringify, but `<`, `>`, `&` and the two line separators are escaped. */
export function goJson(value: unknown, indent = 0): string {
  const json = (toJson(value, indent) as string | undefined) ?? "null";
  return json.replace(HTML, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Go's `%+v` of a decoded JSON value: `map[a:1 b:[x <nil>]]`, with keys in order. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => compareText(a, b));
  return `map[${entries.map(([key, each]) => `${key}:${goValue(each)}`).join(" ")}]`;
}

/** Go's `%v` of a `[]string`, each item quoted: `[]string{"a", "b"}`. */
export function goStrings(items: readonly string[]): string {
  return `[]string{${items.map(quote).join(", ")}}`;
}

const encoder = new TextEncoder();

/** Several failures in one text, as Go's aggregates tell them: each once. */
export function aggregated(texts: readonly string[]): string {
  const each = [...new Set(texts)];
  return each.length === 1 ? each[0]! : `[${each.join(", ")}]`;
}

/** The length in UTF-8 bytes, which is what Go's `len` counts. */
export function byteLength(text: string): number {
  let ascii = true;
  for (let i = 0; i < text.length && ascii; i++) ascii = text.charCodeAt(i) < 0x80;
  return ascii ? text.length : encoder.encode(text).length;
}

/** Characters of a text as Go counts them (runes): the two halves of a pair are one. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at++) {
    if (half(text, at) === SECOND_HALF && half(text, at - 1) === FIRST_HALF) count--;
  }
  return count;
}

const half = (text: string, at: number): number => text.charCodeAt(at) & 0xfc00;
const FIRST_HALF = 0xd800;
const SECOND_HALF = 0xdc00;

/** As much of a text as fits into so many UTF-8 bytes. */
export function cutBytes(text: string, limit: number): string {
  return byteLength(text) <= limit ? text : new TextDecoder().decode(encoder.encode(text).subarray(0, limit));
}

/** Orders by Unicode code points, as Go orders strings by bytes; JavaScript's own order differs above U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** The Go type of a JSON value, as `%T` prints it. */
export function goTypeOf(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "bigint") return "int64";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map[string]interface {}";
}
