/**
 * Reading DER, the one way to write down ASN.1 of which signatures are made: a value is a tag, a length and content. Bytes are
 * texts of a character for each, as `atob` gives them.
 *
 *     new DerReader("\x30\x03\x02\x01\x07").read(SEQUENCE, "no sequence") // "\x02\x01\x07"
 */

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OBJECT_IDENTIFIER = 0x06;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;
/** `[number]`, with values in it or instead of a type's own tag. */
export const constructed = (number: number): number => 0xa0 | number;
export const primitive = (number: number): number => 0x80 | number;

/** The bytes are not what they should be; `message` is Go's. */
export class Malformed extends Error {}

/** Values that stand one after the other. What each `read` is not, it throws as {@link Malformed} in the words it is given. */
export class DerReader {
  readonly #bytes: string;
  #at = 0;

  constructor(bytes: string) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** What has not been read yet. */
  get rest(): string {
    return this.#bytes.slice(this.#at);
  }

  isNext(tag: number): boolean {
    return this.#bytes.charCodeAt(this.#at) === tag;
  }

  /** The content of the next value, which must be of this tag and as long as it says in as few bytes as that takes. */
  read(tag: number, otherwise: string): string {
    return this.element(tag, otherwise).content;
  }

  /** The same with its tag and length before it. */
  element(tag: number, otherwise: string): { readonly whole: string; readonly content: string } {
    if (!this.isNext(tag)) throw new Malformed(otherwise);
    return this.any(otherwise);
  }

  any(otherwise: string): { readonly tag: number; readonly whole: string; readonly content: string } {
    const first = this.#bytes.charCodeAt(this.#at + 1);
    const more = first > 0x7f ? first - 0x80 : 0;
    let length = more === 0 ? first : 0;
    for (let i = 0; i < more; i++) length = length * 256 + this.#bytes.charCodeAt(this.#at + 2 + i);
    const start = this.#at + 2 + more;
    const isShortest = more === 0 ? first < 0x80 : more <= 4 && length >= Math.max(0x80, 256 ** (more - 1));
    const tag = this.#bytes.charCodeAt(this.#at);
    // Numbers of tags that need further bytes are in no certificate.
    if ((tag & 0x1f) === 0x1f || !isShortest || !(start + length <= this.#bytes.length)) throw new Malformed(otherwise);
    const whole = this.#bytes.slice(this.#at, start + length);
    this.#at = start + length;
    return { tag, whole, content: whole.slice(whole.length - length) };
  }

  /** Undefined where another tag comes next. */
  optional(tag: number, otherwise: string): string | undefined {
    return this.isNext(tag) ? this.read(tag, otherwise) : undefined;
  }

  /** The two's complement of a whole number, as short as it can be. */
  integer(otherwise: string): string {
    const bytes = this.read(INTEGER, otherwise);
    if (!isMinimal(bytes)) throw new Malformed(otherwise);
    return bytes;
  }

  boolean(otherwise: string): boolean {
    const bytes = this.read(BOOLEAN, otherwise);
    if (bytes !== "\0" && bytes !== "\xff") throw new Malformed(otherwise);
    return bytes !== "\0";
  }

  /** The bytes of a bit string; where they are not whole ones, the last bits are 0. */
  bits(otherwise: string): string {
    const bytes = this.read(BIT_STRING, otherwise);
    if (!arePadded(bytes)) throw new Malformed(otherwise);
    return bytes.slice(1);
  }

  /** Such as `2.5.4.3`. */
  oid(otherwise: string): string {
    const text = oidText(this.read(OBJECT_IDENTIFIER, otherwise));
    if (text === undefined) throw new Malformed(otherwise);
    return text;
  }
}

export function isMinimal(bytes: string): boolean {
  const [first, second] = [bytes.charCodeAt(0), bytes.charCodeAt(1)];
  return (
    bytes.length === 1 || (bytes.length > 1 && !(first === 0 && second < 0x80) && !(first === 0xff && second > 0x7f))
  );
}

/** Of the content of a bit string: the first byte says how many bits of the last are none, and those are 0. */
export function arePadded(bytes: string): boolean {
  const unused = bytes.charCodeAt(0);
  if (bytes.length < 2) return unused === 0;
  return unused < 8 && (bytes.charCodeAt(bytes.length - 1) & ((1 << unused) - 1)) === 0;
}

/** The content of an object identifier with dots; undefined where a number is cut off, too large or longer than it need be. */
export function oidText(content: string): string | undefined {
  const numbers: number[] = [];
  let number = 0;
  let isFirst = true;
  for (let i = 0; i < content.length; i++) {
    const byte = content.charCodeAt(i);
    if (isFirst && byte === 0x80) return undefined;
    number = number * 128 + (byte & 0x7f);
    if (number > 0x7fffffff) return undefined;
    isFirst = byte < 0x80;
    if (!isFirst) continue;
    numbers.push(number);
    number = 0;
  }
  const [first] = numbers;
  if (!isFirst || first === undefined) return undefined;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - 40 * top, ...numbers.slice(1)].join(".");
}
