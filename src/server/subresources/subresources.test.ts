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
