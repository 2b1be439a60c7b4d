import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing/server.ts";

const SERVICES = "/api/v1/namespaces/ns/services";
const MERGE = { "content-type": "application/merge-patch+json" };
const service = (name: string, spec: object = {}): object => ({
  metadata: { name },
  spec: { ports: [{ port: 80 }], selector: { app: "a" }, ...spec },
});

test("a Service gets an address of the range, with an IPAddress that says whose it is", async () => {
  const { send } = await testServer();
  const { json } = await send("POST", SERVICES, service("a"));
  assert.match(json.spec.clusterIP, /^10\.96\.\d+\.\d+$/);
  assert.deepEqual([json.spec.clusterIPs, json.spec.ipFamilies], [[json.spec.clusterIP], ["IPv4"]]);
  const address = await send("GET", `/apis/networking.k8s.io/v1/ipaddresses/${json.spec.clusterIP}`);
  assert.deepEqual(address.json.spec.parentRef.name, "a");
});

for (const [rule, spec, status] of [
  ["an address that is taken", { clusterIP: "10.96.0.1" }, 201],
  ["a port out of the range", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }, 201],
  ["no address of another network", { clusterIP: "192.168.1.1" }, 422],
] as const) {
  test(`a rehearsal may have ${rule}`, async () => {
    const { send } = await testServer();
    const body = { metadata: { name: "a" }, spec: { ports: [{ port: 80 }], ...spec } };
    const answer = await send("POST", `${SERVICES}?dryRun=All`, body);
    assert.equal(answer.status, status);
  });
}

const REFUSED: [rule: string, spec: object, text: RegExp][] = [
  [
    "an address that is taken",
    { clusterIP: "10.96.0.5" },
    /failed to allocate IP 10\.96\.0\.5: provided IP is already allocated/,
  ],
  [
    "an address of another network",
    { clusterIP: "192.168.1.1" },
    /the provided network does not match the current range/,
  ],
  [
    "a port that is taken",
    { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] },
    /provided port is already allocated/,
  ],
  [
    "a port out of the range",
    { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] },
    /The range of valid ports is 30000-32767/,
  ],
  [
    "a port that another protocol has",
    { type: "NodePort", ports: [{ port: 80, protocol: "UDP", nodePort: 30001 }] },
    /spec\.ports\[0\]\.nodePort: Invalid value: 30001: provided port is already allocated/,
  ],
  [
    "the same node port for two ports",
    {
      type: "NodePort",
      ports: [
        { name: "a", port: 80, nodePort: 30002 },
        { name: "b", port: 81, protocol: "UDP", nodePort: 30002 },
      ],
    },
    /spec\.ports\[1\]\.nodePort: Invalid value: 30002: provided port is already allocated/,
  ],
  [
    "a list of addresses without the one",
    { clusterIPs: ["None", "None"] },
    /\[spec\.clusterIPs: Invalid value: \["None","None"\]: must be empty when `clusterIP` is not specified, spec\.clusterIPs: Invalid value: \["None","None"\]: 'None' must be the first and only value, spec\.clusterIPs\[1\]: Invalid value: "None": must be a valid IP/,
  ],
  [
    "two addresses for one family",
    { clusterIP: "10.96.0.9", clusterIPs: ["10.96.0.9", "fd00::1"] },
    /\[spec\.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified, spec\.clusterIPs\[1\]: Invalid value: \["10\.96\.0\.9","fd00::1"\]: IPv6 is not configured on this cluster\]/,
  ],
  [
    "two families for one",
    { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] },
    /when multiple IP families are specified/,
  ],
];
for (const [rule, spec, text] of REFUSED) {
  test(`refused: ${rule}`, async () => {
    const { send, store } = await testServer();
    await send(
      "POST",
      SERVICES,
      service("a", { type: "NodePort", clusterIP: "10.96.0.5", ports: [{ port: 80, nodePort: 30001 }] }),
    );
    const before = store.revision;
    const { status, json } = await send("POST", SERVICES, service("b", spec));
    assert.equal(status, 422);
    assert.match(json.message, text);
    assert.equal(store.revision, before);
  });
}

