/** What goes around messages: the envelope that names their type, and the headers of list items and watch events. */
import { writeText } from "./protobuf-values.ts";
import { BackwardWriter, LENGTH, Reader } from "./wire.ts";

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
  if (bytes.length === 0) throw new Error("empty data");
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw new Error("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  if (bytes.length === MAGIC.length) throw new Error("empty body");
  const reader = new Reader(bytes, MAGIC.length);
  let apiVersion = "";
  let kind = "";
  let raw: Uint8Array = new Uint8Array(0);
  while (!reader.done) {
    const key = reader.fieldKey("Unknown");
    if (key === FIRST) {
      const meta = reader.inner();
      while (!meta.done) {
        const inner = meta.fieldKey("TypeMeta");
        if (inner === FIRST) apiVersion = meta.text();
        else if (inner === SECOND) kind = meta.text();
        else meta.skip(inner & 7);
      }
    } else if (key === SECOND) raw = reader.inner().rest();
    else reader.skip(key & 7);
  }
  return { apiVersion, kind, raw };
}

const FIRST = 8 + LENGTH;
const SECOND = 16 + LENGTH;

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
