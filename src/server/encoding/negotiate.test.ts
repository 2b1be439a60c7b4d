import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "../../machinery/errors.ts";
import {
  ALL_FORMATS,
  ALL_STREAMED,
  ONLY_JSON,
  WITHOUT_PROTOBUF,
  WITHOUT_TABLES,
  negotiate,
  negotiateError,
} from "./negotiate.ts";
import type { Offer } from "./negotiate.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const PROTOBUF_PARTIAL = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const rows: [rule: string, accept: string, said: string][] = [
  ["no header is JSON", "", "json"],
  ["anything is JSON", "*/*", "json"],
  ["YAML", "application/yaml", "yaml"],
  ["protobuf before JSON, as controllers ask", "application/vnd.kubernetes.protobuf,application/json", "protobuf"],
  ["the higher quality wins", "application/yaml;q=0.3,application/json;q=0.5", "json"],
  ["what is unknown is passed over", "application/xml,application/json;q=0.5", "json"],
  ["a table as kubectl asks", `${TABLE},application/json`, "json Table v1"],
  [
    "a version of tables that is none falls back",
    "application/json;as=Table;v=v7;g=meta.k8s.io,application/json",
    "json",
  ],
  ["what is named goes before what matches anything", "*/*,application/yaml", "yaml"],
  ["of a kind of types the first that there is", "application/yaml;q=0.1,*/*,application/*", "json"],
  ["a stream may be asked for", "application/json;stream=watch", "json"],
  ["metadata may be protobuf", PROTOBUF_PARTIAL, "protobuf PartialObjectMetadata v1"],
  ["half a transformation is none that can be made", "application/json;v=v1,application/yaml", "yaml"],
  ["a parameter that says nothing is none", "application/json;as,application/yaml", "json"],
];

for (const [rule, accept, said] of rows) {
  test(rule, () => {
    const { format, as } = negotiate(accept, ALL_FORMATS, false);
    assert.equal([format, as?.kind, as?.version].filter(Boolean).join(" "), said);
  });
}

const PROTOBUF_TABLE = "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io";
const TYPES = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const STREAMS = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
const NOTHING = "406: Not Acceptable\n\nAvailable representations: ";
const ONLY = "only the following media types are accepted: ";
const refused: [accept: string, offer: Offer, message: string][] = [
  ["text/html", ALL_FORMATS, NOTHING + TYPES],
  ["application/*", ALL_FORMATS, NOTHING + TYPES],
  ["Application/JSON", ALL_FORMATS, NOTHING + TYPES],
  ["text/html", ALL_STREAMED, `${NOTHING}${TYPES}, ${STREAMS}`],
  [PROTOBUF_TABLE, ALL_FORMATS, ONLY + TYPES],
  ["application/json;as=Foo;v=v1;g=meta.k8s.io", ALL_FORMATS, ONLY + TYPES],
  ["application/json;stream=foo", ALL_FORMATS, ONLY + TYPES],
  ["application/yaml;stream=watch", ALL_STREAMED, ONLY + TYPES],
  ["application/yaml", ONLY_JSON, `${NOTHING}application/json`],
  ["text/html", WITHOUT_PROTOBUF, ONLY + TYPES],
  ["application/vnd.kubernetes.protobuf", WITHOUT_PROTOBUF, ONLY + TYPES],
];
for (const [accept, offer, message] of refused) {
  test(`${accept} alone is 406: ${message}`, () => {
    assert.throws(
      () => negotiate(accept, offer, false),
      (error) => error instanceof StatusError && error.code === 406 && error.message === message,
    );
  });
}

test("custom resources have no protobuf, but their metadata has, and no wildcard is too wide", () => {
  const accept = "application/vnd.kubernetes.protobuf,application/json;q=0.1";
  assert.equal(negotiate(accept, WITHOUT_PROTOBUF, false).format, "json");
  assert.equal(negotiate(PROTOBUF_PARTIAL, WITHOUT_PROTOBUF, false).format, "protobuf");
  assert.equal(negotiate("application/*", WITHOUT_PROTOBUF, false).format, "json");
});

test("an error is told as it is, or as JSON", () => {
  assert.equal(negotiateError(`${TABLE},application/yaml`, false).format, "yaml");
  assert.equal(negotiateError("application/yaml;as=Table;v=v1;g=meta.k8s.io", false).format, "json");
  assert.equal(negotiateError("text/html", false).format, "json");
});

test("what is never listed has no table, but metadata", () => {
  assert.equal(negotiate(`${TABLE},application/yaml`, WITHOUT_TABLES, false).format, "yaml");
  const partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
  assert.equal(negotiate(partial, WITHOUT_TABLES, false).as?.kind, "PartialObjectMetadata");
});

test("many spaces in the middle cost no more than as many letters", () => {
  const took = (filler: string): number => {
    const begun = performance.now();
    negotiateError(`application/json;x=a${filler.repeat(100_000)}b`, false);
    return performance.now() - begun;
  };
  took("x");
  // A second is a hundred times what it takes.
  assert.ok(took(" ") < 1000 + took("x"));
});
