/** Services, their endpoints and addresses, ingresses. */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const SERVICES = "[sig-network] Services";
const ports = [{ name: "http", protocol: "TCP", port: 80, targetPort: 80 }];
const PARENT = { group: "mygroup", resource: "myresources", namespace: "foo", name: "bar" };
const BACKEND = { service: { name: "default-backend", port: { number: 80 } } };

const names = async (rig: Caller, target: string): Promise<string[]> =>
  (await rig.items(target)).map(({ metadata }) => metadata.name);

export const network: Specs = {
  async "[sig-network] API Server should provide secure master service"(rig) {
    const { spec } = await rig.get("/api/v1/namespaces/default/services/kubernetes");
    assert.ok((spec.ports as Json[]).some(({ port }) => port === 443));
  },

  async "[sig-network] API Server should have Endpoints and EndpointSlices pointing to API Server"(rig) {
    await rig.get("/api/v1/namespaces/default/services/kubernetes");
    const { subsets } = await rig.get("/api/v1/namespaces/default/endpoints/kubernetes");
    const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    const found = await rig.items(`${slices}?labelSelector=kubernetes.io/service-name%3Dkubernetes`);
    assert.equal(found.length, subsets.length);
    const [subset, slice] = [subsets[0], found[0]!];
    assert.deepEqual(
      slice.endpoints.flatMap(({ addresses }: Json) => addresses),
      subset.addresses.map(({ ip }: Json) => ip),
    );
    const port = ({ name, port, protocol }: Json): unknown => [name, port, protocol];
    assert.deepEqual(slice.ports.map(port), subset.ports.map(port));
  },

  "[sig-network] Endpoints should test the lifecycle of an Endpoint": lifecycle({
    of: "v1/endpoints",
    kind: "Endpoints",
    namespaced: true,
    object: { subsets: [{ addresses: [{ ip: "10.0.0.24" }], ports: [{ name: "http", port: 80, protocol: "TCP" }] }] },
    change: {
      subsets: [{ addresses: [{ ip: "10.0.0.25" }], ports: [{ name: "http-test", port: 8080, protocol: "TCP" }] }],
    },
  }),

  "[sig-network] EndpointSlice should support creating EndpointSlice API operations": lifecycle({
    of: "discovery.k8s.io/v1/endpointslices",
    kind: "EndpointSlice",
    namespaced: true,
    object: {
      addressType: "IPv4",
      endpoints: [{ addresses: ["1.2.3.4", "5.6.7.8"] }],
      ports: [{ name: "https", port: 443, protocol: "TCP" }],
    },
    change: { endpoints: [{ addresses: ["1.2.3.4"], conditions: { ready: false } }] },
  }),

  "[sig-network] Ingress API should support creating Ingress API operations": lifecycle({
    of: "networking.k8s.io/v1/ingresses",
    kind: "Ingress",
    namespaced: true,
    object: {
      spec: {
        defaultBackend: BACKEND,
        rules: [
          {
            host: "foo.bar.com",
            http: {
              paths: [
                { path: "/", pathType: "Prefix", backend: { service: { name: "test", port: { number: 8080 } } } },
              ],
            },
          },
        ],
      },
    },
    change: { spec: { defaultBackend: { service: { name: "other-backend", port: { number: 81 } } } } },
    status: { status: { loadBalancer: { ingress: [{ ip: "169.1.1.1" }] } } },
  }),

  "[sig-network] IngressClass API should support creating IngressClass API operations": lifecycle({
    of: "networking.k8s.io/v1/ingressclasses",
    kind: "IngressClass",
    object: { spec: { controller: "example.com/controller" } },
    change: { spec: { parameters: { apiGroup: "example.com", kind: "Parameters", name: "some", scope: "Cluster" } } },
  }),

  async [`${SERVICES} should find a service from listing all namespaces`](rig) {
    const found = (await rig.items("/api/v1/services")).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    assert.ok(found.includes("default/kubernetes"));
  },

  async [`${SERVICES} should complete a service status lifecycle`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/services`;
    const target = `${path}/test-service`;
    await using watch = await rig.watch(`${path}?labelSelector=test-service-static%3Dtrue`);
    const labels = { "test-service-static": "true" };
    const spec = { type: "LoadBalancer", ports };
    await rig.post(path, { metadata: { name: "test-service", labels }, spec });
    await watch.seen("ADDED");
    assert.ok((await names(rig, "/api/v1/services?labelSelector=test-service-static%3Dtrue")).includes("test-service"));
    assert.deepEqual((await rig.get(`${target}/status`)).status, { loadBalancer: {} });

    const ingress = [{ ip: "203.0.113.1" }];
    const patched = await rig.patch(`${target}/status`, {
      metadata: { annotations: { patchedstatus: "true" } },
      status: { loadBalancer: { ingress } },
    });
    assert.partialDeepStrictEqual(patched.status.loadBalancer.ingress, ingress);
    assert.equal(patched.metadata.annotations.patchedstatus, "true");
    await watch.seen("MODIFIED", ({ metadata }) => metadata.annotations?.patchedstatus === "true");

    const condition = { type: "StatusUpdate", status: "True", reason: "E2E", message: "Set from an e2e test" };
    const lastTransitionTime = "2026-01-02T03:04:05Z";
    const updated = await rig.update(`${target}/status`, ({ status, ...rest }) => ({
      ...rest,
      status: { ...status, conditions: [{ ...condition, lastTransitionTime }] },
    }));
    assert.deepEqual(updated.status.conditions, [{ ...condition, lastTransitionTime }]);
    await watch.seen("MODIFIED", ({ status }) => status.conditions?.[0].type === "StatusUpdate");

    await rig.patch(target, { metadata: { labels: { "test-service": "patched" } } }, "strategic");
    const last = await watch.seen("MODIFIED", ({ metadata }) => metadata.labels["test-service"] === "patched");
    assert.deepEqual(last.status.conditions, updated.status.conditions);
    await rig.delete(target);
    await watch.seen("DELETED");
  },

  [`${SERVICES} should delete a collection of services`]: lifecycle({
    of: "v1/services",
    kind: "Service",
    namespaced: true,
    object: { spec: { type: "ClusterIP", ports } },
    change: { spec: { sessionAffinity: "ClientIP" } },
  }),

  async "[sig-network] ServiceCIDR and IPAddress API should support ServiceCIDR API operations"(rig) {
    const path = "/apis/networking.k8s.io/v1/servicecidrs";
    const own = await rig.get(`${path}/kubernetes`);
    const status = await rig.get(`${path}/kubernetes/status`);
    assert.deepEqual(
      [status.apiVersion, status.kind, status.metadata.uid],
      ["networking.k8s.io/v1", "ServiceCIDR", own.metadata.uid],
    );
    assert.ok((await names(rig, path)).includes("kubernetes"));
    await using watch = await rig.watch(path);
    assert.equal((await watch.seen("ADDED")).metadata.name, "kubernetes");
    await lifecycle({
      of: "networking.k8s.io/v1/servicecidrs",
      kind: "ServiceCIDR",
      object: (at) => ({ spec: { cidrs: [`10.20${at}.0.0/24`] } }),
      status: {
        status: {
          conditions: [
            { type: "Ready", status: "True", reason: "E2E", message: "m", lastTransitionTime: "2026-01-02T03:04:05Z" },
          ],
        },
      },
      statusAlone: true,
      finalized: true,
    })(rig);
  },

  "[sig-network] ServiceCIDR and IPAddress API should support IPAddress API operations": lifecycle({
    of: "networking.k8s.io/v1/ipaddresses",
    kind: "IPAddress",
    names: ["255.255.255.255", "fe80::42:1dff:fe84:f9e2"],
    object: { spec: { parentRef: PARENT } },
  }),
};
