import assert from "node:assert/strict";
import { test } from "node:test";
import type { UserInfo } from "../../machinery/door.ts";
import type { ChangeList, ToldChange } from "../../machinery/told-change.ts";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";

const PATH = "/tiphys/v1/changes";
const CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller";

const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "a", image: "x:1" }] } };
const selector = { matchLabels: { a: "b" } };

async function start() {
  const server = await testServer();
  const { send } = server;
  await send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
  /** Writes as a user; the cause goes in a header, as from outside. */
  const as = (username: string, cause?: string) => async (method: string, path: string, body?: object) => {
    const user: UserInfo = { username, groups: [] };
    const response = await server.door({
      method,
      path,
      query: "",
      headers: { "user-agent": "test/1", "content-type": "application/json", ...(cause && { "tiphys-cause": cause }) },
      ...(body && { body: { form: "object", object: structuredClone(body) } }),
      peer: { address: "test", user },
      signal: new AbortController().signal,
    });
    assert.ok(response.status < 300, JSON.stringify((response.body as { object?: unknown }).object));
    return (response.body as { object: { metadata: { name: string; uid: string; resourceVersion: string } } }).object;
  };
  return { server, as, send };
}

const list = async ({ send }: Pick<TestServer, "send">, query: string): Promise<ChangeList> => {
  const { status, json, text } = await send("GET", `${PATH}?${query}`);
  assert.equal(status, 200, text);
  return json as ChangeList;
};

const owned = (by: { readonly metadata: { readonly name: string; readonly uid: string } }, kind: string) => [
  { apiVersion: "apps/v1", kind, name: by.metadata.name, uid: by.metadata.uid, controller: true },
];

/** A ReplicaSet with two pods, written by a controller that does not say why, and things beside it. */
async function scene() {
  const { server, as, send } = await start();
  const jane = as("jane");
  const controller = as(CONTROLLER);
  const replicaSets = "/apis/apps/v1/namespaces/default/replicasets";
  const pods = "/api/v1/namespaces/default/pods";
  const rs = await jane("POST", replicaSets, { metadata: { name: "web" }, spec: { replicas: 2, selector, template } });
  await jane("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "beside" }, data: { a: "b" } });
  const made: ToldChange["revision"][] = [];
  for (const name of ["web-1", "web-2"]) {
    const metadata = { name, labels: { a: "b" }, ownerReferences: owned(rs, "ReplicaSet") };
    const pod = await controller("POST", pods, { metadata, spec: template.spec });
    made.push(Number(pod.metadata.resourceVersion));
  }
  await as("system:kube-scheduler")("POST", `${pods}/web-1/binding`, {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: "web-1" },
    target: { kind: "Node", name: "n1" },
  });
  await controller("DELETE", `${pods}/web-2`);
  return { server, as, send, rs, made, pods, revision: Number(rs.metadata.resourceVersion) };
}

const said = ({ items }: ChangeList): string[] =>
  items.map(
    ({ user, objects: [object] }) => `${user.split(":").at(-1)} ${object!.verb} ${object!.kind} ${object!.name}`,
  );

