import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest } from "../../machinery/door.ts";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";

const PODS = "/api/v1/namespaces/ns/pods";
const MERGE = { "content-type": "application/merge-patch+json" };
const pod = (name: string): object => ({
  metadata: { name, labels: { app: "a" } },
  spec: { containers: [{ name: "c", image: "i" }] },
});
const bindingTo = (node: string): object => ({ metadata: { name: "p" }, target: { kind: "Node", name: node } });

async function withPod(options: Parameters<typeof testServer>[0] = {}): Promise<TestServer> {
  const server = await testServer(options);
  await server.send("POST", PODS, pod("p"));
  return server;
}

async function running(server: TestServer): Promise<void> {
  await server.send("POST", `${PODS}/p/binding`, bindingTo("n1"));
  const conditions = [{ type: "Ready", status: "True" }];
  await server.send("PATCH", `${PODS}/p/status`, { status: { phase: "Running", conditions } }, MERGE);
}

test("a pod with gates says since when it waits", async () => {
  const { send } = await testServer();
  const spec = { containers: [{ name: "c", image: "i" }], schedulingGates: [{ name: "g" }] };
  const [condition] = (await send("POST", PODS, { metadata: { name: "p" }, spec })).json.status.conditions;
  assert.deepEqual([condition.reason, condition.lastTransitionTime], ["SchedulingGated", "2026-01-02T03:04:05Z"]);
});

test("a binding sets the node and PodScheduled, and a second one is 409", async () => {
  const { send } = await withPod();
  assert.equal((await send("POST", `${PODS}/p/binding`, bindingTo("n1"))).status, 201);
  const bound = (await send("GET", `${PODS}/p`)).json;
  assert.deepEqual([bound.spec.nodeName, bound.status.conditions[0].type], ["n1", "PodScheduled"]);
  const again = await send("POST", `${PODS}/p/binding`, bindingTo("n2"));
  assert.equal(
    again.json.message,
    'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
  );
});

for (const [rule, binding, status, message] of [
  ["without a name", { target: { name: "n1" } }, 400, "name in URL does not match name in Binding object"],
  ["without a target", { metadata: { name: "p" }, target: {} }, 500, "target.name: Required value"],
] as const) {
  test(`a binding ${rule} is ${status}`, async () => {
    const { send } = await withPod();
    const { json } = await send("POST", `${PODS}/p/binding`, binding);
    assert.deepEqual([json.code, json.message], [status, message]);
  });
}

test("a binding ends a nomination", async () => {
  const { send } = await withPod();
  const nominated = async () => (await send("GET", `${PODS}/p`)).json.status.nominatedNodeName;
  await send("PATCH", `${PODS}/p/status`, { status: { nominatedNodeName: "n1" } }, MERGE);
  assert.equal(await nominated(), "n1");
  await send("POST", `${PODS}/p/binding`, bindingTo("n2"));
  assert.equal(await nominated(), undefined);
});

test("of bindings that race one wins", async () => {
  const { send } = await withPod();
  const answers = await Promise.all(
    ["n1", "n2", "n3"].map((node) => send("POST", `${PODS}/p/binding`, bindingTo(node))),
  );
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409]);
});

const BUDGETS: [rule: string, allowed: number, status: number, left: number][] = [
  ["allows one, and has none left", 1, 201, 0],
  ["without a rest says 429", 0, 429, 0],
];
for (const [rule, allowed, status, left] of BUDGETS) {
  test(`a disruption budget ${rule}`, async () => {
    const server = await withPod();
    await running(server);
    const budgets = "/apis/policy/v1/namespaces/ns/poddisruptionbudgets";
    await server.send("POST", budgets, {
      metadata: { name: "b" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "a" } } },
    });
    const said = {
      observedGeneration: 1,
      disruptionsAllowed: allowed,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
    };
    await server.send("PATCH", `${budgets}/b/status`, { status: said }, MERGE);
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "p" } };
    assert.equal((await server.send("POST", `${PODS}/p/eviction`, eviction)).status, status);
    const after = (await server.send("GET", `${budgets}/b`)).json.status;
    assert.equal(after.disruptionsAllowed, left);
    const { metadata } = (await server.send("GET", `${PODS}/p`)).json;
    assert.equal(metadata.deletionTimestamp !== undefined, status === 201);
  });
}

