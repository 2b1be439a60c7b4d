/** The library as its users have it: a cluster as a value, by itself or by the dozen, with nothing left behind. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import {
  Cluster,
  ConfigMap,
  ControllerRevision,
  DaemonSet,
  Deployment,
  Event,
  type KubeObject,
  Lease,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Role,
  RoleBinding,
  type StartOptions,
  StatefulSet,
  StatusError,
  VirtualClock,
} from "./index.ts";

/** Far above what it takes (tens of milliseconds); only something stuck is slower. */
const SOON = 20_000;

async function within<T>(what: string, check: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + SOON;
  while (performance.now() < deadline) {
    const found = await check();
    if (found) return found;
    await pause(5);
  }
  throw new Error(`it did not come to this: ${what}`);
}

const web = (replicas: number) => ({
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
});

const readyReplicas = async ({ client }: Cluster): Promise<number> =>
  (await client.get(Deployment, "web", "default")).status?.readyReplicas ?? 0;

test("a cluster takes a Deployment to ready", async () => {
  await using cluster = await Cluster.start({ nodes: 3 });
  await cluster.client.create(Deployment, web(6));
  await within("six are ready", async () => (await readyReplicas(cluster)) === 6);
  const { items } = await cluster.client.list(Pod, { namespace: "default" });
  assert.deepEqual(new Set(items.map(({ spec }) => spec.nodeName)), new Set(["node-1", "node-2", "node-3"]));
});

test("without controllers nothing acts, and it starts all the same", async () => {
  await using cluster = await Cluster.start({ controllers: false, nodes: 0 });
  await cluster.client.create(Deployment, web(1));
  assert.equal((await cluster.client.list(Pod)).items.length, 0);
  assert.equal((await cluster.client.list(Node)).items.length, 0);
});

test("clientFor acts with no more rights than RBAC gives", async () => {
  await using cluster = await Cluster.start({ nodes: 0 });
  const jane = cluster.clientFor({ username: "jane", groups: ["system:authenticated"] });
  const refused = (error: unknown): boolean =>
    error instanceof StatusError &&
    error.status.code === 403 &&
    error.status.message ===
      'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"';
  await assert.rejects(jane.list(ConfigMap, { namespace: "default" }), refused);
  const metadata = { name: "reader", namespace: "default" };
  await cluster.client.create(Role, {
    metadata,
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
  });
  await cluster.client.create(RoleBinding, {
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
    subjects: [{ kind: "User", name: "jane", apiGroup: "rbac.authorization.k8s.io" }],
  });
  await within("the binding holds", () =>
    jane.list(ConfigMap, { namespace: "default" }).then(
      () => true,
      () => false,
    ),
  );
  await assert.rejects(jane.create(ConfigMap, { metadata: { name: "a", namespace: "default" } }), StatusError);
});

test("many clusters side by side know nothing of each other", async () => {
  await using stack = new AsyncDisposableStack();
  const clusters = await Promise.all(Array.from({ length: 8 }, () => Cluster.start()));
  for (const cluster of clusters) stack.use(cluster);
  await Promise.all(
    clusters.map(({ client }, number) => client.create(Namespace, { metadata: { name: `only-${number}` } })),
  );
  for (const [number, { client }] of clusters.entries()) {
    const names = (await client.list(Namespace)).items.map(({ metadata }) => metadata.name);
    assert.deepEqual(
      names.filter((name) => name.startsWith("only-")),
      [`only-${number}`],
    );
  }
});

test("a kubeconfig gives kubectl the cluster over HTTPS", async (t) => {
  const kubectl = process.env["TIPHYS_TEST_KUBECTL"] ?? ".tools/sid/kubectl/usr/bin/kubectl";
  if (!existsSync(kubectl)) return t.skip("kubectl cannot be found (npm test brings it, as root on Debian)");
  await using cluster = await Cluster.start({ port: 0, nodes: 2 });
  const folder = scratch(t);
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder };
  const { stdout } = await promisify(execFile)(kubectl, ["get", "nodes"], { env });
  assert.match(stdout, /^node-1 +Ready .*\nnode-2 +Ready /m);
  const keys = await promisify(execFile)(kubectl, ["get", "--raw", "/openid/v1/jwks"], { env });
  assert.deepEqual(
    (JSON.parse(keys.stdout) as { keys: { use: string }[] }).keys.map(({ use }) => use),
    ["sig"],
  );
});

test("without a port there is no kubeconfig, which is said", async () => {
  await using cluster = await Cluster.start({ nodes: 0, controllers: false });
  assert.equal(cluster.url, undefined);
  assert.throws(() => cluster.kubeconfig, /start with Cluster\.start\(\{ port: 0 \}\)/);
});

