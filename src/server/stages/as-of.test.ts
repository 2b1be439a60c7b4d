import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

/** `a` was made, then `b`; then `a` changed and `b` went; each a minute apart. */
async function scene() {
  const server = await testServer();
  const { send, store, clock } = server;
  await send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
  const begun = clock.now();
  const make = (name: string) => send("POST", MAPS, { metadata: { name }, data: { version: "1" } });
  await make("a");
  await clock.advance(60_000);
  await make("b");
  const both = store.revision;
  await clock.advance(60_000);
  await send("PATCH", `${MAPS}/a`, { data: { version: "2" } }, { "content-type": "application/merge-patch+json" });
  await send("DELETE", `${MAPS}/b`);
  await clock.advance(60_000);
  return { ...server, both, begun };
}

const names = ({ json }: { json: { items: { metadata: { name: string }; data: { version: string } }[] } }): string[] =>
  json.items.map(({ metadata, data }) => `${metadata.name}${data.version}`);

test("the whole API can be read as it was, by a path in front or by a parameter", async () => {
  const { send, both, begun } = await scene();
  const time = (after: number): string => new Date(begun + after).toISOString();
  for (const [asked, expected] of [
    [MAPS, ["a2"]],
    [`/as-of/${both}${MAPS}`, ["a1", "b1"]],
    [`${MAPS}?asOf=${both}`, ["a1", "b1"]],
    [`/as-of/${time(59_000)}${MAPS}`, ["a1"]],
    [`${MAPS}?asOf=${time(61_000)}`, ["a1", "b1"]],
    [`/as-of/150s${MAPS}`, ["a1"]],
    [`/as-of/1m30s/api/v1/configmaps`, ["a1", "b1"]],
    [`/as-of/0s${MAPS}`, ["a2"]],
  ] as const) {
    const answer = await send("GET", asked);
    assert.equal(answer.status, 200, `${asked}: ${answer.text}`);
    assert.deepEqual(names(answer), expected, asked);
  }
  const list = await send("GET", `/as-of/${both}${MAPS}`);
  assert.equal(list.json.metadata.resourceVersion, String(both));
  const one = await send("GET", `/as-of/${both}${MAPS}/b`);
  assert.deepEqual([one.status, one.json.data], [200, { version: "1" }]);
  assert.equal((await send("GET", `${MAPS}/b`)).status, 404);
});

test("what clients need to find their way is there, too", async () => {
  const { send, both } = await scene();
  for (const path of ["/api", "/apis", "/api/v1", "/openapi/v3", "/version", "/readyz"]) {
    assert.equal((await send("GET", `/as-of/${both}${path}`)).status, 200, path);
  }
});

test("pages of the past do not tear, and a watch of it tells what had happened and then rests", async () => {
  const { send, watch, both, clock } = await scene();
  const first = await send("GET", `/as-of/${both}${MAPS}?limit=1`);
  const rest = await send("GET", `/as-of/${both}${MAPS}?limit=1&continue=${first.json.metadata.continue}`);
  assert.deepEqual([names(first), names(rest)], [["a1"], ["b1"]]);
  const watched = await watch(`/as-of/${both}${MAPS}?watch=1&timeoutSeconds=5&resourceVersion=${both - 1}`);
  await send("POST", MAPS, { metadata: { name: "later" } });
  await clock.advance(6000);
  assert.deepEqual(
    (await watched.next(9)).map(({ type, object }) => `${type} ${object.metadata.name}`),
    ["ADDED b"],
  );
});

test("what cannot be asked of the past is refused with the reason", async () => {
  const { send, both } = await scene();
  const refusal = async (method: string, path: string, body?: object): Promise<[number, string]> => {
    const { status, json } = await send(method, path, body);
    return [status, json.message];
  };
  const map = { metadata: { name: "c" } };
  const noMoment = "is no moment: give a revision (1234), a time (2026-01-02T03:04:05Z) or how long ago (15m)";
  for (const [path, code, message] of [
    [`/as-of/999${MAPS}`, 400, `revision 999 does not exist yet: the newest is ${both + 2}`],
    [`/as-of/yesterday${MAPS}`, 400, `"yesterday" ${noMoment}`],
    [`${MAPS}?asOf=5x`, 400, `"5x" ${noMoment}`],
    [`/as-of/1${MAPS}?asOf=2`, 400, 'the path is about "1" and the parameter asOf about "2"'],
    [
      `/as-of/${both}/api/v1/namespaces/default/pods/a/log`,
      405,
      "/api/v1/namespaces/default/pods/a/log has no past: it is not kept in this server's store",
    ],
    [`/as-of/${both}/tiphys/v1/changes`, 405, "/tiphys/v1/changes has no past: it is not kept in this server's store"],
  ] as const) {
    assert.deepEqual(await refusal("GET", path), [code, message], path);
  }
  assert.deepEqual(await refusal("POST", `/as-of/${both}${MAPS}`, map), [405, "the past can only be read"]);
  assert.deepEqual(await refusal("DELETE", `${MAPS}/a?asOf=${both}`), [405, "the past can only be read"]);
  assert.equal((await send("GET", `${MAPS}/c`)).status, 404);
});

test("beyond the kept window the answer is 410 and says where the past begins", async () => {
  const { send, store, both, begun } = await scene();
  await store.compact(both);
  const since = new Date(begun + 120_000).toISOString().replace(".000", "");
  for (const moment of [String(both - 1), "1h"]) {
    const { status, json } = await send("GET", `/as-of/${moment}${MAPS}`);
    const message = `what was at ${moment} is not kept any more: the past begins at revision ${both} (the newest until ${since})`;
    assert.deepEqual([status, json.reason, json.message], [410, "Expired", message]);
  }
  assert.equal((await send("GET", `/as-of/${both}${MAPS}`)).status, 200);
});

test("who may not read something now may not read it as it was", async () => {
  const asked: string[] = [];
  const server: TestServer = await testServer({
    authorizer: {
      authorize: (attributes) => {
        asked.push(`${attributes.verb} ${attributes.path ?? attributes.resource}`);
        return { verdict: "no opinion" };
      },
    },
  });
  assert.equal((await server.send("GET", `/as-of/1/api/v1/secrets`)).status, 403);
  assert.equal((await server.send("GET", `/as-of/nonsense/apis`)).status, 403);
  assert.deepEqual(asked, ["list secrets", "get /apis"]);
});
