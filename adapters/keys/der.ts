/**
 * ASN.1 in its distinguished encoding (DER), as far as certificates need it: a value is a tag byte, a length and
 * content. `sequence(integer(1), boolean(true))` is the bytes 30 06 02 01 01 01 01 ff.
 */

export type Der = Buffer;

export function value(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let left = body.length; left > 0; left >>>= 8) length.unshift(left & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

export const sequence = (...items: readonly Der[]): Der => value(0x30, ...items);
export const set = (...items: readonly Der[]): Der => value(0x31, ...items);
export const boolean = (yes: boolean): Der => value(0x01, Buffer.from([yes ? 0xff : 0]));
export const octets = (bytes: Uint8Array): Der => value(0x04, bytes);
export const utf8 = (text: string): Der => value(0x0c, Buffer.from(text));
/** All bits in use, as signatures and keys are. */
export const bits = (bytes: Uint8Array): Der => value(0x03, Buffer.from([0]), bytes);
/** `[number]` with content of its own (constructed). */
export const explicit = (number: number, ...content: readonly Der[]): Der => value(0xa0 | number, ...content);
/** `[number]` instead of the type's own tag (primitive). */
export const implicit = (number: number, bytes: Uint8Array): Der => value(0x80 | number, bytes);

/** A number that is not negative, from big-endian bytes or a small number. */
export function integer(number: number | Uint8Array): Der {
  let bytes = typeof number === "number" ? Buffer.from([number]) : Buffer.from(number);
  while (bytes.length > 1 && bytes[0] === 0 && bytes[1]! < 0x80) bytes = bytes.subarray(1);
  return bytes[0]! >= 0x80 ? value(0x02, Buffer.from([0]), bytes) : value(0x02, bytes);
}

/** Named bits by number, 0 first: `namedBits(0, 2)` is 101. */
export function namedBits(...numbers: readonly number[]): Der {
  const bytes = Buffer.alloc(Math.floor(Math.max(...numbers) / 8) + 1);
  for (const number of numbers) bytes[number >> 3]! |= 0x80 >> (number & 7);
  return value(0x03, Buffer.from([7 - (Math.max(...numbers) & 7)]), bytes);
}

/** Such as `2.5.4.3`. */
export function oid(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const number of [40 * first + second, ...rest]) {
    const groups = [number & 0x7f];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift(0x80 | (left % 128));
    }
    bytes.push(...groups);
  }
  return value(0x06, Buffer.from(bytes));
}

/** Two-digit years up to 2049, four-digit ones after, as X.509 asks. Seconds only. */
export function time(milliseconds: number): Der {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, "");
  return Number(text.slice(0, 4)) < 2050 ? value(0x17, Buffer.from(text.slice(2))) : value(0x18, Buffer.from(text));
}

/** One value read from bytes. */
export interface Parsed {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag and length included. */
  readonly whole: Buffer;
}

/** The values that stand one after the other in `bytes`. Throws where they are cut off. */
export function parseAll(bytes: Buffer): Parsed[] {
  const values: Parsed[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const tag = bytes[at++]!;
    let length = bytes[at++] ?? Number.NaN;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || at + size > bytes.length) throw new Error("the DER length is not valid");
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    if (!(at + length <= bytes.length)) throw new Error("the DER value is cut off");
    values.push({ tag, content: bytes.subarray(at, at + length), whole: bytes.subarray(start, at + length) });
    at += length;
  }
  return values;
}

export function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
