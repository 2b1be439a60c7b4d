import assert from "node:assert/strict";
import { test } from "node:test";
import { defineKind } from "../define-kind.ts";
import { field, int32, message, string } from "./builders.ts";
import { decodeObject, decodeObjectMessage, decodeObjectText, jsonBody, jsonHead, protobufBody } from "./kind-codec.ts";
import type { Encoded } from "./kind-codec.ts";

const Spec = message("t.v1.Spec", { size: field(1, int32().default(3)), label: field(2, string()) });
const Widget = defineKind({
  group: "example.com",
  version: "v1",
  kind: "Widget",
  definition: "com.example.v1.Widget",
  names: { plural: "widgets" },
  scope: "Namespaced",
  fields: { spec: field(2, Spec).always() },
  defaults({ spec }) {
    spec.label ??= `size ${spec.size}`;
  },
});

const text = `{"kind":"Widget","spec":{},"apiVersion":"example.com/v1","metadata":{"name":"w"}}`;
const whole = {
  kind: "Widget",
  apiVersion: "example.com/v1",
  metadata: { name: "w" },
  spec: { size: 3, label: "size 3" },
};

test("an object has the defaults of its fields first, then those that follow from them", () => {
  assert.deepEqual(decodeObject(Widget, JSON.parse(text)), whole);
  assert.deepEqual(decodeObjectText(Widget, text, true), { object: whole, problems: [] });
});

const entry = (): Encoded => ({ object: decodeObject(Widget, JSON.parse(text)), encodings: new Map() });
const decoder = new TextDecoder();

test("a GET is the head and the body", () => {
  const answer = decoder.decode(jsonHead(Widget)) + decoder.decode(jsonBody(entry()));
  assert.deepEqual(JSON.parse(answer), whole);
  assert.match(answer, /^\{"kind":"Widget","apiVersion":"example.com\/v1","metadata":\{/);
});

test("an item of a LIST is a brace and the body", () => {
  const { kind: _k, apiVersion: _v, ...item } = whole;
  assert.deepEqual(JSON.parse(`{${decoder.decode(jsonBody(entry()))}`), item);
});

test("bytes are made once", () => {
  const stored = entry();
  assert.equal(jsonBody(stored), jsonBody(stored));
  assert.equal(protobufBody(Widget, stored), protobufBody(Widget, stored));
});

test("a protobuf message is a whole object again", () => {
  assert.deepEqual(decodeObjectMessage(Widget, protobufBody(Widget, entry())), whole);
});
