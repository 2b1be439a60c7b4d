import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { protobuf } from "./protobuf-wire.ts";

const codec = protobuf({
  Color: ["RED", "GREEN", "BLUE"],
  Point: { x: "1 int32", y: "2 int64", label: "3 string", color: "4 Color", at: "5 nanos" },
  Shape: {
    points: "1 repeated Point",
    names: "2 repeated string",
    numbers: "3 repeated int32",
    labels: "4 map",
    center: "5 Point",
    width: "6 wrapped int64",
    data: "7 bytes",
    closed: "8 bool",
  },
  Newer: { x: "1 int32", extra: "20 string", more: "21 Point", z: "2 int64" },
});
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

for (const { rule, bytes, expected } of [
  { rule: "an empty message has no bytes", bytes: codec.encode("Point", {}), expected: "" },
  { rule: "empty scalars are left out", bytes: codec.encode("Point", { x: 0, label: "", color: "RED" }), expected: "" },
  { rule: "a varint", bytes: codec.encode("Point", { x: 300 }), expected: "08ac02" },
  {
    rule: "a negative number takes ten bytes",
    bytes: codec.encode("Point", { x: -1 }),
    expected: "08ffffffffffffffffff01",
  },
  { rule: "text with its length", bytes: codec.encode("Point", { label: "hi" }), expected: "1a026869" },
  { rule: "an enum by its number", bytes: codec.encode("Point", { color: "BLUE" }), expected: "2002" },
  { rule: "a map as entries", bytes: codec.encode("Shape", { labels: { a: "b" } }), expected: "22060a0161120162" },
  { rule: "an empty message that is there", bytes: codec.encode("Shape", { center: {} }), expected: "2a00" },
  { rule: "a wrapped zero is there", bytes: codec.encode("Shape", { width: 0 }), expected: "3200" },
  { rule: "a wrapped number", bytes: codec.encode("Shape", { width: 5 }), expected: "32020805" },
]) {
  test(`encodes ${rule}`, () => assert.equal(hex(bytes), expected));
}

for (const { rule, bytes, error } of [
  { rule: "a number that is cut", bytes: "08ff", error: /unexpected EOF/ },
  { rule: "text that is cut", bytes: "1a0568", error: /unexpected EOF/ },
  { rule: "a wire type nobody knows", bytes: "9f01", error: /illegal wireType 7/ },
]) {
  test(`refuses ${rule}`, () => assert.throws(() => codec.decode("Point", Buffer.from(bytes, "hex")), error));
}

test("absent scalars decode to their empty value, absent messages to undefined", () => {
  assert.deepEqual(codec.decode("Shape", new Uint8Array(0)), {
    points: [],
    names: [],
    numbers: [],
    labels: {},
    center: undefined,
    width: undefined,
    data: new Uint8Array(0),
    closed: false,
  });
});

test("numbers may come packed or one by one", () => {
  for (const bytes of ["1a03010203", "180118021803"]) {
    assert.deepEqual(codec.decode("Shape", Buffer.from(bytes, "hex")).numbers, [1, 2, 3]);
  }
});

test("fields of a newer sender are skipped", () => {
  const bytes = codec.encode("Newer", { x: 7, extra: "later", more: { x: 1 }, z: -9 });
  assert.deepEqual(codec.decode("Point", bytes), { x: 7, y: -9, label: "", color: "RED", at: 0 });
});

test("nanoseconds on the wire are milliseconds here", () => {
  const at = Date.UTC(2026, 0, 1) + 123;
  assert.equal(codec.decode("Point", codec.encode("Point", { at })).at, at);
});

test("an enum value that has no name is no name of another", () => {
  assert.throws(() => codec.encode("Point", { color: "PINK" as "RED" }), /none of RED, GREEN, BLUE/);
});

test("what is encoded decodes to the same", () => {
  const point = fc.record(
    {
      x: fc.integer(),
      y: fc.maxSafeInteger(),
      label: fc.string({ unit: "grapheme" }),
      color: fc.constantFrom("RED" as const, "GREEN" as const, "BLUE" as const),
      at: fc.constant(0),
    },
    { noNullPrototype: true },
  );
  const shape = fc.record(
    {
      points: fc.array(point),
      names: fc.array(fc.string()),
      numbers: fc.array(fc.integer()),
      labels: fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        fc.string(),
        { noNullPrototype: true },
      ),
      center: fc.option(point, { nil: undefined }),
      width: fc.option(fc.maxSafeInteger(), { nil: undefined }),
      data: fc.uint8Array(),
      closed: fc.boolean(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(shape, (value) => assert.deepEqual(codec.decode("Shape", codec.encode("Shape", value)), value)),
  );
});
