/** Of several things that are wrong with a request, which is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";
const ORDER: readonly [rule: string, method: string, path: string, headers: object, status: number][] = [
  ["a form that there is not, before what is not there", "GET", `${MAPS}/a`, { accept: "text/html" }, 406],
  ["before options", "GET", `${MAPS}?limit=x`, { accept: "text/html" }, 406],
  ["of a deletion", "DELETE", `${MAPS}?limit=x&dryRun=x`, { accept: "text/html" }, 406],
  ["of a creation", "POST", `${MAPS}?dryRun=x`, { accept: "text/html" }, 406],
  ["a form of the body, before options", "POST", `${MAPS}?dryRun=x`, { "content-type": "text/html" }, 415],
  ["export is no more", "GET", `${MAPS}/a?export=true`, {}, 400],
  ["and may be said to be off", "GET", `${MAPS}/a?export=false`, {}, 404],
  [
    "a watch of one name, and another selected",
    "GET",
    "/api/v1/watch/namespaces/ns/configmaps/a?fieldSelector=metadata.name=b",
    {},
    400,
  ],
];
for (const [rule, method, path, headers, status] of ORDER) {
  test(`what is wrong is told in upstream's order: ${rule}`, async () => {
    const { send } = await testServer();
    const body = method === "POST" ? { metadata: { name: "a" } } : undefined;
    const answer = await send(method, path, body, headers as Record<string, string>);
    assert.equal(answer.status, status, answer.text);
  });
}
