import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, Secret, Service } from "../../api/core/index.ts";
import { credentialsFor } from "../images/credentials.ts";
import { defaultPullPolicy, parseImage, withTag } from "../images/reference.ts";
import { linuxResources, oomScoreAdj, podCgroup, podRequest, qosClass } from "../pod/resources.ts";
import { members } from "../pod/spec.ts";
import { container, podOf } from "../testing/node.ts";
import { dnsOf, hostnameOf, hostsFile } from "./dns.ts";
import type { EnvSources } from "./env.ts";
import { environment } from "./env.ts";
import { expand } from "./expand.ts";
import { containerSecurity, verifyNonRoot } from "./security.ts";

const pod = (spec: object = {}, metadata: object = {}): Pod => {
  const made = podOf("web", spec) as Pod;
  return { ...made, metadata: { ...made.metadata, uid: "u1", ...metadata } };
};

for (const { text, want } of [
  { text: "$(A)-$(B)", want: "1-2" },
  { text: "$$(A)", want: "$(A)" },
  { text: "$$$(A)", want: "$1" },
  { text: "$(unknown)", want: "$(unknown)" },
  { text: "$(A", want: "$(A" },
  { text: "costs $5$", want: "costs $5$" },
]) {
  test(`${text} becomes ${want}`, () => {
    const values: Record<string, string> = { A: "1", B: "2" };
    assert.equal(
      expand(text, (name) => values[name]),
      want,
    );
  });
}

for (const { text, want } of [
  { text: "nginx", want: "docker.io/library/nginx:" },
  { text: "team/app:1", want: "docker.io/team/app:1" },
  { text: "localhost/app", want: "localhost/app:" },
  { text: "reg.io:5000/a/b/c:v1", want: "reg.io:5000/a/b/c:v1" },
  { text: "127.0.0.1:5000/app:x", want: "127.0.0.1:5000/app:x" },
  { text: "UPPER", want: "none" },
  { text: "a b", want: "none" },
  { text: "reg.io/app@sha256:" + "a".repeat(64), want: "reg.io/app:" },
]) {
  test(`the image ${text} is ${want}`, () => {
    const image = parseImage(text);
    assert.equal(image ? `${image.registry}/${image.path}:${image.tag ?? ""}` : "none", want);
  });
}

test("a name without tag gets :latest and is then pulled always", () => {
  assert.equal(withTag("nginx"), "nginx:latest");
  assert.equal(withTag("reg.io/app@sha256:" + "a".repeat(64)), "reg.io/app@sha256:" + "a".repeat(64));
  assert.deepEqual(["nginx", "nginx:1", "nginx:latest"].map(defaultPullPolicy), ["Always", "IfNotPresent", "Always"]);
});

test("credentials fit by host and path, the most specific first", () => {
  const auth = (user: string): object => ({ auth: btoa(`${user}:secret`) });
  const config = {
    auths: {
      "https://index.docker.io/v1/": auth("hub"),
      "reg.io": auth("all"),
      "reg.io/team": auth("team"),
      "*.corp.io": auth("corp"),
    },
  };
  const secret = { data: { ".dockerconfigjson": btoa(JSON.stringify(config)) } } as unknown as Secret;
  const users = (image: string): unknown[] => credentialsFor(image, [secret]).map(({ username }) => username);
  assert.deepEqual(users("nginx"), ["hub"]);
  assert.deepEqual(users("reg.io/team/app"), ["team", "all"]);
  assert.deepEqual(users("reg.io/other"), ["all"]);
  assert.deepEqual(users("a.corp.io/x"), ["corp"]);
  assert.deepEqual(users("quay.io/x"), []);
});

const service = (name: string, namespace: string, ip: string, ports: object[]): Service =>
  ({ metadata: { name, namespace }, spec: { clusterIP: ip, ports } }) as unknown as Service;

