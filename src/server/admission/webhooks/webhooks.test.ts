/** Admission webhooks through the whole pipeline, with a caller that is a function. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALLOWED, patch, text, webhookServer } from "../../testing/webhooks.ts";
import type { Answering, Said, WebhookServer } from "../../testing/webhooks.ts";

const CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1";
const MAPS = "/api/v1/namespaces/default/configmaps";
const MERGE = { "content-type": "application/merge-patch+json" };

type Sort = "mutating" | "validating";

const rule = (resources: string[], operations: string[] = ["*"], group = "", version = "v1") => ({
  apiGroups: [group],
  apiVersions: [version],
  operations,
  resources,
});

/** A webhook `<name>.example.com` at `https://hooks/<name>`. */
const hook = (name: string, more: object = {}) => ({
  name: `${name}.example.com`,
  clientConfig: { url: `https://hooks/${name}` },
  rules: [rule(["configmaps"])],
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
  ...more,
});

async function configure(server: WebhookServer, sort: Sort, name: string, ...webhooks: object[]): Promise<void> {
  const path = `${CONFIGURATIONS}/${sort}webhookconfigurations`;
  const { status, json } = await server.send("POST", path, { metadata: { name }, webhooks });
  assert.equal(status, 201, JSON.stringify(json));
}

async function served(sort: Sort, answer: Answering, ...webhooks: object[]): Promise<WebhookServer> {
  const server = await webhookServer(answer);
  await configure(server, sort, "c", ...webhooks);
  return server;
}

const map = (name: string, data: object = {}, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  data,
});

const hooksAsked = ({ asked }: WebhookServer): string[] => asked.map((each) => each.hook);

const NO: Said = { response: { allowed: false } };
const refusing = (status: object): Said => ({ response: { allowed: false, status } });

for (const [rule, said, code, message] of [
  ["it says nothing more", NO, 400, 'admission webhook "a.example.com" denied the request without explanation'],
  ["with its message", refusing({ message: "no" }), 400, 'admission webhook "a.example.com" denied the request: no'],
  ["with its reason", refusing({ reason: "Why" }), 400, 'admission webhook "a.example.com" denied the request: Why'],
  [
    "with its own code",
    refusing({ code: 403, reason: "Forbidden", message: "m" }),
    403,
    'admission webhook "a.example.com" denied the request: m',
  ],
  [
    "never with a code of success",
    refusing({ code: 200, status: "Success", message: "m" }),
    400,
    /denied the request: m$/,
  ],
] as const) {
  for (const sort of ["mutating", "validating"] as const) {
    test(`a ${sort} webhook refuses: ${rule}`, async () => {
      const { send } = await served(sort, () => said, hook("a"));
      const { status, json } = await send("POST", MAPS, map("x"));
      assert.deepEqual([status, json.status, json.code], [code, "Failure", code]);
      if (message instanceof RegExp) assert.match(json.message, message);
      else assert.equal(json.message, message);
    });
  }
}

