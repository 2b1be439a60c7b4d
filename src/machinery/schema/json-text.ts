/**
 * What JSON.parse does not tell about a text: repeated keys, and numbers written with a point or an exponent
 * (Go takes `2e0` for no integer).
 *
 * Both are rare, so they are found by counting: {@link skim} counts the keys and looks for odd numbers in one pass
 * that jumps over strings, {@link countKeys} counts the keys of the parsed value. Only where the two differ does
 * {@link keyPositions} go through the text exactly.
 */
import { exactNumber, isDigit } from "../exact-json.ts";
import { endOfString, readJson } from "../read-json.ts";

/** Structure characters of a JSON text that JSON.parse has accepted. */
export function skim(text: string): { keys: number; oddNumbers: boolean } {
  let keys = 0;
  let oddNumbers = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COLON) keys++;
    else if (code === POINT || ((code === E || code === CAPITAL_E) && isDigit(text.charCodeAt(i - 1))))
      oddNumbers = true;
  }
  return { keys, oddNumbers };
}

/**
 * How many lists and objects may lie in each other. Go's decoder stops at 10,000; what goes through a value level by
 * level here would run out of stack before.
 */
export const MOST_DEPTH = 2000;

/** True where lists and objects lie deeper in each other than may be. Short texts cannot be that deep. */
export function isTooDeep(text: string): boolean {
  if (text.length < 2 * MOST_DEPTH) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MOST_DEPTH) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return false;
}

export function countKeys(value: unknown): number {
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && item !== null) keys += countKeys(item);
    return keys;
  }
  for (const key in value as Record<string, unknown>) {
    keys++;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === "object" && inner !== null) keys += countKeys(inner);
  }
  return keys;
}

/** Paths (`spec.containers[0].name`) to the places of their keys in the text, in the order they come. */
export function keyPositions(text: string): Map<string, number[]> {
  const positions = new Map<string, number[]>();
  walk(text, 0, "", (path, at) => {
    const known = positions.get(path);
    if (known === undefined) positions.set(path, [at]);
    else known.push(at);
  });
  return positions;
}

/** A number as it was written, where that matters; `valueOf` gives the number. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  valueOf(): number {
    return Number(this.text);
  }
}

/** As fromJson, of a text that is known to be JSON, but numbers with a point or exponent become {@link NumberText}. */
export const parseKeepingNumbers = (text: string): unknown =>
  readJson(text, (source) => (/[.eE]/.test(source) ? new NumberText(source) : exactNumber(source)));

const QUOTE = 34;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const POINT = 46;
const E = 101;
const CAPITAL_E = 69;

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

/** Reports each key below `at` and gives the place after the value. */
function walk(text: string, at: number, path: string, report: (path: string, at: number) => void): number {
  at = space(text, at);
  const open = text[at];
  if (open === '"') return endOfString(text, at) + 1;
  if (open !== "{" && open !== "[") return scalarEnd(text, at);
  const close = open === "{" ? "}" : "]";
  at = space(text, at + 1);
  for (let index = 0; text[at] !== close; index++) {
    if (text[at] === ",") at = space(text, at + 1);
    let inner = `${path}[${index}]`;
    if (open === "{") {
      const end = endOfString(text, at) + 1;
      const key = JSON.parse(text.slice(at, end)) as string;
      inner = path === "" ? key : `${path}.${key}`;
      report(inner, at);
      at = space(text, end) + 1;
    }
    at = space(text, walk(text, at, inner, report));
  }
  return at + 1;
}

function space(text: string, at: number): number {
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function scalarEnd(text: string, at: number): number {
  while (at < text.length && !",]} \t\r\n".includes(text[at]!)) at++;
  return at;
}
