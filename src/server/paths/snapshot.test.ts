import assert from "node:assert/strict";
import { test } from "node:test";
import type { SnapshotHead, SnapshotLine, SnapshotObject } from "../../machinery/told-snapshot.ts";
import { testServer } from "../testing/server.ts";

const linesOf = (text: string): SnapshotLine[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as SnapshotLine);

async function scene() {
  const server = await testServer();
  const { send, store } = server;
  for (const name of ["default", "kube-system"]) await send("POST", "/api/v1/namespaces", { metadata: { name } });
  await send("POST", "/apis/apps/v1/namespaces/default/deployments", {
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "x" }] } },
    },
  });
  await store.commit([{ key: "/tiphys/notes/a", expected: 0, object: () => ({ ports: [1] }) }], {});
  const snapshot = async (query = ""): Promise<SnapshotLine[]> => {
    const { status, text } = await send("GET", `/tiphys/v1/snapshot${query}`);
    assert.equal(status, 200, text);
    return linesOf(text);
  };
  return { ...server, snapshot };
}

test("a snapshot is everything in the store, whole objects with their types, between a head and an end", async () => {
  const { snapshot, store, send } = await scene();
  const [head, ...rest] = await snapshot();
  const { uid } = (await send("GET", "/api/v1/namespaces/kube-system")).json.metadata;
  assert.deepEqual(head, {
    kind: "Snapshot",
    apiVersion: "tiphys/v1",
    revision: store.revision,
    time: "2026-01-02T03:04:05Z",
    cluster: uid,
    version: "v1.36.0",
    objects: 4,
  });
  assert.deepEqual(rest.pop(), { kind: "SnapshotEnd", objects: 4 });
  const expected = [...store.snapshot().range("")].map(({ key, object }) => ({ key, object }));
  assert.deepEqual(rest, JSON.parse(JSON.stringify(expected)));
  assert.equal((rest[0] as SnapshotObject & { object: { kind: string } }).object.kind, "Deployment");
});

test("what is written while it is sent is not in it", async () => {
  const { door, send, store, clock } = await scene();
  const big = "x".repeat(70_000);
  for (const name of ["a", "b", "c"])
    await send("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name }, data: { big } });
  const { revision } = store;
  const response = await door({
    method: "GET",
    path: "/tiphys/v1/snapshot",
    query: "",
    headers: {},
    peer: { address: "test", user: { username: "admin", groups: ["system:masters"] } },
    signal: new AbortController().signal,
  });
  assert.ok(response.body.form === "stream");
  const pieces = response.body.chunks[Symbol.asyncIterator]();
  let text = new TextDecoder().decode((await pieces.next()).value as Uint8Array);
  await send("DELETE", "/api/v1/namespaces/default/configmaps/c");
  await send("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "d" } });
  for (;;) {
    const next = pieces.next();
    await clock.advance(1);
    const { done, value } = await next;
    if (done) break;
    text += new TextDecoder().decode(value as Uint8Array);
  }
  const [head, ...rest] = linesOf(text);
  const names = rest.flatMap((line) =>
    "key" in line && line.key.includes("/configmaps/") ? [line.key.slice(-1)] : [],
  );
  assert.deepEqual([(head as SnapshotHead).revision, names], [revision, ["a", "b", "c"]]);
});

test("a moment of the past can be taken, too", async () => {
  const { snapshot, send, store } = await scene();
  const { revision } = store;
  await send("POST", "/api/v1/namespaces", { metadata: { name: "later" } });
  const [head, ...rest] = await snapshot(`?at=${revision}`);
  assert.equal((head as SnapshotHead).revision, revision);
  assert.ok(!rest.some((line) => "key" in line && line.key.endsWith("/later")));
});