const POST = 'Post "https://hooks/a?timeout=10s"';
const review = (response: object, type: object = {}): string =>
  JSON.stringify({ kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", ...type, response });

for (const [rule, sort, said, why] of [
  [
    "the connection fails",
    "validating",
    new Error("dial tcp 10.0.0.1:443: connect: connection refused"),
    `failed to call webhook: ${POST}: dial tcp 10.0.0.1:443: connect: connection refused`,
  ],
  [
    "it answers 500 in plain text",
    "validating",
    { status: 500, contentType: "text/plain", body: new TextEncoder().encode("boom\n") },
    'failed to call webhook: an error on the server ("boom") has prevented the request from succeeding',
  ],
  [
    "it is not there",
    "validating",
    { status: 404 },
    "failed to call webhook: the server could not find the requested resource",
  ],
  [
    "its answer is no JSON",
    "validating",
    text("hi"),
    "failed to call webhook: couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value",
  ],
  [
    "it answers without response",
    "validating",
    text(`{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}`),
    "received invalid webhook response: webhook response was absent",
  ],
  [
    "it answers another question",
    "validating",
    text(review({ uid: "other", allowed: true })),
    /^received invalid webhook response: expected response\.uid="[-0-9a-f]{36}", got "other"$/,
  ],
  [
    "it answers in another form",
    "validating",
    { response: { allowed: true }, apiVersion: "v1" },
    "received invalid webhook response: expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /v1, Kind=AdmissionReview",
  ],
  [
    "it may only judge but patches",
    "validating",
    { response: { allowed: true, patchType: "JSONPatch", patch: "W10=" } },
    "received invalid webhook response: validating webhook may not return response.patch",
  ],
  [
    "it patches without saying how",
    "mutating",
    { response: { allowed: true, patch: "W10=" } },
    "received invalid webhook response: webhook returned response.patch but not response.patchType",
  ],
  [
    "it says how but does not patch",
    "mutating",
    { response: { allowed: true, patchType: "JSONPatch" } },
    "received invalid webhook response: webhook returned response.patchType but not response.patch",
  ],
  [
    "its patch is of another kind",
    "mutating",
    { response: { allowed: true, patchType: "MergePatch", patch: btoa('[{"op":"remove","path":"/data"}]') } },
    'unsupported patch type "MergePatch"',
  ],
  ...(
    [
      ["no JSON", undefined, "unexpected end of JSON input"],
      ["an object", {}, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"],
      ["a list of texts", ["x"], "json: cannot unmarshal string into Go value of type jsonpatch.Operation"],
    ] as const
  ).map(
    ([what, operations, why]) =>
      [
        `its patch is ${what}`,
        "mutating",
        {
          response: {
            allowed: true,
            patchType: "JSONPatch",
            patch: btoa(JSON.stringify(operations) ?? "["),
          },
        },
        `received undecodable patch in webhook response: ${why}`,
      ] as const,
  ),
] as const) {
  test(`a failed call refuses or is passed over, as the policy says: ${rule}`, async () => {
    const { send } = await served(sort, () => said as Said, hook("a"));
    const { status, json } = await send("POST", MAPS, map("x"));
    assert.deepEqual([status, json.reason], [500, "InternalError"]);
    const start = 'Internal error occurred: failed calling webhook "a.example.com": ';
    assert.ok(json.message.startsWith(start), json.message);
    const rest = json.message.slice(start.length);
    if (why instanceof RegExp) assert.match(rest, why);
    else assert.equal(rest, why);
    const open = await served(sort, () => said as Said, hook("a", { failurePolicy: "Ignore" }));
    assert.equal((await open.send("POST", MAPS, map("x"))).status, 201);
  });
}

test("a webhook that does not answer in time has failed; the others were asked meanwhile", async () => {
  const server = await served(
    "validating",
    ({ hook: name }) => (name === "slow" ? "nothing" : ALLOWED),
    hook("slow", { timeoutSeconds: 2 }),
    hook("fast"),
  );
  const made = server.send("POST", MAPS, map("x"));
  while (server.asked.length < 2) await Promise.resolve();
  await server.clock.advance(2000);
  const { json } = await made;
  assert.equal(
    json.message,
    'Internal error occurred: failed calling webhook "slow.example.com": failed to call webhook: Post "https://hooks/slow?timeout=2s": context deadline exceeded',
  );
});

test("a review says all of the request", async () => {
  const server = await served("validating", () => ALLOWED, hook("a", { rules: [rule(["configmaps"], ["UPDATE"])] }));
  await server.send("POST", MAPS, map("x", { k: "1" }));
  await server.send("PATCH", `${MAPS}/x?dryRun=All&fieldManager=me`, { data: { k: "2" } }, MERGE);
  const { kind, apiVersion, request } = server.asked[0]!.review;
  assert.deepEqual([kind, apiVersion], ["AdmissionReview", "admission.k8s.io/v1"]);
  const { uid, object, oldObject, ...rest } = request;
  assert.match(uid, /^[-0-9a-f]{36}$/);
  assert.deepEqual([object.data, oldObject.data, object.kind], [{ k: "2" }, { k: "1" }, "ConfigMap"]);
  const type = { group: "", version: "v1", kind: "ConfigMap" };
  const resource = { group: "", version: "v1", resource: "configmaps" };
  assert.deepEqual(rest, {
    kind: type,
    resource,
    requestKind: type,
    requestResource: resource,
    name: "x",
    namespace: "default",
    operation: "UPDATE",
    userInfo: { username: "admin", groups: ["system:masters", "system:authenticated"] },
    dryRun: true,
    options: { kind: "PatchOptions", apiVersion: "meta.k8s.io/v1", dryRun: ["All"], fieldManager: "me" },
  });
});

test("deletions show the object as it was, one by one", async () => {
  const server = await served("validating", () => ALLOWED, hook("a", { rules: [rule(["configmaps"], ["DELETE"])] }));
  for (const name of ["x", "y"]) await server.send("POST", MAPS, map(name));
  await server.send("DELETE", MAPS);
  const seen = server.asked.map(({ review: { request } }) => [request.object, request.oldObject.metadata.name]);
  assert.deepEqual(seen.toSorted(), [
    [null, "x"],
    [null, "y"],
  ]);
});

test("what may not be tried without effect is not asked in a dry run", async () => {
  const { send, store } = await served("mutating", () => ALLOWED);
  const stored = hook("a");
  // What older servers took is still stored somewhere.
  const key = "/admissionregistration.k8s.io/mutatingwebhookconfigurations/old";
  const object = (revision: number): object => ({
    kind: "MutatingWebhookConfiguration",
    apiVersion: "admissionregistration.k8s.io/v1",
    metadata: { name: "old", resourceVersion: String(revision) },
    webhooks: [{ ...stored, sideEffects: "Some" }],
  });
  await store.commit([{ key, expected: 0, object }], {});
  const { status, json } = await send("POST", `${MAPS}?dryRun=All`, map("x"));
  assert.deepEqual([status, json.message], [400, 'admission webhook "a.example.com" does not support dry run']);
  assert.equal((await send("POST", MAPS, map("x"))).status, 201);
});

test("patches are applied in turn, defaults filled in and what no kind knows left out", async () => {
  const server = await served(
    "mutating",
    ({ hook: name, review: { request } }) =>
      name === "first"
        ? patch({ op: "add", path: "/data/first", value: "1" }, { op: "add", path: "/nonsense", value: 1 })
        : patch({ op: "add", path: "/data/second", value: String(Object.keys(request.object.data)) }),
    hook("first"),
    hook("second"),
  );
  const { json } = await server.send("POST", MAPS, map("x", { k: "v" }));
  assert.deepEqual(json.data, { k: "v", first: "1", second: "k,first" });
  assert.equal(json.nonsense, undefined);
});

test("configurations are asked in the order of their names", async () => {
  const server = await webhookServer(() => ALLOWED);
  await configure(server, "mutating", "b", hook("second"));
  await configure(server, "mutating", "a", hook("first"));
  await configure(server, "validating", "a", hook("last"));
  await server.send("POST", MAPS, map("x"));
  assert.deepEqual(hooksAsked(server), ["first", "second", "last"]);
});

for (const [rule, operations, message] of [
  [
    "a path that is not there",
    [{ op: "add", path: "/no/such", value: 1 }],
    'add operation does not apply: doc is missing path: "/no/such": missing value',
  ],
  [
    "a kind that nobody knows",
    [{ op: "replace", path: "/kind", value: "Foo" }],
    'no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  ],
  ["a test that does not hold", [{ op: "test", path: "/kind", value: "x" }], "testing value /kind failed: test failed"],
] as const) {
  test(`a patch that cannot be applied is a fault of the webhook: ${rule}`, async () => {
    const { send } = await served("mutating", () => patch(...operations), hook("a"));
    const { status, json } = await send("POST", MAPS, map("x"));
    assert.deepEqual([status, json.message], [500, `Internal error occurred: ${message}`]);
  });
}

test("what a webhook says of its patch does not matter where it refuses or changes nothing", async () => {
  let allowed = false;
  const { send } = await served(
    "mutating",
    () => ({ response: { allowed, patchType: "MergePatch", patch: btoa(allowed ? "[]" : "[") } }),
    hook("a"),
  );
  const { json } = await send("POST", MAPS, map("x"));
  assert.equal(json.message, 'admission webhook "a.example.com" denied the request without explanation');
  allowed = true;
  assert.equal((await send("POST", MAPS, map("x"))).status, 201);
});

test("nothing can be changed about a deletion", async () => {
  const { send } = await served(
    "mutating",
    ({ review: { request } }) =>
      request.operation === "DELETE" ? patch({ op: "add", path: "/x", value: 1 }) : ALLOWED,
    hook("a"),
  );
  await send("POST", MAPS, map("x"));
  const { status, json } = await send("DELETE", `${MAPS}/x`);
  assert.equal(status, 500);
  assert.equal(
    json.message,
    'Internal error occurred: admission webhook "a.example.com" attempted to modify the object, which is not supported for this operation',
  );
});

const label = (name: string): Said => patch({ op: "add", path: `/data/${name}`, value: "1" });
for (const [rule, policies, asked] of [
  ["nobody asks to see more", ["Never", "Never"], ["first", "second"]],
  ["the first sees what the second did", ["IfNeeded", "Never"], ["first", "second", "first"]],
  ["the second changed last", ["Never", "IfNeeded"], ["first", "second"]],
  ["both want to, only the first need", ["IfNeeded", "IfNeeded"], ["first", "second", "first"]],
] as const) {
  test(`a second round: ${rule}`, async () => {
    const server = await served(
      "mutating",
      ({ hook: name }) => label(name),
      hook("first", { reinvocationPolicy: policies[0] }),
      hook("second", { reinvocationPolicy: policies[1] }),
    );
    await server.send("POST", MAPS, map("x", { k: "v" }));
    assert.deepEqual(hooksAsked(server), asked);
  });
}

for (const [what, more, path, body, asked] of [
  ["another resource", {}, "/api/v1/namespaces/default/secrets", { metadata: { name: "x" } }, false],
  ["another operation", { rules: [rule(["configmaps"], ["DELETE"])] }, MAPS, map("x"), false],
  ["all resources", { rules: [rule(["*"])] }, MAPS, map("x"), true],
  ["subresources only", { rules: [rule(["configmaps/*"])] }, MAPS, map("x"), true],
  ["cluster scope only", { rules: [{ ...rule(["*"]), scope: "Cluster" }] }, MAPS, map("x"), false],
  [
    "a namespace is of the cluster",
    { rules: [{ ...rule(["namespaces"]), scope: "Cluster" }] },
    "/api/v1/namespaces",
    { metadata: { name: "x" } },
    true,
  ],
  ["labels that are not there", { objectSelector: { matchLabels: { a: "b" } } }, MAPS, map("x"), false],
  [
    "labels that are",
    { objectSelector: { matchLabels: { a: "b" } } },
    MAPS,
    map("x", {}, { labels: { a: "b" } }),
    true,
  ],
  ["labels of another namespace", { namespaceSelector: { matchLabels: { a: "b" } } }, MAPS, map("x"), false],
  [
    "labels of its namespace",
    { namespaceSelector: { matchLabels: { a: "b" } } },
    "/api/v1/namespaces/labelled/configmaps",
    map("x"),
    true,
  ],
  [
    "a condition that does not hold",
    { matchConditions: [{ name: "c", expression: "object.metadata.name == 'y'" }] },
    MAPS,
    map("x"),
    false,
  ],
  [
    "a condition that does",
    { matchConditions: [{ name: "c", expression: "request.operation == 'CREATE'" }] },
    MAPS,
    map("x"),
    true,
  ],
  [
    "one condition fails, another does not hold",
    {
      matchConditions: [
        { name: "a", expression: "object.data.no == ''" },
        { name: "b", expression: "false" },
      ],
    },
    MAPS,
    map("x"),
    false,
  ],
  [
    "a failing condition of one that may be passed over",
    { failurePolicy: "Ignore", matchConditions: [{ name: "a", expression: "object.data.no == ''" }] },
    MAPS,
    map("x"),
    false,
  ],
  [
    "another version of the same objects",
    { rules: [rule(["events"], ["*"], "events.k8s.io")] },
    "/api/v1/namespaces/default/events",
    { metadata: { name: "x", namespace: "default" }, involvedObject: { namespace: "default" } },
    true,
  ],
  [
    "no other version where it is to be exact",
    { matchPolicy: "Exact", rules: [rule(["events"], ["*"], "events.k8s.io")] },
    "/api/v1/namespaces/default/events",
    { metadata: { name: "x", namespace: "default" }, involvedObject: { namespace: "default" } },
    false,
  ],
] as const) {
  test(`who is asked: ${what}`, async () => {
    const server = await webhookServer(() => ALLOWED);
    await server.send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
    await server.send("POST", "/api/v1/namespaces", { metadata: { name: "labelled", labels: { a: "b" } } });
    await configure(server, "validating", "c", hook("a", more));
    const { status, json } = await server.send("POST", path, body);
    assert.equal(status, 201, JSON.stringify(json));
    assert.deepEqual(hooksAsked(server), asked ? ["a"] : []);
  });
}

test("a condition that cannot be evaluated refuses where the policy says so", async () => {
  const conditions = [{ name: "a", expression: "object.data.no == ''" }];
  const { send } = await served("validating", () => ALLOWED, hook("a", { matchConditions: conditions }));
  const { status, json } = await send("POST", MAPS, map("x"));
  assert.deepEqual(
    [status, json.message],
    [403, `configmaps "x" is forbidden: expression 'object.data.no == ''' resulted in error: no such key: data`],
  );
});

test("a webhook sees an equivalent version, and its patch comes back in the request's", async () => {
  const server = await served(
    "mutating",
    () => patch({ op: "add", path: "/note", value: "from the webhook" }),
    hook("a", { rules: [rule(["events"], ["*"], "events.k8s.io")] }),
  );
  const event = { metadata: { name: "x" }, involvedObject: { namespace: "default" }, message: "m" };
  const { json } = await server.send("POST", "/api/v1/namespaces/default/events", event);
  assert.equal(json.message, "from the webhook");
  const { request } = server.asked[0]!.review;
  assert.deepEqual(request.kind, { group: "events.k8s.io", version: "v1", kind: "Event" });
  assert.deepEqual(request.requestKind, { group: "", version: "v1", kind: "Event" });
  assert.deepEqual([request.object.apiVersion, request.object.note], ["events.k8s.io/v1", "m"]);
});

test("configurations themselves are shown to no webhook", async () => {
  const server = await served("validating", () => NO, hook("a", { rules: [rule(["*"], ["*"], "*", "*")] }));
  const path = `${CONFIGURATIONS}/validatingwebhookconfigurations/c`;
  const { status } = await server.send("DELETE", path);
  assert.equal(status, 200);
  assert.deepEqual(server.asked, []);
});

test("warnings go to the client, also of one that refuses", async () => {
  const said: Said = { response: { allowed: false, warnings: ["mind the gap"] } };
  const { send } = await served("validating", () => said, hook("a"));
  const { headers } = await send("POST", MAPS, map("x"));
  assert.deepEqual(headers["warning"], ['299 - "mind the gap"']);
});

test("expressions that cannot be compiled are refused with the configuration", async () => {
  const server = await webhookServer(() => ALLOWED);
  const path = `${CONFIGURATIONS}/validatingwebhookconfigurations`;
  const webhooks = [hook("a", { matchConditions: [{ name: "c", expression: "nope" }] })];
  const { status, json } = await server.send("POST", path, { metadata: { name: "c" }, webhooks });
  assert.deepEqual([status, json.details.causes[0].field], [422, "webhooks[0].matchConditions[0].expression"]);
  assert.match(json.message, /compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope'/);
});

test("a Service is asked at one of its ready ends, by its name", async () => {
  const service = { namespace: "default", name: "hooks", path: "/a/" };
  const server = await served("validating", () => ALLOWED, hook("a", { clientConfig: { service } }));
  const refused = await server.send("POST", MAPS, map("x"));
  const start =
    'failed calling webhook "a.example.com": failed to call webhook: Post "https://hooks.default.svc:443/a?timeout=10s": ';
  assert.equal(refused.json.message, `Internal error occurred: ${start}service "hooks" not found`);
  await server.send("POST", "/api/v1/namespaces/default/services", {
    metadata: { name: "hooks" },
    spec: { ports: [{ port: 443, targetPort: 8443 }] },
  });
  const nowhere = await server.send("POST", MAPS, map("x"));
  assert.equal(nowhere.json.message, `Internal error occurred: ${start}no endpoints available for service "hooks"`);
  await server.send("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
    metadata: { name: "hooks-1", labels: { "kubernetes.io/service-name": "hooks" } },
    addressType: "IPv4",
    ports: [{ port: 8443 }],
    endpoints: [{ addresses: ["10.1.2.3"] }],
  });
  assert.equal((await server.send("POST", MAPS, map("x"))).status, 201);
  assert.deepEqual(server.asked[0]!.call.address, { host: "10.1.2.3", port: 8443 });
});

test("calls are counted under upstream's names", async () => {
  const server = await served("validating", () => refusing({ code: 403 }), hook("a"));
  await server.send("POST", MAPS, map("x"));
  const of = 'name="a.example.com",type="validating",operation="CREATE"';
  const counted = server.registry.text();
  for (const line of [
    `apiserver_admission_webhook_rejection_count{${of},error_type="no_error",rejection_code="403"} 1`,
    `apiserver_admission_webhook_admission_duration_seconds_count{${of},rejected="true"} 1`,
  ]) {
    assert.ok(counted.includes(line), line);
  }
});

test("a configuration is in force as it is now", async () => {
  const server = await served("validating", () => NO, hook("a"));
  const path = `${CONFIGURATIONS}/validatingwebhookconfigurations/c`;
  const codes: number[] = [];
  const create = async (): Promise<void> => void codes.push((await server.send("POST", MAPS, map("x"))).status);
  await create();
  const webhooks = [hook("a", { rules: [rule(["configmaps"], ["UPDATE"])] })];
  await server.send("PATCH", path, { webhooks }, MERGE);
  await create();
  await server.send("DELETE", `${MAPS}/x`);
  await server.send("PATCH", path, { webhooks: [hook("a")] }, MERGE);
  await create();
  await server.send("DELETE", path);
  await create();
  assert.deepEqual(codes, [400, 201, 400, 201]);
});

test("the scale endpoint shows a Scale, and takes what is made of it", async () => {
  const server = await served(
    "mutating",
    () => patch({ op: "replace", path: "/spec/replicas", value: 3 }),
    hook("a", { rules: [rule(["deployments/scale"], ["UPDATE"], "apps")] }),
  );
  const deployments = "/apis/apps/v1/namespaces/default/deployments";
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: "b" } }, template };
  await server.send("POST", deployments, { metadata: { name: "x" }, spec });
  const { json } = await server.send("PATCH", `${deployments}/x/scale`, { spec: { replicas: 9 } }, MERGE);
  assert.equal(json.spec.replicas, 3);
  const { kind, subResource, object, oldObject } = server.asked[0]!.review.request;
  assert.deepEqual(kind, { group: "autoscaling", version: "v1", kind: "Scale" });
  assert.deepEqual([subResource, object.spec.replicas, oldObject.spec.replicas], ["scale", 9, 1]);
});
