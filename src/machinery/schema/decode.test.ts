import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  bytes,
  field,
  int32,
  intOrString,
  json,
  list,
  map,
  message,
  microTime,
  quantity,
  string,
  time,
} from "./builders.ts";
import { decode, decodeText } from "./decode.ts";

const Part = message("t.v1.Part", { name: field(1, string()).required(), size: field(2, int32().default(7)) });
const Spec = message("t.v1.Spec", {
  text: field(1, string()),
  pointer: field(2, int32()).keepEmpty(),
  always: field(3, int32()).always(),
  mode: field(4, string().enum("A", "B").default("A")),
  parts: field(5, list(Part).mapKey("name")),
  nullable: field(6, list(string())).orNull(),
  labels: field(7, map(string())),
  part: field(8, Part),
  when: field(9, time()),
  exactly: field(10, microTime()),
  cpu: field(11, quantity()),
  port: field(12, intOrString()),
  raw: field(13, bytes()),
  any: field(14, json()),
  on: field(15, bool()),
});
const Thing = message("t.v1.Thing", { spec: field(1, Spec) });

const rest = { always: 0, mode: "A", nullable: null };

for (const { rule, given, kept } of [
  { rule: "an empty value is as good as absent", given: { text: "", on: false, parts: [], labels: {} }, kept: {} },
  { rule: "a pointer keeps its zero", given: { pointer: 0 }, kept: { pointer: 0 } },
  { rule: "an empty value gets the default", given: { mode: "" }, kept: {} },
  { rule: "an empty list is as good as none, also where none is written", given: { nullable: [] }, kept: {} },
  { rule: "null is absent", given: { text: null, parts: null, part: null, always: null }, kept: {} },
  { rule: "an empty message is there, with its defaults", given: { part: {} }, kept: { part: { name: "", size: 7 } } },
  { rule: "null in a list is an empty item", given: { parts: [null] }, kept: { parts: [{ name: "", size: 7 }] } },
  { rule: "null in a map is an empty value", given: { labels: { a: null } }, kept: { labels: { a: "" } } },
  {
    rule: "a time loses its fraction and comes to UTC",
    given: { when: "2024-03-01T01:00:00.5+02:00" },
    kept: { when: "2024-02-29T23:00:00Z" },
  },
  {
    rule: "a micro time keeps six decimals",
    given: { exactly: "2024-03-01T01:00:00.123456+01:00" },
    kept: { exactly: "2024-03-01T00:00:00.123456Z" },
  },
  { rule: "a quantity becomes canonical", given: { cpu: 0.5 }, kept: { cpu: "500m" } },
  { rule: "a free value stays as it is", given: { any: { x: [null, 1.5] } }, kept: { any: { x: [null, 1.5] } } },
  { rule: "a port may be either", given: { port: "http" }, kept: { port: "http" } },
]) {
  test("what is shared with a known object is copied; what is new is decoded as ever", () => {
    const known = decode(Thing, {
      spec: { parts: [{ name: "a" }, { name: "b", size: 1 }], labels: { a: "1" }, cpu: "1", part: { name: "p" } },
    }) as { spec: { parts: object[]; labels: object } };
    // No decoder makes this: it stands in the known object, so nothing looks at it again.
    Object.assign(known.spec.parts[0]!, { mark: "known" });
    const { spec } = known;
    const given = {
      spec: { ...spec, cpu: "1000m", part: { name: "p", size: null, other: 1 }, parts: [...spec.parts, {}] },
    };
    const unknown: string[] = [];
    const again = decode(Thing, given, unknown, known as never) as typeof known;
    assert.deepEqual(again, {
      spec: {
        ...spec,
        cpu: "1",
        part: { name: "p", size: 7 },
        parts: [...spec.parts, { name: "", size: 7 }],
      },
    });
    assert.deepEqual(unknown, ["spec.part.other"]);
    assert.notEqual(again.spec.labels, spec.labels);
    assert.notEqual(again.spec.parts[0], spec.parts[0]);
  });

  test(rule, () => {
    const { spec } = decodeText(Thing, JSON.stringify({ spec: given }), true).object as { spec: unknown };
    assert.deepEqual(spec, { ...rest, ...kept });
  });
}

