/**
 * JSON read by hand, for texts whose numbers must be seen as they are written. The platform's reader tells that, too, but
 * only to a function that it calls for every value there is, which takes ten times as long.
 */
import { put } from "./json-tree.ts";

/** Reads a text that JSON.parse has accepted; `number` makes a number of its digits. */
export function readJson(text: string, number: (source: string) => unknown): unknown {
  return new Reader(text, number).value();
}

const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * V8 makes a piece of so many characters a view of the whole, which then stays in memory for as long as the piece does:
 * one label would keep the body of its request.
 */
const VIEWED = 13;

/** A string by itself. */
const read = (quoted: string): string => JSON.parse(quoted) as string;

class Reader {
  readonly #text: string;
  readonly #number: (source: string) => unknown;
  #at = 0;

  constructor(text: string, number: (source: string) => unknown) {
    this.#text = text;
    this.#number = number;
  }

  value(): unknown {
    switch (this.#next()) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#object();
      case OPEN_BRACKET:
        return this.#list();
      default:
        return this.#scalar();
    }
  }

  #object(): unknown {
    const object: Record<string, unknown> = {};
    this.#at++;
    while (this.#next() !== CLOSE_BRACE) {
      if (this.#next() === COMMA) this.#at++;
      this.#next();
      const key = this.#string();
      this.#next();
      // The colon.
      this.#at++;
      put(object, key, this.value());
    }
    this.#at++;
    return object;
  }

  #list(): unknown {
    const items: unknown[] = [];
    this.#at++;
    while (this.#next() !== CLOSE_BRACKET) {
      if (this.#next() === COMMA) this.#at++;
      items.push(this.value());
    }
    this.#at++;
    return items;
  }

  #string(): string {
    const start = this.#at;
    const end = endOfString(this.#text, start);
    this.#at = end + 1;
    const plain = this.#text.slice(start + 1, end);
    return plain.length < VIEWED && !plain.includes("\\") ? plain : read(this.#text.slice(start, end + 1));
  }

  #scalar(): unknown {
    const start = this.#at;
    while (this.#at < this.#text.length && !ends(this.#text.charCodeAt(this.#at))) this.#at++;
    const part = this.#text.slice(start, this.#at);
    const source = part.length < VIEWED ? part : read(`"${part}"`);
    const literal = LITERALS.get(source);
    return literal === undefined ? this.#number(source) : literal;
  }

  /** Passes over space; the character's code there. */
  #next(): number {
    while (this.#text.charCodeAt(this.#at) <= SPACE) this.#at++;
    return this.#text.charCodeAt(this.#at);
  }
}

const ends = (code: number): boolean =>
  code <= SPACE || code === COMMA || code === CLOSE_BRACKET || code === CLOSE_BRACE;

/** `start` is at the opening quote; gives the closing one. */
export function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
}