const sources: EnvSources = {
  configMap: async (name) => (name === "cm" ? ({ data: { k: "v", "other.key": "w" } } as never) : undefined),
  secret: async (name) => (name === "s" ? ({ data: { p: btoa("pass") } } as never) : undefined),
  services: () => [
    service("redis-primary", "default", "10.0.0.11", [{ name: "tls-port", port: 6379, protocol: "TCP" }]),
    service("headless", "default", "None", [{ port: 1 }]),
    service("elsewhere", "other", "10.0.0.12", [{ port: 1 }]),
  ],
  podIPs: ["10.1.1.1"],
  hostIPs: ["192.168.0.1"],
  node: { allocatable: { cpu: "4", memory: "8Gi" } },
};

async function envOf(more: object, spec: object = {}): Promise<Record<string, string>> {
  const made = pod(
    { enableServiceLinks: false, ...spec, containers: [container("web", more)] },
    { labels: { app: "x" } },
  );
  return Object.fromEntries(await environment(made, made.spec.containers[0]!, sources));
}

test("variables come from text, fields, resources, config maps and secrets, and use the ones before them", async () => {
  const valueFrom = (source: object): object => ({ valueFrom: source });
  const env = await envOf({
    resources: { limits: { cpu: "1500m" }, requests: { memory: "64Mi" } },
    envFrom: [{ prefix: "P_", configMapRef: { name: "cm" } }, { secretRef: { name: "none", optional: true } }],
    env: [
      { name: "A", value: "a" },
      { name: "B", value: "$(A)$(P_k)" },
      { name: "IP", ...valueFrom({ fieldRef: { fieldPath: "status.podIP" } }) },
      { name: "APP", ...valueFrom({ fieldRef: { fieldPath: "metadata.labels['app']" } }) },
      { name: "CPU", ...valueFrom({ resourceFieldRef: { resource: "limits.cpu" } }) },
      { name: "MILLI", ...valueFrom({ resourceFieldRef: { resource: "limits.cpu", divisor: "1m" } }) },
      { name: "LIMIT", ...valueFrom({ resourceFieldRef: { resource: "limits.memory", divisor: "1Gi" } }) },
      { name: "MEM", ...valueFrom({ resourceFieldRef: { resource: "requests.memory", divisor: "1Mi" } }) },
      { name: "S", ...valueFrom({ secretKeyRef: { name: "s", key: "p" } }) },
      { name: "NONE", ...valueFrom({ configMapKeyRef: { name: "cm", key: "zz", optional: true } }) },
    ],
  });
  assert.deepEqual(env, {
    P_k: "v",
    "P_other.key": "w",
    A: "a",
    B: "av",
    IP: "10.1.1.1",
    APP: "x",
    CPU: "2",
    MILLI: "1500",
    LIMIT: "8",
    MEM: "64",
    S: "pass",
  });
});

test("services of the namespace are variables, headless ones are not", async () => {
  assert.deepEqual(await envOf({}, { enableServiceLinks: true }), {
    REDIS_PRIMARY_SERVICE_HOST: "10.0.0.11",
    REDIS_PRIMARY_SERVICE_PORT: "6379",
    REDIS_PRIMARY_SERVICE_PORT_TLS_PORT: "6379",
    REDIS_PRIMARY_PORT: "tcp://10.0.0.11:6379",
    REDIS_PRIMARY_PORT_6379_TCP: "tcp://10.0.0.11:6379",
    REDIS_PRIMARY_PORT_6379_TCP_PROTO: "tcp",
    REDIS_PRIMARY_PORT_6379_TCP_PORT: "6379",
    REDIS_PRIMARY_PORT_6379_TCP_ADDR: "10.0.0.11",
  });
});

for (const { rule, source, message } of [
  {
    rule: "a missing key of a config map is named",
    source: { configMapKeyRef: { name: "cm", key: "zz" } },
    message: "couldn't find key zz in ConfigMap default/cm",
  },
  {
    rule: "a key that all objects have is missing like others",
    source: { secretKeyRef: { name: "s", key: "constructor" } },
    message: "couldn't find key constructor in Secret default/s",
  },
  {
    rule: "a missing secret is named",
    source: { secretKeyRef: { name: "none", key: "p" } },
    message: 'secret "none" not found',
  },
]) {
  test(rule, async () => {
    await assert.rejects(envOf({ env: [{ name: "X", valueFrom: source }] }), { message });
  });
}

