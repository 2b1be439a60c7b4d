import assert from "node:assert/strict";
import { test } from "node:test";
import { securedServer } from "../testing/secured.ts";

const NS = "/api/v1/namespaces/default";
const NODE = { username: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };
const named = (kind: string, name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind,
  metadata: { name },
  ...more,
});

async function withPod() {
  const server = await securedServer();
  await server.send("POST", `${NS}/serviceaccounts`, named("ServiceAccount", "default"));
  for (const name of ["mine", "other"]) {
    await server.send("POST", `${NS}/secrets`, named("Secret", name));
    await server.send("POST", `${NS}/configmaps`, named("ConfigMap", name));
  }
  const spec = {
    nodeName: "n1",
    containers: [{ name: "c", image: "x", envFrom: [{ configMapRef: { name: "mine" } }] }],
    volumes: [{ name: "v", secret: { secretName: "mine" } }],
  };
  const { status, text } = await server.send("POST", `${NS}/pods`, named("Pod", "p", { spec }));
  assert.equal(status, 201, text);
  return server;
}

for (const { rule, method = "GET", path, body, status } of [
  { rule: "reads a secret that a pod of its own mounts", path: `${NS}/secrets/mine`, status: 200 },
  {
    rule: "reads a config map that a container takes its environment from",
    path: `${NS}/configmaps/mine`,
    status: 200,
  },
  { rule: "reads no other secret", path: `${NS}/secrets/other`, status: 403 },
  { rule: "lists no secrets", path: `${NS}/secrets`, status: 403 },
  { rule: "makes its own Node", method: "POST", path: "/api/v1/nodes", body: named("Node", "n1"), status: 201 },
  { rule: "makes no other Node", method: "POST", path: "/api/v1/nodes", body: named("Node", "n2"), status: 403 },
  {
    rule: "makes only mirror pods",
    method: "POST",
    path: `${NS}/pods`,
    body: named("Pod", "q", { spec: { nodeName: "n1", containers: [{ name: "c", image: "x" }] } }),
    status: 403,
  },
  {
    rule: "writes its own lease",
    method: "POST",
    path: "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
    body: { metadata: { name: "n1" } },
    status: 201,
  },
  {
    rule: "writes no other lease",
    method: "POST",
    path: "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases",
    body: { metadata: { name: "n2" } },
    status: 403,
  },
  {
    rule: "deletes no deployments",
    method: "DELETE",
    path: "/apis/apps/v1/namespaces/default/deployments/d",
    status: 403,
  },
]) {
  test(`a kubelet ${rule}`, async () => {
    const server = await withPod();
    assert.equal((await server.as(NODE, method, path, body)).status, status);
  });
}

test("what a pod let its node read ends with the pod", async () => {
  const server = await withPod();
  await server.send("DELETE", `${NS}/pods/p?gracePeriodSeconds=0`);
  assert.equal((await server.as(NODE, "GET", `${NS}/secrets/mine`)).status, 403);
});
