/**
 * Objects as `application/vnd.kubernetes.protobuf`, by the tags in their schemas.
 *
 * A stored object's message is made once and cached; a GET puts the envelope around it, a LIST writes it as an item.
 * Absent fields are not written, which readers cannot tell from Go's written zeros. Reading gives the JSON form,
 * which then goes through `decode` like JSON does, so empty values and defaults follow one rule.
 */
import { fromJson, toJson } from "../exact-json.ts";
import { fromBase64, toBase64 } from "../base64.ts";
import { decode } from "./decode.ts";
import type { Draft } from "../kind.ts";
import { formatTime, parseTime } from "../time.ts";
import type { Field, FreeSchema, MessageSchema, Schema } from "./schema.ts";
import { BackwardWriter, FIXED64, LENGTH, Reader, VARINT } from "./wire.ts";

/** The bytes of an object's message, without envelope. */
export function encodeMessage(schema: MessageSchema, object: object): Uint8Array {
  shared.reset();
  wireOf(schema).write(shared, object as Json);
  return shared.finish();
}

/** From a message's bytes to a fresh draft. Throws where they are no such message. */
export function decodeMessage<T>(schema: MessageSchema<T>, bytes: Uint8Array, head: object = {}): Draft<T> {
  const value: Record<string, unknown> = { ...head };
  wireOf(schema).read(new Reader(bytes), value);
  return decode(schema, value);
}

const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/** `k8s\0` and an Unknown message that says what the bytes are. */
export function envelope(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const writer = new BackwardWriter(raw.length + apiVersion.length + kind.length + 32);
  writeText(writer, 4, "");
  writeText(writer, 3, "");
  const end = writer.position;
  writer.raw(raw);
  writer.header(2, end);
  const meta = writer.position;
  writeText(writer, 2, kind);
  writeText(writer, 1, apiVersion);
  writer.header(1, meta);
  writer.raw(MAGIC);
  return writer.finish();
}