test("an update that says a node port twice is not understood, before anybody validates it", async () => {
  const { send, store } = await testServer();
  await send("POST", SERVICES, service("a", { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] }));
  const before = store.revision;
  const ports = [80, 81].map((port) => ({ name: `p${port}`, port, nodePort: 30001 }));
  const { status, json } = await send("PATCH", `${SERVICES}/a`, { spec: { ports } }, MERGE);
  assert.deepEqual([status, json.reason, json.message], [500, undefined, "duplicate nodePort: {TCP 30001}"]);
  const mixed = [ports[0], { ...ports[1], protocol: "UDP" }];
  assert.equal((await send("PATCH", `${SERVICES}/a`, { spec: { ports: mixed } }, MERGE)).status, 200);
  assert.equal(store.revision, before + 1);
});

test("what a deleted Service had is free again, also on a server that starts anew", async () => {
  const { send, store } = await testServer();
  const spec = { type: "NodePort", clusterIP: "10.96.0.5", ports: [{ port: 80, nodePort: 30001 }] };
  await send("POST", SERVICES, service("a", spec));
  const again = await testServer({ store });
  assert.equal((await again.send("POST", SERVICES, service("b", spec))).status, 422);
  await again.send("DELETE", `${SERVICES}/a`);
  assert.equal((await again.send("POST", SERVICES, service("b", spec))).status, 201);
});

test("of many that ask at once each gets its own", async () => {
  const { send } = await testServer({
    flags: { serviceClusterIPRange: "10.0.0.0/28", serviceNodePortRange: [30000, 30013] },
  });
  const answers = await Promise.all(
    Array.from({ length: 14 }, (_, i) => send("POST", SERVICES, service(`s${i}`, { type: "NodePort" }))),
  );
  assert.equal(new Set(answers.map(({ json }) => json.spec.clusterIP)).size, 14);
  assert.equal(new Set(answers.map(({ json }) => json.spec.ports[0].nodePort)).size, 14);
  const full = await send("POST", SERVICES, service("full"));
  assert.match(full.json.message, /range is full/);
});

test("a change of type gives back and takes anew", async () => {
  const { send } = await testServer();
  const { clusterIP } = (await send("POST", SERVICES, service("a", { type: "NodePort" }))).json.spec;
  const plain = (await send("PATCH", `${SERVICES}/a`, { spec: { type: "ClusterIP" } }, MERGE)).json.spec;
  assert.deepEqual([plain.clusterIP, plain.ports[0].nodePort], [clusterIP, undefined]);
  const outside = { type: "ExternalName", externalName: "x.example.com", clusterIP: null, clusterIPs: null };
  assert.equal((await send("PATCH", `${SERVICES}/a`, { spec: outside }, MERGE)).json.spec.clusterIP, undefined);
  assert.equal((await send("GET", `/apis/networking.k8s.io/v1/ipaddresses/${clusterIP}`)).status, 404);
});

test("a dry run takes nothing", async () => {
  const { send, store } = await testServer();
  const before = store.revision;
  assert.match((await send("POST", `${SERVICES}?dryRun=All`, service("a"))).json.spec.clusterIP, /^10\.96\./);
  assert.equal(store.revision, before);
});

test("what only a balancer has goes with it, and its state, too", async () => {
  const { send } = await testServer();
  const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", loadBalancerClass: "a.b/c" };
  await send("POST", SERVICES, service("a", spec));
  const told = { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } };
  const { status } = (await send("PATCH", `${SERVICES}/a/status`, { status: told }, MERGE)).json;
  assert.deepEqual(status.loadBalancer.ingress, [{ ip: "1.2.3.4", ipMode: "VIP" }]);
  const plain = (await send("PATCH", `${SERVICES}/a`, { spec: { type: "ClusterIP" } }, MERGE)).json;
  assert.deepEqual(plain.status.loadBalancer, {});
  for (const field of ["healthCheckNodePort", "externalTrafficPolicy", "loadBalancerClass"]) {
    assert.equal(plain.spec[field], undefined, field);
  }
});

