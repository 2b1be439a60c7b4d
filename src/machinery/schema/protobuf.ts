/**
 * Objects as `application/vnd.kubernetes.protobuf`, by the tags in their schemas.
 *
 * A stored object's message is made once and cached; a GET puts the envelope around it, a LIST writes it as an item.
 * Absent fields are not written, which readers cannot tell from Go's written zeros. Reading gives the JSON form,
 * which then goes through `decode` like JSON does, so empty values and defaults follow one rule.
 */
import type { Draft } from "../kind.ts";
import { decode } from "./decode.ts";
import { structName } from "./go-names.ts";
import { rawJson, SCALARS, text, wrapped, writeText } from "./protobuf-values.ts";
import type { WireValue } from "./protobuf-values.ts";
import type { Field, FreeSchema, MessageSchema, Schema } from "./schema.ts";
import { BackwardWriter, LENGTH, Reader, VARINT } from "./wire.ts";

/** The bytes of an object's message, without envelope. */
export function encodeMessage(schema: MessageSchema, object: object): Uint8Array {
  shared.reset();
  wireOf(schema).write(shared, object as Json);
  return shared.finish();
}

/** From a message's bytes to a fresh draft. Throws DecodeError where they are no such message. */
export function decodeMessage<T>(schema: MessageSchema<T>, bytes: Uint8Array, head: object = {}): Draft<T> {
  const value: Record<string, unknown> = { ...head };
  wireOf(schema).read(new Reader(bytes), value);
  return decode(schema, value);
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

const wires = new WeakMap<MessageSchema, Wire>();

function wireOf(schema: MessageSchema): Wire {
  let made = wires.get(schema);
  if (made === undefined) {
    made = messageWire(structName(schema.name), Object.entries(schema.fields), 0);
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

function messageWire(message: string, fields: readonly Named[], depth: number): Wire {
  const parts: Part[] = [];
  const inner = new Map<number, Named[]>();
  for (const named of fields) {
    const [name, field] = named;
    const embeddedIn = field.within?.[depth];
    if (embeddedIn !== undefined) inner.set(embeddedIn, [...(inner.get(embeddedIn) ?? []), named]);
    else if (field.tag > 0) parts.push(fieldPart(name, field));
  }
  for (const [tag, members] of inner) parts.push(embeddedPart(tag, messageWire(message, members, depth + 1)));
  const backward = parts.toSorted((a, b) => b.tag - a.tag);
  const byTag = new Map(parts.map((part) => [part.tag, part]));
  return {
    write(writer, object) {
      for (const part of backward) part.write(writer, object);
    },
    read(reader, into) {
      while (!reader.done) {
        const key = reader.fieldKey(message);
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
  if (schema.form === "list" && schema.named !== true) return listPart(name, tag, wireValue(schema.item));
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

/** Field 1 of a map's entry, a text. */
const MAP_KEY = 8 + LENGTH;

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
        if (head === MAP_KEY) key = entry.text();
        else if (Math.floor(head / 8) === 2 && (head & 7) === value.wireType) read = value.read(entry);
        else entry.skip(head & 7);
      }
      // An entry without value has the empty one; decode makes it from null.
      Object.defineProperty(map, key, { value: read ?? null, enumerable: true, configurable: true, writable: true });
    },
  };
}

function wireValue(schema: Schema): WireValue {
  switch (schema.form) {
    case "message":
      return lazyMessage(() => schema);
    case "list": {
      // A list where no list can be (in a map), or that has a type of its own, is a message with the items in field 1.
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
