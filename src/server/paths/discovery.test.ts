/** In which form the API tells of itself, and where it does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { APIGroupDiscoveryList } from "../../machinery/meta/aggregated-discovery.ts";
import { APIGroup, APIGroupList, APIResourceList, APIVersions } from "../../machinery/meta/discovery.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { decodeMessage } from "../../machinery/schema/protobuf.ts";
import { openEnvelope } from "../../machinery/schema/protobuf-envelope.ts";
import { testServer } from "../testing/server.ts";
import { widgetServer } from "../testing/widgets.ts";

const JSON_TYPE = "application/json";
const YAML = "application/yaml";
const PROTOBUF = "application/vnd.kubernetes.protobuf";
const PARAMETERS = ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const TYPES = `${JSON_TYPE}, ${YAML}, ${PROTOBUF}`;
const ONLY = `only the following media types are accepted: ${TYPES}`;
const NOT_PRODUCED = `406: Not Acceptable\n\nAvailable representations: ${TYPES}`;

const { server, send } = await testServer();

/** Type, or what is wrong. */
async function formOf(path: string, accept: string): Promise<unknown> {
  const { status, headers, json } = await send("GET", path, undefined, { accept });
  return status === 200 ? headers["content-type"] : `${status} ${json.message}`;
}

for (const [rule, accept, form] of [
  ["as JSON", JSON_TYPE + PARAMETERS, JSON_TYPE + PARAMETERS],
  ["as YAML", YAML + PARAMETERS, YAML + PARAMETERS],
  ["in protobuf", PROTOBUF + PARAMETERS, PROTOBUF + PARAMETERS],
  ["in any way", `*/*${PARAMETERS}`, JSON_TYPE + PARAMETERS],
  ["of this server alone", `${JSON_TYPE}${PARAMETERS};profile=nopeer`, JSON_TYPE + PARAMETERS],
  ["after the plain form, which gives way", `${JSON_TYPE},${YAML}${PARAMETERS}`, YAML + PARAMETERS],
  ["in a version that is gone", JSON_TYPE + PARAMETERS.replace("v2", "v2beta1"), `406 ${ONLY}`],
  [
    "in a version that is gone, with another way out",
    `${JSON_TYPE}${PARAMETERS.replace("v2", "v2beta1")},${YAML}`,
    YAML,
  ],
  ["as a table", `${JSON_TYPE};as=Table;g=meta.k8s.io;v=v1`, `406 ${ONLY}`],
] as const) {
  for (const path of ["/api", "/apis"]) {
    test(`${path} told ${rule}`, async () => assert.equal(await formOf(path, accept), form));
  }
}

for (const [path, accept, form] of [
  ["/apis/", JSON_TYPE + PARAMETERS, `406 ${ONLY}`],
  ["/apis/", YAML, YAML],
  ["/api", "text/html", `406 ${NOT_PRODUCED}`],
  ["/api", "application/*", `406 ${NOT_PRODUCED}`],
  ["/api/v1", "application/*", `406 ${NOT_PRODUCED}`],
  ["/apis/apps/v1", "text/html", `406 ${NOT_PRODUCED}`],
  ["/apis", "text/html", `406 ${ONLY}`],
  ["/apis", "application/*", JSON_TYPE],
  ["/apis/apps", "text/html", `406 ${ONLY}`],
  ["/apis/apps", "application/*", JSON_TYPE],
  ["/", "text/html", JSON_TYPE],
] as const) {
  test(`${path} for ${accept} is ${form}`, async () => assert.equal(await formOf(path, accept), form));
}

test("paths of custom resources are no paths of the framework that looks at Accept first", async () => {
  const { send: ask } = await widgetServer();
  for (const path of ["/apis/example.com", "/apis/example.com/v1"]) {
    const { status, json } = await ask("GET", path, undefined, { accept: "text/html" });
    assert.deepEqual([status, json.message], [406, ONLY], path);
  }
});

for (const [path, accept, schema] of [
  ["/api", "", APIVersions],
  ["/api/v1", "", APIResourceList],
  ["/apis", "", APIGroupList],
  ["/apis/apps", "", APIGroup],
  ["/apis/apps/v1", "", APIResourceList],
  ["/api", PARAMETERS, APIGroupDiscoveryList],
  ["/apis", PARAMETERS, APIGroupDiscoveryList],
] as const) {
  test(`${path}${accept} says in protobuf what it says in JSON`, async () => {
    const { json } = await send("GET", path, undefined, { accept: JSON_TYPE + accept });
    const { body } = await server.door({
      method: "GET",
      path,
      query: "",
      headers: { accept: PROTOBUF + accept },
      peer: { address: "test", user: { username: "admin", groups: ["system:masters"] } },
      signal: new AbortController().signal,
    });
    assert.ok(body.form === "object" || body.form === "bytes");
    const { raw, apiVersion, kind } = openEnvelope(typeof body.bytes === "function" ? body.bytes() : body.bytes);
    const { kind: wanted, apiVersion: version = "", ...rest } = json;
    assert.deepEqual([kind, apiVersion], [wanted, version]);
    assert.deepEqual(JSON.parse(JSON.stringify(decodeMessage(schema as MessageSchema, raw))), rest);
  });
}

for (const [path, status] of [
  ["/apis/apps/v1//", 200],
  ["/apis/apps/v1/watch/x/y/z", 404],
  ["/api/v1/proxy/nodes/x", 404],
] as const) {
  test(`GET ${path} is ${status}`, async () => assert.equal((await send("GET", path)).status, status));
}

for (const path of ["/api/v1/watch", "/apis/apps/v1/proxy/", "/apis/example.com/v1/watch?a=<b>"]) {
  test(`nobody can tell what ${path} is about`, async () => {
    const { status, text, headers } = await send("GET", path);
    const shown = path.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    const why = "failed to create RequestInfo: unable to determine kind and namespace from url,";
    assert.equal(text, `Internal Server Error: "${shown}": ${why} ${shown}\n`);
    assert.deepEqual([status, headers["content-type"]], [500, "text/plain; charset=utf-8"]);
  });
}

test("checks that are left out and not there are told once each, in order", async () => {
  const { text } = await send("GET", "/readyz?verbose&exclude=b&exclude=a&exclude=b&exclude=log");
  assert.match(text, /\[\+\]log excluded: ok\n/);
  assert.match(text, /\nwarn: some health checks cannot be excluded: no matches for "a","b"\nreadyz check passed\n$/);
});
