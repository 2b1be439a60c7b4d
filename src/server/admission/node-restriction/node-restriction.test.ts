/** What a kubelet is refused that its rights alone would let it do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NODE_REQUEST } from "../../../machinery/x509/testing/requests.ts";
import { securedServer } from "../../testing/secured.ts";

const NS = "/api/v1/namespaces/default";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const kubelet = (name: string) => ({
  username: `system:node:${name}`,
  groups: ["system:nodes", "system:authenticated"],
});
const CONTAINERS = [{ name: "c", image: "x" }];
const SOURCES = [{ serviceAccountToken: { path: "t", audience: "vault" } }, { serviceAccountToken: { path: "u" } }];
const VOLUMES = [
  { name: "v", projected: { sources: SOURCES } },
  { name: "d", csi: { driver: "d.example.com" } },
];

/** Two nodes; n1 has the pod `mine`, n2 the pod `theirs`. */
async function withNodes() {
  const server = await securedServer();
  const make = async (path: string, body: object) => {
    const { status, json, text } = await server.send("POST", path, body);
    assert.equal(status, 201, text);
    return json;
  };
  await make(`${NS}/serviceaccounts`, { metadata: { name: "default" } });
  await make("/apis/storage.k8s.io/v1/csidrivers", {
    metadata: { name: "d.example.com" },
    spec: { tokenRequests: [{ audience: "driver" }] },
  });
  const node = await make("/api/v1/nodes", { metadata: { name: "n1" } });
  await make("/api/v1/nodes", { metadata: { name: "n2" } });
  const spec = { containers: CONTAINERS, volumes: VOLUMES };
  const pod = await make(`${NS}/pods`, { metadata: { name: "mine" }, spec: { ...spec, nodeName: "n1" } });
  await make(`${NS}/pods`, { metadata: { name: "theirs" }, spec: { ...spec, nodeName: "n2" } });
  return { ...server, make, node, pod };
}

type Cluster = Awaited<ReturnType<typeof withNodes>>;

const OWN = 'node "n1" can only create pods with';
const owner = ({ node }: Cluster, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Node",
  name: "n1",
  uid: node.metadata.uid,
  controller: true,
  ...more,
});

for (const [rule, owners, spec, says] of [
  ["is its own controller's", (cluster: Cluster) => [owner(cluster)], {}, 201],
  ["is nobody's", () => [], {}, `${OWN} an owner reference set to itself`],
  [
    "is of two",
    (cluster: Cluster) => [owner(cluster), owner(cluster, { uid: "u" })],
    {},
    `${OWN} a single owner reference set to itself`,
  ],
  [
    "is another's",
    (cluster: Cluster) => [owner(cluster, { name: "n2" })],
    {},
    `${OWN} an owner reference set to itself`,
  ],
  [
    "is not controlled",
    (cluster: Cluster) => [owner(cluster, { controller: false })],
    {},
    `${OWN} a controller owner reference set to itself`,
  ],
  [
    "holds the node",
    (cluster: Cluster) => [owner(cluster, { blockOwnerDeletion: true })],
    {},
    'node "n1" must not set blockOwnerDeletion on an owner reference',
  ],
  [
    "names a config map",
    (cluster: Cluster) => [owner(cluster)],
    { volumes: [{ name: "v", configMap: { name: "m" } }] },
    'node "n1" can not create pods that reference configmaps',
  ],
  [
    "names a claim of devices",
    (cluster: Cluster) => [owner(cluster)],
    { resourceClaims: [{ name: "r", resourceClaimName: "r" }] },
    'node "n1" can not create pods that reference resourceclaims',
  ],
  [
    "has a driver's volume",
    (cluster: Cluster) => [owner(cluster)],
    { volumes: [{ name: "v", csi: { driver: "d" } }] },
    'node "n1" can not create pods that reference csidrivers (via CSI volumes)',
  ],
  [
    "has a claim of its own",
    (cluster: Cluster) => [owner(cluster)],
    { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }] },
    'node "n1" can not create pods that reference persistentvolumeclaims',
  ],
] as const) {
  test(`a mirror that ${rule} is ${says === 201 ? "made" : "refused"}`, async () => {
    const cluster = await withNodes();
    const annotations = { "kubernetes.io/config.mirror": "x" };
    const { status, json } = await cluster.as(kubelet("n1"), "POST", `${NS}/pods`, {
      metadata: { name: "m", annotations, ownerReferences: owners(cluster) },
      spec: { nodeName: "n1", containers: CONTAINERS, ...spec },
    });
    if (says === 201) assert.equal(status, 201, json.message);
    else assert.deepEqual([status, json.message], [403, `pods "m" is forbidden: ${says}`]);
  });
}