test("scale reads and writes the replicas of what it stands for", async () => {
  const { send } = await testServer();
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const sets = "/apis/apps/v1/namespaces/ns/deployments";
  await send("POST", sets, { metadata: { name: "d" }, spec: { selector: { matchLabels: { a: "b" } }, template } });
  const scaled = (await send("PATCH", `${sets}/d/scale`, { spec: { replicas: 3 } }, MERGE)).json;
  assert.deepEqual([scaled.kind, scaled.spec.replicas, scaled.status.selector], ["Scale", 3, "a=b"]);
  assert.equal((await send("GET", `${sets}/d`)).json.spec.replicas, 3);
  assert.equal((await send("PATCH", `${sets}/d/scale`, { spec: { replicas: -1 } }, MERGE)).status, 422);
  const another = { metadata: { name: "d", uid: "x" }, spec: { replicas: 1 } };
  for (const verb of ["PATCH", "PUT"]) {
    const { status, json } = await send(verb, `${sets}/d/scale`, another, verb === "PATCH" ? MERGE : undefined);
    assert.equal(status, 409);
    assert.match(json.message, /Precondition failed: UID in precondition: x, UID in object meta: /);
  }
});

for (const { rule, query = "", patch, says } of [
  {
    rule: "another kind",
    patch: { kind: "Foo" },
    says: /^422 .*no kind "Foo" is registered for version "autoscaling\/v1"/,
  },
  {
    rule: "no version",
    patch: { apiVersion: null },
    says: /^400 the name of the object \(d based on URL\) was undeterminable/,
  },
  { rule: "no kind", patch: { kind: null }, says: /^200 / },
  { rule: "a field that it does not have", patch: { foo: 1 }, says: /^200 .*unknown field \\"foo\\"/ },
  {
    rule: "a field that it does not have, strictly",
    query: "?fieldValidation=Strict",
    patch: { foo: 1 },
    says: /^422 .*"foo\\":1\}": strict decoding error: unknown field "foo"/,
  },
  {
    rule: "a text for a number",
    patch: { spec: { replicas: "x" } },
    says: /^422 .*\\"kind\\":\\"Scale\\".*json: cannot unmarshal string into Go struct field ScaleSpec\.spec\.replicas of type int32/,
  },
]) {
  test(`a scale is patched as any object is: ${rule}`, async () => {
    const { send } = await testServer();
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
    const sets = "/apis/apps/v1/namespaces/ns/deployments";
    await send("POST", sets, { metadata: { name: "d" }, spec: { selector: { matchLabels: { a: "b" } }, template } });
    const { status, json, headers } = await send("PATCH", `${sets}/d/scale${query}`, patch, MERGE);
    assert.match(`${status} ${json.message ?? ""}${String(headers["warning"] ?? "")}`, says);
  });
}

