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

const CLUSTER = "/api/v1";
const SLICES = "/apis/resource.k8s.io/v1/resourceslices";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const claimed = (namespace: string, csi: object) => ({
  capacity: { storage: "1Gi" },
  accessModes: ["ReadWriteOnce"],
  claimRef: { namespace, name: "data" },
  csi: { driver: "d", volumeHandle: "h", ...csi },
});

/** A cluster with a pod on n1 and one on n2. */
async function withNodes() {
  const server = await withPod();
  const make = async (path: string, body: object): Promise<void> => {
    const { status, text } = await server.send("POST", path, body);
    assert.equal(status, 201, text);
  };
  const containers = [{ name: "c", image: "x" }];
  const mirror = { metadata: { name: "mirror", annotations: { "kubernetes.io/config.mirror": "x" } } };
  const other = [{ name: "c", image: "x", envFrom: [{ configMapRef: { name: "other" } }] }];
  await make(`${NS}/pods`, named("Pod", "theirs", { spec: { nodeName: "n2", containers } }));
  await make(`${NS}/pods`, { ...named("Pod", "mirror", { spec: { nodeName: "n1", containers: other } }), ...mirror });
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];
  await make(`${NS}/pods`, named("Pod", "sails", { spec: { nodeName: "n1", containers, volumes } }));
  for (const name of ["staging", "control"]) await make(`${NS}/secrets`, named("Secret", name));
  const secrets = {
    nodeStageSecretRef: { name: "staging", namespace: "default" },
    controllerPublishSecretRef: { name: "control", namespace: "default" },
  };
  await make(`${CLUSTER}/persistentvolumes`, named("PersistentVolume", "pv", { spec: claimed("default", secrets) }));
  await make(`${NS}/persistentvolumeclaims`, {
    ...named("PersistentVolumeClaim", "data"),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      volumeName: "pv",
      storageClassName: "",
    },
  });
  for (const nodeName of ["n1", "n2"]) {
    const spec = { nodeName, driver: "d.example.com", pool: { name: "p", generation: 1, resourceSliceCount: 1 } };
    await make(SLICES, { metadata: { name: nodeName }, spec });
  }
  return server;
}

const UNRELATED = "no relationship found between node 'n1' and this object";
const ONLY_OWN = "can only list/watch pods with spec.nodeName field selector";
const ONLY_SLICES = "can only list/watch/deletecollection resourceslices with nodeName field selector";

for (const [rule, method, path, says] of [
  ["lists its pods", "GET", `${CLUSTER}/pods?fieldSelector=spec.nodeName=n1`, 200],
  ["lists some of them", "GET", `${NS}/pods?fieldSelector=spec.nodeName=n1,status.phase!=Failed`, 200],
  ["lists no others' pods", "GET", `${CLUSTER}/pods?fieldSelector=spec.nodeName=n2`, ONLY_OWN],
  ["lists no pods that are not its own", "GET", `${CLUSTER}/pods?fieldSelector=spec.nodeName!=n1`, ONLY_OWN],
  ["lists not all pods", "GET", `${CLUSTER}/pods`, ONLY_OWN],
  ["watches not all pods", "GET", `${NS}/pods?watch=1`, ONLY_OWN],
  ["lists nothing by a selector that cannot be read", "GET", `${NS}/pods?fieldSelector=spec.nodeName`, ONLY_OWN],
  ["lists one pod of its own by name", "GET", `${NS}/pods?fieldSelector=metadata.name=p`, 200],
  ["lists no other pod by name", "GET", `${NS}/pods?fieldSelector=metadata.name=theirs`, UNRELATED],
  ["reads a pod of its own", "GET", `${NS}/pods/p`, 200],
  ["reads no other pod", "GET", `${NS}/pods/theirs`, UNRELATED],
  ["deletes no pods at once", "DELETE", `${NS}/pods?fieldSelector=spec.nodeName=n1`, ""],
  ["changes no pod", "PATCH", `${NS}/pods/p`, ""],
  ["reads no log", "GET", `${NS}/pods/p/log`, ""],
  ["looks for its Node before that is there", "GET", `${CLUSTER}/nodes/n1`, 404],
  ["lists its Node", "GET", `${CLUSTER}/nodes?fieldSelector=metadata.name=n1`, 200],
  ["lists not all Nodes", "GET", `${CLUSTER}/nodes`, "node 'n1' cannot read all nodes, only its own Node object"],
  ["reads no other Node", "GET", `${CLUSTER}/nodes/n2`, "node 'n1' cannot read 'n2', only its own Node object"],
  ["deletes not even its Node", "DELETE", `${CLUSTER}/nodes/n1`, ""],
  ["lists its slices", "GET", `${SLICES}?fieldSelector=spec.nodeName=n1`, 200],
  ["deletes its slices at once", "DELETE", `${SLICES}?fieldSelector=spec.nodeName=n1`, 200],
  ["deletes not all slices", "DELETE", SLICES, ONLY_SLICES],
  ["reads its slice", "GET", `${SLICES}/n1`, 200],
  ["reads no other slice", "GET", `${SLICES}/n2`, UNRELATED],
  ["reads a secret that its pod's volume is staged with", "GET", `${NS}/secrets/staging`, 200],
  ["reads no secret that others need for the volume", "GET", `${NS}/secrets/control`, UNRELATED],
  ["reads its pod's volume", "GET", `${CLUSTER}/persistentvolumes/pv`, 200],
  ["lists no volumes", "GET", `${CLUSTER}/persistentvolumes`, "can only get individual resources of this type"],
  ["reads nothing that a mirror names", "GET", `${NS}/configmaps/other`, UNRELATED],
  ["reads no secrets of all namespaces", "GET", `${CLUSTER}/secrets`, "can only read namespaced object of this type"],
  ["lists no secrets", "GET", `${NS}/secrets`, "No Object name found"],
  ["deletes no secret", "DELETE", `${NS}/secrets/mine`, "can only read resources of this type"],
  ["reads its pods' account", "GET", `${NS}/serviceaccounts/default`, 200],
  ["reads no other account", "GET", `${NS}/serviceaccounts/other`, UNRELATED],
  ["lists no accounts", "GET", `${NS}/serviceaccounts`, "can only create tokens for individual service accounts"],
  ["lists no leases", "GET", LEASES, "can only get, create, update, patch, or delete a node lease"],
] as const) {
  test(`a kubelet ${rule}`, async () => {
    const server = await withNodes();
    const [at = "", query = ""] = path.split("?");
    const { status, json } = await server.as(NODE, method, at, method === "PATCH" ? {} : undefined, query);
    if (typeof says === "number") assert.equal(status, says);
    else {
      assert.equal(status, 403);
      assert.equal(/(?:at the cluster scope|in the namespace "[a-z-]+")(?:: )?(.*)$/.exec(json.message)?.[1], says);
    }
  });
}

test("a kubelet without a name is nobody", async () => {
  const server = await withPod();
  const nameless = { ...NODE, username: "system:node:" };
  const { json } = await server.as(nameless, "GET", `${CLUSTER}/services`);
  assert.match(json.message, /at the cluster scope: unknown node for user "system:node:"$/);
});
