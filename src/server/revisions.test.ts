/** What reads and watches do about a revision that this server has not reached. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./testing/server.ts";
import type { Answer } from "./testing/server.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const EVENTS = "/api/v1/namespaces/ns/events";
const map = (name: string): object => ({ metadata: { name } });

function tooLarge(asked: number, newest: number, retryAfterSeconds: number): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `Timeout: Too large resource version: ${asked}, current: ${newest}`,
    reason: "Timeout",
    details: {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
    },
    code: 504,
  };
}

const WAITING: readonly [rule: string, path: string][] = [
  ["GET", `${MAPS}/a?resourceVersion=`],
  ["LIST", `${MAPS}?resourceVersion=`],
  ["LIST of NotOlderThan", `${MAPS}?resourceVersionMatch=NotOlderThan&resourceVersion=`],
  ["LIST of Exact", `${MAPS}?resourceVersionMatch=Exact&resourceVersion=`],
  ["LIST of a page", `${MAPS}?limit=1&resourceVersion=`],
  ["LIST of one object", `${MAPS}?fieldSelector=metadata.name=a&resourceVersion=`],
];
for (const [rule, path] of WAITING) {
  test(`${rule} is answered as soon as the revision is there`, async () => {
    const { send, store } = await testServer();
    await send("POST", MAPS, map("a"));
    const asked = send("GET", `${path}${store.revision + 2}`);
    for (const name of ["b", "c"]) await send("POST", MAPS, map(name));
    assert.equal((await asked).status, 200);
  });

  test(`${rule} is refused when it has not come after three seconds`, async () => {
    const { send, store, clock } = await testServer();
    await send("POST", MAPS, map("a"));
    const asked = store.revision + 2;
    let answer: Answer | undefined;
    void send("GET", `${path}${asked}`).then((answered) => (answer = answered));
    await clock.advance(2999);
    assert.equal(answer, undefined);
    await clock.advance(1);
    assert.deepEqual(answer!.json, tooLarge(asked, store.revision, 1));
    assert.equal(answer!.headers["retry-after"], "1");
  });
}

const AT_ONCE: readonly [rule: string, path: string][] = [
  ["Exact of one object", `${MAPS}?fieldSelector=metadata.name=a&resourceVersionMatch=Exact&resourceVersion=99`],
  ["a page of one object", `${MAPS}?fieldSelector=metadata.name=a&limit=1&resourceVersion=99`],
  ["a LIST of events", `${EVENTS}?resourceVersion=99`],
  ["a GET of an event", `${EVENTS}/a?resourceVersion=99`],
];
for (const [rule, path] of AT_ONCE) {
  test(`what upstream reads from etcd is refused at once: ${rule}`, async () => {
    const { send, store } = await testServer();
    const { json, headers } = await send("GET", path);
    assert.deepEqual(json, tooLarge(99, store.revision, 0));
    assert.equal(headers["retry-after"], undefined);
  });
}

test("a WATCH tells what comes after the revision it names, and is silent until then", async () => {
  const { send, watch, store, clock } = await testServer();
  const asked = store.revision + 1;
  const watcher = await watch(`${MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=${asked}`);
  await clock.advance(60_000);
  for (const name of ["a", "b"]) await send("POST", MAPS, map(name));
  const [event] = await watcher.next(1);
  assert.deepEqual([event!.type, event!.object.metadata.name], ["ADDED", "b"]);
});

const INITIAL = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

test("a WATCH that begins with what is there waits for its revision", async () => {
  const { send, watch, store } = await testServer();
  const opened = watch(`${MAPS}?${INITIAL}&resourceVersion=${store.revision + 1}`);
  await send("POST", MAPS, map("a"));
  const events = await (await opened).next(2);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["ADDED", "BOOKMARK"],
  );
});

test("a WATCH that begins with what is there ends in an ERROR where its revision does not come", async () => {
  const { watch, store, clock } = await testServer();
  const opened = watch(`${MAPS}?${INITIAL}&resourceVersion=99`);
  await clock.advance(3000);
  const watcher = await opened;
  assert.equal(watcher.response.status, 200);
  assert.deepEqual(await watcher.next(2), [{ type: "ERROR", object: tooLarge(99, store.revision, 1) }]);
});

const TEXTS: readonly [revision: string, why: string][] = [
  ["x", "invalid syntax"],
  ["-1", "invalid syntax"],
  ["18446744073709551616", "value out of range"],
];
for (const [revision, why] of TEXTS) {
  test(`a revision that is none is refused in Go's words: ${revision}`, async () => {
    const { send } = await testServer();
    const { status, json } = await send("GET", `${MAPS}?resourceVersion=${revision}`);
    const text = `invalid resource version: resourceVersion: Invalid value: "${revision}": strconv.ParseUint: parsing "${revision}": ${why}`;
    assert.deepEqual([status, json.message], [400, text]);
  });
}
