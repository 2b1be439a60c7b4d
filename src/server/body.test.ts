/** Bodies that say oddly what they are: what the reader of types makes of them, and what it says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./testing/server.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const UNRECOGNIZED = "the object provided is unrecognized (must be of type ConfigMap): ";
const NO_TYPE = `${UNRECOGNIZED}couldn't get version/kind; json parse error: `;
const NO_NAME = 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required';

const refused: readonly (readonly [rule: string, body: string, message: string])[] = [
  ["null is an object without anything", "null", NO_NAME],
  ["no type is the type of the path", "{}", NO_NAME],
  [
    "a version that is no text",
    '{"apiVersion":5}',
    `${NO_TYPE}json: cannot unmarshal number into Go struct field .apiVersion of type string ({"apiVersion":5})`,
  ],
  [
    "a kind that is no text",
    '{"kind":[]}',
    `${NO_TYPE}json: cannot unmarshal array into Go struct field .kind of type string ({"kind":[]})`,
  ],
  [
    "a version of too many parts",
    '{"apiVersion":"a/b/c"}',
    `${UNRECOGNIZED}unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})`,
  ],
  [
    "the type is read whatever its case, the last one counts",
    '{"kind":"ConfigMap","KIND":"x"}',
    'x in version "v1" cannot be handled as a ConfigMap: no kind "x" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  ],
  [
    "a list is a kind of its own",
    '{"kind":"ConfigMapList"}',
    'ConfigMapList in version "v1" cannot be handled as a ConfigMap: converting (v1.ConfigMapList) to (core.ConfigMap): unknown conversion',
  ],
  [
    "a list of anything",
    '{"apiVersion":"v1","kind":"List"}',
    'List in version "v1" cannot be handled as a ConfigMap: converting (v1.List) to (core.ConfigMap): unknown conversion',
  ],
  [
    "a status, which is known in v1 alone",
    '{"apiVersion":"v1","kind":"Status"}',
    'Status in version "v1" cannot be handled as a ConfigMap: converting (v1.Status) to (core.ConfigMap): unknown conversion',
  ],
  [
    "options, which every version knows",
    '{"apiVersion":"apps/v1","kind":"DeleteOptions"}',
    'DeleteOptions in version "v1" cannot be handled as a ConfigMap: converting (v1.DeleteOptions) to (core.ConfigMap): unknown conversion',
  ],
  [
    "a status of another version is unknown",
    '{"apiVersion":"apps/v1","kind":"Status"}',
    'Status in version "v1" cannot be handled as a ConfigMap: no kind "Status" is registered for version "apps/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  ],
  ["a byte order mark", "\ufeff{}", `${NO_TYPE}invalid character 'ï' looking for beginning of value (efbbbf7b7d)`],
  [
    "a character of two bytes is shown by its first",
    "{é:1}",
    `${NO_TYPE}invalid character 'Ã' looking for beginning of object key string ({é:1})`,
  ],
  ["lists without end", "[".repeat(20_000), `${NO_TYPE}exceeded max depth (${"5b".repeat(30)} ...)`],
];

for (const [rule, body, message] of refused) {
  test(`refused: ${rule}`, async () => {
    const { send } = await testServer();
    assert.equal((await send("POST", MAPS, body)).json.message, message);
  });
}

const taken: readonly (readonly [rule: string, fields: string, said: object])[] = [
  ["no bytes are empty ones", '"binaryData":{"k":null}', { binaryData: { k: "" } }],
  [
    "half a character is none",
    '"data":{"k":"a\\ud83d","l":"\\ud83d\\ude00"}',
    { data: { k: "a\ufffd", l: "\u{1f600}" } },
  ],
];

for (const [rule, fields, said] of taken) {
  test(`taken: ${rule}`, async () => {
    const { send } = await testServer();
    const { data, binaryData } = (await send("POST", MAPS, `{"metadata":{"name":"a"},${fields}}`)).json;
    assert.deepEqual({ ...(data && { data }), ...(binaryData && { binaryData }) }, said);
  });
}

for (const [type, status] of [
  ["application/json; charset=utf-8", 201],
  ['Application/JSON;charset="utf-8"', 201],
  ["application/json;", 201],
  ["application/json; charset", 415],
  ["application/json;; charset=utf-8", 415],
  ["*/*", 415],
] as const) {
  test(`a body of ${type} is ${status}`, async () => {
    const { send } = await testServer();
    await send("POST", "/api/v1/namespaces", { metadata: { name: "ns" } });
    const answer = await send("POST", MAPS, { metadata: { name: "a" } }, { "content-type": type });
    assert.equal(answer.status, status, answer.text);
  });
}
