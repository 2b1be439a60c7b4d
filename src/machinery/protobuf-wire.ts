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
import { BackwardWriter, LENGTH, Reader, VARINT } from "./schema/wire.ts";

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
      const writer = new BackwardWriter();
      writeMessage(writer, message(name), value as Values);
      return writer.finish();
    },
    decode(name, bytes) {
      return readMessage(new Reader(bytes), message(name)) as Decoded<T, typeof name>;
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

/** From the last field to the first: see {@link BackwardWriter}. */
function writeMessage(writer: BackwardWriter, message: Message, value: Values): void {
  for (let i = message.fields.length - 1; i >= 0; i--) {
    const { name, tag, kind } = message.fields[i]!;
    const field = value[name];
    if (field === undefined || field === null) continue;
    if (kind.form === "repeated") writeItems(writer, tag, kind.item, field as readonly unknown[]);
    else if (kind.form === "map") writeEntries(writer, tag, field as Record<string, string>);
    else if (!isEmpty(kind, field)) writeField(writer, tag, kind, field);
  }
}

function writeItems(writer: BackwardWriter, tag: number, item: Kind, items: readonly unknown[]): void {
  for (let i = items.length - 1; i >= 0; i--) writeField(writer, tag, item, items[i]);
}

function writeEntries(writer: BackwardWriter, tag: number, map: Readonly<Record<string, string>>): void {
  for (const [key, text] of Object.entries(map).toReversed()) {
    const end = writer.position;
    writeText(writer, 2, text);
    writeText(writer, 1, key);
    writer.header(tag, end);
  }
}

function writeText(writer: BackwardWriter, tag: number, text: string): void {
  const end = writer.position;
  writer.text(text);
  writer.header(tag, end);
}

/** proto3 leaves empty scalars out; messages and wrapped values are written whenever they are there. */
function isEmpty(kind: Kind, value: unknown): boolean {
  if (kind.form === "message" || kind.form === "wrapped") return false;
  if (kind.form === "enum") return value === kind.names[0];
  if (kind.form === "bytes") return (value as Uint8Array).length === 0;
  return value === 0 || value === "" || value === false;
}

function writeField(writer: BackwardWriter, tag: number, kind: Kind, value: unknown): void {
  const end = writer.position;
  switch (kind.form) {
    case "message":
      writeMessage(writer, kind.message(), value as Values);
      return writer.header(tag, end);
    case "wrapped":
      if (!isEmpty(kind.item, value)) writeField(writer, 1, kind.item, value);
      return writer.header(tag, end);
    case "string":
      return writeText(writer, tag, value as string);
    case "bytes":
      writer.raw(value as Uint8Array);
      return writer.header(tag, end);
    default:
      writer.varint(numberOf(kind, value));
      return writer.key(tag, VARINT);
  }
}

function numberOf(kind: Kind, value: unknown): number {
  if (kind.form === "bool") return value ? 1 : 0;
  if (kind.form === "nanos") return Math.round((value as number) * 1e6);
  if (kind.form !== "enum") return value as number;
  const number = kind.names.indexOf(value as string);
  if (number < 0) throw new Error(`${String(value)} is none of ${kind.names.join(", ")}`);
  return number;
}

function readMessage(reader: Reader, message: Message): Values {
  const value: Record<string, unknown> = {};
  for (const { name, kind } of message.fields) value[name] = emptyOf(kind);
  while (!reader.done) {
    const { tag, wireType } = keyOf(reader);
    const field = message.byTag.get(tag);
    if (!field) reader.skip(wireType);
    else if (field.kind.form === "repeated")
      readItems(reader, wireType, field.kind.item, value[field.name] as unknown[]);
    else if (field.kind.form === "map") readEntry(reader.inner(), value[field.name] as Record<string, string>);
    else value[field.name] = readValue(reader, field.kind);
  }
  return value;
}

function keyOf(reader: Reader): { tag: number; wireType: number } {
  const key = reader.varint();
  return { tag: Math.floor(key / 8), wireType: key & 7 };
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
function readItems(reader: Reader, wireType: number, item: Kind, into: unknown[]): void {
  const isNumber = item.form === "enum" || WIRE_TYPES[item.form as ScalarForm] === VARINT;
  if (!isNumber || wireType !== LENGTH) {
    into.push(readValue(reader, item));
    return;
  }
  const packed = reader.inner();
  while (!packed.done) into.push(readValue(packed, item));
}

function readEntry(entry: Reader, into: Record<string, string>): void {
  let key = "";
  let text = "";
  while (!entry.done) {
    const { tag, wireType } = keyOf(entry);
    if (tag === 1) key = entry.text();
    else if (tag === 2) text = entry.text();
    else entry.skip(wireType);
  }
  into[key] = text;
}

function readValue(reader: Reader, kind: Kind): unknown {
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
      return reader.inner().rest();
    case "bool":
      return reader.varint() !== 0;
    case "nanos":
      return Math.floor(reader.varint() / 1e6);
    default:
      return reader.varint();
  }
}

function readWrapped(reader: Reader, item: Kind): unknown {
  let value = emptyOf(item);
  while (!reader.done) {
    const { tag, wireType } = keyOf(reader);
    if (tag === 1) value = readValue(reader, item);
    else reader.skip(wireType);
  }
  return value;
}
