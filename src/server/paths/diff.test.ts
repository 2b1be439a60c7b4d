import assert from "node:assert/strict";
import { test } from "node:test";
import type { DifferenceList } from "../../machinery/told-difference.ts";
import { testServer } from "../testing/server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const merge = { "content-type": "application/merge-patch+json" };

async function scene() {
  const server = await testServer({ moments: (name) => (name === "origin" ? server.store.snapshotAt(2) : undefined) });
  const { send, store } = server;
  for (const name of ["default", "shop"]) await send("POST", "/api/v1/namespaces", { metadata: { name } });
  await send("POST", MAPS, { metadata: { name: "kept" }, data: { a: "1" } });
  await send("POST", MAPS, { metadata: { name: "gone" } });
  await send("POST", "/api/v1/namespaces/shop/secrets", { metadata: { name: "key" }, data: { a: "c2VjcmV0" } });
  const from = store.revision;
  await send("PATCH", `${MAPS}/kept`, { data: { a: "2", b: "x".repeat(3000) } }, merge);
  await send("DELETE", `${MAPS}/gone`);
  await send("PATCH", "/api/v1/namespaces/shop/secrets/key", { data: { a: "b3RoZXI=" } }, merge);
  await send("POST", "/apis/coordination.k8s.io/v1/namespaces/shop/leases", { metadata: { name: "lead" } });
  await send("PATCH", "/api/v1/namespaces/shop", { metadata: { labels: { tier: "one" } } }, merge);
  await send("PATCH", "/api/v1/namespaces/default", { metadata: { labels: { tier: "one" } } }, merge);
  await send("PATCH", "/api/v1/namespaces/default", { metadata: { labels: { tier: null } } }, merge);
  const diff = async (query: string): Promise<DifferenceList> => {
    const { status, json, text } = await send("GET", `/tiphys/v1/diff?${query}`);
    assert.equal(status, 200, text);
    return json as DifferenceList;
  };
  return { ...server, from, diff };
}

const said = ({ items }: DifferenceList): string[] =>
  items.map(({ verb, kind, name, fields }) => `${verb} ${kind} ${name}: ${fields.map(({ path }) => path).join(" ")}`);

test("two moments differ in what came, went and changed, and not in what changed there and back", async () => {
  const { diff, from, store } = await scene();
  const told = await diff(`from=${from}`);
  assert.deepEqual(said(told), [
    "deleted ConfigMap gone: ",
    "changed ConfigMap kept: data.a data.b",
    "changed Namespace shop: metadata.labels.tier",
    "changed Secret key: data",
  ]);
  assert.deepEqual([told.from.revision, told.to.revision, told.to.moment], [from, store.revision, "now"]);
  assert.deepEqual(told.items[1]!.fields[0], { path: "data.a", from: '"1"', to: '"2"' });
  assert.equal(told.items[1]!.fields[1]!.to!.length, 2000);
  assert.deepEqual(told.items[3]!.fields, [{ path: "data", to: "(hidden)" }]);
  const back = await diff(`from=now&to=${from}`);
  assert.equal(said(back)[0], "created ConfigMap gone: ");
});

test("a namespace, resources or really everything can be asked for", async () => {
  const { diff, from } = await scene();
  const of = async (query: string): Promise<string[]> => said(await diff(`from=${from}&${query}`));
  assert.deepEqual(await of("namespace=shop"), ["changed Secret key: data"]);
  assert.deepEqual(await of("resource=cm,ns"), (await of("")).slice(0, 3));
  assert.deepEqual(await of("resource=*&namespace=shop"), ["created Lease lead: ", "changed Secret key: data"]);
  assert.deepEqual(await of("to=origin&resource=ns"), ["deleted Namespace shop: "]);
});

test("moments and resources that are none are 400, a moment that is not kept any more is 410", async () => {
  const { send, store, from } = await scene();
  await store.compact(from);
  for (const [query, code, message] of [
    ["", 400, "a diff needs a moment to begin with: a revision (1234), a time, or how long ago (15m)"],
    [`from=${from}&resource=cats`, 400, 'the server doesn\'t have a resource type "cats"'],
    ["from=999", 400, `revision 999 does not exist yet: the newest is ${store.revision}`],
    ["from=2", 410, /^what was at 2 is not kept any more: the past begins at revision \d+ /],
  ] as const) {
    const { status, json } = await send("GET", `/tiphys/v1/diff?${query}`);
    assert.equal(status, code);
    if (typeof message === "string") assert.equal(json.message, message);
    else assert.match(json.message, message);
  }
});
