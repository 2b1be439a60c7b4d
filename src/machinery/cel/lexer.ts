/** Text to tokens. Positions are offsets in UTF-16 units. */
import { CompileError } from "./issue.ts";
import type { Issue } from "./issue.ts";
import { Uint } from "./values.ts";

export interface Token {
  /** Punctuation and keywords carry their own text as type. */
  readonly type: string;
  readonly text: string;
  readonly at: number;
  readonly value?: unknown;
}

const SPACE = /(?:[ \t\r\n\f]+|\/\/[^\n]*)+/y;
const NUMBER =
  /(0[xX][0-9a-fA-F]+|[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+)([uU])?/y;
const STRING = /([rR]?[bB]?|[bB][rR])("""|'''|"|')/y;
const IDENT = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const ESCAPED_IDENT = /`([a-zA-Z0-9_.\-/ ]+)`/y;
const PUNCTUATION = /==|!=|<=|>=|&&|\|\||[<>+\-*/%!?:.,()[\]{}]/y;
/** The first half of a mark, with what stands where the other half should. */
const HALF = /^[=&|][\s\S]?/;
const UNCLOSED = /^['"][^\n]*\n?/;
const WORDS: ReadonlySet<string> = new Set(["true", "false", "null", "in"]);

/** What is no token is told, and left out. */
export function tokens(source: string, tell: (issue: Issue) => void): Token[] {
  const found: Token[] = [];
  const skip = (text: string): void => {
    tell({ at, text: `Syntax error: token recognition error at: '${text}'` });
    at += text.length;
  };
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(source);
  };
  for (;;) {
    at += take(SPACE)?.[0].length ?? 0;
    if (at >= source.length) break;
    const string = take(STRING);
    if (string !== null && endOfString(source, at, string) !== undefined) {
      const token = readString(source, at, string);
      found.push(token.token);
      at = token.end;
      continue;
    }
    // Two quotes are an empty text; one that is not closed goes to the end of its line, and further.
    if (string?.[1] === "") {
      if (string[2]!.length === 1) skip(UNCLOSED.exec(source.slice(at))![0]);
      else found.push({ type: "string", text: source.slice(at, (at += 2)), at: at - 2, value: "" });
      continue;
    }
    const previous = found.at(-1)?.type;
    const number =
      source[at] === "." && (previous === "ident" || previous === ")" || previous === "]") ? null : take(NUMBER);
    const ident = number === null ? take(IDENT) : null;
    const escaped = take(ESCAPED_IDENT);
    const mark = take(PUNCTUATION);
    if (number !== null) found.push(numberToken(source, at, number));
    else if (ident !== null) {
      found.push({ type: WORDS.has(ident[0]) ? ident[0] : "ident", text: ident[0], at });
    } else if (escaped !== null) found.push({ type: "escaped", text: escaped[1]!, at });
    else if (mark !== null) found.push({ type: mark[0], text: mark[0], at });
    else skip(HALF.exec(source.slice(at))?.[0] ?? String.fromCodePoint(source.codePointAt(at)!));
    at += (number ?? ident ?? escaped ?? mark)?.[0].length ?? 0;
  }
  found.push({ type: "<EOF>", text: "<EOF>", at: source.length });
  return found;
}

const MAX_INT = 2n ** 63n;

function numberToken(source: string, at: number, [text, digits, unsigned]: RegExpExecArray): Token {
  if (unsigned !== undefined) {
    const value = BigInt(digits!);
    if (value >= 2n ** 64n) throw new CompileError(source, [{ at, text: "invalid uint literal" }]);
    return { type: "number", text: text!, at, value: new Uint(value) };
  }
  if (/^0[xX]|^[0-9]+$/.test(digits!)) {
    const value = BigInt(digits!);
    // One more than the largest is kept for the negative of it.
    if (value > MAX_INT) throw new CompileError(source, [{ at, text: "invalid int literal" }]);
    return { type: "number", text: text!, at, value };
  }
  const value = Number(digits);
  if (value === Infinity) throw new CompileError(source, [{ at, text: "invalid double literal" }]);
  return { type: "number", text: text!, at, value };
}

/** Where the quotes are that close it; undefined where none do. */
function endOfString(
  source: string,
  at: number,
  [head, prefix, quotes]: readonly (string | undefined)[],
): number | undefined {
  const raw = /r/i.test(prefix!);
  for (let end = at + head!.length; end < source.length; end++) {
    if (source.startsWith(quotes!, end)) return end;
    if (quotes!.length === 1 && source[end] === "\n") return undefined;
    if (source[end] === "\\" && !raw) end++;
  }
  return undefined;
}

function readString(
  source: string,
  at: number,
  [head, prefix, quotes]: RegExpExecArray,
): { token: Token; end: number } {
  const raw = /r/i.test(prefix!);
  const bytes = /b/i.test(prefix!);
  const start = at + head!.length;
  const end = endOfString(source, at, [head!, prefix!, quotes!])!;
  const body = source.slice(start, end);
  const value = bytes ? bytesOf(source, at, body, raw) : raw ? body : unescape(source, at, body);
  return {
    token: { type: "string", text: source.slice(at, end + quotes!.length), at, value },
    end: end + quotes!.length,
  };
}

const ESCAPE =
  /\\(?:([abfnrtv\\?"'`])|x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;
const SHORT: Readonly<Record<string, string>> = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function unescape(source: string, at: number, body: string): string {
  return body.replace(
    ESCAPE,
    (_, short?: string, x?: string, bigX?: string, u?: string, bigU?: string, octal?: string, wrong?: string) => {
      if (wrong !== undefined) {
        throw new CompileError(source, [{ at, text: `Syntax error: token recognition error at: '\\${wrong}'` }]);
      }
      if (short !== undefined) return SHORT[short] ?? short;
      const code = octal === undefined ? Number.parseInt((x ?? bigX ?? u ?? bigU)!, 16) : Number.parseInt(octal, 8);
      const surrogate = code >= 0xd800 && code < 0xe000;
      if (code > 0x10ffff || surrogate) throw new CompileError(source, [{ at, text: "invalid unicode code point" }]);
      return String.fromCodePoint(code);
    },
  );
}

/** `\x` and octal escapes are bytes here, not code points. */
function bytesOf(source: string, at: number, body: string, raw: boolean): Uint8Array {
  const encoder = new TextEncoder();
  if (raw) return encoder.encode(body);
  const pieces: number[] = [];
  let from = 0;
  for (const match of body.matchAll(ESCAPE)) {
    pieces.push(...encoder.encode(body.slice(from, match.index)));
    const code = match[2] ?? match[3];
    if (code !== undefined) pieces.push(Number.parseInt(code, 16));
    else if (match[6] !== undefined) pieces.push(Number.parseInt(match[6], 8));
    else pieces.push(...encoder.encode(unescape(source, at, match[0])));
    from = match.index + match[0].length;
  }
  return Uint8Array.from([...pieces, ...encoder.encode(body.slice(from))]);
}
