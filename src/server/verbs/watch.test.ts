import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinKinds } from "../../api/index.ts";
import { testServer } from "../testing/server.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const MERGE = { "content-type": "application/merge-patch+json" };
const PROTOBUF = { accept: "application/vnd.kubernetes.protobuf" };
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const map = (name: string, labels: object = {}): object => ({ metadata: { name, labels } });

interface Told {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name?: string; readonly resourceVersion: string; annotations?: object };
  };
}
const said = (events: readonly Told[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata.name ?? ""}`.trim());

test("without a revision a watch begins with what is there", async () => {
  const { send, watch } = await testServer();
  await send("POST", MAPS, map("a"));
  const watcher = await watch(`${MAPS}?watch=1`);
  await send("POST", MAPS, map("b"));
  await send("DELETE", `${MAPS}/a`);
  assert.deepEqual(said(await watcher.next(3)), ["ADDED a", "ADDED b", "DELETED a"]);
});

test("from a revision it tells all that came after, and nothing else", async () => {
  const { send, watch } = await testServer();
  await send("POST", MAPS, map("a"));
  const { resourceVersion } = (await send("GET", MAPS)).json.metadata;
  await send("POST", MAPS, map("b"));
  const watcher = await watch(`${MAPS}?watch=1&resourceVersion=${resourceVersion}`);
  await send("POST", MAPS, map("c"));
  assert.deepEqual(said(await watcher.next(2)), ["ADDED b", "ADDED c"]);
});

test("objects come into a selector as ADDED and go out of it as DELETED", async () => {
  const { send, watch } = await testServer();
  const watcher = await watch(`${MAPS}?watch=1&labelSelector=in`);
  await send("POST", MAPS, map("a"));
  for (const labels of [{ in: "1" }, { in: "2" }, { in: null }]) {
    await send("PATCH", `${MAPS}/a`, { metadata: { labels } }, MERGE);
  }
  assert.deepEqual(said(await watcher.next(3)), ["ADDED a", "MODIFIED a", "DELETED a"]);
});

test("DELETED has the last state and the revision of the deletion", async () => {
  const { send, watch, store } = await testServer();
  await send("POST", MAPS, map("a", { x: "1" }));
  const watcher = await watch(`${MAPS}?watch=1&resourceVersion=${store.revision}`);
  await send("DELETE", `${MAPS}/a`);
  const [event] = await watcher.next(1);
  assert.equal(event!.object.metadata.labels.x, "1");
  assert.equal(event!.object.metadata.resourceVersion, String(store.revision));
});

test("a revision that is forgotten is an ERROR with 410, and the end", async () => {
  const { send, watch, store } = await testServer();
  await send("POST", MAPS, map("a"));
  await send("POST", MAPS, map("b"));
  await store.compact(store.revision);
  const events = await (await watch(`${MAPS}?watch=1&resourceVersion=1`)).next(2);
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.code]),
    [["ERROR", 410]],
  );
});

test("a watch ends after its timeout", async () => {
  const { watch, clock } = await testServer();
  const watcher = await watch(`${MAPS}?watch=1&timeoutSeconds=5`);
  const ended = watcher.next(1);
  await clock.advance(5000);
  assert.deepEqual(await ended, []);
});

test("bookmarks tell how far the watch has come", async () => {
  const { send, watch, clock, store } = await testServer();
  const watcher = await watch(`${MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=${store.revision}`);
  await send("POST", "/api/v1/namespaces/other/configmaps", map("x"));
  await clock.advance(60_000);
  const [event] = await watcher.next(1);
  assert.deepEqual([event!.type, event!.object.metadata], ["BOOKMARK", { resourceVersion: String(store.revision) }]);
});

test("a watch that is about to end tells how far it came", async () => {
  const { send, watch, clock, store } = await testServer();
  const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=10&resourceVersion=${store.revision}`;
  const watcher = await watch(`${MAPS}?${query}`);
  await send("POST", "/api/v1/namespaces/other/configmaps", map("x"));
  await clock.advance(10_000);
  const events = await watcher.next(2);
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.metadata.resourceVersion]),
    [["BOOKMARK", String(store.revision)]],
  );
});

const END = { "k8s.io/initial-events-end": "true" };
const BEGINNINGS: readonly [path: string, annotations: object | undefined][] = [
  [`${MAPS}?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`, END],
  [`${MAPS}?watch=1&allowWatchBookmarks=true`, END],
  [`${MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=0`, END],
  ["/api/v1/watch/namespaces/ns/configmaps?watch=1&allowWatchBookmarks=true", END],
  ["/api/v1/watch/namespaces/ns/configmaps?allowWatchBookmarks=true", undefined],
];
for (const [path, annotations] of BEGINNINGS) {
  test(`the beginning ends with a bookmark that says so, or with none: ${path}`, async () => {
    const { send, watch, clock } = await testServer();
    await send("POST", MAPS, map("a"));
    const watcher = await watch(path);
    await clock.advance(60_000);
    const events = await watcher.next(2);
    assert.deepEqual(said(events), ["ADDED a", "BOOKMARK"]);
    assert.deepEqual(events[1]!.object.metadata.annotations, annotations);
  });
}

test("the old path takes no options of watches", async () => {
  const { send } = await testServer();
  const { status, json } = await send("GET", "/api/v1/watch/configmaps?sendInitialEvents=true");
  assert.deepEqual(
    [status, json.details.causes[0].message],
    [422, "Forbidden: sendInitialEvents is forbidden for list"],
  );
});

