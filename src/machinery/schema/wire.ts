/**
 * The bytes of protobuf (proto2, as Kubernetes uses it).
 *
 * {@link BackwardWriter} fills its buffer from the end: a nested message is then complete, and its length known,
 * when its header is written, so nothing is ever copied or measured twice.
 */
import { DecodeError } from "./decode-context.ts";

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
const GROUP = 3;
const END_GROUP = 4;
export const FIXED32 = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class BackwardWriter {
  private buffer: Uint8Array;
  private at: number;

  constructor(capacity = 1024) {
    this.buffer = new Uint8Array(capacity);
    this.at = capacity;
  }

  /** How much has been written; the difference of two positions is a length. */
  get position(): number {
    return this.buffer.length - this.at;
  }

  key(tag: number, wireType: number): void {
    this.varint(tag * 8 + wireType);
  }

  /** The header of what was written since `position`. */
  header(tag: number, position: number): void {
    this.varint(this.position - position);
    this.key(tag, LENGTH);
  }

  varint(value: number | bigint): void {
    if (typeof value === "bigint") this.bigVarint(BigInt.asUintN(64, value));
    else if (value >= 0 && value < 128) {
      this.reserve(1);
      this.buffer[--this.at] = value;
    } else if (value < 0 || value > Number.MAX_SAFE_INTEGER) this.bigVarint(BigInt.asUintN(64, BigInt(value)));
    else {
      let size = 1;
      for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
      this.reserve(size);
      this.at -= size;
      for (let i = 0; i < size; i++) {
        this.buffer[this.at + i] = (value % 128) | (i < size - 1 ? 128 : 0);
        value = Math.floor(value / 128);
      }
    }
  }

  double(value: number): void {
    this.reserve(8);
    this.at -= 8;
    new DataView(this.buffer.buffer, this.buffer.byteOffset).setFloat64(this.at, value, true);
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.at -= bytes.length;
    this.buffer.set(bytes, this.at);
  }

  text(value: string): void {
    const { length } = value;
    this.reserve(length);
    const start = this.at - length;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return this.raw(encoder.encode(value));
      this.buffer[start + i] = code;
    }
    this.at = start;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.buffer.slice(this.at);
  }

  reset(): void {
    this.at = this.buffer.length;
  }

  private bigVarint(value: bigint): void {
    const bytes: number[] = [];
    for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
    bytes.push(Number(value));
    this.raw(Uint8Array.from(bytes));
  }

  private reserve(more: number): void {
    if (this.at >= more) return;
    const written = this.position;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, written + more));
    grown.set(this.buffer.subarray(this.at), grown.length - written);
    this.buffer = grown;
    this.at = grown.length - written;
  }
}

/** Reads one message; every method throws where the bytes end too early. */
export class Reader {
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Signed 64 bits, exact to 2^53. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 9; i++) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    // Of a tenth byte, what goes beyond 64 bits is lost.
    if (this.byte() > 127) throw new DecodeError("proto: integer overflow");
    return Number(this.signed(this.at - 10));
  }

  /** The same, but exact: beyond 2^53 a bigint. */
  exactVarint(): number | bigint {
    const from = this.at;
    const value = this.varint();
    return Number.isSafeInteger(value) ? value : this.signed(from);
  }

  /** The key before a field of a message. */
  fieldKey(message: string): number {
    const key = this.varint();
    if ((key & 7) === END_GROUP) throw new DecodeError(`proto: ${message}: wiretype end group for non-group`);
    const tag = Math.floor(key / 8) | 0;
    if (tag <= 0) throw new DecodeError(`proto: ${message}: illegal tag ${tag} (wire type ${key})`);
    return key;
  }

  double(): number {
    const at = this.advance(8);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset).getFloat64(at, true);
  }

  /** The next message, string or bytes. */
  inner(): Reader {
    const length = this.varint();
    const at = this.advance(length);
    return new Reader(this.bytes, at, at + length);
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }

  text(): string {
    const { at, end } = this.inner();
    // Short ASCII text is the rule, and made faster this way than by the decoder.
    if (end - at < 24) {
      let text = "";
      for (let i = at; i < end; i++) {
        const code = this.bytes[i]!;
        if (code > 127) return decoder.decode(this.bytes.subarray(at, end));
        text += String.fromCharCode(code);
      }
      return text;
    }
    return decoder.decode(this.bytes.subarray(at, end));
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH) this.inner();
    else if (wireType === FIXED64) this.advance(8);
    else if (wireType === FIXED32) this.advance(4);
    else if (wireType === GROUP) this.skipGroup();
    else if (wireType === END_GROUP) throw new DecodeError("proto: unexpected end of group");
    else throw new DecodeError(`proto: illegal wireType ${wireType}`);
  }

  /** All up to its end; what it has inside is not looked at. */
  private skipGroup(): void {
    for (let depth = 1; depth > 0;) {
      const wireType = this.varint() & 7;
      if (wireType === GROUP) depth++;
      else if (wireType === END_GROUP) depth--;
      else this.skip(wireType);
    }
  }

  private advance(length: number): number {
    const at = this.at;
    if (length < 0) throw new DecodeError("proto: negative length found during unmarshaling");
    if (at + length > this.end) throw new DecodeError("unexpected EOF");
    this.at = at + length;
    return at;
  }

  private byte(): number {
    if (this.at >= this.end) throw new DecodeError("unexpected EOF");
    return this.bytes[this.at++]!;
  }

  /** The varint between `from` and here. */
  private signed(from: number): bigint {
    let value = 0n;
    for (let i = this.at - 1; i >= from; i--) value = (value << 7n) | BigInt(this.bytes[i]! & 127);
    return BigInt.asIntN(64, value);
  }
}