test("a stopped cluster leaves nothing: no file, and nothing that keeps the process", (t) => {
  const folder = scratch(t);
  const script = join(folder, "script.mjs");
  const library = join(import.meta.dirname, "index.ts");
  writeFileSync(
    script,
    `import { Cluster, Pod } from ${JSON.stringify(library)};
     const metadata = { name: "starting", namespace: "default" };
     for (const options of [{}, { port: 0 }]) {
       const cluster = await Cluster.start(options);
       await cluster.client.create(Pod, { metadata, spec: { containers: [{ name: "a", image: "a" }] } });
       await cluster.client.list(Pod);
       await cluster.stop();
     }
     console.log("stopped");`,
  );
  const env = { ...process.env, TMPDIR: folder };
  const ended = spawnSync(process.execPath, [script], { env, encoding: "utf8", timeout: SOON });
  assert.deepEqual([ended.status, ended.stdout], [0, "stopped\n"], ended.stderr);
  assert.deepEqual(readdirSync(folder), ["script.mjs"]);
});

test("a cluster that cannot start leaves nothing either", (t) => {
  const folder = scratch(t);
  const script = join(folder, "script.mjs");
  const library = join(import.meta.dirname, "index.ts");
  writeFileSync(
    script,
    `import { createServer } from "node:net";
     import { Cluster } from ${JSON.stringify(library)};
     const taken = createServer().listen(0, "127.0.0.1");
     await new Promise((resolve) => taken.once("listening", resolve));
     const answering = () => Promise.reject(new Error("refused"));
     for (const options of [{ port: taken.address().port }, { port: 0, answering }]) {
       await Cluster.start(options).then(() => console.log("started"), (error) => console.log(error.code ?? error.message));
     }
     taken.close();`,
  );
  const env = { ...process.env, TMPDIR: folder };
  const ended = spawnSync(process.execPath, [script], { env, encoding: "utf8", timeout: SOON });
  assert.deepEqual([ended.status, ended.stdout], [0, "EADDRINUSE\nrefused\n"], ended.stderr);
  assert.deepEqual(readdirSync(folder), ["script.mjs"]);
});

/** On a clock that must be moved for anything to happen. */
async function startOn(clock: VirtualClock, options: StartOptions): Promise<Cluster> {
  let started: Cluster | undefined;
  const starting = Cluster.start({ ...options, clock });
  void starting.then((cluster) => (started = cluster));
  return within("it starts", async () => {
    await clock.advance(10);
    return started;
  });
}

test("on a virtual clock, hours pass in no time", async () => {
  const clock = new VirtualClock();
  await using cluster = await startOn(clock, { seed: 7 });
  const begun = clock.now();
  await cluster.client.create(Deployment, web(2));
  await within("two are ready", async () => {
    await clock.advance(50);
    return (await readyReplicas(cluster)) === 2;
  });
  await clock.advance(3 * 3600_000);
  assert.ok(clock.now() - begun >= 3 * 3600_000);
  const { items } = await cluster.client.list(Node);
  assert.equal(items[0]!.status!.conditions!.find(({ type }) => type === "Ready")!.status, "True");
});

test("a cluster at rest writes nothing but its nodes' leases", async () => {
  const clock = new VirtualClock();
  await using cluster = await startOn(clock, { seed: 7, nodes: 2 });
  const { client } = cluster;
  await client.create(Deployment, web(3));
  await client.create(DaemonSet, { metadata: { name: "each", namespace: "default" }, spec: web(1).spec });
  await client.create(StatefulSet, { metadata: { name: "set", namespace: "default" }, spec: web(2).spec });
  await clock.advance(60_000);
  const kinds = [
    Node,
    Pod,
    Deployment,
    ReplicaSet,
    DaemonSet,
    StatefulSet,
    ControllerRevision,
    Namespace,
    Event,
  ] as const;
  const all = async (): Promise<string[]> => {
    const lists = await Promise.all(kinds.map((kind) => client.list<KubeObject>(kind)));
    return lists.flatMap(({ items }) => items.map(({ metadata: m }) => `${m.name} ${m.resourceVersion}`));
  };
  const before = await all();
  const renewed = async () => (await client.list(Lease)).items.map(({ spec }) => spec.renewTime);
  const leases = await renewed();
  // A node's status is written again when it is five minutes old, as upstream.
  await clock.advance(4 * 60_000);
  assert.deepEqual(await all(), before);
  assert.notDeepEqual(await renewed(), leases);
});

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-library-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
