import assert from "node:assert/strict";
import { test } from "node:test";
import { StatusError } from "../../machinery/errors.ts";
import { ALL_FORMATS, WITHOUT_PROTOBUF, WITHOUT_TABLES, negotiate } from "./negotiate.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
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
];

for (const [rule, accept, said] of rows) {
  test(rule, () => {
    const { format, as } = negotiate(accept, ALL_FORMATS, false);
    assert.equal([format, as?.kind, as?.version].filter(Boolean).join(" "), said);
  });
}

const PROTOBUF_TABLE = "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io";
for (const accept of ["text/html", "application/*", PROTOBUF_TABLE]) {
  test(`${accept} alone is 406`, () => {
    assert.throws(
      () => negotiate(accept, ALL_FORMATS, false),
      (error) => error instanceof StatusError && error.code === 406,
    );
  });
}

test("custom resources have no protobuf", () => {
  const accept = "application/vnd.kubernetes.protobuf,application/json;q=0.1";
  assert.equal(negotiate(accept, WITHOUT_PROTOBUF, false).format, "json");
});

test("what is never listed has no table, but metadata", () => {
  assert.equal(negotiate(`${TABLE},application/yaml`, WITHOUT_TABLES, false).format, "yaml");
  const partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
  assert.equal(negotiate(partial, WITHOUT_TABLES, false).as?.kind, "PartialObjectMetadata");
});
