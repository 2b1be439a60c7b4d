/**
 * Protobuf (proto3) from tables: a message is a list of `name: "tag kind"`, and encoding, decoding and the
 * TypeScript types all follow from it.
 *
 * Worked example:
 *
 *     const codec = protobuf({
 *       Point: { x: "1 int32", y: "2 int32", label: "3 string", color: "4 Color" },
 *       Color: ["RED", "GREEN"],
 *     });
 *     codec.encode("Point", { x: 1, color: "GREEN" });       // 08 01 20 01
 *     codec.decode("Point", bytes).label;                    // "" where the sender left it out
 *
 * Kinds: the scalars of {@link Scalars}, `map` (string to string), `wrapped K` (a message whose only field 1 is of
 * kind K, and which may be absent), `repeated K`, the name of a message, the name of an enum (an array of names in
 * the order of their numbers). Decoding gives absent scalars, lists and maps their empty value, as proto3 says;
 * absent messages stay undefined. Unknown fields are skipped, so that newer senders are understood.
 *
 * 64-bit numbers are JavaScript numbers: exact to 2^53, rounded beyond. `nanos` is such a number in nanoseconds on
 * the wire and in milliseconds here.
 */
export type Tables = Readonly<Record<string, Fields | readonly string[]>>;
type Fields = Readonly<Record<string, string>>;

interface Scalars {
  string: string;
  bytes: Uint8Array;
  bool: boolean;
  int32: number;
  int64: number;
  uint32: number;
  uint64: number;
  nanos: number;
}

type KindOf<T> = T extends `${number} ${infer K}` ? K : never;

type Plain<T, K, Way> = K extends keyof Scalars
  ? Scalars[K]
  : K extends "map"
    ? Readonly<Record<string, string>>
    : K extends `repeated ${infer Item}`
      ? readonly Plain<T, Item, Way>[]
      : K extends `wrapped ${infer Item}`
        ? Plain<T, Item, Way>
        : K extends keyof T
          ? T[K] extends readonly (infer Name)[]
            ? Name
            : Way extends "in"
              ? Encodable<T, K>
              : Decoded<T, K>
          : never;

type MayBeAbsent<T, K> = K extends `wrapped ${string}`
  ? true
  : K extends keyof T
    ? T[K] extends readonly string[]
      ? false
      : true
    : false;

/** What {@link Codec.encode} takes for message `N`: every field may be left out. */
export type Encodable<T, N extends keyof T> = { readonly [F in keyof T[N]]?: Plain<T, KindOf<T[N][F]>, "in"> };

/** What {@link Codec.decode} gives for message `N`: only messages and wrapped values may be undefined. */
export type Decoded<T, N extends keyof T> = {
  readonly [F in keyof T[N]]: MayBeAbsent<T, KindOf<T[N][F]>> extends true
    ? Plain<T, KindOf<T[N][F]>, "out"> | undefined
    : Plain<T, KindOf<T[N][F]>, "out">;
};

export interface Codec<T extends Tables> {
  encode<N extends keyof T & string>(message: N, value: Encodable<T, N>): Uint8Array;
  /** Throws where the bytes are cut short or no protobuf. */
  decode<N extends keyof T & string>(message: N, bytes: Uint8Array): Decoded<T, N>;
}

/** A codec for the messages of `tables`. Give the tables `as const`-like (a literal), the types depend on it. */
export function protobuf<const T extends Tables>(tables: T): Codec<T> {
  const compiled = new Map<string, Message>();
  const message = (name: string): Message => {
    let found = compiled.get(name);
    if (!found) {
      found = { fields: [], byTag: new Map() };
      compiled.set(name, found);
      for (const [field, text] of Object.entries(tables[name] as Fields)) {
        const space = text.indexOf(" ");
        const entry = { name: field, tag: Number(text.slice(0, space)), kind: kindOf(text.slice(space + 1)) };
        found.fields.push(entry);
        found.byTag.set(entry.tag, entry);
      }
    }
    return found;
  };
  const kindOf = (text: string): Kind => {
    if (text.startsWith("repeated ")) return { form: "repeated", item: kindOf(text.slice(9)) };
    if (text.startsWith("wrapped ")) return { form: "wrapped", item: kindOf(text.slice(8)) };
    if (text === "map" || text in WIRE_TYPES) return { form: text as ScalarForm | "map" };
    const table = tables[text];
    if (!table) throw new Error(`no message or enum ${text} in the tables`);
    if (Array.isArray(table)) return { form: "enum", names: table as readonly string[] };
    return { form: "message", message: () => message(text) };
  };
  return {
    encode(name, value) {
      const writer = new WireWriter();
      writeMessage(writer, message(name), value as Values);
      return writer.finish();
    },
    decode(name, bytes) {
      return readMessage(new WireReader(bytes), message(name)) as Decoded<T, typeof name>;
    },
  };
}