export interface Unknown {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** Takes the envelope off. Throws where there is none. */
export function openEnvelope(bytes: Uint8Array): Unknown {
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw new Error("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const reader = new Reader(bytes, MAGIC.length);
  let apiVersion = "";
  let kind = "";
  let raw: Uint8Array = new Uint8Array(0);
  while (!reader.done) {
    const key = reader.varint();
    if (key === key1) {
      const meta = reader.inner();
      while (!meta.done) {
        const inner = meta.varint();
        if (inner === key1) apiVersion = meta.text();
        else if (inner === key2) kind = meta.text();
        else meta.skip(inner & 7);
      }
    } else if (key === key2) raw = reader.inner().rest();
    else reader.skip(key & 7);
  }
  return { apiVersion, kind, raw };
}

const key1 = 8 + LENGTH;
const key2 = 16 + LENGTH;

/** The header before each item of a list message (`items` has tag 2 in all of them). */
export function itemHeader(length: number): Uint8Array {
  const writer = new BackwardWriter(12);
  writer.varint(length);
  writer.key(2, LENGTH);
  return writer.finish();
}

/** One event of a protobuf watch: four bytes of length, then a WatchEvent around an object in its envelope. */
export function watchFrame(type: string, object: Uint8Array): Uint8Array {
  const writer = new BackwardWriter(object.length + type.length + 32);
  writer.raw(object);
  writer.header(1, 0);
  writer.header(2, 0);
  writeText(writer, 1, type);
  const { position } = writer;
  writer.raw(Uint8Array.of(position >>> 24, position >>> 16, position >>> 8, position));
  return writer.finish();
}

type Json = Readonly<Record<string, unknown>>;
type Out = Record<string, unknown>;

/** One buffer for all messages of this thread: writing never waits in the middle. */
const shared = new BackwardWriter(64 * 1024);

/** A message as it lies on the wire; an embedded one writes and reads the object it is embedded in. */
interface Wire {
  write(writer: BackwardWriter, object: Json): void;
  read(reader: Reader, into: Out): void;
}

/** One value with its key; `read` gives undefined for a wire type that does not fit. */
interface WireValue {
  readonly wireType: number;
  write(writer: BackwardWriter, value: unknown): void;
  read(reader: Reader): unknown;
}

const wires = new WeakMap<MessageSchema, Wire>();

function wireOf(schema: MessageSchema): Wire {
  let made = wires.get(schema);
  if (made === undefined) {
    made = messageWire(Object.entries(schema.fields), 0);
    wires.set(schema, made);
  }
  return made;
}

type Named = readonly [string, Field];

interface Part {
  readonly tag: number;
  write(writer: BackwardWriter, object: Json): void;
  read(reader: Reader, wireType: number, into: Out): void;
}

function messageWire(fields: readonly Named[], depth: number): Wire {
  const parts: Part[] = [];
  const inner = new Map<number, Named[]>();
  for (const named of fields) {
    const [name, field] = named;
    const embeddedIn = field.within?.[depth];
    if (embeddedIn !== undefined) inner.set(embeddedIn, [...(inner.get(embeddedIn) ?? []), named]);
    else if (field.tag > 0) parts.push(fieldPart(name, field));
  }
  for (const [tag, members] of inner) parts.push(embeddedPart(tag, messageWire(members, depth + 1)));
  const backward = parts.toSorted((a, b) => b.tag - a.tag);
  const byTag = new Map(parts.map((part) => [part.tag, part]));
  return {
    write(writer, object) {
      for (const part of backward) part.write(writer, object);
    },
    read(reader, into) {
      while (!reader.done) {
        const key = reader.varint();
        const part = byTag.get(Math.floor(key / 8));
        if (part === undefined) reader.skip(key & 7);
        else part.read(reader, key & 7, into);
      }
    },
  };
}

function embeddedPart(tag: number, wire: Wire): Part {
  return {
    tag,
    write(writer, object) {
      const { position } = writer;
      wire.write(writer, object);
      writer.header(tag, position);
    },
    read(reader, wireType, into) {
      if (wireType === LENGTH) wire.read(reader.inner(), into);
      else reader.skip(wireType);
    },
  };
}

function fieldPart(name: string, { tag, schema }: Field): Part {
  if (schema.form === "map") return mapPart(name, tag, wireValue(schema.value));
  if (schema.form === "list") return listPart(name, tag, wireValue(schema.item));
  const value = wireValue(schema);
  return {
    tag,
    write(writer, object) {
      const given = object[name];
      if (given === undefined || given === null) return;
      value.write(writer, given);
      writer.key(tag, value.wireType);
    },
    read(reader, wireType, into) {
      if (wireType === value.wireType) into[name] = value.read(reader);
      else reader.skip(wireType);
    },
  };
}

function listPart(name: string, tag: number, item: WireValue): Part {
  return {
    tag,
    write(writer, object) {
      const items = object[name];
      if (!Array.isArray(items)) return;
      for (let i = items.length - 1; i >= 0; i--) {
        item.write(writer, items[i]);
        writer.key(tag, item.wireType);
      }
    },
    read(reader, wireType, into) {
      const items = (into[name] ??= []) as unknown[];
      if (wireType === item.wireType) items.push(item.read(reader));
      else if (wireType === LENGTH) {
        const packed = reader.inner();
        while (!packed.done) items.push(item.read(packed));
      } else reader.skip(wireType);
    },
  };
}

function mapPart(name: string, tag: number, value: WireValue): Part {
  return {
    tag,
    write(writer, object) {
      const map = object[name];
      if (typeof map !== "object" || map === null) return;
      // Sorted as Go does, so that the same object has the same bytes.
      for (const key of Object.keys(map).toSorted().toReversed()) {
        const { position } = writer;
        value.write(writer, (map as Json)[key]);
        writer.key(2, value.wireType);
        writeText(writer, 1, key);
        writer.header(tag, position);
      }
    },
    read(reader, wireType, into) {
      if (wireType !== LENGTH) return reader.skip(wireType);
      const map = (into[name] ??= {}) as Out;
      const entry = reader.inner();
      let key = "";
      let read: unknown;
      while (!entry.done) {
        const head = entry.varint();
        if (head === key1) key = entry.text();
        else if (Math.floor(head / 8) === 2 && (head & 7) === value.wireType) read = value.read(entry);
        else entry.skip(head & 7);
      }
      // An entry without value has the empty one; decode makes it from null.
      Object.defineProperty(map, key, { value: read ?? null, enumerable: true, configurable: true, writable: true });
    },
  };
}

function writeText(writer: BackwardWriter, tag: number, text: string): void {
  const { position } = writer;
  writer.text(text);
  writer.header(tag, position);
}

/** A value that is a message on the wire: `fill` writes its fields, `read` reads them. */
function wrapped(fill: (writer: BackwardWriter, value: unknown) => void, read: (reader: Reader) => unknown): WireValue {
  return {
    wireType: LENGTH,
    write(writer, value) {
      const { position } = writer;
      fill(writer, value);
      writer.varint(writer.position - position);
    },
    read: (reader) => read(reader.inner()),
  };
}

const number: WireValue = {
  wireType: VARINT,
  write: (writer, value) => writer.varint(value as number),
  read: (reader) => reader.varint(),
};
const long: WireValue = {
  wireType: VARINT,
  write: (writer, value) => writer.varint(value as number | bigint),
  read: (reader) => reader.exactVarint(),
};
const bool: WireValue = {
  wireType: VARINT,
  write: (writer, value) => writer.varint(value === true ? 1 : 0),
  read: (reader) => reader.varint() !== 0,
};
const double: WireValue = {
  wireType: FIXED64,
  write: (writer, value) => writer.double(value as number),
  read: (reader) => reader.double(),
};
const text: WireValue = {
  wireType: LENGTH,
  write(writer, value) {
    const { position } = writer;
    writer.text(value as string);
    writer.varint(writer.position - position);
  },
  read: (reader) => reader.text(),
};
const bytes = wrapped(
  (writer, value) => writer.raw(fromBase64(value as string)),
  (reader) => toBase64(reader.rest()),
);
const quantity = wrapped(
  (writer, value) => writeText(writer, 1, String(value)),
  (reader) => fields(reader).get(1) ?? "0",
);
const time = wrapped(writeTime, (reader) => {
  const read = fields(reader);
  return read.size === 0 ? null : formatTime(Number(read.get(1) ?? 0) * 1000);
});
const microTime = wrapped(writeTime, (reader) => {
  const read = fields(reader);
  return read.size === 0 ? null : microTimeFrom(Number(read.get(1) ?? 0), Number(read.get(2) ?? 0));
});
const intOrString = wrapped(
  (writer, value) => {
    const isText = typeof value === "string";
    writeText(writer, 3, isText ? value : "");
    writer.varint(isText ? 0 : (value as number));
    writer.key(2, VARINT);
    writer.varint(isText ? 1 : 0);
    writer.key(1, VARINT);
  },
  (reader) => {
    const read = fields(reader);
    return read.get(1) === 1 ? (read.get(3) ?? "") : (read.get(2) ?? 0);
  },
);
/** RawExtension, FieldsV1 and JSON alike: the JSON text in field 1. */
const rawJson = wrapped(
  (writer, value) => writeText(writer, 1, toJson(value)),
  (reader) => {
    const raw = fields(reader).get(1);
    return raw === undefined || raw === "" ? null : fromJson(String(raw));
  },
);

function wireValue(schema: Schema): WireValue {
  switch (schema.form) {
    case "message":
      return lazyMessage(() => schema);
    case "list": {
      // A list where no list can be (in a map) is a message with the items in field 1.
      const part = listPart("items", 1, wireValue(schema.item));
      return wrapped(
        (writer, value) => part.write(writer, { items: value }),
        (reader) => readMessage(partsWire(part), reader)["items"] ?? [],
      );
    }
    case "json":
      return schema.or === undefined ? rawJson : schemaOr(schema);
    default:
      return SCALARS[schema.form]!;
  }
}

/** Its table is made on first use, so that messages may contain themselves. */
function lazyMessage(schema: () => MessageSchema): WireValue {
  return wrapped(
    (writer, value) => wireOf(schema()).write(writer, value as Json),
    (reader) => readMessage(wireOf(schema()), reader),
  );
}

const SCALARS: Readonly<Record<string, WireValue>> = {
  string: text,
  bool,
  int32: number,
  int64: long,
  double,
  bytes,
  time,
  microTime,
  quantity,
  intOrString,
  rawExtension: rawJson,
  fieldsV1: rawJson,
};

/** JSONSchemaPropsOrBool is `{allows: 1, schema: 2}`; the ones with lists are `{schema: 1, items: 2}`. */
function schemaOr({ or, message }: FreeSchema): WireValue {
  const schemaTag = or === "bool" ? 2 : 1;
  const otherTag = 3 - schemaTag;
  const item = or === "array" ? lazyMessage(() => message!) : text;
  return wrapped(
    (writer, value) => {
      if (typeof value === "boolean") {
        writer.varint(value ? 1 : 0);
        return writer.key(1, VARINT);
      }
      if (Array.isArray(value)) {
        for (const each of value.toReversed()) {
          item.write(writer, each);
          writer.key(otherTag, LENGTH);
        }
        return;
      }
      const { position } = writer;
      wireOf(message!).write(writer, value as Json);
      writer.header(schemaTag, position);
      if (or !== "bool") return;
      writer.varint(1);
      writer.key(1, VARINT);
    },
    (reader) => {
      let value: unknown = or === "bool" ? false : [];
      while (!reader.done) {
        const key = reader.varint();
        if (key === schemaTag * 8 + LENGTH) return readMessage(wireOf(message!), reader.inner());
        if (key === 8 + VARINT) value = reader.varint() !== 0;
        else if (key === otherTag * 8 + LENGTH) (value as unknown[]).push(item.read(reader));
        else reader.skip(key & 7);
      }
      return value;
    },
  );
}

function readMessage(wire: Wire, reader: Reader): Out {
  const out: Out = {};
  wire.read(reader, out);
  return out;
}

function partsWire(part: Part): Wire {
  return {
    write: (writer, object) => part.write(writer, object),
    read(reader, into) {
      while (!reader.done) {
        const key = reader.varint();
        if (Math.floor(key / 8) === part.tag) part.read(reader, key & 7, into);
        else reader.skip(key & 7);
      }
    },
  };
}

/** The fields of a small message: numbers and texts by tag. */
function fields(reader: Reader): Map<number, number | string> {
  const found = new Map<number, number | string>();
  while (!reader.done) {
    const key = reader.varint();
    const wireType = key & 7;
    if (wireType === VARINT) found.set(Math.floor(key / 8), reader.varint());
    else if (wireType === LENGTH) found.set(Math.floor(key / 8), reader.text());
    else reader.skip(wireType);
  }
  return found;
}

/** No time (null, in a map) is a message without fields. */
function writeTime(writer: BackwardWriter, value: unknown): void {
  if (value === null) return;
  const milliseconds = parseTime(value as string);
  const seconds = Math.floor(milliseconds / 1000);
  // Micro times are the finest there are; the rest is what floating point adds.
  const nanos = Math.round((milliseconds - seconds * 1000) * 1000) * 1000;
  writer.varint(nanos);
  writer.key(2, VARINT);
  writer.varint(seconds);
  writer.key(1, VARINT);
}

function microTimeFrom(seconds: number, nanos: number): string {
  const micros = String(Math.floor(nanos / 1000)).padStart(6, "0");
  return `${formatTime(seconds * 1000).slice(0, -1)}.${micros}Z`;
}