test("how traffic from outside is treated goes with the last way in", async () => {
  const { send } = await testServer();
  await send("POST", SERVICES, service("a", { externalIPs: ["192.0.2.1"] }));
  const answer = await send("PATCH", `${SERVICES}/a`, { spec: { externalIPs: null } }, MERGE);
  assert.deepEqual([answer.status, answer.json.spec.externalTrafficPolicy], [200, undefined]);
});

test("a balancer without node ports has those that were asked for", async () => {
  const { send } = await testServer();
  const ports = [
    { name: "a", port: 80, nodePort: 30001 },
    { name: "b", port: 81 },
  ];
  const spec = { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports };
  const made = (await send("POST", SERVICES, service("a", spec))).json;
  assert.deepEqual(
    made.spec.ports.map(({ nodePort }: { nodePort?: number }) => nodePort),
    [30001, undefined],
  );
  const { status, json } = await send("POST", SERVICES, service("b", spec));
  assert.deepEqual(
    [status, json.message],
    [422, 'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated'],
  );
});

test("a new Service takes one node port for all protocols of a port", async () => {
  const { send } = await testServer();
  const ports = [
    { name: "a", port: 53, protocol: "UDP" },
    { name: "b", port: 53, nodePort: 30053 },
    { name: "c", port: 54 },
  ];
  const { json } = await send("POST", SERVICES, service("a", { type: "NodePort", ports }));
  const [a, b, c] = json.spec.ports;
  assert.deepEqual([a.nodePort, b.nodePort], [30053, 30053]);
  assert.notEqual(c.nodePort, 30053);
});

test("a health check port that is taken fails the request as a whole", async () => {
  const { send } = await testServer();
  await send("POST", SERVICES, service("a", { type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] }));
  const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 30001 };
  const { status, json } = await send("POST", SERVICES, service("b", spec));
  assert.equal(status, 500);
  assert.match(json.message, /failed to allocate requested HealthCheck NodePort 30001: provided port is already/);
});

for (const [policy, families] of [
  [undefined, ["IPv4", "IPv6"]],
  ["PreferDualStack", ["IPv4", "IPv6"]],
  ["SingleStack", ["IPv4"]],
] as const) {
  test(`without selector and address, ${policy ?? "no policy"} means ${families.join(" and ")}`, async () => {
    const { send } = await testServer();
    const spec = { clusterIP: "None", selector: null, ...(policy && { ipFamilyPolicy: policy }) };
    const { json } = await send("POST", SERVICES, service("a", spec));
    assert.deepEqual(json.spec.ipFamilies, families);
  });
}

test("the second family goes with the policy", async () => {
  const { send } = await testServer();
  await send("POST", SERVICES, service("a", { clusterIP: "None", selector: null }));
  const kept = await send("PATCH", `${SERVICES}/a`, { spec: { ipFamilies: ["IPv4"] } }, MERGE);
  assert.match(kept.json.message, /must be 'SingleStack' to release the secondary IP family/);
  const { json } = await send("PATCH", `${SERVICES}/a`, { spec: { ipFamilyPolicy: "SingleStack" } }, MERGE);
  assert.deepEqual(json.spec.ipFamilies, ["IPv4"]);
});

test("an address that is asked for later is refused as a change, taken or not", async () => {
  const { send } = await testServer();
  await send("POST", SERVICES, service("a", { clusterIP: "10.96.0.5" }));
  await send("POST", SERVICES, service("b"));
  const { status, json } = await send("PATCH", `${SERVICES}/b`, { spec: { clusterIP: "10.96.0.5" } }, MERGE);
  assert.equal(status, 422);
  assert.match(json.message, /may not change once set/);
});