const cluster = { servers: ["10.96.0.10"], domain: "cluster.local" };
const nodeResolver = { servers: ["1.1.1.1"], searches: ["corp"], options: ["rotate"] };
const own = ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp"];

for (const { rule, spec, want } of [
  {
    rule: "ClusterFirst asks the cluster",
    spec: {},
    want: { servers: cluster.servers, searches: own, options: ["ndots:5"] },
  },
  { rule: "ClusterFirst in the node's network asks the node", spec: { hostNetwork: true }, want: nodeResolver },
  {
    rule: "ClusterFirstWithHostNet asks the cluster",
    spec: { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" },
    want: { servers: cluster.servers, searches: own, options: ["ndots:5"] },
  },
  { rule: "Default asks the node", spec: { dnsPolicy: "Default" }, want: nodeResolver },
  {
    rule: "None asks only whom the pod names",
    spec: {
      dnsPolicy: "None",
      dnsConfig: {
        nameservers: ["9.9.9.9"],
        searches: ["a.b"],
        options: [{ name: "ndots", value: "2" }, { name: "edns0" }],
      },
    },
    want: { servers: ["9.9.9.9"], searches: ["a.b"], options: ["ndots:2", "edns0"] },
  },
  {
    rule: "the pod's options replace the policy's of the same name",
    spec: { dnsConfig: { options: [{ name: "ndots", value: "1" }] } },
    want: { servers: cluster.servers, searches: own, options: ["ndots:1"] },
  },
]) {
  test(rule, () => assert.deepEqual(dnsOf(pod(spec), cluster, nodeResolver), want));
}

test("a pod with hostname and subdomain is known by its full name", () => {
  const named = pod({ hostname: "db-0", subdomain: "db", hostAliases: [{ ip: "1.2.3.4", hostnames: ["a", "b"] }] });
  assert.deepEqual(hostnameOf(named, "cluster.local"), { name: "db-0", domain: "db.default.svc.cluster.local" });
  const lines = hostsFile(named, ["10.1.1.1"], "cluster.local").split("\n");
  assert.ok(lines.includes("10.1.1.1\tdb-0.db.default.svc.cluster.local\tdb-0"));
  assert.ok(lines.includes("1.2.3.4\ta\tb"));
  assert.equal(hostnameOf(pod({}, { name: `${"x".repeat(62)}-tail` }), "c").name, "x".repeat(62));
});

const burstable = container("web", {
  resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { cpu: "500m" } },
});
const guaranteed = container("web", {
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
});
const qosPod = (one: object): Pod => ({ ...pod({ containers: [one] }), status: {} }) as Pod;

for (const { rule, one, qos, score, group } of [
  {
    rule: "no requests: killed first",
    one: container("web"),
    qos: "BestEffort",
    score: 1000,
    group: "/kubepods/besteffort/podu1",
  },
  {
    rule: "some requests: by their share of memory",
    one: burstable,
    qos: "Burstable",
    score: 875,
    group: "/kubepods/burstable/podu1",
  },
  {
    rule: "limits equal to requests: killed last",
    one: guaranteed,
    qos: "Guaranteed",
    score: -997,
    group: "/kubepods/podu1",
  },
]) {
  test(rule, () => {
    const made = qosPod(one);
    assert.deepEqual(
      [qosClass(made), oomScoreAdj(made, made.spec.containers[0]!, 8 * 2 ** 30), podCgroup("/", made)],
      [qos, score, group],
    );
  });
}

test("CPU becomes shares and a quota, memory a limit", () => {
  const made = qosPod(guaranteed);
  const { cpuShares, cpuQuota, cpuPeriod, memoryLimitInBytes } = linuxResources(
    made,
    made.spec.containers[0]!,
    8 * 2 ** 30,
    { version: 1, swap: false },
  );
  assert.deepEqual([cpuShares, cpuQuota, cpuPeriod, memoryLimitInBytes], [1024, 100_000, 100_000, 2 ** 30]);
});

