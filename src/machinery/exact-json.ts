/**
 * JSON in which whole numbers of 64 bits stay what they are. A double tells integers apart up to 2^53; those beyond it that
 * Go's int64 has are bigints in objects, and every other number is a number. Text without such numbers costs a look at
 * every sixteenth character.
 */
import { readJson } from "./read-json.ts";

/** As JSON.parse. */
export function fromJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return hasLongNumber(text) ? readJson(text, exactNumber) : value;
}

/** As JSON.stringify, also in what its type does not say: undefined becomes undefined. */
export function toJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    // That is what a bigint leads to; whatever else it was comes again.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, replaceExactly, indent);
  }
}

/** A number as it is written, in JSON or with a plus, as an object has it; the number itself where that is exact, or nothing is. */
export function exactInteger(value: number, source: string): number | bigint {
  // Digits without end would take their time, and have none.
  if (Number.isSafeInteger(value) || Math.abs(value) > MOST || !WHOLE.test(source)) return value;
  const exact = BigInt(source);
  return BigInt.asIntN(64, exact) === exact ? exact : value;
}

const MOST = 2 ** 63;
const WHOLE = /^[+-]?[0-9]+$/;

/** As {@link exactInteger}, of a number that was not read yet. */
export const exactNumber = (source: string): number | bigint => exactInteger(Number(source), source);

const replaceExactly = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? raw.rawJSON(String(value)) : value;

/** ECMAScript's newest of JSON, which TypeScript does not know yet. */
const raw = JSON as unknown as { rawJSON(text: string): object };

/** 2^53 has sixteen digits. */
const LONG = 16;

/** Whether so many digits come one after the other, be it in a string: one of them is at a multiple of sixteen. */
function hasLongNumber(text: string): boolean {
  for (let at = LONG - 1; at < text.length; at += LONG) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isDigit(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    if (end - start >= LONG) return true;
  }
  return false;
}

/** Of a character's code. */
export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