type ScalarForm = keyof Scalars;
type Values = Readonly<Record<string, unknown>>;
interface Message {
  readonly fields: FieldEntry[];
  readonly byTag: Map<number, FieldEntry>;
}
interface FieldEntry {
  readonly name: string;
  readonly tag: number;
  readonly kind: Kind;
}
type Kind =
  | { readonly form: ScalarForm | "map" }
  | { readonly form: "repeated" | "wrapped"; readonly item: Kind }
  | { readonly form: "enum"; readonly names: readonly string[] }
  | { readonly form: "message"; readonly message: () => Message };

const VARINT = 0;
const LENGTH = 2;
const WIRE_TYPES: Record<ScalarForm, number> = {
  string: LENGTH,
  bytes: LENGTH,
  bool: VARINT,
  int32: VARINT,
  int64: VARINT,
  uint32: VARINT,
  uint64: VARINT,
  nanos: VARINT,
};

function writeMessage(writer: WireWriter, message: Message, value: Values): void {
  for (const { name, tag, kind } of message.fields) {
    const field = value[name];
    if (field === undefined || field === null) continue;
    if (kind.form === "repeated") {
      for (const item of field as readonly unknown[]) writeField(writer, tag, kind.item, item);
    } else if (kind.form === "map") {
      for (const [key, text] of Object.entries(field as Record<string, string>)) {
        writer.nested(tag, (entry) => {
          entry.text(1, key);
          entry.text(2, text);
        });
      }
    } else if (!isEmpty(kind, field)) {
      writeField(writer, tag, kind, field);
    }
  }
}

/** proto3 leaves empty scalars out; messages and wrapped values are written whenever they are there. */
function isEmpty(kind: Kind, value: unknown): boolean {
  if (kind.form === "message" || kind.form === "wrapped") return false;
  if (kind.form === "enum") return value === kind.names[0];
  if (kind.form === "bytes") return (value as Uint8Array).length === 0;
  return value === 0 || value === "" || value === false;
}

function writeField(writer: WireWriter, tag: number, kind: Kind, value: unknown): void {
  switch (kind.form) {
    case "message":
      return writer.nested(tag, (inner) => writeMessage(inner, kind.message(), value as Values));
    case "wrapped":
      return writer.nested(tag, (inner) => {
        if (!isEmpty(kind.item, value)) writeField(inner, 1, kind.item, value);
      });
    case "enum": {
      const number = kind.names.indexOf(value as string);
      if (number < 0) throw new Error(`${String(value)} is none of ${kind.names.join(", ")}`);
      return writer.varint(tag, number);
    }
    case "string":
      return writer.text(tag, value as string);
    case "bytes":
      return writer.bytes(tag, value as Uint8Array);
    case "bool":
      return writer.varint(tag, value ? 1 : 0);
    case "nanos":
      return writer.varint(tag, Math.round((value as number) * 1e6));
    default:
      return writer.varint(tag, value as number);
  }
}

function readMessage(reader: WireReader, message: Message): Values {
  const value: Record<string, unknown> = {};
  for (const { name, kind } of message.fields) value[name] = emptyOf(kind);
  while (!reader.done) {
    const { tag, wireType } = reader.key();
    const field = message.byTag.get(tag);
    if (!field) reader.skip(wireType);
    else if (field.kind.form === "repeated")
      readItems(reader, wireType, field.kind.item, value[field.name] as unknown[]);
    else if (field.kind.form === "map") readEntry(reader.inner(), value[field.name] as Record<string, string>);
    else value[field.name] = readValue(reader, field.kind);
  }
  return value;
}

function emptyOf(kind: Kind): unknown {
  switch (kind.form) {
    case "repeated":
      return [];
    case "map":
      return {};
    case "enum":
      return kind.names[0];
    case "string":
      return "";
    case "bytes":
      return NO_BYTES;
    case "bool":
      return false;
    case "message":
    case "wrapped":
      return undefined;
    default:
      return 0;
  }
}