const bound = ({ pod }: Cluster, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  name: "mine",
  uid: pod.metadata.uid,
  ...more,
});

for (const [rule, ref, audiences, says] of [
  ["for the server, as a volume says", bound, [], 503],
  ["for somebody a volume names", bound, ["vault"], 503],
  ["for whom a driver wants", bound, ["driver"], 503],
  ["for whom a role says", bound, ["bank"], 503],
  [
    "for anybody else",
    bound,
    ["mint"],
    'audience "mint" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
  ],
  ["for two", bound, ["vault", "driver"], "node may only request 0 or 1 audiences"],
  ["bound to nothing", () => undefined, [], "node requested token not bound to a pod"],
  [
    "bound to a pod of no version",
    (cluster: Cluster) => bound(cluster, { apiVersion: "v2" }),
    [],
    "node requested token not bound to a pod",
  ],
  [
    "bound to any pod of that name",
    (cluster: Cluster) => bound(cluster, { uid: "" }),
    [],
    "node requested token with a pod binding without a uid",
  ],
  [
    "bound to a pod that was",
    (cluster: Cluster) => bound(cluster, { uid: "u" }),
    [],
    "the UID in the bound object reference (u) does not match the UID in record. The object might have been deleted and then recreated",
  ],
] as const) {
  // No keys are there to sign with: 503 is what those get who may.
  test(`a token ${rule} is ${says === 503 ? "given" : "refused"} to a node`, async () => {
    const cluster = await withNodes();
    await cluster.make(`${RBAC}/clusterroles`, {
      metadata: { name: "banker" },
      rules: [{ verbs: ["request-serviceaccounts-token-audience"], apiGroups: [""], resources: ["bank"] }],
    });
    await cluster.make(`${RBAC}/clusterrolebindings`, {
      metadata: { name: "banker" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "banker" },
      subjects: [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "system:nodes" }],
    });
    const { status, json } = await cluster.as(kubelet("n1"), "POST", `${NS}/serviceaccounts/default/token`, {
      spec: { audiences, boundObjectRef: ref(cluster) },
    });
    if (says === 503) assert.equal(status, 503, json.message);
    else assert.deepEqual([status, json.message], [403, `serviceaccounts "default" is forbidden: ${says}`]);
  });
}

const metadata = { name: "n1" };
const claim = { metadata: { name: "c" }, spec: { signerName: "kubernetes.io/kubelet-serving", request: "" } };

for (const [rule, who, method, path, body, says] of [
  [
    "a label that keeps others away",
    "n1",
    "PATCH",
    "/api/v1/nodes/n1/status",
    { metadata: { labels: { "node-restriction.kubernetes.io/a": "b" } } },
    'nodes "n1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/a',
  ],
  [
    "taints",
    "n1",
    "PATCH",
    "/api/v1/nodes/n1",
    { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } },
    'nodes "n1" is forbidden: node "n1" is not allowed to modify taints',
  ],
  [
    "owners of its Node",
    "n1",
    "PATCH",
    "/api/v1/nodes/n1",
    { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u" }] } },
    'nodes "n1" is forbidden: node "n1" is not allowed to modify ownerReferences',
  ],
  [
    "another's Node",
    "n1",
    "PATCH",
    "/api/v1/nodes/n2",
    { metadata: { labels: { a: "b" } } },
    'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
  ],
  [
    "the end of another's pod",
    "n1",
    "DELETE",
    `${NS}/pods/theirs`,
    undefined,
    'pods "theirs" is forbidden: node "n1" can only delete pods with spec.nodeName set to itself',
  ],
  [
    "claims that were made for a pod",
    "n1",
    "PATCH",
    `${NS}/pods/mine/status`,
    { status: { resourceClaimStatuses: [{ name: "a", resourceClaimName: "b" }] } },
    'pods "mine" is forbidden: node "n1" cannot update resource claim statues',
  ],
  [
    "another's slice",
    "n1",
    "POST",
    "/apis/resource.k8s.io/v1/resourceslices",
    { metadata, spec: { nodeName: "n2", driver: "d.example.com", pool: { name: "p" } } },
    'resourceslices.resource.k8s.io "n1" is forbidden: can only create ResourceSlice with the same NodeName as the requesting node',
  ],
  [
    "a certificate for another",
    "n2",
    "POST",
    "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    { ...claim, spec: { ...claim.spec, request: btoa(NODE_REQUEST), usages: ["server auth"] } },
    'certificatesigningrequests.certificates.k8s.io "c" is forbidden: can only create a node CSR with CN=system:node:n2',
  ],
] as const) {
  test(`a node may not set: ${rule}`, async () => {
    const cluster = await withNodes();
    const { status, json } = await cluster.as(kubelet(who), method, path, body);
    assert.deepEqual([status, json.message], [403, says]);
  });
}