test("a scale is applied as any object is: replicas of others conflict, and are taken by force", async () => {
  const { send } = await testServer();
  const sets = "/apis/apps/v1/namespaces/ns/replicasets";
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: "b" } }, template };
  await send("POST", `${sets}?fieldManager=creator`, { metadata: { name: "s" }, spec });
  const applied = (said: object, query = "") =>
    send(
      "PATCH",
      `${sets}/s/scale?fieldManager=m${query}`,
      { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "s" }, ...said },
      { "content-type": "application/apply-patch+yaml" },
    );
  const refused = await applied({ spec: { replicas: 2 } });
  assert.equal(
    refused.json.message,
    'Apply failed with 1 conflict: conflict with "creator" using autoscaling/v1: .spec.replicas',
  );
  assert.equal((await applied({ kind: "Other" })).json.message, "invalid object type: autoscaling/v1, Kind=Other");
  assert.match((await applied({ nope: 1 })).json.message, /autoscaling\/v1, Kind=Scale\): .nope: field not declared/);
  assert.equal((await applied({ spec: { replicas: 2 } }, "&force=true")).json.spec.replicas, 2);
  const { metadata } = (await send("GET", `${sets}/s`)).json;
  const scaler = metadata.managedFields.find(({ manager }: { manager: string }) => manager === "m");
  assert.deepEqual(scaler, {
    manager: "m",
    operation: "Apply",
    apiVersion: "apps/v1",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": { "f:replicas": {} } },
    subresource: "scale",
  });
});
const TOKENS = "/api/v1/namespaces/ns/serviceaccounts/default/token";
const boundTo = (ref: object): object => ({ spec: { boundObjectRef: { apiVersion: "v1", ...ref } } });
for (const { rule, method = "POST", path, body, says } of [
  {
    rule: "a binding that means another pod of the name",
    path: `${PODS}/p/binding`,
    body: { metadata: { name: "p", uid: "x" }, target: { name: "n1" } },
    says: /^409 Operation cannot be fulfilled on pods "p": StorageError: invalid object, Code: 4, Key: \/registry\/pods\/ns\/p, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: /,
  },
  {
    rule: "a binding that means an older state of the pod",
    path: `${PODS}/p/binding`,
    body: { metadata: { name: "p", resourceVersion: "1" }, target: { name: "n1" } },
    says: /^409 .*Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: \d+$/,
  },
  {
    rule: "a binding in another namespace",
    path: `${PODS}/p/binding`,
    body: { metadata: { namespace: "other" }, target: { name: "n1" } },
    says: /^400 the namespace of the provided object does not match the namespace sent on the request$/,
  },
  {
    rule: "a token for a kind that none can be bound to",
    path: TOKENS,
    body: boundTo({ kind: "Service", name: "s" }),
    says: /^400 cannot bind token to object of type \/v1, Kind=Service$/,
  },
  {
    rule: "a token for a kind of a name that all objects have",
    path: TOKENS,
    body: boundTo({ kind: "constructor", name: "s" }),
    says: /^400 cannot bind token to object of type \/v1, Kind=constructor$/,
  },
  {
    rule: "a token for another account's name",
    path: TOKENS,
    body: { metadata: { name: "other" } },
    says: /^422 TokenRequest\.authentication\.k8s\.io "default" is invalid: metadata\.name: Invalid value: "other": must match the service account name if specified$/,
  },
  {
    rule: "a token for an account that was there before",
    path: TOKENS,
    body: { metadata: { uid: "x" } },
    says: /^409 Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "default": the UID in the token request \(x\) does not match the UID of the service account \([-0-9a-f]{36}\)$/,
  },
  {
    rule: "a token for ever",
    path: TOKENS,
    body: { spec: { expirationSeconds: 4294967297 } },
    says: /^422 TokenRequest\.authentication\.k8s\.io "" is invalid: spec\.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2\^32 seconds$/,
  },
  {
    rule: "a token for another secret of the name",
    path: TOKENS,
    body: boundTo({ kind: "Secret", name: "s", uid: "x" }),
    says: /^409 Operation cannot be fulfilled on Secret "s": the UID in the bound object reference \(x\) does not match/,
  },
  {
    rule: "logs since a time that is none",
    method: "GET",
    path: `${PODS}/p/log?sinceTime=abc`,
    body: undefined,
    says: /^400 parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"$/,
  },
  {
    rule: "what goes on behind a subresource that is no proxy",
    method: "GET",
    path: `${PODS}/p/log/more`,
    body: undefined,
    says: /^404 the server could not find the requested resource$/,
  },
  {
    rule: "logs since two times at once",
    method: "GET",
    path: `${PODS}/p/log?sinceSeconds=0&sinceTime=2024-01-01T00:00:00Z`,
    body: undefined,
    says: /^422 PodLogOptions "p" is invalid: \[\]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified$/,
  },
]) {
  test(`refused: ${rule}`, async () => {
    const { send } = await withPod({ issuer: { issue: () => Promise.reject(new Error("none is due")) } });
    await send("POST", "/api/v1/namespaces/ns/serviceaccounts", { metadata: { name: "default" } });
    await send("POST", "/api/v1/namespaces/ns/secrets", { metadata: { name: "s" } });
    const { status, json } = await send(method, path, body);
    assert.match(`${status} ${json.message}`, says);
  });
}

