import assert from "node:assert/strict";
import { test } from "node:test";
import { Query } from "./query.ts";
import { requestInfoOf } from "./request-info.ts";

const rows: [rule: string, method: string, url: string, said: string][] = [
  ["a collection in a namespace is listed", "GET", "/api/v1/namespaces/a/pods", "list /v1 a pods"],
  ["an object is read", "GET", "/api/v1/namespaces/a/pods/x", "get /v1 a pods x"],
  ["watch=1 makes a list a watch", "GET", "/api/v1/pods?watch=1", "watch /v1  pods"],
  ["watch=false does not", "GET", "/api/v1/pods?watch=false", "list /v1  pods"],
  ["watch of a named object reads it", "GET", "/api/v1/namespaces/a/pods/x?watch=1", "get /v1 a pods x"],
  ["the old form of watch", "GET", "/api/v1/watch/namespaces/a/pods/x", "watch /v1 a pods x"],
  [
    "a field selector on the name names the object",
    "GET",
    "/api/v1/pods?fieldSelector=metadata.name%3Dx",
    "list /v1  pods x",
  ],
  ["a namespace is an object in itself", "GET", "/api/v1/namespaces/a", "get /v1 a namespaces a"],
  ["finalize belongs to the namespace", "PUT", "/api/v1/namespaces/a/finalize", "update /v1 a namespaces a finalize"],
  ["a cluster-scoped object of a group", "PATCH", "/apis/apps/v1/things/x", "patch apps/v1  things x"],
  ["a subresource", "POST", "/api/v1/namespaces/a/pods/x/binding", "create /v1 a pods x binding"],
  [
    "no name deletes the collection",
    "DELETE",
    "/apis/apps/v1/namespaces/a/deployments",
    "deletecollection apps/v1 a deployments",
  ],
  ["the old form of proxy, which has no subresources", "GET", "/api/v1/proxy/nodes/x/y", "proxy /v1  nodes x"],
  ["a trailing slash does not count", "GET", "/api/v1/pods/", "list /v1  pods"],
];

for (const [rule, method, url, said] of rows) {
  test(rule, () => {
    const [path, query = ""] = url.split("?");
    const info = requestInfoOf(method, path!, new Query(query));
    const words = [
      info.verb,
      `${info.group}/${info.version}`,
      info.namespace,
      info.resource,
      info.name,
      info.subresource,
    ];
    assert.equal(words.join(" ").trimEnd(), said);
  });
}

for (const path of [
  "/",
  "/api",
  "/apis",
  "/api/v1",
  "/apis/apps",
  "/apis/apps/v1",
  "/version",
  "/api/v1/watch",
  "/apis/apps/v1/proxy/",
  "/healthz/ping",
]) {
  test(`${path} is no resource`, () => assert.equal(requestInfoOf("GET", path, new Query("")).isResource, false));
}

test("a proxied path keeps what follows, its last slash too", () => {
  const at = (path: string): string | undefined => requestInfoOf("GET", path, new Query("")).rest;
  assert.equal(at("/api/v1/namespaces/a/pods/x/proxy"), undefined);
  assert.equal(at("/api/v1/namespaces/a/pods/x/proxy/"), "");
  assert.equal(at("/api/v1/namespaces/a/pods/x/proxy/b/c/"), "b/c/");
});

test("what cannot be unescaped in a query is left out, as in Go", () => {
  const query = new Query("a=1&b=%zz&a=2&c=x+y&d;e=1");
  assert.deepEqual(
    [query.all("a"), query.has("b"), query.get("c"), query.has("d;e")],
    [["1", "2"], false, "x y", false],
  );
});
