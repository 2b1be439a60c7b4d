import { quote } from "../go-text.ts";

/**
 * Why a text is no JSON, in the words of Go's encoding/json. Only asked after JSON.parse has failed, so it need not
 * be fast: it reads the text as Go's scanner does and stops where that would.
 */
export function syntaxError(text: string): string {
  try {
    const end = space(text, value(text, space(text, 0)));
    if (end < text.length) fail(text, end, "after top-level value");
  } catch (error) {
    if (error instanceof Stop) return error.message;
    throw error;
  }
  return "invalid JSON";
}

class Stop extends Error {}

function fail(text: string, at: number, why: string): never {
  if (at >= text.length) throw new Stop("unexpected end of JSON input");
  throw new Stop(`invalid character ${quoted(text, at)} ${why}`);
}

function quoted(text: string, at: number): string {
  const char = firstByte(text.codePointAt(at)!);
  if (char === "'") return String.raw`'\''`;
  if (char === '"') return `'"'`;
  return `'${quote(char).slice(1, -1)}'`;
}

/** Go reads bytes: of a character beyond ASCII it shows the first byte of its UTF-8, as a character. */
function firstByte(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  const byte = code < 0x800 ? 0xc0 | (code >> 6) : code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
  return String.fromCharCode(byte);
}

function space(text: string, at: number): number {
  while (at < text.length && " \t\r\n".includes(text[at]!)) at++;
  return at;
}

const BEGINNING = "looking for beginning of value";

function value(text: string, at: number): number {
  switch (text[at]) {
    case "{":
      return object(text, at);
    case "[":
      return array(text, at);
    case '"':
      return string(text, at);
    case "t":
      return literal(text, at, "true");
    case "f":
      return literal(text, at, "false");
    case "n":
      return literal(text, at, "null");
    default:
      return number(text, at);
  }
}

function object(text: string, at: number): number {
  at = space(text, at + 1);
  if (text[at] === "}") return at + 1;
  for (;;) {
    if (text[at] !== '"') fail(text, at, "looking for beginning of object key string");
    at = space(text, string(text, at));
    if (text[at] !== ":") fail(text, at, "after object key");
    at = space(text, value(text, space(text, at + 1)));
    if (text[at] === "}") return at + 1;
    if (text[at] !== ",") fail(text, at, "after object key:value pair");
    at = space(text, at + 1);
  }
}

function array(text: string, at: number): number {
  at = space(text, at + 1);
  if (text[at] === "]") return at + 1;
  for (;;) {
    at = space(text, value(text, at));
    if (text[at] === "]") return at + 1;
    if (text[at] !== ",") fail(text, at, "after array element");
    at = space(text, at + 1);
  }
}

function string(text: string, at: number): number {
  for (at++; text[at] !== '"'; at++) {
    if (at >= text.length || text[at]! < " ") fail(text, at, "in string literal");
    if (text[at] !== "\\") continue;
    at++;
    if (text[at] === "u") {
      for (let i = 1; i <= 4; i++) {
        if (!/[0-9a-fA-F]/.test(text[at + i] ?? "")) fail(text, at + i, String.raw`in \u hexadecimal character escape`);
      }
      at += 4;
    } else if (!'bfnrt\\/"'.includes(text[at] ?? "?")) fail(text, at, "in string escape code");
  }
  return at + 1;
}

function literal(text: string, at: number, word: string): number {
  for (let i = 1; i < word.length; i++) {
    if (text[at + i] !== word[i]) fail(text, at + i, `in literal ${word} (expecting '${word[i]}')`);
  }
  return at + word.length;
}

function number(text: string, at: number): number {
  const begin = at;
  if (text[at] === "-") at++;
  if (text[at] === "0") at++;
  else if (/[1-9]/.test(text[at] ?? "")) at = digits(text, at);
  else fail(text, at, begin === at ? BEGINNING : "in numeric literal");
  if (text[at] === ".") {
    if (!/\d/.test(text[at + 1] ?? "")) fail(text, at + 1, "after decimal point in numeric literal");
    at = digits(text, at + 1);
  }
  if (text[at] === "e" || text[at] === "E") {
    at++;
    if (text[at] === "+" || text[at] === "-") at++;
    if (!/\d/.test(text[at] ?? "")) fail(text, at, "in exponent of numeric literal");
    at = digits(text, at);
  }
  return at;
}

function digits(text: string, at: number): number {
  while (/\d/.test(text[at] ?? "")) at++;
  return at;
}
