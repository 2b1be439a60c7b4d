/** Names that clients choose, and that every object of JavaScript has, too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./testing/server.ts";

const MAPS = "/api/v1/namespaces/ns/configmaps";

for (const name of ["constructor", "__proto__", "toString"]) {
  const rows: readonly (readonly [what: string, method: string, path: string, type: string, status: number])[] = [
    ["a subresource", "GET", `${MAPS}/a/${name}`, "application/json", 404],
    ["a subresource that is written", "PUT", `${MAPS}/a/${name}`, "application/json", 404],
    ["a method", name, `${MAPS}/a`, "application/json", 405],
    ["a kind of patch", "PATCH", `${MAPS}/a`, name, 415],
  ];
  for (const [what, method, path, type, status] of rows) {
    test(`${name} is not known as ${what}`, async () => {
      const { send } = await testServer();
      await send("POST", MAPS, { metadata: { name: "a" } });
      const answer = await send(method, path, method === "GET" ? undefined : "{}", { "content-type": type });
      assert.equal(answer.status, status, answer.text);
    });
  }

  test(`a field ${name} says nothing of an object's type`, async () => {
    const { send } = await testServer();
    const { status, text, headers } = await send("POST", MAPS, `{"metadata":{"name":"a"},"${name}":{"b":1}}`);
    assert.equal(status, 201, text);
    assert.match(String(headers["warning"]), new RegExp(`unknown field \\\\"${name}\\\\"`));
  });
}
