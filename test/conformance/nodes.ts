/** What sig-node has beside pods: nodes, leases, runtime classes, pod templates, and pods that are refused. */
import assert from "node:assert/strict";
import type { Json } from "./caller.ts";
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const TEMPLATES = "[sig-node] PodTemplates";
const CLASSES = "[sig-node] RuntimeClass";
const RUNTIMES = "/apis/node.k8s.io/v1/runtimeclasses";

const template = (image: string): Json => ({ template: { spec: { containers: [{ name: "nginx", image }] } } });

const pod = (name: string, spec: Json): Json => ({
  metadata: { name },
  spec: { containers: [{ name: "test", image: "busybox", ...spec.container }], ...spec.pod },
});

export const nodes: Specs = {
  async "[sig-node] Lease lease API should be available"(rig) {
    await lifecycle({
      of: "coordination.k8s.io/v1/leases",
      kind: "Lease",
      namespaced: true,
      object: {
        spec: {
          holderIdentity: "holder",
          leaseDurationSeconds: 30,
          acquireTime: "2026-01-02T03:04:05.000006Z",
          renewTime: "2026-01-02T03:04:07.000008Z",
          leaseTransitions: 0,
        },
      },
      change: { spec: { leaseDurationSeconds: 50, leaseTransitions: 1 } },
    })(rig);
  },

  [`${TEMPLATES} should run the lifecycle of PodTemplates`]: lifecycle({
    of: "v1/podtemplates",
    kind: "PodTemplate",
    namespaced: true,
    object: template("nginx"),
    change: template("nginx:2"),
  }),

  async [`${TEMPLATES} should delete a collection of pod templates`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/podtemplates`;
    const selected = `${path}?labelSelector=podtemplate-set%3Dtrue`;
    for (const name of ["test-podtemplate-1", "test-podtemplate-2", "test-podtemplate-3"]) {
      await rig.post(path, { metadata: { name, labels: { "podtemplate-set": "true" } }, ...template("e2e") });
    }
    assert.equal((await rig.items(selected)).length, 3);
    await rig.delete(selected);
    assert.equal((await rig.items(selected)).length, 0);
  },

  async [`${TEMPLATES} should replace a pod template`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/podtemplates`;
    await rig.post(path, { metadata: { name: "podtemplate" }, ...template("e2e") });
    const replaced = await rig.update(`${path}/podtemplate`, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, annotations: { updated: "true" } },
    }));
    assert.equal(replaced.metadata.annotations.updated, "true");
  },

  async [`${CLASSES} should reject a Pod requesting a non-existent RuntimeClass`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/pods`;
    const body = pod("test-runtimeclass", { pod: { runtimeClassName: "nonexistent" } });
    assert.equal((await rig.refused(403, "POST", path, { body })).reason, "Forbidden");
  },

  async [`${CLASSES} should reject a Pod requesting a deleted RuntimeClass`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/pods`;
    await rig.post(RUNTIMES, { metadata: { name: "delete-me" }, handler: "runc" });
    await rig.delete(`${RUNTIMES}/delete-me`);
    await rig.until(`${RUNTIMES}/delete-me`, ({ code }) => code === 404);
    const body = pod("test-runtimeclass", { pod: { runtimeClassName: "delete-me" } });
    assert.equal((await rig.refused(403, "POST", path, { body })).reason, "Forbidden");
  },

  [`${CLASSES} should support RuntimeClasses API operations`]: lifecycle({
    of: "node.k8s.io/v1/runtimeclasses",
    kind: "RuntimeClass",
    object: { handler: "handler" },
    change: { scheduling: { nodeSelector: { some: "node" } } },
  }),

  async "[sig-node] Sysctls [LinuxOnly] [NodeConformance] should reject invalid sysctls"(rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/pods`;
    const sysctls = [
      { name: "foo-", value: "bar" },
      { name: "kernel.shmmax", value: "100000000" },
      { name: "safe-and-unsafe", value: "100000000" },
      { name: "bar..", value: "42" },
    ];
    const body = pod("sysctl", { pod: { securityContext: { sysctls } } });
    const { message } = await rig.refused(422, "POST", path, { body });
    for (const bad of ["foo-", "bar.."]) assert.ok(message.includes(`Invalid value: "${bad}"`), message);
    for (const good of ["safe-and-unsafe", "kernel.shmmax"]) assert.ok(!message.includes(good), message);
  },

  async "[sig-node] Node Lifecycle should run through the lifecycle of a node"(rig) {
    const name = rig.name("e2e-fake-node");
    const target = `/api/v1/nodes/${name}`;
    const selected = `/api/v1/nodes?labelSelector=e2e-node%3D${name}`;
    await using watch = await rig.watch(`/api/v1/nodes?fieldSelector=metadata.name%3D${name}`);
    await rig.post("/api/v1/nodes", {
      metadata: { name },
      status: { phase: "Running", conditions: [{ status: "True", type: "Ready" }] },
    });
    await watch.seen("ADDED");
    assert.equal((await rig.get(target)).metadata.name, name);
    await rig.patch(target, { metadata: { labels: { "e2e-node": name, [name]: "patched" } } }, "strategic");
    await watch.seen("MODIFIED", ({ metadata }) => metadata.labels?.[name] === "patched");
    assert.equal((await rig.items(selected)).length, 1);
    await rig.update(target, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, labels: { ...metadata.labels, [name]: "updated" } },
    }));
    await watch.seen("MODIFIED", ({ metadata }) => metadata.labels?.[name] === "updated");
    await rig.delete(`/api/v1/nodes?labelSelector=${name}%3Dupdated`);
    await watch.seen("DELETED");
    await rig.gone(target);
  },

  async "[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu"(
    rig,
  ) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/pods`;
    const resources = { cpu: "100m", memory: "100Mi" };
    const container = { resources: { requests: resources, limits: resources } };
    const { status } = await rig.post(path, pod("pod-qos-class", { container }));
    assert.equal(status.qosClass, "Guaranteed");
  },
};
