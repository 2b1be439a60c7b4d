/** Custom resources of two versions between which a webhook converts, through the whole pipeline. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { patch, text, webhookServer } from "../testing/webhooks.ts";
import type { Asked, Said, WebhookServer } from "../testing/webhooks.ts";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const V1 = "/apis/example.com/v1/namespaces/ns/links";
const V2 = "/apis/example.com/v2/namespaces/ns/links";
const MERGE = { "content-type": "application/merge-patch+json" };
const APPLY = { "content-type": "application/apply-patch+yaml" };

const TEXT = { type: "string" };
const versionOf = (name: string, storage: boolean, properties: object) => ({
  name,
  served: true,
  storage,
  subresources: { status: {} },
  schema: {
    openAPIV3Schema: {
      type: "object",
      properties: { spec: { type: "object", properties }, status: { type: "object", properties: { up: TEXT } } },
    },
  },
});

/** `spec.address` is `host:port` in v1; v2 has `spec.host` and `spec.port`. */
const definition = (storage: "v1" | "v2", strategy = "Webhook") => ({
  metadata: { name: "links.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "links", kind: "Link" },
    versions: [
      versionOf("v1", storage === "v1", { address: TEXT, color: { type: "string", default: "red" } }),
      versionOf("v2", storage === "v2", { host: TEXT, port: TEXT, color: TEXT, size: { type: "integer", default: 1 } }),
    ],
    conversion:
      strategy === "None"
        ? { strategy }
        : {
            strategy,
            webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://hooks/convert" } },
          },
  },
});

// Converters look into objects as they please.
// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

function converted(object: Any, apiVersion: string): Any {
  const { address, host, port, size: _, ...rest } = object.spec ?? {};
  const spec =
    apiVersion === "example.com/v1"
      ? { address: `${host ?? ""}:${port ?? ""}`, ...rest }
      : { host: address?.split(":")[0], port: address?.split(":")[1], ...rest };
  return { ...object, apiVersion, spec, junk: "x" };
}

function convert({ review: { request } }: Asked): Said {
  const convertedObjects = request.objects.map((each: Any) => converted(each, request.desiredAPIVersion));
  return { response: { result: { status: "Success" }, convertedObjects } };
}

async function withLinks(answer = convert, storage: "v1" | "v2" = "v1"): Promise<WebhookServer> {
  const server = await webhookServer(answer);
  const { status, json } = await server.send("POST", CRDS, definition(storage));
  assert.equal(status, 201, JSON.stringify(json));
  while ((await server.send("GET", V2)).status !== 200) await Promise.resolve();
  return server;
}

const link = (version: "v1" | "v2", name: string, spec: object, metadata: object = {}) => ({
  apiVersion: `example.com/${version}`,
  kind: "Link",
  metadata: { name, ...metadata },
  spec,
});

test("an object is read in either version, pruned and defaulted by that one", async () => {
  const { send, asked } = await withLinks();
  const made = await send("POST", V1, link("v1", "a", { address: "h:1" }));
  assert.deepEqual([made.status, made.json.spec, asked.length], [201, { address: "h:1", color: "red" }, 0]);
  const { json } = await send("GET", `${V2}/a`);
  assert.deepEqual([json.apiVersion, json.spec], ["example.com/v2", { host: "h", port: "1", color: "red", size: 1 }]);
  assert.deepEqual([json.junk, json.metadata.uid], [undefined, made.json.metadata.uid]);
  await send("GET", `${V2}/a`);
  assert.equal(asked.length, 1, "what was converted once is kept");
});

test("it is stored in the storage version whatever version it came in", async () => {
  const { send, store } = await withLinks();
  const { json } = await send("POST", V2, link("v2", "a", { host: "h", port: "1" }));
  assert.deepEqual(json.spec, { host: "h", port: "1", color: "red", size: 1 });
  const stored = store.head("/example.com/links/ns/a")!.object as Any;
  assert.deepEqual([stored.apiVersion, stored.spec], ["example.com/v1", { address: "h:1", color: "red" }]);
});

test("a list of objects of several versions is one question", async () => {
  const server = await withLinks();
  const { send, asked } = server;
  await send("POST", V1, link("v1", "old", { address: "h:1" }));
  const versions = definition("v2").spec.versions;
  await send("PATCH", `${CRDS}/links.example.com`, { spec: { versions } }, MERGE);
  while ((await send("GET", `${CRDS}/links.example.com`)).json.status.storedVersions.length < 2)
    await Promise.resolve();
  await send("POST", V2, link("v2", "new", { host: "h", port: "2" }));
  for (const name of ["b", "c"]) await send("POST", V1, link("v1", name, { address: `${name}:3` }));
  asked.length = 0;
  const { json } = await send("GET", V2);
  assert.deepEqual(
    json.items.map((each: Any) => [each.metadata.name, each.apiVersion, each.spec.host, each.spec.port]),
    [
      ["b", "example.com/v2", "b", "3"],
      ["c", "example.com/v2", "c", "3"],
      ["new", "example.com/v2", "h", "2"],
      ["old", "example.com/v2", "h", "1"],
    ],
  );
  assert.deepEqual(
    asked.map(({ review }) => review.request.objects.map((each: Any) => each.metadata.name)),
    [["old"]],
  );
});

