import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Pod } from "../api/core/index.ts";
import { Deployment } from "../api/apps/index.ts";
import type { ApiRequest, ApiResponse, Door } from "../machinery/door.ts";
import { StatusError, isReason, tooManyRequests } from "../machinery/errors.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { createClient } from "./create-client.ts";

const encoder = new TextEncoder();
const user = { username: "test", groups: [] };

/** Answers with bytes as an HTTP client does, and keeps the requests. */
function remote(status: number, text: string, form: "bytes" | "stream" = "bytes") {
  const requests: ApiRequest[] = [];
  const door: Door = async (request): Promise<ApiResponse> => {
    requests.push(request);
    // In pieces of 7 bytes, so that lines and characters are torn.
    async function* chunks(): AsyncIterable<Uint8Array> {
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
    }
    const body =
      form === "bytes" ? ({ form, bytes: encoder.encode(text) } as const) : ({ form, chunks: chunks() } as const);
    return { status, headers: {}, body };
  };
  return { door, requests };
}

const asked = ({ method, path, query }: ApiRequest) => `${method} ${path}${query === "" ? "" : `?${query}`}`;
const sent = ({ body }: ApiRequest) =>
  body?.form === "bytes" ? JSON.parse(new TextDecoder().decode(body.bytes)) : body?.object;

test("requests go where upstream has them, with what was asked for", async () => {
  const { door, requests } = remote(200, '{"metadata":{},"items":[]}');
  const client = createClient(door, { userAgent: "test/1.0" });
  await client.get(Deployment, "web", "default", { resourceVersion: "0" });
  await client.list(Pod, { labelSelector: "app in (a,b)", limit: 5 });
  await client.update(Deployment, { metadata: { name: "web", namespace: "default" } } as Deployment, {
    subresource: "status",
  });
  await client.patch(Pod, "p", "default", { type: "apply", body: {} }, { fieldManager: "me", force: true });
  await client.delete(Pod, "p", "default", { gracePeriodSeconds: 0, preconditions: { uid: "u" } });
  await client.deleteCollection(Pod, { namespace: "default", labelSelector: "a=b" });
  await client.subresource(Pod, "p", "default", "binding", { target: {} });
  assert.deepEqual(requests.map(asked), [
    "GET /apis/apps/v1/namespaces/default/deployments/web?resourceVersion=0",
    "GET /api/v1/pods?labelSelector=app%20in%20(a%2Cb)&limit=5",
    "PUT /apis/apps/v1/namespaces/default/deployments/web/status",
    "PATCH /api/v1/namespaces/default/pods/p?fieldManager=me&force=true",
    "DELETE /api/v1/namespaces/default/pods/p",
    "DELETE /api/v1/namespaces/default/pods?labelSelector=a%3Db",
    "POST /api/v1/namespaces/default/pods/p/binding",
  ]);
  assert.deepEqual(sent(requests[2]!), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
  });
  assert.equal(requests[3]!.headers["content-type"], "application/apply-patch+yaml");
  assert.deepEqual(sent(requests[4]!), {
    kind: "DeleteOptions",
    apiVersion: "v1",
    gracePeriodSeconds: 0,
    preconditions: { uid: "u" },
  });
});

test("through an in-process door the very objects go in and come out, and the cause with them", async () => {
  const object = { metadata: { name: "a", namespace: "default" }, data: { x: "1" } };
  let request: ApiRequest | undefined;
  const answer = { form: "object", object, bytes: () => new Uint8Array() } as const;
  const client = createClient(
    async (given) => {
      request = given;
      return { status: 201, headers: {}, body: answer };
    },
    { userAgent: "test", user },
  );
  const cause = { revisions: [7] };
  assert.equal(await client.create(ConfigMap, object, { cause }), object);
  assert.equal((sent(request!) as typeof object).data, object.data);
  assert.equal(request!.cause, cause);
  assert.equal(request!.peer.user, user);
});

test("items of a remote list know what they are", async () => {
  const { door } = remote(
    200,
    '{"kind":"PodList","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"p"}}]}',
  );
  const { items, metadata } = await createClient(door, { userAgent: "test" }).list(Pod);
  assert.deepEqual(items, [{ apiVersion: "v1", kind: "Pod", metadata: { name: "p" } }]);
  assert.equal(metadata.resourceVersion, "9");
});

for (const { rule, status, text, reason, message } of [
  {
    rule: "a Status",
    status: 409,
    text: '{"kind":"Status","status":"Failure","message":"m","reason":"AlreadyExists","code":409}',
    reason: "AlreadyExists",
    message: "m",
  },
  {
    rule: "plain text of a proxy",
    status: 503,
    text: "no healthy upstream\n",
    reason: "ServiceUnavailable",
    message: "no healthy upstream",
  },
  { rule: "nothing at all", status: 404, text: "", reason: "NotFound", message: "the server answered 404" },
]) {
  test(`a failure is thrown as StatusError from ${rule}`, async () => {
    const client = createClient(remote(status, text).door, { userAgent: "test" });
    await assert.rejects(client.get(Pod, "p", "default"), (error) => {
      assert.ok(error instanceof StatusError);
      assert.deepEqual([error.code, error.reason, error.message], [status, reason, message]);
      return true;
    });
  });
}

test("a remote watch is read line by line, however it is torn; an ERROR event is thrown", async () => {
  const lines = [
    '{"type":"ADDED","object":{"metadata":{"name":"ä"}}}',
    '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5"}}}',
    '{"type":"ERROR","object":{"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"}}',
  ];
  const { door, requests } = remote(200, `${lines.join("\n")}\n`, "stream");
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      const options = { resourceVersion: "3", allowWatchBookmarks: true };
      for await (const batch of createClient(door, { userAgent: "test" }).watch(Pod, options)) {
        for (const { type, object } of batch) seen.push(`${type} ${object.metadata.name ?? ""}`);
      }
    },
    (error) => isReason(error, "Expired"),
  );
  assert.deepEqual(seen, ["ADDED ä", "BOOKMARK "]);
  assert.equal(asked(requests[0]!), "GET /api/v1/pods?watch=true&resourceVersion=3&allowWatchBookmarks=true");
  assert.equal(requests[0]!.signal.aborted, true);
});

test("a request that is turned away for a while is sent again when it was told to", async () => {
  const clock = new VirtualClock(0);
  const times: number[] = [];
  const door: Door = async () => {
    times.push(clock.now());
    const busy = times.length < 3;
    const object = busy ? tooManyRequests("busy", 2).status : { metadata: { name: "p" } };
    return {
      status: busy ? 429 : 200,
      headers: (busy ? { "retry-after": "2" } : {}) as Record<string, string>,
      body: { form: "object", object, bytes: () => new Uint8Array() },
    };
  };
  const answer = createClient(door, { userAgent: "test", user, clock }).get(Pod, "p", "default");
  await clock.advance(10_000);
  assert.equal((await answer).metadata.name, "p");
  assert.deepEqual(times, [0, 2000, 4000]);
  await assert.rejects(
    createClient(async () => ((times.length = 0), door({} as ApiRequest)), { userAgent: "test", user }).get(Pod, "p"),
    /busy/,
  );
});
