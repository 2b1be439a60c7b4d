/** Single values in protobuf: how each scalar form of a schema is written (backwards) and read. */
import { fromBase64, toBase64 } from "../base64.ts";
import { fromJson, toJson } from "../exact-json.ts";
import { formatTime, parseTime } from "../time.ts";
import { FIXED64, LENGTH, VARINT } from "./wire.ts";
import type { BackwardWriter, Reader } from "./wire.ts";

/** One value with its key; `read` gives undefined for a wire type that does not fit. */
export interface WireValue {
  readonly wireType: number;
  write(writer: BackwardWriter, value: unknown): void;
  read(reader: Reader): unknown;
}

/** A text field with its key. */
export function writeText(writer: BackwardWriter, tag: number, text: string): void {
  const { position } = writer;
  writer.text(text);
  writer.header(tag, position);
}

/** A value that is a message on the wire: `fill` writes its fields, `read` reads them. */
export function wrapped(
  fill: (writer: BackwardWriter, value: unknown) => void,
  read: (reader: Reader) => unknown,
): WireValue {
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
export const text: WireValue = {
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
export const rawJson = wrapped(
  (writer, value) => writeText(writer, 1, toJson(value)),
  (reader) => {
    const raw = fields(reader).get(1);
    return raw === undefined || raw === "" ? null : fromJson(String(raw));
  },
);

export const SCALARS: Readonly<Record<string, WireValue>> = {
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
