/** The documents that follow from our kinds, against those of the reference: all but the descriptions. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Kind } from "../machinery/kind.ts";
import { openApiV2, openApiV3, openApiV3Names } from "../machinery/openapi/documents.ts";
import { objectSchemaFromOpenAPI } from "../machinery/schema/from-openapi.ts";
import { ConfigMap, builtinKinds } from "./index.ts";

const folder = new URL("../../../shared/reference/openapi/", import.meta.url);
const skip = existsSync(folder) ? false : `no reference documents at ${folder.pathname}`;

type Json = Record<string, unknown>;

const read = (name: string): Json => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Json;

/**
 * Known differences: the reference also counts versions of DeleteOptions and WatchEvent that no server serves, and
 * says of one byte string that it is an atomic list.
 */
const KNOWN = /(DeleteOptions|WatchEvent)\/x-kubernetes-group-version-kind|APIServiceSpec\/properties\/caBundle/;

test("OpenAPI v2 is that of the reference", { skip }, () => {
  const reference = read("v2.json");
  assert.deepEqual(differences(unshared(openApiV2(builtinKinds)), unshared(reference), ""), []);
});

const index = skip === false ? Object.keys(read("v3_index.json")["paths"] as Json) : [];

test("there is an OpenAPI v3 document for each of the reference", { skip }, () => {
  assert.deepEqual(openApiV3Names(builtinKinds), index.toSorted());
});

for (const name of index) {
  test(`OpenAPI v3 of ${name} is that of the reference`, () => {
    const reference = read(`v3_${name.replaceAll("/", "__")}.json`);
    const made = openApiV3(builtinKinds, name);
    assert.deepEqual(differences(plain(made, {}), plain(reference, {}), ""), []);
  });
}

test("a custom kind is described like a built-in one, without protobuf and strategic merge", () => {
  const schema = objectSchemaFromOpenAPI("com.example.v1.Widget", {
    type: "object",
    description: "A thing to turn.",
    properties: { spec: { type: "object", properties: { size: { type: "integer", default: 1 } } } },
  });
  const widget = { ...ConfigMap, group: "example.com", version: "v1", kind: "Widget", schema };
  const kind = { ...widget, names: { plural: "widgets", singular: "widget" } } as object as Kind;
  const document = openApiV3([kind], "apis/example.com/v1") as { components: { schemas: Json }; paths: Json };
  const definition = document.components.schemas["com.example.v1.Widget"] as Json & { properties: Json };
  assert.equal(definition["description"], "A thing to turn.");
  for (const shared of ["apiVersion", "kind", "metadata"]) {
    assert.match((definition.properties[shared] as { description: string }).description, /\w/);
  }
  const size = { type: "integer", default: 1 };
  assert.deepEqual(definition.properties["spec"], { type: "object", properties: { size } });
  const path = document.paths["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"] as { patch: Json };
  const { content } = path.patch["requestBody"] as { content: Json };
  const types = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
  assert.deepEqual(Object.keys(content), types);
});

function unshared(document: Json): Json {
  const { parameters: _shared, ...rest } = plain(document, document) as Json;
  return rest;
}

const UNORDERED = new Set(["enum", "required", "consumes", "produces"]);

/** Without descriptions, with shared parameters in place, and in one order. */
function plain(value: unknown, document: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, document));
  if (typeof value !== "object" || value === null) return value;
  const { $ref } = value as { $ref?: unknown };
  if (typeof $ref === "string" && $ref.startsWith("#/parameters/")) {
    return plain((document["parameters"] as Json)[$ref.slice("#/parameters/".length)], document);
  }
  const out: Json = {};
  for (const [key, inner] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (key === "description" && typeof inner === "string") continue;
    out[key] = plain(inner, document);
    if (key === "parameters" && Array.isArray(out[key])) out[key] = byName(out[key] as { name: string; in: string }[]);
    if (UNORDERED.has(key) && Array.isArray(out[key])) out[key] = (out[key] as unknown[]).toSorted();
  }
  const [only] = Array.isArray(out["allOf"]) ? (out["allOf"] as unknown[]) : [];
  return only !== undefined && Object.keys(out).length === 1 ? only : out;
}

function byName(parameters: readonly { name: string; in: string }[]): unknown[] {
  return parameters.toSorted((a, b) => (a.name + a.in < b.name + b.in ? -1 : 1));
}

function differences(made: unknown, expected: unknown, path: string): string[] {
  if (KNOWN.test(path) || JSON.stringify(made) === JSON.stringify(expected)) return [];
  if (!isBranch(made) || !isBranch(expected)) return [`${path}: ${JSON.stringify(made)} ≠ ${JSON.stringify(expected)}`];
  const keys = new Set([...Object.keys(made), ...Object.keys(expected)]);
  return [...keys].flatMap((key) => differences(made[key], expected[key], `${path}/${key}`));
}

function isBranch(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}