test("logs come from the kubelet of the pod's node, without the client's credentials", async () => {
  const asked: ApiRequest[] = [];
  const server = await withPod({
    nodes: () => async (request) => {
      asked.push(request);
      const bytes = new TextEncoder().encode("said\n");
      return { status: 200, headers: { "content-type": "text/plain" }, body: { form: "bytes", bytes } };
    },
  });
  assert.equal((await server.send("GET", `${PODS}/p/log`)).text, "", "nothing runs before it is bound");
  await server.send("POST", "/api/v1/nodes", { metadata: { name: "n1" } });
  await running(server);
  const { text } = await server.send("GET", `${PODS}/p/log?tailLines=3&follow=true`, undefined, {
    authorization: "Bearer x",
  });
  assert.equal(text, "said\n");
  assert.deepEqual([asked[0]!.path, asked[0]!.query], ["/containerLogs/ns/p/c", "tailLines=3&follow=true"]);
  assert.equal(asked[0]!.headers["authorization"], undefined);
  const split = await server.send("GET", `${PODS}/p/log?stream=Stdout`);
  assert.deepEqual(
    [split.status, split.json.details.causes],
    [422, [{ reason: "FieldValueForbidden", message: "Forbidden: may not be specified", field: "stream" }]],
  );
});

for (const [rule, path, status, message] of [
  ["nothing was said where nothing runs", "p/log", 204, undefined],
  ["options are looked at before the pod", "q/log?tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  [
    "options are those of a pod's name",
    "q/log?tailLines=-1",
    422,
    'PodLogOptions "q" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  ],
  ["a pod without a node takes no command", "p/exec", 400, "pod p does not have a host assigned"],
  [
    "ports are numbers",
    "q/portforward?ports=80,x",
    400,
    'cannot convert to []int32: strconv.ParseUint: parsing "x": invalid syntax',
  ],
  [
    "ports have 16 bits",
    "q/portforward?ports=65536",
    400,
    'cannot convert to []int32: strconv.ParseUint: parsing "65536": value out of range',
  ],
  [
    "of several containers one is to be named, in the order they start",
    "several/log",
    400,
    "a container name must be specified for pod several, choose one of: [i c d]",
  ],
] as const) {
  test(`a connection to a pod: ${rule}`, async () => {
    const { send } = await withPod();
    const [i, c, d] = ["i", "c", "d"].map((name) => ({ name, image: "i" }));
    await send("POST", PODS, { metadata: { name: "several" }, spec: { containers: [c, d], initContainers: [i] } });
    const answer = await send("GET", `${PODS}/${path}`);
    assert.deepEqual([answer.status, answer.json?.message], [status, message]);
  });
}

test("exec without an upgrade, or into a container that is none, is 400", async () => {
  const server = await withPod({ nodes: () => async () => ({ status: 200, headers: {}, body: { form: "none" } }) });
  await server.send("POST", "/api/v1/nodes", { metadata: { name: "n1" } });
  await running(server);
  const plain = await server.send("POST", `${PODS}/p/exec?command=ls`);
  assert.deepEqual([plain.status, plain.json.message], [400, "Upgrade request required"]);
  const other = await server.send("POST", `${PODS}/p/exec?command=ls&container=x`);
  assert.equal(other.json.message, "container x is not valid for pod p");
});

test("an access review asks the authorizer, about the caller or about others", async () => {
  const { send } = await testServer({
    authorizer: {
      authorize: ({ user, verb }) => ({
        verdict: verb === "create" || user.username === "bob" ? "allow" : "no opinion",
      }),
    },
  });
  const resourceAttributes = { verb: "get", resource: "pods" };
  const ask = async (kind: string, spec: object): Promise<boolean> =>
    (await send("POST", `/apis/authorization.k8s.io/v1/${kind}`, { spec: { resourceAttributes, ...spec } })).json.status
      .allowed;
  assert.equal(await ask("selfsubjectaccessreviews", {}), false);
  assert.equal(await ask("subjectaccessreviews", { user: "bob" }), true);
});

test("who is not allowed is told so in upstream's words, and nothing is done", async () => {
  const { send, store } = await testServer({ authorizer: { authorize: () => ({ verdict: "no opinion" }) } });
  const { status, json } = await send("POST", PODS, pod("p"));
  assert.deepEqual(
    [status, json.message],
    [403, 'pods is forbidden: User "admin" cannot create resource "pods" in API group "" in the namespace "ns"'],
  );
  assert.equal(store.snapshot().count("/core/pods/"), 0);
});