test("the bookmark of a table has a row, whatever the kind", async () => {
  const { watch } = await testServer();
  const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  for (const { group, version, names, columns, verbs } of builtinKinds) {
    if (!verbs.includes("watch")) continue;
    const root = group === "" ? "/api" : `/apis/${group}`;
    const watcher = await watch(`${root}/${version}/${names.plural}?${query}`, TABLE);
    const { type, object } = (await watcher.next(1))[0]!;
    const [row] = object.rows;
    assert.deepEqual([type, row.cells.length], ["BOOKMARK", (columns ?? [1, 2]).length], names.plural);
    assert.deepEqual(Object.keys(row.object.metadata), ["resourceVersion", "annotations"]);
    if (columns?.[0]?.name === "Name") assert.equal(row.cells[0], "");
  }
});

const WORKLOAD = { selector: null, template: { metadata: {}, spec: { containers: null } } };
const SCALER = {
  spec: { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 },
  status: { currentReplicas: 0, desiredReplicas: 0 },
};
const PARTIAL = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" };
const BOOKMARKS: readonly [path: string, cells: readonly unknown[], object: object][] = [
  ["/api/v1/pods", ["", "0/0", "", "0"], { spec: { containers: null }, status: {} }],
  ["/api/v1/services", ["", "", "<none>", "<unknown>"], { spec: {}, status: { loadBalancer: {} } }],
  ["/api/v1/limitranges", ["", "0001-01-01T00:00:00Z"], { spec: { limits: null } }],
  ["/api/v1/namespaces", ["", "", "<unknown>"], { spec: {}, status: {} }],
  ["/apis/apps/v1/replicasets", ["", 0, 0, 0], { spec: { replicas: 0, ...WORKLOAD }, status: { replicas: 0 } }],
  ["/apis/apps/v1/deployments", ["", "0/0", 0, 0], { spec: { replicas: 0, ...WORKLOAD, strategy: {} }, status: {} }],
  ["/apis/storage.k8s.io/v1/csidrivers", ["", true, false, false, "<unset>", false, "<none>"], { spec: {} }],
  ["/apis/autoscaling/v1/horizontalpodautoscalers", ["", "/", "<none>", "<unset>", 0, 0], SCALER],
];
for (const [path, cells, { ...rest }] of BOOKMARKS) {
  test(`a bookmark of ${path} is an object with nothing in it, not even defaults`, async () => {
    const { watch } = await testServer();
    const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    const { object } = (await (await watch(`${path}?${query}`)).next(1))[0]!;
    const { kind: _, apiVersion: __, metadata, ...said } = object;
    assert.deepEqual(said, rest);
    assert.deepEqual(Object.keys(metadata as object), ["resourceVersion", "annotations"]);
    const [table] = await (await watch(`${path}?${query}`, TABLE)).next(1);
    assert.deepEqual(table!.object.rows[0].cells.slice(0, cells.length), cells);
    const [whole] = await (await watch(`${path}?${query}&includeObject=Object`, TABLE)).next(1);
    assert.deepEqual(whole!.object.rows[0].object, object);
    const [none] = await (await watch(`${path}?${query}&includeObject=None`, TABLE)).next(1);
    assert.equal(none!.object.rows[0].object.kind, "PartialObjectMetadata", "the end of the beginning is always told");
  });
}

test("a bookmark of a daemon set has its template's generation, as upstream's has", async () => {
  const { watch, clock, store } = await testServer();
  const path = `/apis/apps/v1/daemonsets?watch=1&allowWatchBookmarks=true&resourceVersion=${store.revision}`;
  const [plain, partial] = [await watch(path), await watch(path, PARTIAL)];
  await clock.advance(60_000);
  const annotations = { "deprecated.daemonset.template.generation": "0" };
  assert.deepEqual((await plain.next(1))[0]!.object.metadata.annotations, annotations);
  assert.equal((await partial.next(1))[0]!.object.metadata.annotations, undefined);
});

test("a watch of one object hears of no other, also of one whose name goes on", async () => {
  const { send, watch, store } = await testServer();
  const watcher = await watch(`${MAPS}?watch=1&fieldSelector=metadata.name=a&resourceVersion=${store.revision}`);
  for (const name of ["ab", "a", "b"]) await send("POST", MAPS, map(name));
  await send("DELETE", `${MAPS}/a`);
  assert.deepEqual(said(await watcher.next(2)), ["ADDED a", "DELETED a"]);
});

test("all watchers of a form share one event and its bytes", async () => {
  const { send, watch } = await testServer();
  const events = async (headers = {}) => {
    const { response } = await watch(`${MAPS}?watch=1`, headers);
    if (response.body.form !== "watch") throw new Error("no watch");
    return response.body.events[Symbol.asyncIterator]();
  };
  const [one, two, three] = [await events(), await events(), await events(PROTOBUF)];
  await send("POST", MAPS, map("a"));
  const [first, second, third] = await Promise.all([one!.next(), two!.next(), three!.next()]);
  assert.equal(first!.value[0], second!.value[0]);
  assert.equal(first!.value[0].bytes(), second!.value[0].bytes());
  assert.notEqual(first!.value[0], third!.value[0]);
});

test("a watcher that does not read is ended before it fills memory", async () => {
  const { watch, store, door: _ } = await testServer();
  const watcher = await watch(`${MAPS}?watch=1&resourceVersion=${store.revision || 0}`);
  const writes = Array.from({ length: 10_001 }, (__, i) => ({
    key: `/core/configmaps/ns/m${i}`,
    expected: 0,
    object: (revision: number) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `m${i}`, resourceVersion: String(revision) },
    }),
  }));
  await store.commit(writes, {});
  assert.deepEqual(await watcher.next(1), []);
});

test("when the client goes, the watch ends", async () => {
  const { watch } = await testServer();
  const watcher = await watch(`${MAPS}?watch=1`);
  watcher.stop();
  assert.deepEqual(await watcher.next(1), []);
});