const NO_BYTES = new Uint8Array(0);

/** Numbers may come packed, several in one field, or one by one. */
function readItems(reader: WireReader, wireType: number, item: Kind, into: unknown[]): void {
  const isNumber = item.form === "enum" || WIRE_TYPES[item.form as ScalarForm] === VARINT;
  if (!isNumber || wireType !== LENGTH) {
    into.push(readValue(reader, item));
    return;
  }
  const packed = reader.inner();
  while (!packed.done) into.push(readValue(packed, item));
}

function readEntry(entry: WireReader, into: Record<string, string>): void {
  let key = "";
  let text = "";
  while (!entry.done) {
    const { tag, wireType } = entry.key();
    if (tag === 1) key = entry.text();
    else if (tag === 2) text = entry.text();
    else entry.skip(wireType);
  }
  into[key] = text;
}

function readValue(reader: WireReader, kind: Kind): unknown {
  switch (kind.form) {
    case "message":
      return readMessage(reader.inner(), kind.message());
    case "wrapped":
      return readWrapped(reader.inner(), kind.item);
    case "enum": {
      const number = reader.varint();
      return kind.names[number] ?? String(number);
    }
    case "string":
      return reader.text();
    case "bytes":
      return reader.bytes();
    case "bool":
      return reader.varint() !== 0;
    case "nanos":
      return Math.floor(reader.varint() / 1e6);
    default:
      return reader.varint();
  }
}

function readWrapped(reader: WireReader, item: Kind): unknown {
  let value = emptyOf(item);
  while (!reader.done) {
    const { tag, wireType } = reader.key();
    if (tag === 1) value = readValue(reader, item);
    else reader.skip(wireType);
  }
  return value;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes fields one after the other into a buffer that grows. */
export class WireWriter {
  #buffer = new Uint8Array(256);
  #at = 0;

  varint(tag: number, value: number): void {
    this.#number(tag * 8 + VARINT);
    this.#number(value);
  }

  text(tag: number, value: string): void {
    this.bytes(tag, encoder.encode(value));
  }

  bytes(tag: number, value: Uint8Array): void {
    this.#number(tag * 8 + LENGTH);
    this.#number(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** A message inside this one, written by `write`. */
  nested(tag: number, write: (inner: WireWriter) => void): void {
    const inner = new WireWriter();
    write(inner);
    this.bytes(tag, inner.finish());
  }

  /** What was written; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Negative numbers take ten bytes (two's complement in 64 bits), as protobuf has it. */
  #number(value: number): void {
    this.#reserve(10);
    if (value < 0 || value > Number.MAX_SAFE_INTEGER) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#buffer[this.#at++] = Number(rest & 127n) | 128;
      this.#buffer[this.#at++] = Number(rest);
      return;
    }
    for (; value > 127; value = Math.floor(value / 128)) this.#buffer[this.#at++] = (value % 128) | 128;
    this.#buffer[this.#at++] = value;
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#at + more));
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}

/** Reads fields one after the other; every method throws where the bytes end too early. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  key(): { tag: number; wireType: number } {
    const key = this.varint();
    return { tag: Math.floor(key / 8), wireType: key & 7 };
  }

  /** Signed: what is above 2^63 on the wire is negative. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      // The tenth byte, and a set 64th bit with it, comes only with negative numbers.
      if (i === 9) return this.#negative(this.#at - 10);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new Error("a protobuf number is longer than ten bytes");
  }

  bytes(): Uint8Array {
    const length = this.varint();
    if (length < 0 || this.#at + length > this.#bytes.length) throw new Error("a protobuf message is cut short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  inner(): WireReader {
    return new WireReader(this.bytes());
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH) this.bytes();
    else if (wireType === 1 || wireType === 5) {
      this.#at += wireType === 1 ? 8 : 4;
      if (this.#at > this.#bytes.length) throw new Error("a protobuf message is cut short");
    } else throw new Error(`protobuf wire type ${wireType} is not known`);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error("a protobuf message is cut short");
    return byte;
  }

  #negative(from: number): number {
    let value = 0n;
    for (let i = 9; i >= 0; i--) value = (value << 7n) | BigInt(this.#bytes[from + i]! & 127);
    return Number(BigInt.asIntN(64, value));
  }
}