test("a change says who wrote what, how, and how long it took", async () => {
  const { server, as, send } = await start();
  const created = await as("jane", "3")("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  const revision = Number(created.metadata.resourceVersion);
  const { items, metadata } = await list({ send }, `after=${revision - 1}`);
  assert.equal(metadata.resourceVersion, String(server.store.revision));
  const [{ stages, received, committed, ...change }] = items as [ToldChange];
  assert.deepEqual(change, {
    revision,
    user: "jane",
    userAgent: "test/1",
    verb: "create",
    path: "/api/v1/namespaces/default/configmaps",
    causes: revision > 3 ? [3] : [],
    notes: [],
    objects: [
      {
        key: "/core/configmaps/default/a",
        verb: "create",
        apiVersion: "v1",
        kind: "ConfigMap",
        namespace: "default",
        name: "a",
        uid: created.metadata.uid,
        after: revision,
        fields: [],
      },
    ],
  });
  assert.deepEqual(stages, [["store", 0, committed - received]]);
});

test("the story of an object has what it controls and nothing beside it", async () => {
  const { send } = await scene();
  assert.deepEqual(said(await list({ send }, "object=rs/web")), [
    "jane create ReplicaSet web",
    "replicaset-controller create Pod web-1",
    "replicaset-controller create Pod web-2",
    "kube-scheduler update Pod web-1",
    "replicaset-controller delete Pod web-2",
  ]);
});

test("upwards it has what led to the object, and not its siblings", async () => {
  const { send } = await scene();
  assert.deepEqual(said(await list({ send }, "object=pod/web-1&namespace=default")), [
    "jane create ReplicaSet web",
    "replicaset-controller create Pod web-1",
    "kube-scheduler update Pod web-1",
  ]);
});

test("causes that nobody gave are inferred, and marked", async () => {
  const { send, revision, made } = await scene();
  const { items } = await list({ send }, "object=rs/web");
  assert.deepEqual(
    items.map(({ causes, inferred }) => [causes, inferred]),
    [
      [[], undefined],
      [[revision], true],
      [[revision], true],
      [[made[0]], true],
      [[revision], true],
    ],
  );
});

test("what somebody writes because of the story belongs to it", async () => {
  const { as, send, revision } = await scene();
  await as("operator", String(revision))("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "c" } });
  assert.equal(said(await list({ send }, "object=rs/web")).at(-1), "operator create ConfigMap c");
});

test("all changes come in pages, heartbeats left out", async () => {
  const { as, send, server } = await scene();
  const lease = { metadata: { name: "n1" }, spec: { holderIdentity: "n1" } };
  await as("jane")("POST", "/apis/coordination.k8s.io/v1/namespaces/default/leases", lease);
  const seen: number[] = [];
  let after = String(server.store.compactedRevision);
  for (;;) {
    const { items, metadata } = await list({ send }, `after=${after}&limit=2`);
    assert.ok(items.length <= 2);
    seen.push(...items.map(({ revision }) => revision));
    if (metadata.continue === undefined) break;
    after = metadata.continue;
  }
  const logged = [...server.store.changes(server.store.compactedRevision, server.store.revision)];
  assert.deepEqual(seen, logged.map(({ revision }) => revision).slice(0, -1));
});

test("a watch tells what was, and then what happens, each once", async () => {
  const { server, as, pods } = await scene();
  const watch = await server.watch(`${PATH}?object=rs/web&watch=1`);
  const first = await watch.next(5);
  assert.deepEqual(new Set(first.map(({ type }) => type)), new Set(["ADDED"]));
  await as("jane")("DELETE", `${pods}/web-1`);
  const [next] = await watch.next(1);
  assert.equal((next!.object as ToldChange).revision, server.store.revision);
  watch.stop();
  assert.deepEqual(await watch.next(1), []);
});

const wrong: { rule: string; query: string; status: number; message: RegExp }[] = [
  {
    rule: "a kind that nobody knows",
    query: "object=foo/web",
    status: 400,
    message: /doesn't have a resource type "foo"/,
  },
  { rule: "an object without a kind", query: "object=web", status: 400, message: /must be KIND\/NAME/ },
  {
    rule: "an object that never was",
    query: "object=deploy/web",
    status: 404,
    message: /deployments.apps "web" not found/,
  },
  { rule: "a revision that is none", query: "after=x", status: 400, message: /after must be a revision/ },
];
for (const { rule, query, status, message } of wrong) {
  test(`is refused: ${rule}`, async () => {
    const { send } = await start();
    const { status: answered, json } = await send("GET", `${PATH}?${query}`);
    assert.equal(answered, status);
    assert.match(json.message, message);
  });
}