test("a page converts no more than itself", async () => {
  const { send, asked } = await withLinks();
  for (const name of ["a", "b", "c"]) await send("POST", V1, link("v1", name, {}));
  const { json } = await send("GET", `${V2}?limit=2`);
  assert.deepEqual([json.items.length, asked[0]!.review.request.objects.length], [2, 2]);
  const rest = await send("GET", `${V2}?limit=2&continue=${json.metadata.continue}`);
  assert.deepEqual(
    rest.json.items.map((each: Any) => each.metadata.name),
    ["c"],
  );
});

test("a watch tells objects in its version, in order", async () => {
  const { send, watch } = await withLinks();
  await send("POST", V1, link("v1", "a", { address: "h:1" }));
  const watching = await watch(`${V2}?watch=1`);
  await send("PATCH", `${V1}/a`, { spec: { address: "h:2" } }, MERGE);
  await send("DELETE", `${V1}/a`);
  const events = await watching.next(3);
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.apiVersion, object.spec.port]),
    [
      ["ADDED", "example.com/v2", "1"],
      ["MODIFIED", "example.com/v2", "2"],
      ["DELETED", "example.com/v2", "2"],
    ],
  );
  watching.stop();
});

test("however many watch, an object is converted once", async () => {
  const { send, watch, asked } = await withLinks();
  const watching = await Promise.all(["", "", ""].map(() => watch(`${V2}?watch=1`)));
  await send("POST", V1, link("v1", "a", { address: "h:1" }));
  for (const each of watching) {
    const [event] = await each.next(1);
    assert.equal(event?.object.spec.host, "h");
    each.stop();
  }
  assert.equal(asked.length, 1);
});

test("a watch whose objects cannot be converted ends with the reason", async () => {
  let works = true;
  const { send, watch } = await withLinks((asked) => (works ? convert(asked) : new Error("EOF")));
  const watching = await watch(`${V2}?watch=1`);
  works = false;
  await send("POST", V1, link("v1", "a", { address: "h:1" }));
  const [event] = await watching.next(1);
  assert.deepEqual(
    [event?.type, event?.object.message],
    ["ERROR", 'conversion webhook for example.com/v1, Kind=Link failed: Post "https://hooks/convert?timeout=30s": EOF'],
  );
});

test("patches and applies work in the request's version, and ownership in each manager's own", async () => {
  const { send } = await withLinks();
  await send("PATCH", `${V1}/a?fieldManager=one`, link("v1", "a", { address: "h:1", color: "blue" }), APPLY);
  const merged = await send("PATCH", `${V2}/a?fieldManager=two`, { spec: { port: "2" } }, MERGE);
  assert.deepEqual(merged.json.spec, { host: "h", port: "2", color: "blue", size: 1 });
  const owners = merged.json.metadata.managedFields.map((each: Any) => [
    each.manager,
    each.apiVersion,
    Object.keys(each.fieldsV1["f:spec"] ?? {}),
  ]);
  // In v1 the port is part of the address, which one therefore owns no more.
  assert.deepEqual(owners, [
    ["one", "example.com/v1", ["f:color"]],
    ["two", "example.com/v2", ["f:port"]],
  ]);
  const refused = await send("PATCH", `${V2}/a?fieldManager=three`, link("v2", "a", { color: "green" }), APPLY);
  assert.deepEqual(
    [refused.status, refused.json.message],
    [409, 'Apply failed with 1 conflict: conflict with "one": .spec.color'],
  );
});

test("the status endpoint and deletion see the object in the request's version", async () => {
  const { send } = await withLinks();
  await send("POST", V1, link("v1", "a", { address: "h:1" }, { finalizers: ["example.com/hold"] }));
  const { json } = await send("PATCH", `${V2}/a/status`, { status: { up: "yes" } }, MERGE);
  assert.deepEqual([json.spec.host, json.status, json.metadata.generation], ["h", { up: "yes" }, 1]);
  const marked = await send("DELETE", `${V2}/a`);
  assert.deepEqual([marked.json.apiVersion, marked.json.spec.port], ["example.com/v2", "1"]);
});

test("writing an object moves it to the storage version, also where nothing else changes", async () => {
  const { send, store } = await withLinks();
  await send("POST", V1, link("v1", "a", { address: "h:1" }));
  await send("PATCH", `${CRDS}/links.example.com`, { spec: { versions: definition("v2").spec.versions } }, MERGE);
  while ((await send("GET", `${CRDS}/links.example.com`)).json.status.storedVersions.length < 2)
    await Promise.resolve();
  const before = (await send("GET", `${V1}/a`)).json;
  const after = (await send("PUT", `${V1}/a`, before)).json;
  assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion);
  const stored = store.head("/example.com/links/ns/a")!.object as Any;
  assert.deepEqual([stored.apiVersion, stored.spec.host], ["example.com/v2", "h"]);
  assert.equal((await send("PUT", `${V1}/a`, after)).json.metadata.resourceVersion, after.metadata.resourceVersion);
});

