/**
 * Reading ASN.1 as Go's encoding/asn1 does, in its words where it cannot. Certificates are read by another reader there
 * (der.ts); certificate requests, and nothing else here, by this one.
 */
import { BIT_STRING, INTEGER, Malformed, OBJECT_IDENTIFIER, SEQUENCE, arePadded, isMinimal, oidText } from "./der.ts";

export const syntaxError = (text: string): Malformed => new Malformed(`asn1: syntax error: ${text}`);
const structureError = (text: string): Malformed => new Malformed(`asn1: structure error: ${text}`);

interface Header {
  readonly class: number;
  readonly tag: number;
  readonly compound: boolean;
  readonly length: number;
  /** Where the content begins. */
  readonly start: number;
}

export interface Value {
  readonly header: Header;
  readonly content: string;
  /** Tag and length included. */
  readonly whole: string;
}

/** The fields of a structure, one after the other; `name` is that of the Go type that the field would become. */
export class Asn1Reader {
  readonly #bytes: string;
  #at = 0;

  constructor(bytes: string) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  any(): Value {
    if (this.done) throw syntaxError("sequence truncated");
    const header = headerAt(this.#bytes, this.#at);
    if (header.start + header.length > this.#bytes.length) throw syntaxError("data truncated");
    return this.#take(header);
  }

  /** A value of the tag byte. */
  field(byte: number, name: string): Value {
    if (this.done) throw syntaxError("sequence truncated");
    const header = headerAt(this.#bytes, this.#at);
    if (!isOf(header, byte)) throw mismatch(byte, header, name);
    if (header.start + header.length > this.#bytes.length) throw syntaxError("data truncated");
    return this.#take(header);
  }

  /** Whether there is a next value and it is of the tag byte. */
  isNext(byte: number): boolean {
    return !this.done && isOf(headerAt(this.#bytes, this.#at), byte);
  }

  integer(): number {
    const { content } = this.field(INTEGER, "int");
    if (content === "") throw structureError("empty integer");
    if (!isMinimal(content)) throw structureError("integer not minimally-encoded");
    if (content.length > 8) throw structureError("integer too large");
    let number = content.charCodeAt(0) > 0x7f ? -1 : 0;
    for (let i = 0; i < content.length; i++) number = number * 256 + content.charCodeAt(i);
    return number;
  }

  oid(): string {
    const { content } = this.field(OBJECT_IDENTIFIER, "ObjectIdentifier");
    return oidOf(content);
  }

  bits(): string {
    const { content } = this.field(BIT_STRING, "BitString");
    if (content === "") throw syntaxError("zero length BIT STRING");
    if (!arePadded(content)) throw syntaxError("invalid padding bits in BIT STRING");
    return content.slice(1);
  }

  /** An AlgorithmIdentifier: what it is, and its parameters with tag and length, empty where there are none. */
  algorithm(): { readonly oid: string; readonly parameters: string } {
    const fields = new Asn1Reader(this.field(SEQUENCE, "AlgorithmIdentifier").content);
    return { oid: fields.oid(), parameters: fields.done ? "" : fields.any().whole };
  }

  #take(header: Header): Value {
    const end = header.start + header.length;
    const whole = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return { header, content: this.#bytes.slice(header.start, end), whole };
  }
}

/** The values of a list, which all have the tag byte where one is given. */
export function listOf(content: string, byte?: number): Value[] {
  for (let at = 0; at < content.length;) {
    const header = headerAt(content, at);
    if (byte !== undefined && !isOf(header, byte)) throw structureError("sequence tag mismatch");
    at = header.start + header.length;
    if (at > content.length) throw syntaxError("truncated sequence");
  }
  const values: Value[] = [];
  for (const reader = new Asn1Reader(content); !reader.done;) values.push(reader.any());
  return values;
}

function oidOf(content: string): string {
  if (content === "") throw syntaxError("zero length OBJECT IDENTIFIER");
  const text = oidText(content);
  if (text !== undefined) return text;
  for (let at = 0; at < content.length;) at = base128(content, at).end;
  throw structureError("base 128 integer too large");
}

const isOf = (header: Header, byte: number): boolean =>
  header.class === byte >> 6 && header.tag === (byte & 0x1f) && header.compound === ((byte & 0x20) !== 0);

function mismatch(byte: number, { class: of, tag, length, compound, start }: Header, name: string): Malformed {
  const found = `{class:${of} tag:${tag} length:${length} isCompound:${compound}}`;
  const parameters =
    "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";
  return structureError(`tags don't match (${byte & 0x1f} vs ${found}) ${parameters} ${name} @${start}`);
}

function headerAt(bytes: string, begin: number): Header {
  const first = bytes.charCodeAt(begin);
  let at = begin + 1;
  let tag = first & 0x1f;
  if (tag === 0x1f) {
    const long = base128(bytes, at);
    if (long.number < 0x1f) throw syntaxError("non-minimal tag");
    tag = long.number;
    at = long.end;
  }
  const { length, end } = lengthAt(bytes, at);
  return { class: first >> 6, tag, compound: (first & 0x20) !== 0, length, start: end };
}

function lengthAt(bytes: string, begin: number): { readonly length: number; readonly end: number } {
  if (begin >= bytes.length) throw syntaxError("truncated tag or length");
  const first = bytes.charCodeAt(begin);
  let at = begin + 1;
  if (first < 0x80) return { length: first, end: at };
  if (first === 0x80) throw syntaxError("indefinite length found (not DER)");
  let length = 0;
  for (let left = first & 0x7f; left > 0; left--) {
    if (at >= bytes.length) throw syntaxError("truncated tag or length");
    if (length >= 1 << 23) throw structureError("length too large");
    length = length * 256 + bytes.charCodeAt(at++);
    if (length === 0) throw structureError("superfluous leading zeros in length");
  }
  if (length < 0x80) throw structureError("non-minimal length");
  return { length, end: at };
}

function base128(bytes: string, begin: number): { readonly number: number; readonly end: number } {
  let number = 0;
  for (let at = begin; at < bytes.length; at++) {
    if (at - begin === 5) throw structureError("base 128 integer too large");
    const byte = bytes.charCodeAt(at);
    if (at === begin && byte === 0x80) throw syntaxError("integer is not minimally encoded");
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (number > 0x7fffffff) throw structureError("base 128 integer too large");
    return { number, end: at + 1 };
  }
  throw syntaxError("truncated base 128 integer");
}
