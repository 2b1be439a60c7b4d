/**
 * The Node client library (`@kubernetes/client-node`) against a cluster on a real HTTPS port: what people's programs
 * do must work without their noticing who answers.
 */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { after, before, test } from "node:test";
import {
  type ApiException,
  AppsV1Api,
  type CoordinationV1Api as Coordination,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  PatchStrategy,
  PortForward,
  V1MicroTime,
  type V1ConfigMap,
  type V1Lease,
  type V1Pod,
  type V1Status,
  VersionApi,
  Watch,
  makeInformer,
  setHeaderOptions,
} from "@kubernetes/client-node";
import { Cluster } from "../../apps/library/index.ts";

const namespace = "default";
const MANAGER = "clients";

let cluster: Cluster;
let config: KubeConfig;
let core: CoreV1Api;

before(async () => {
  cluster = await Cluster.start({ port: 0, nodes: 1 });
  config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  await untilFound(() => core.readNamespacedServiceAccount({ namespace, name: "default" }));
});

after(() => cluster.stop());

/** Asks until it is there, as a program would; the limit is far above what it takes. */
async function untilFound<T>(ask: () => Promise<T>, right: (found: T) => boolean = () => true): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const found = await ask().catch((error: ApiException<unknown>) => {
      if (error.code !== 404) throw error;
    });
    if (found !== undefined && right(found)) return found;
    if (performance.now() > deadline) throw new Error(`it did not come to this: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const configMap = (name: string, more: Partial<V1ConfigMap> = {}): V1ConfigMap => ({
  metadata: { name, labels: { of: name } },
  ...more,
});

async function runningPod(name: string, annotations: Record<string, string> = {}): Promise<V1Pod> {
  const spec = { containers: [{ name: "main", image: "busybox", ports: [{ containerPort: 80 }] }] };
  await core.createNamespacedPod({ namespace, body: { metadata: { name, labels: { of: name }, annotations }, spec } });
  return untilFound(
    () => core.readNamespacedPod({ namespace, name }),
    (pod) => pod.status?.phase === "Running",
  );
}

const codeOf = (code: number) => (error: unknown) => (error as ApiException<unknown>).code === code;

test("the version says which Kubernetes it is", async () => {
  const { major, minor } = await config.makeApiClient(VersionApi).getCode();
  assert.deepEqual([major, minor], ["1", "36"]);
});

test("an object is created, read, replaced, listed by label and deleted", async () => {
  const name = "whole-life";
  const made = await core.createNamespacedConfigMap({ namespace, body: configMap(name, { data: { a: "1" } }) });
  assert.ok(made.metadata?.creationTimestamp instanceof Date);
  const replaced = await core.replaceNamespacedConfigMap({ namespace, name, body: { ...made, data: { a: "2" } } });
  assert.notEqual(replaced.metadata?.resourceVersion, made.metadata?.resourceVersion);
  await assert.rejects(core.replaceNamespacedConfigMap({ namespace, name, body: made }), codeOf(409));
  const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: `of=${name}` });
  assert.deepEqual(
    items.map(({ data }) => data),
    [{ a: "2" }],
  );
  const status = (await core.deleteNamespacedConfigMap({ namespace, name })) as V1Status;
  assert.equal(status.status, "Success");
  await assert.rejects(core.readNamespacedConfigMap({ namespace, name }), codeOf(404));
});

test("a refusal is an exception with the Status in its body", async () => {
  const wrong = core.createNamespacedConfigMap({ namespace, body: configMap("Not_A_Name") });
  await assert.rejects(wrong, (error: ApiException<string>) => {
    const status = JSON.parse(error.body) as V1Status;
    assert.equal(error.code, 422);
    assert.equal(status.reason, "Invalid");
    assert.equal(status.details?.causes?.[0]?.field, "metadata.name");
    return true;
  });
});

test("a list comes in pages that together are one moment", async () => {
  const names = ["a", "b", "c", "d", "e"].map((letter) => `page-${letter}`);
  for (const name of names) await core.createNamespacedConfigMap({ namespace, body: configMap(name) });
  const labelSelector = `of in (${names.join(",")})`;
  const seen: (string | undefined)[] = [];
  let _continue: string | undefined;
  const versions = new Set<string | undefined>();
  do {
    const page = await core.listNamespacedConfigMap({ namespace, limit: 2, labelSelector, _continue });
    seen.push(...page.items.map(({ metadata }) => metadata?.name));
    versions.add(page.metadata?.resourceVersion);
    if (_continue === undefined) await core.deleteNamespacedConfigMap({ namespace, name: "page-d" });
    _continue = page.metadata?._continue;
  } while (_continue);
  assert.deepEqual(seen, names, "what is deleted meanwhile still belongs to the list");
  assert.equal(versions.size, 1);
});

for (const [kind, strategy, body] of [
  ["JSON patch", PatchStrategy.JsonPatch, [{ op: "add", path: "/data/new", value: "1" }]],
  ["merge patch", PatchStrategy.MergePatch, { data: { new: "1" } }],
  ["strategic merge patch", PatchStrategy.StrategicMergePatch, { data: { new: "1" } }],
] as const) {
  test(`a ${kind} changes what it names`, async () => {
    const name = `patched-${strategy.replaceAll(/[^a-z]+/g, "-")}`;
    await core.createNamespacedConfigMap({ namespace, body: configMap(name, { data: { old: "1" } }) });
    const patched = await core.patchNamespacedConfigMap(
      { namespace, name, body },
      setHeaderOptions("Content-Type", strategy),
    );
    assert.deepEqual(patched.data, { old: "1", new: "1" });
  });
}

test("server-side apply makes, owns, and conflicts with another manager until it is forced", async () => {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const spec = (value: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "applied", namespace },
    data: { a: value },
  });
  const apply = (value: string, manager: string, force?: boolean) =>
    objects.patch<V1ConfigMap>(spec(value), undefined, undefined, manager, force, PatchStrategy.ServerSideApply);
  const made = await apply("1", MANAGER);
  assert.deepEqual(
    made.metadata?.managedFields?.map(({ manager, operation }) => [manager, operation]),
    [[MANAGER, "Apply"]],
  );
  await assert.rejects(apply("2", "rival"), codeOf(409));
  assert.deepEqual((await apply("2", "rival", true)).data, { a: "2" });
});

test("a watch from a revision tells what came after it, and ends when it is aborted", async () => {
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const seen: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const watching = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { resourceVersion: metadata?.resourceVersion, labelSelector: "of=watched" },
    (type: string, object: V1ConfigMap) => {
      seen.push(`${type} ${object.metadata?.name}`);
      if (type === "DELETED") resolve();
    },
    (error: unknown) => reject(error as Error),
  );
  await core.createNamespacedConfigMap({ namespace, body: configMap("watched") });
  await core.patchNamespacedConfigMap(
    { namespace, name: "watched", body: { data: { a: "1" } } },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  );
  await core.deleteNamespacedConfigMap({ namespace, name: "watched" });
  await promise;
  watching.abort();
  assert.deepEqual(seen, ["ADDED watched", "MODIFIED watched", "DELETED watched"]);
});

test("an informer holds what is there and hears of changes", async () => {
  const labelSelector = "of=informed";
  const informer = makeInformer<V1ConfigMap>(
    config,
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => core.listNamespacedConfigMap({ namespace, labelSelector }),
    labelSelector,
  );
  const deleted = Promise.withResolvers<void>();
  const seen: string[] = [];
  informer.on("add", ({ data }) => seen.push(`add ${data?.["a"]}`));
  informer.on("update", ({ data }) => seen.push(`update ${data?.["a"]}`));
  informer.on("delete", () => deleted.resolve());
  informer.on("error", (error) => deleted.reject(error));
  const made = await core.createNamespacedConfigMap({ namespace, body: configMap("informed", { data: { a: "1" } }) });
  await informer.start();
  assert.equal(informer.get("informed", namespace)?.data?.["a"], "1");
  await core.replaceNamespacedConfigMap({ namespace, name: "informed", body: { ...made, data: { a: "2" } } });
  await core.deleteNamespacedConfigMap({ namespace, name: "informed" });
  await deleted.promise;
  await informer.stop();
  assert.deepEqual(seen, ["add 1", "update 2"]);
});

test("a Deployment comes to its replicas", async () => {
  const labels = { app: "web" };
  const apps = config.makeApiClient(AppsV1Api);
  const spec = {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  };
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: "web" }, spec } });
  const ready = await untilFound(
    () => apps.readNamespacedDeployment({ namespace, name: "web" }),
    ({ status }) => status?.readyReplicas === 2,
  );
  assert.equal(ready.status?.observedGeneration, 1);
  const scale = await apps.readNamespacedDeploymentScale({ namespace, name: "web" });
  assert.deepEqual([scale.spec?.replicas, scale.status?.selector], [2, "app=web"]);
});

test("exec gives output, takes input and says how the command ended", async () => {
  await runningPod("executing");
  const exec = async (command: string[], input?: string): Promise<{ out: string; status: V1Status }> => {
    const out = new PassThrough();
    const text = collected(out);
    const ended = Promise.withResolvers<V1Status>();
    const stdin = input === undefined ? null : new PassThrough();
    await new Exec(config).exec(namespace, "executing", "main", command, out, null, stdin, false, ended.resolve);
    stdin?.end(input);
    const status = await ended.promise;
    return { out: await text, status };
  };
  assert.deepEqual(await exec(["echo", "hello"]), { out: "hello\n", status: { metadata: {}, status: "Success" } });
  assert.equal((await exec(["cat"], "given back")).out, "given back");
  const failed = await exec(["sh", "-c", "exit 3"]);
  assert.equal(failed.status.reason, "NonZeroExitCode");
  assert.deepEqual(failed.status.details?.causes, [{ reason: "ExitCode", message: "3" }]);
});

async function collected(stream: PassThrough): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

test("a log is read whole, and only its last lines", async () => {
  await runningPod("logging", { "sim.tiphys.dev/log": "one\ntwo\nthree" });
  const all = new PassThrough();
  await new Log(config).log(namespace, "logging", "main", all);
  assert.equal(await collected(all), "one\ntwo\nthree\n");
  const last = await core.readNamespacedPodLog({ namespace, name: "logging", tailLines: 1 });
  assert.equal(last, "three\n");
});

test("port-forward carries bytes both ways", async () => {
  await runningPod("forwarding");
  const [input, output] = [new PassThrough(), new PassThrough()];
  const socket = await new PortForward(config, true).portForward(namespace, "forwarding", [80], output, null, input);
  input.write("ping");
  // A simulated pod gives back what it gets.
  const [answer] = (await output.take(1).toArray()) as Buffer[];
  assert.equal(String(answer), "ping");
  const open = typeof socket === "function" ? socket() : socket;
  open?.close();
});

test("of many that want a lease, one at a time has it", async () => {
  const api = config.makeApiClient(CoordinationV1Api);
  const name = "leader";
  const rivals = ["a", "b", "c", "d"];
  const made = await Promise.allSettled(rivals.map((holder) => api.createNamespacedLease(leaseOf(name, holder))));
  assert.equal(made.filter(({ status }) => status === "fulfilled").length, 1);
  const seen = await api.readNamespacedLease({ namespace, name });
  const renewed = await Promise.allSettled(rivals.map((holder) => takeOver(api, seen, `${holder} again`)));
  assert.equal(renewed.filter(({ status }) => status === "fulfilled").length, 1);
  const lost = renewed
    .filter((one) => one.status === "rejected")
    .map(({ reason }) => (reason as { code: number }).code);
  assert.deepEqual(lost, [409, 409, 409]);
});

const leaseOf = (name: string, holderIdentity: string) => ({
  namespace,
  body: {
    metadata: { name },
    spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: new V1MicroTime(1_700_000_000_123) },
  },
});

const takeOver = (api: Coordination, seen: V1Lease, holderIdentity: string): Promise<V1Lease> =>
  api.replaceNamespacedLease({
    namespace,
    name: seen.metadata!.name!,
    body: { ...seen, spec: { ...seen.spec, holderIdentity } },
  });
