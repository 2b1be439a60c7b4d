/** Messages of protobuf without their schema, for tests that look at field numbers. */
import { Reader, VARINT } from "../../schema/wire.ts";

/** A message as `[number, content]`, its bytes read as text or as a message the way the expected value is one. */
export type Content = string | number | readonly (readonly [number, Content])[];

export function read(bytes: Uint8Array, like: Content | undefined): Content {
  if (!Array.isArray(like)) return new TextDecoder().decode(bytes);
  const found: [number, Content][] = [];
  const reader = new Reader(bytes);
  while (!reader.done) {
    const key = reader.varint();
    const expected = like[found.length] as readonly [number, Content] | undefined;
    found.push([key >> 3, (key & 7) === VARINT ? reader.varint() : read(reader.inner().rest(), expected?.[1])]);
  }
  return found;
}

/** The content of the first field of this number; undefined where there is none. */
export function fieldOf(bytes: Uint8Array, field: number, like: Content): Content | undefined {
  const reader = new Reader(bytes);
  while (!reader.done) {
    const key = reader.varint();
    if (key >> 3 === field) return read(reader.inner().rest(), like);
    reader.skip(key & 7);
  }
  return undefined;
}