for (const { text, error } of [
  {
    text: `{"spec":{"pointer":"x"}}`,
    error: "json: cannot unmarshal string into Go struct field Spec.spec.pointer of type int32",
  },
  {
    text: `{"spec":{"pointer":2e0}}`,
    error: "json: cannot unmarshal number 2e0 into Go struct field Spec.spec.pointer of type int32",
  },
  {
    text: `{"spec":{"pointer":3000000000}}`,
    error: "json: cannot unmarshal number 3000000000 into Go struct field Spec.spec.pointer of type int32",
  },
  {
    text: `{"spec":{"parts":[{"name":1}]}}`,
    error: "json: cannot unmarshal number into Go struct field Part.spec.parts.name of type string",
  },
  {
    text: `{"spec":{"parts":{}}}`,
    error: "json: cannot unmarshal object into Go struct field Spec.spec.parts of type []v1.Part",
  },
  {
    text: `{"spec":{"labels":[]}}`,
    error: "json: cannot unmarshal array into Go struct field Spec.spec.labels of type map[string]string",
  },
  { text: `{"spec":true}`, error: "json: cannot unmarshal bool into Go struct field Thing.spec of type v1.Spec" },
  { text: `[]`, error: "json: cannot unmarshal array into Go value of type v1.Thing" },
  {
    text: `{"spec":{"when":"today"}}`,
    error: `parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"`,
  },
  {
    text: `{"spec":{"exactly":"2024-01-02T03:04:06.5Z"}}`,
    error: `parsing time "2024-01-02T03:04:06.5Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".5Z" as ".000000"`,
  },
  { text: `{"spec":{"raw":"a?"}}`, error: "illegal base64 data at input byte 1" },
  { text: `{"spec":`, error: "unexpected end of JSON input" },
  { text: `{"a":1} x`, error: "invalid character 'x' after top-level value" },
  { text: `{a:1}`, error: "invalid character 'a' looking for beginning of object key string" },
  { text: `{"a":tru}`, error: "invalid character '}' in literal true (expecting 'e')" },
]) {
  test(`refuses ${text}`, () => assert.throws(() => decodeText(Thing, text, true), { message: error }));
}

for (const { rule, text, problems } of [
  {
    rule: "unknown fields",
    text: `{"x":1,"spec":{"y":{},"parts":[{"z":1}]}}`,
    problems: [`unknown field "x"`, `unknown field "spec.y"`, `unknown field "spec.parts[0].z"`],
  },
  {
    rule: "repeated fields, in their place",
    text: `{"spec":{"text":"a","text":"b","u":1,"labels":{"k":"1","k":"2"}}}`,
    problems: [`duplicate field "spec.text"`, `unknown field "spec.u"`, `duplicate field "spec.labels.k"`],
  },
  {
    rule: "keys with quotes and colons in them",
    text: String.raw`{"spec":{"labels":{"a\":\\":"\\","b":":"}}}`,
    problems: [],
  },
]) {
  test(`names ${rule}`, () => assert.deepEqual(decodeText(Thing, text, true).problems, problems));
}

test("each object gets a default of its own", () => {
  const Box = message("t.v1.Box", { list: field(1, list(string()).default(["a"])) });
  assert.notEqual(decode(Box, {}).list, decode(Box, {}).list);
});

test("__proto__ is a key like others", () => {
  const { spec } = decodeText(Thing, `{"spec":{"labels":{"__proto__":"x"}}}`, true).object as {
    spec: { labels: object };
  };
  assert.deepEqual(Object.entries(spec.labels), [["__proto__", "x"]]);
});