test("a server that starts anew knows in which version each object is stored", async () => {
  const server = await withLinks();
  await server.send("POST", V1, link("v1", "a", { address: "h:1" }));
  await server.send(
    "PATCH",
    `${CRDS}/links.example.com`,
    { spec: { versions: definition("v2").spec.versions } },
    MERGE,
  );
  const again = await server.restarted();
  assert.equal((await again.send("GET", `${V2}/a`)).json.spec.host, "h");
});

test("a webhook that knows only one version sees objects in it, and its patch is pruned and taken over", async () => {
  const server = await withLinks((asked) =>
    asked.hook === "convert"
      ? convert(asked)
      : patch(
          { op: "replace", path: "/spec/address", value: "patched:9" },
          { op: "add", path: "/spec/nonsense", value: "x" },
        ),
  );
  const webhook = {
    name: "mutate.example.com",
    clientConfig: { url: "https://hooks/mutate" },
    rules: [{ apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["links"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
  };
  const configurations = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
  await server.send("POST", configurations, { metadata: { name: "c" }, webhooks: [webhook] });
  const { json } = await server.send("POST", V2, link("v2", "a", { host: "h", port: "1" }));
  assert.deepEqual(json.spec, { host: "patched", port: "9", color: "red", size: 1 });
  const shown = server.asked.find(({ hook }) => hook === "mutate")!.review.request;
  assert.deepEqual([shown.requestKind.version, shown.kind.version, shown.object.spec.address], ["v2", "v1", "h:1"]);
});

test("where versions differ in their name alone nobody is asked", async () => {
  const server = await webhookServer(convert);
  await server.send("POST", CRDS, definition("v1", "None"));
  while ((await server.send("GET", V2)).status !== 200) await Promise.resolve();
  await server.send("POST", V1, link("v1", "a", { color: "blue" }));
  assert.deepEqual((await server.send("GET", `${V2}/a`)).json.spec, { color: "blue", size: 1 });
  assert.deepEqual(server.asked, []);
});

const answering =
  (change: (object: Any) => Any) =>
  ({ review: { request } }: Asked): Said => ({
    response: {
      result: { status: "Success" },
      convertedObjects: request.objects.map((each: Any) => change(converted(each, request.desiredAPIVersion))),
    },
  });
const meta = (metadata: object) => answering((each) => ({ ...each, metadata: { ...each.metadata, ...metadata } }));

for (const [rule, answer, message] of [
  [
    "it cannot be reached",
    () => new Error("dial tcp: lookup hooks: no such host"),
    'failed: Post "https://hooks/convert?timeout=30s": dial tcp: lookup hooks: no such host',
  ],
  ["it says why not", () => ({ response: { result: { status: "Failure", message: "too old" } } }), "failed: too old"],
  ["it does not say why", () => ({ response: {} }), "failed: response.result.status was '', not 'Success'"],
  [
    "it answers nothing",
    () => text('{"kind":"ConversionReview","apiVersion":"apiextensions.k8s.io/v1"}'),
    "failed: no response provided",
  ],
  [
    "it answers in another form",
    () => text("{}"),
    "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /, Kind=",
  ],
  ["objects are missing", () => ({ response: { result: { status: "Success" } } }), "returned 0 objects, expected 1"],
  [
    "in a wrong version",
    answering((each) => ({ ...each, apiVersion: "example.com/v3" })),
    "returned invalid object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v3)",
  ],
  [
    "of a wrong kind",
    answering((each) => ({ ...each, kind: "Other" })),
    "returned invalid object at index 0: invalid kind (expected Link, received Other)",
  ],
  ["with another name", meta({ name: "b" }), "returned invalid object: must have the same name: a != b"],
  [
    "with a label that is none",
    meta({ labels: { "a b": "c" } }),
    /^returned invalid metadata: metadata\.labels: Invalid value: "a b": /,
  ],
  [
    "with a label that is no text",
    meta({ labels: { a: 1 } }),
    "returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object",
  ],
] as const) {
  test(`what a webhook answers is checked: ${rule}`, async () => {
    const { send } = await withLinks(answer as (asked: Asked) => Said);
    await send("POST", V1, link("v1", "a", { address: "h:1" }));
    const { status, json } = await send("GET", `${V2}/a`);
    const start = "conversion webhook for example.com/v1, Kind=Link ";
    assert.deepEqual([status, json.message.slice(0, start.length)], [500, start]);
    const rest = json.message.slice(start.length);
    if (message instanceof RegExp) assert.match(rest, message);
    else assert.equal(rest, message);
  });
}

test("labels and annotations may change on the way, all other metadata stays", async () => {
  const { send } = await withLinks(meta({ labels: { seen: "yes" }, finalizers: ["x"], generation: 7 }));
  await send("POST", V1, link("v1", "a", { address: "h:1" }, { labels: { own: "1" } }));
  const { metadata } = (await send("GET", `${V2}/a`)).json;
  assert.deepEqual([metadata.labels, metadata.finalizers, metadata.generation], [{ seen: "yes" }, undefined, 1]);
});
