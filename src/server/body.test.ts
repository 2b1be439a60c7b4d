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
  [
    "a control character in a text",
    '{"a":"\x01"}',
    `${NO_TYPE}invalid character '\\x01' in string literal ({"a":"\x01"})`,
  ],
  ["lists without end", "[".repeat(20_000), `${NO_TYPE}exceeded max depth (${"5b".repeat(30)} ...)`],
];

for (const [rule, body, message] of refused) {
  test(`refused: ${rule}`, async () => {
    const { send } = await testServer();
    assert.equal((await send("POST", MAPS, body)).json.message, message);
  });
}

test("YAML that cannot be read is shown as JSON is", async () => {
  const { send } = await testServer();
  const { json } = await send("POST", MAPS, "{", { "content-type": "application/yaml" });
  assert.equal(json.message, `${UNRECOGNIZED}yaml: line 1: did not find expected node content ({)`);
});

/** Texts whose characters are the bytes. */
const part = (tag: number, bytes: string): string => String.fromCharCode(tag * 8 + 2, bytes.length) + bytes;
const enveloped = (message: string): string =>
  `k8s\0${part(1, part(1, "v1") + part(2, "ConfigMap"))}${part(2, message)}`;
const AS_MAP = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: ';

const messages: readonly (readonly [rule: string, bytes: string, message: string])[] = [
  ["nothing at all", "", `${UNRECOGNIZED}empty data (<empty>)`],
  ["nothing in it", "k8s\0", `${UNRECOGNIZED}empty body (6b387300)`],
  ["an envelope that is cut", "k8s\0\n\x05", `${UNRECOGNIZED}unexpected EOF (6b3873000a05)`],
  ["a tag of nothing", "k8s\0\0", `${UNRECOGNIZED}proto: Unknown: illegal tag 0 (wire type 0) (6b38730000)`],
  ["a message that is cut", enveloped("\n\x05"), `${AS_MAP}unexpected EOF`],
  ["an end of nothing", enveloped("\x0c"), `${AS_MAP}proto: ConfigMap: wiretype end group for non-group`],
  ["a tag of nothing inside", enveloped("\n\x01\x01"), `${AS_MAP}proto: ObjectMeta: illegal tag 0 (wire type 1)`],
  ["a wire type that nobody knows", enveloped("\x7f"), `${AS_MAP}proto: illegal wireType 7`],
  ["a group that does not end", enveloped("\x7b\x7b\x7c"), `${AS_MAP}unexpected EOF`],
  ["what it does not know is left out, groups too", enveloped("\x7b\x08\x01\x7c\x78\x01"), NO_NAME],
];

for (const [rule, bytes, message] of messages) {
  test(`protobuf: ${rule}`, async () => {
    const { send } = await testServer();
    const type = { "content-type": "application/vnd.kubernetes.protobuf" };
    assert.equal((await send("POST", MAPS, bytes, type)).json.message, message);
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
