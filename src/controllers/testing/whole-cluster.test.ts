/** All controllers together, with the rights the bootstrap policy gives them and no more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "../../api/apps/index.ts";
import { Lease } from "../../api/coordination/index.ts";
import {
  ConfigMap,
  Endpoints,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  Service,
  ServiceAccount,
} from "../../api/core/index.ts";
import { EndpointSlice } from "../../api/discovery/index.ts";
import { ClusterRole } from "../../api/rbac/index.ts";
import { formatMicroTime, formatTime } from "../../machinery/time.ts";
import { testCluster } from "./cluster.ts";
import type { TestCluster } from "./cluster.ts";

const start = () => testCluster({ settings: { rootCertificate: "PEM" } });

const node = (name: string, now: number) => ({
  metadata: { name, labels: { "topology.kubernetes.io/zone": "z1" } },
  spec: {},
  status: {
    conditions: ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
      type,
      status: type === "Ready" ? "True" : "False",
      lastHeartbeatTime: formatTime(now),
      lastTransitionTime: formatTime(now),
      reason: "x",
      message: "x",
    })),
  },
});

const ready = ({ status }: Pod) => status.conditions?.find(({ type }) => type === "Ready")?.status;

const renew = (cluster: TestCluster, name: string) =>
  cluster.client.patch(Lease, name, "kube-node-lease", {
    type: "merge",
    body: { spec: { renewTime: formatMicroTime(cluster.clock.now()) } },
  });

test("a namespace gets its account and certificate, and takes everything along when it goes", async () => {
  const cluster = await start();
  const { client } = cluster;
  await client.create(Namespace, { metadata: { name: "team" }, spec: { finalizers: ["kubernetes"] } });
  await cluster.run();
  await client.get(ServiceAccount, "default", "team");
  assert.equal((await client.get(ConfigMap, "kube-root-ca.crt", "team")).data?.["ca.crt"], "PEM");
  await client.delete(ConfigMap, "kube-root-ca.crt", "team");
  await cluster.run();
  await client.get(ConfigMap, "kube-root-ca.crt", "team");

  await client.create(ConfigMap, { metadata: { name: "a", namespace: "team", finalizers: ["example.com/wait"] } });
  await client.delete(Namespace, "team");
  await cluster.run(2000);
  const { status } = await client.get(Namespace, "team");
  assert.equal(status.phase, "Terminating");
  assert.deepEqual(
    status.conditions?.filter((condition) => condition.status === "True").map(({ type, message }) => [type, message]),
    [
      ["NamespaceContentRemaining", "Some resources are remaining: configmaps. has 1 resource instances"],
      [
        "NamespaceFinalizersRemaining",
        "Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances",
      ],
    ],
  );
  await client.patch(ConfigMap, "a", "team", { type: "merge", body: { metadata: { finalizers: null } } });
  await cluster.run(20_000);
  await assert.rejects(client.get(Namespace, "team"), /not found/);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("admin, edit and view are filled from the roles that aggregate to them", async () => {
  const cluster = await start();
  await cluster.run();
  for (const name of ["admin", "edit", "view"]) {
    const { rules } = await cluster.client.get(ClusterRole, name);
    assert.ok((rules?.length ?? 0) > 3, name);
  }
  cluster.stop();
});

test("a Service's endpoints are its ready pods, in both forms", async () => {
  const cluster = await start();
  const { client } = cluster;
  await cluster.run();
  const labels = { app: "web" };
  await client.create(Service, {
    metadata: { name: "web", namespace: "default" },
    spec: { selector: labels, ports: [{ port: 80, targetPort: "http", protocol: "TCP" }] },
  } as never);
  await client.create(Deployment, {
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 120,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "web", image: "web", ports: [{ name: "http", containerPort: 8080 }] }] },
      },
    },
  } as never);
  await cluster.run(3000);
  const slices = (await client.list(EndpointSlice, { labelSelector: "kubernetes.io/service-name=web" })).items;
  assert.deepEqual(slices.map(({ endpoints, ports }) => [endpoints?.length, ports?.[0]?.port]).toSorted(), [
    [100, 8080],
    [20, 8080],
  ]);
  assert.ok(slices.every(({ endpoints }) => endpoints!.every(({ conditions }) => conditions.ready === true)));
  const { subsets } = await client.get(Endpoints, "web", "default");
  assert.equal(subsets?.[0]?.addresses?.length, 120);

  await client.patch(Deployment, "web", "default", { type: "merge", body: { spec: { replicas: 2 } } });
  await cluster.run(3000);
  const after = (await client.list(EndpointSlice, { labelSelector: "kubernetes.io/service-name=web" })).items;
  assert.equal(
    after.reduce((sum, { endpoints }) => sum + (endpoints?.length ?? 0), 0),
    2,
  );
  await client.delete(Deployment, "web", "default");
  await client.delete(Service, "web", "default");
  await cluster.run(3000);
  assert.equal((await client.list(Pod, {})).items.length, 0);
  assert.equal((await client.list(EndpointSlice, { labelSelector: "kubernetes.io/service-name=web" })).items.length, 0);
  await assert.rejects(client.get(Endpoints, "web", "default"), /not found/);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("Endpoints written by hand are mirrored to slices, and those go with them", async () => {
  const cluster = await start();
  const { client } = cluster;
  await client.create(Service, {
    metadata: { name: "db", namespace: "default" },
    spec: { ports: [{ port: 5432 }] },
  } as never);
  await client.create(Endpoints, {
    metadata: { name: "db", namespace: "default" },
    subsets: [{ addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }], ports: [{ port: 5432, protocol: "TCP" }] }],
  });
  const slices = async () =>
    (await client.list(EndpointSlice, { labelSelector: "kubernetes.io/service-name=db" })).items;
  await cluster.run(2000);
  assert.deepEqual(
    (await slices()).map(({ addressType, endpoints }) => [addressType, endpoints![0]!.addresses[0]]).toSorted(),
    [
      ["IPv4", "192.0.2.1"],
      ["IPv6", "2001:db8::1"],
    ],
  );
  await client.patch(Endpoints, "db", "default", { type: "merge", body: { subsets: [] } });
  await cluster.run(2000);
  assert.deepEqual(await slices(), []);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("a claim in use stays until its last pod is gone", async () => {
  const cluster = await start();
  const { client } = cluster;
  await cluster.run();
  await client.create(Node, { metadata: { name: "n1" }, spec: {} });
  await client.create(PersistentVolumeClaim, {
    metadata: { name: "data", namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  } as never);
  await client.create(Pod, {
    metadata: { name: "db", namespace: "default", finalizers: ["example.com/wait"] },
    spec: {
      nodeName: "n1",
      containers: [{ name: "db", image: "db" }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
      tolerations: [{ operator: "Exists" }],
    },
  } as never);
  await cluster.run();
  await client.delete(PersistentVolumeClaim, "data", "default");
  await client.delete(Pod, "db", "default");
  await cluster.run(5000);
  const claim = await client.get(PersistentVolumeClaim, "data", "default");
  assert.deepEqual(claim.metadata.finalizers, ["kubernetes.io/pvc-protection"]);
  await client.patch(Pod, "db", "default", { type: "merge", body: { metadata: { finalizers: null } } });
  await cluster.run(5000);
  await assert.rejects(client.get(PersistentVolumeClaim, "data", "default"), /not found/);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});

test("a silent node becomes unknown, is tainted, and loses its pods when their time is over", async () => {
  const cluster = await start();
  const { client, clock } = cluster;
  await cluster.run();
  for (const name of ["n1", "n2"]) {
    const { metadata, status } = node(name, clock.now());
    await client.create(Node, { metadata, spec: {} });
    await client.patch(Node, name, undefined, { type: "strategic", body: { status } }, { subresource: "status" });
    await client.create(Lease, {
      metadata: { name, namespace: "kube-node-lease" },
      spec: { holderIdentity: name, renewTime: formatMicroTime(clock.now()) },
    });
  }
  await client.create(Pod, {
    metadata: { name: "web", namespace: "default" },
    spec: { nodeName: "n1", containers: [{ name: "web", image: "web" }] },
  } as never);
  for (let at = 0; at < 6; at++) {
    await renew(cluster, "n1");
    await renew(cluster, "n2");
    await cluster.run(10_000);
  }
  const taints = async (name: string) =>
    ((await client.get(Node, name)).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
  assert.deepEqual(await taints("n1"), []);
  for (let at = 0; at < 8; at++) {
    await renew(cluster, "n2");
    await cluster.run(10_000);
  }
  assert.deepEqual(await taints("n1"), [
    "node.kubernetes.io/unreachable:NoSchedule",
    "node.kubernetes.io/unreachable:NoExecute",
  ]);
  assert.deepEqual(await taints("n2"), []);
  const pod = await client.get(Pod, "web", "default");
  assert.equal(ready(pod), "False");
  const back = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: formatTime(clock.now()) }] };
  await client.patch(Pod, "web", "default", { type: "strategic", body: { status: back } }, { subresource: "status" });
  await cluster.run(10_000);
  assert.equal(ready(await client.get(Pod, "web", "default")), "True", "a kubelet that speaks again is believed");
  for (let at = 0; at < 31; at++) {
    await renew(cluster, "n2");
    await cluster.run(10_000);
  }
  await assert.rejects(client.get(Pod, "web", "default"), /not found/);
  assert.deepEqual(cluster.complaints, []);
  cluster.stop();
});
