import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, Service } from "../../api/core/index.ts";
import type { EndpointSlice } from "../../api/discovery/index.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Plan } from "../runtime/plan.ts";
import { NOW, pod, said } from "../testing/objects.ts";
import type { PodSketch } from "../testing/objects.ts";
import { decide } from "./endpointslice.ts";

const service = (spec: object = {}) =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", uid: "svc", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: {
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
      ipFamilies: ["IPv4"],
      ...spec,
    },
  }) as unknown as Service;

const at = (ip: string, sketch: PodSketch = {}) => {
  const made = pod(`p-${ip}`, sketch);
  return { ...made, status: { ...made.status, podIP: ip, podIPs: [{ ip }] } } as Pod;
};

const plan = (of: Service, pods: readonly Pod[], slices: readonly EndpointSlice[] = [], size = 2) =>
  decide({ object: of, pods, slices, zoneOf: () => "z1", now: NOW }, size);

/** What the server would have after the plan. */
function after({ writes }: Plan, slices: readonly EndpointSlice[]): EndpointSlice[] {
  const gone = new Set(writes.flatMap((write) => (write.verb === "delete" ? [write.object.metadata.name] : [])));
  const changed = new Map(
    writes.flatMap((write) => (write.verb === "update" ? [[write.object.metadata.name, write.object]] : [])),
  );
  const made = writes.flatMap((write, index) =>
    write.verb === "create"
      ? [{ ...write.object, metadata: { ...(write.object as KubeObject).metadata, name: `s${slices.length + index}` } }]
      : [],
  );
  const kept = slices
    .filter(({ metadata }) => !gone.has(metadata.name))
    .map((slice) => changed.get(slice.metadata.name) ?? slice);
  return [...kept, ...made] as EndpointSlice[];
}

const addresses = (slices: readonly EndpointSlice[]) =>
  slices.map(({ endpoints }) => endpoints!.map(({ addresses: [ip] }) => ip).join(" "));

for (const { rule, sketch, spec, conditions } of [
  { rule: "a ready pod", sketch: {}, spec: {}, conditions: { ready: true, serving: true, terminating: false } },
  {
    rule: "one that is not ready",
    sketch: { ready: false },
    spec: {},
    conditions: { ready: false, serving: false, terminating: false },
  },
  {
    rule: "one that is leaving",
    sketch: { deleting: true },
    spec: {},
    conditions: { ready: false, serving: true, terminating: true },
  },
  {
    rule: "one that is not ready, where that does not matter",
    sketch: { ready: false },
    spec: { publishNotReadyAddresses: true },
    conditions: { ready: true, serving: false, terminating: false },
  },
]) {
  test(`conditions of ${rule}`, () => {
    const [slice] = after(plan(service(spec), [at("10.0.0.1", sketch)]), []);
    assert.deepEqual(slice!.endpoints![0]!.conditions, conditions);
  });
}

test("finished pods and those without an address are no endpoints; one empty slice says so", () => {
  const slices = after(plan(service(), [at("10.0.0.1", { phase: "Succeeded" }), pod("none")]), []);
  assert.deepEqual(addresses(slices), [""]);
});

test("slices are filled and no larger than allowed; a second round rests", () => {
  const pods = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((ip) => at(ip));
  const slices = after(plan(service(), pods), []);
  assert.deepEqual(addresses(slices), ["10.0.0.1 10.0.0.2", "10.0.0.3"]);
  assert.deepEqual(said(plan(service(), pods, slices)), []);
});

test("an endpoint stays in its slice, and a new one goes where there is room", () => {
  const pods = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((ip) => at(ip));
  const slices = after(plan(service(), pods), []);
  const next = [pods[0]!, pods[2]!, at("10.0.0.9")];
  const changed = plan(service(), next, slices);
  assert.deepEqual(said(changed), [`update EndpointSlice ${slices[0]!.metadata.name}`]);
  assert.deepEqual(addresses(after(changed, slices)), ["10.0.0.1 10.0.0.9", "10.0.0.3"]);
});

test("pods that have another number for a named port get slices of their own", () => {
  const named = (ip: string, containerPort: number) => {
    const made = at(ip);
    return {
      ...made,
      spec: { ...made.spec, containers: [{ name: "c", ports: [{ name: "http", containerPort }] }] },
    } as unknown as Pod;
  };
  const of = service({ ports: [{ port: 80, targetPort: "http", protocol: "TCP" }] });
  const slices = after(plan(of, [named("10.0.0.1", 8080), named("10.0.0.2", 9090)]), []);
  assert.deepEqual(
    slices.map(({ ports }) => ports?.[0]?.port),
    [8080, 9090],
  );
});

test("a Service without a selector is left to others", () => {
  assert.deepEqual(said(plan(service({ selector: undefined }), [at("10.0.0.1")])), []);
});

for (const { rule, trafficDistribution, sketch = {}, hints } of [
  { rule: "no hints where nothing is said", trafficDistribution: undefined, hints: undefined },
  { rule: "its zone", trafficDistribution: "PreferSameZone", hints: { forZones: [{ name: "z1" }] } },
  { rule: "its zone by the older word", trafficDistribution: "PreferClose", hints: { forZones: [{ name: "z1" }] } },
  {
    rule: "its node, too",
    trafficDistribution: "PreferSameNode",
    hints: { forZones: [{ name: "z1" }], forNodes: [{ name: "n1" }] },
  },
  {
    rule: "none while it is not ready",
    trafficDistribution: "PreferClose",
    sketch: { ready: false },
    hints: undefined,
  },
]) {
  test(`an endpoint is meant for clients of ${rule}`, () => {
    const { writes } = plan(service({ trafficDistribution }), [at("10.0.0.1", sketch)]);
    const [write] = writes;
    assert.ok(write?.verb === "create");
    assert.deepEqual((write.object as EndpointSlice).endpoints?.[0]?.hints, hints);
  });
}