for (const { rule, cgroups, want } of [
  { rule: "version 1 that counts none", cgroups: { version: 1, swap: false }, want: [undefined, undefined] },
  { rule: "version 1: no more than memory", cgroups: { version: 1, swap: true }, want: [2 ** 30, undefined] },
  {
    rule: "version 2 without swap",
    cgroups: { version: 2, swap: false },
    want: [undefined, { "memory.oom.group": "1" }],
  },
  {
    rule: "version 2: none",
    cgroups: { version: 2, swap: true },
    want: [undefined, { "memory.oom.group": "1", "memory.swap.max": "0" }],
  },
] as const) {
  test(`a container does not swap: ${rule}`, () => {
    const made = qosPod(guaranteed);
    const { memorySwapLimitInBytes, unified } = linuxResources(made, made.spec.containers[0]!, 8 * 2 ** 30, cgroups);
    assert.deepEqual([memorySwapLimitInBytes, unified], want);
  });
}

test("a pod asks for the larger of its start and its run, sidecars counted in both", () => {
  const cpu = (name: string, amount: string, more: object = {}): object =>
    container(name, { resources: { requests: { cpu: amount } }, ...more });
  const made = pod({
    initContainers: [cpu("s", "100m", { restartPolicy: "Always" }), cpu("i", "2")],
    containers: [cpu("a", "500m"), cpu("b", "1")],
    overhead: { cpu: "10m" },
  });
  assert.equal(podRequest(made, "cpu"), 2110);
});

test("a container's security context goes before its pod's", () => {
  const made = pod({
    securityContext: {
      runAsUser: 1000,
      runAsGroup: 2000,
      fsGroup: 3000,
      supplementalGroups: [4000],
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      container("web", {
        securityContext: {
          runAsUser: 7,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        },
      }),
    ],
  });
  const security = containerSecurity(made, members(made)[0]!, "/seccomp");
  assert.equal(security.runAsUser, 7);
  assert.equal(security.runAsGroup, 2000);
  assert.deepEqual(security.supplementalGroups, [4000, 3000]);
  assert.deepEqual(security.capabilities, { add: ["NET_BIND_SERVICE"], drop: ["ALL"] });
  assert.deepEqual(
    [security.noNewPrivs, security.readonlyRootfs, security.seccomp],
    [true, true, { type: "RuntimeDefault" }],
  );
  assert.ok(security.maskedPaths.length > 0);
});

test("a privileged container is not confined and sees all of /proc", () => {
  const made = pod({ containers: [container("web", { securityContext: { privileged: true } })] });
  const { privileged, maskedPaths, readonlyPaths, seccomp } = containerSecurity(made, members(made)[0]!, "/seccomp");
  assert.deepEqual([privileged, maskedPaths, readonlyPaths, seccomp], [true, [], [], { type: "Unconfined" }]);
});

for (const { rule, context, image, message } of [
  {
    rule: "runAsNonRoot refuses user 0",
    context: { runAsNonRoot: true, runAsUser: 0 },
    image: {},
    message: /runAsUser breaks non-root policy/,
  },
  {
    rule: "runAsNonRoot refuses an image of root",
    context: { runAsNonRoot: true },
    image: { uid: 0 },
    message: /image will run as root/,
  },
  {
    rule: "runAsNonRoot refuses a user it cannot judge",
    context: { runAsNonRoot: true },
    image: { username: "app" },
    message: /non-numeric user \(app\)/,
  },
  {
    rule: "runAsNonRoot takes an image with another user",
    context: { runAsNonRoot: true },
    image: { uid: 65532 },
    message: undefined,
  },
]) {
  test(rule, () => {
    const made = pod({ containers: [container("web", { securityContext: context })] });
    const verify = (): void => verifyNonRoot(made, made.spec.containers[0]!, image);
    if (message) assert.throws(verify, message);
    else verify();
  });
}
