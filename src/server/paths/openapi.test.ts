/** In which form the OpenAPI documents are answered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";

const JSON_TYPE = "application/json";
const PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
const OLD_NAME = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

const { send } = await testServer();

for (const { accept, type } of [
  { accept: "", type: JSON_TYPE },
  { accept: "*/*", type: JSON_TYPE },
  { accept: "application/*", type: JSON_TYPE },
  { accept: `application/yaml, ${JSON_TYPE}`, type: JSON_TYPE },
  { accept: OLD_NAME, type: PROTOBUF },
  { accept: PROTOBUF, type: PROTOBUF },
  { accept: `${JSON_TYPE};q=0.5, ${PROTOBUF}`, type: PROTOBUF },
]) {
  test(`v2 for "${accept}" is ${type}`, async () => {
    const { status, headers } = await send("GET", "/openapi/v2", undefined, { accept });
    assert.deepEqual([status, headers["content-type"], headers["vary"]], [200, type, "Accept"]);
  });
}

test("v2 cannot be had in other forms", async () => {
  const { status } = await send("GET", "/openapi/v2", undefined, { accept: "application/yaml" });
  assert.equal(status, 406);
});

test("each form of v2 has a tag of its own, by which clients keep it", async () => {
  const [json, protobuf] = await Promise.all(
    [JSON_TYPE, PROTOBUF].map((accept) => send("GET", "/openapi/v2", undefined, { accept })),
  );
  assert.notEqual(json!.headers["etag"], protobuf!.headers["etag"]);
  const again = { accept: PROTOBUF, "if-none-match": protobuf!.headers["etag"] as string };
  assert.equal((await send("GET", "/openapi/v2", undefined, again)).status, 304);
});

const V3_PROTOBUF = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf";

for (const { accept, type } of [
  { accept: "", type: JSON_TYPE },
  { accept: "application/com.github.proto-openapi.spec.v3@v1.0+protobuf", type: V3_PROTOBUF },
  { accept: V3_PROTOBUF, type: V3_PROTOBUF },
]) {
  test(`v3 for "${accept}" is ${type}, under the hash of the index`, async () => {
    const { json } = await send("GET", "/openapi/v3");
    const { serverRelativeURL: url } = json.paths["api/v1"];
    const { status, headers } = await send("GET", url, undefined, { accept });
    assert.deepEqual([status, headers["content-type"], headers["vary"]], [200, type, "Accept"]);
    assert.deepEqual([headers["etag"], headers["cache-control"]], [`"${url.split("hash=")[1]}"`, "public, immutable"]);
  });
}

test("whoever asks by an old hash is shown the new one", async () => {
  const { status, headers } = await send("GET", "/openapi/v3/api/v1?hash=old");
  const { json } = await send("GET", "/openapi/v3");
  assert.deepEqual([status, headers["location"]], [301, json.paths["api/v1"].serverRelativeURL]);
});

test("v3 cannot be had in other forms", async () => {
  assert.equal((await send("GET", "/openapi/v3/api/v1", undefined, { accept: "application/yaml" })).status, 406);
});

test("a v3 document that is not there is in no form", async () => {
  assert.equal((await send("GET", "/openapi/v3/apis/x/v1", undefined, { accept: V3_PROTOBUF })).status, 404);
});

test("the v2 document is none of the v3 documents", async () => {
  await send("GET", "/openapi/v2");
  assert.equal((await send("GET", "/openapi/v3/v2")).status, 404);
});

for (const path of ["/openapi/v3/", "/openapi/v3/nope", "/openapi/v3/api/v1/"]) {
  test(`there is no document ${path}, and nothing to say of it`, async () => {
    const { status, text, headers } = await send("GET", path, undefined, { accept: "text/html" });
    assert.deepEqual([status, text, headers["content-type"]], [404, "", undefined]);
  });
}
