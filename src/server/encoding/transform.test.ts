/** What each `as=` of an Accept header makes of an object, a list and a watch. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEnvelope } from "../../machinery/schema/protobuf-envelope.ts";
import { decodeMessage } from "../../machinery/schema/protobuf.ts";
import { PartialObjectMetadata, PartialObjectMetadataList } from "../../machinery/meta/partial-object-metadata.ts";
import type { TestServer } from "../testing/server.ts";
import { WIDGETS, widget, widgetServer } from "../testing/widgets.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const as = (kind: string, type = "json"): { accept: string } => ({
  accept: `application/${type};as=${kind};g=meta.k8s.io;v=v1`,
});
const PROTOBUF = "vnd.kubernetes.protobuf";

async function filled(): Promise<TestServer> {
  const server = await widgetServer();
  await server.send("POST", MAPS, { metadata: { name: "a", labels: { l: "v" } } });
  await server.send("POST", WIDGETS, widget());
  return server;
}

const NO_LIST = "you requested PartialObjectMetadataList, but the requested object is not a list";
const NO_OBJECT = "you requested PartialObjectMetadata, but the requested object is a list";
const rows: [method: string, path: string, kind: string, status: number, said: string][] = [
  ["GET", `${MAPS}/a`, "PartialObjectMetadata", 200, "PartialObjectMetadata"],
  ["GET", `${MAPS}/a`, "PartialObjectMetadataList", 406, `${NO_LIST} (*core.ConfigMap)`],
  ["GET", `${WIDGETS}/a`, "PartialObjectMetadataList", 500, "content is not a list"],
  ["GET", MAPS, "PartialObjectMetadataList", 200, "PartialObjectMetadataList"],
  ["GET", MAPS, "PartialObjectMetadata", 406, `${NO_OBJECT} (*core.ConfigMapList)`],
  ["GET", WIDGETS, "PartialObjectMetadata", 406, `${NO_OBJECT} (*unstructured.UnstructuredList)`],
  ["DELETE", `${MAPS}/a`, "PartialObjectMetadata", 200, "Status"],
  ["DELETE", MAPS, "Table", 200, "Table"],
  ["DELETE", MAPS, "PartialObjectMetadataList", 200, "PartialObjectMetadataList"],
];
for (const [method, path, kind, status, said] of rows) {
  test(`${method} ${path} as ${kind} is ${status}: ${said}`, async () => {
    const { send } = await filled();
    const answer = await send(method, path, undefined, as(kind));
    assert.deepEqual([answer.status, status < 300 ? answer.json.kind : answer.json.message], [status, said]);
  });
}

for (const path of [MAPS, WIDGETS]) {
  test(`a watch of ${path} as PartialObjectMetadataList ends at its first object, with nothing told`, async () => {
    const { watch, send, store } = await filled();
    assert.deepEqual(await (await watch(`${path}?watch=1`, as("PartialObjectMetadataList"))).next(1), []);
    const later = await watch(`${path}?watch=1&resourceVersion=${store.revision}`, as("PartialObjectMetadataList"));
    await send("DELETE", `${path}/a`);
    assert.deepEqual(await later.next(1), []);
  });
}

test("but what went wrong it tells", async () => {
  const { watch, store } = await filled();
  await store.compact(store.revision);
  const [event] = await (await watch(`${MAPS}?watch=1&resourceVersion=1`, as("PartialObjectMetadataList"))).next(1);
  assert.deepEqual([event!.type, event!.object.code], ["ERROR", 410]);
});

test("metadata in protobuf is the metadata, of custom resources, too", async () => {
  const { server, send } = await filled();
  const ask = async (path: string, kind: string): Promise<Uint8Array> => {
    const signal = new AbortController().signal;
    const peer = { address: "test", user: { username: "admin", groups: [] } };
    const request = { method: "GET", path, query: "", headers: as(kind, PROTOBUF), peer, signal };
    const { status, body } = await server.door(request);
    assert.deepEqual([status, body.form], [200, "object"]);
    return openEnvelope((body as { bytes(): Uint8Array }).bytes()).raw;
  };
  for (const path of [MAPS, WIDGETS]) {
    const { metadata } = (await send("GET", `${path}/a`)).json;
    const one = decodeMessage(PartialObjectMetadata, await ask(`${path}/a`, "PartialObjectMetadata"));
    assert.deepEqual([one.metadata.name, one.metadata.uid], ["a", metadata.uid]);
    const { items } = decodeMessage(PartialObjectMetadataList, await ask(path, "PartialObjectMetadataList"));
    assert.deepEqual(
      items!.map((item) => item.metadata.name),
      ["a"],
    );
  }
});

test("a watch knows no YAML, and no way to show an object that is none", async () => {
  const { send } = await filled();
  const yaml = await send("GET", `${MAPS}?watch=1`, undefined, { accept: "application/yaml" });
  assert.equal(yaml.status, 406);
  assert.match(yaml.text, /only the following media types are accepted: application\/json;stream=watch,/);
  const table = await send("GET", `${MAPS}?watch=1&includeObject=Some`, undefined, as("Table"));
  assert.equal(table.status, 400);
  assert.match(table.json.message, /^Unable to convert to Table as requested: includeObject: Invalid value: "Some"/);
});
