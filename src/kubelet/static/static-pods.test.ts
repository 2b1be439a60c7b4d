import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import type { TestNode } from "../testing/node.ts";
import { podOf, startNode } from "../testing/node.ts";
import type { Manifest } from "./manifest.ts";
import { staticPod } from "./manifest.ts";

const NAME = "web-node-1";

/** A folder in memory that tells of its changes. */
class Folder {
  #manifests: readonly Manifest[];
  #changed = (): void => {};

  constructor(...manifests: readonly Manifest[]) {
    this.#manifests = manifests;
  }

  read = async (): Promise<readonly Manifest[]> => this.#manifests;

  watch = (changed: () => void): (() => void) => {
    this.#changed = changed;
    return () => {};
  };

  put(...manifests: readonly Manifest[]): void {
    this.#manifests = manifests;
    this.#changed();
  }
}

const manifest = (image = "web:1", more = "", path = "/etc/manifests/web.yaml"): Manifest => ({
  path,
  text: `{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: "${image}"}]${more}}}`,
});

const mirror = (node: TestNode): Pod | undefined => node.api.pod(NAME);
const running = (node: TestNode): boolean => mirror(node)?.status?.phase === "Running";

async function started(folder: Folder): Promise<TestNode> {
  const node = await startNode({ manifests: folder });
  await node.until(() => running(node), 60_000);
  return node;
}

test("a file's pod runs, and its mirror shows it in the API", async () => {
  const node = await started(new Folder(manifest()));
  const { metadata, spec, status } = mirror(node)!;
  const [worker] = node.kubelet.workers();
  const hash = worker!.pod.metadata.uid;
  assert.match(hash, /^[0-9a-f]{32}$/);
  assert.equal(metadata.annotations?.["kubernetes.io/config.hash"], hash);
  assert.equal(metadata.annotations?.["kubernetes.io/config.mirror"], hash);
  assert.equal(metadata.annotations?.["kubernetes.io/config.source"], "file");
  assert.deepEqual([metadata.namespace, metadata.labels], ["default", { app: "web" }]);
  const { kind, name, controller } = metadata.ownerReferences![0]!;
  assert.deepEqual([kind, name, controller], ["Node", "node-1", true]);
  assert.deepEqual([spec.nodeName, spec.tolerations], ["node-1", [{ operator: "Exists", effect: "NoExecute" }]]);
  assert.equal(status?.containerStatuses?.[0]?.ready, true);
  const writes = node.api.statusWrites(NAME);
  await node.clock.advance(120_000);
  assert.equal(node.api.statusWrites(NAME), writes, "a pod that rests is not written");
});

test("a mirror that is deleted comes back; the containers run on", async () => {
  const node = await started(new Folder(manifest()));
  const [container] = await node.runtime.listContainers();
  const { uid } = mirror(node)!.metadata;
  node.api.drop("pods", NAME, "default");
  await node.until(() => running(node) && mirror(node)!.metadata.uid !== uid, 60_000);
  assert.deepEqual(
    (await node.runtime.listContainers()).map(({ id }) => id),
    [container!.id],
  );
});

test("another content is another pod, which starts when the old one has ended", async () => {
  const folder = new Folder(manifest());
  const node = await started(folder);
  const { uid } = mirror(node)!.metadata;
  folder.put(manifest("web:2"));
  await node.until(() => mirror(node)?.metadata.uid !== uid && running(node), 60_000);
  assert.equal(mirror(node)!.spec.containers[0]!.image, "web:2");
  await node.clock.advance(60_000);
  const containers = await node.runtime.listContainers();
  assert.equal(containers.length, 1);
});

test("a file that is gone takes its pod and its mirror along", async () => {
  const folder = new Folder(manifest());
  const node = await started(folder);
  folder.put();
  await node.until(() => mirror(node) === undefined, 60_000);
  await node.clock.advance(5000);
  assert.deepEqual(await node.runtime.listPodSandbox(), []);
});

test("a file that is gone while no kubelet runs leaves no mirror", async () => {
  const folder = new Folder(manifest());
  const node = await started(folder);
  await node.kubelet.stop();
  folder.put();
  await node.restart();
  await node.until(() => mirror(node) === undefined, 60_000);
  await node.clock.advance(5000);
  assert.deepEqual(await node.runtime.listPodSandbox(), []);
});

test("a kubelet that starts anew takes its static pods over", async () => {
  const node = await started(new Folder(manifest()));
  const before = (await node.runtime.listContainers()).map(({ id }) => id);
  const { uid } = mirror(node)!.metadata;
  await node.restart();
  await node.clock.advance(120_000);
  assert.deepEqual(
    (await node.runtime.listContainers()).map(({ id }) => id),
    before,
  );
  assert.equal(mirror(node)!.metadata.uid, uid);
});

test("a pod of the API that says it comes from a file is one of the API's", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("liar", {}, { "kubernetes.io/config.source": "file" }));
  await node.until(() => node.api.pod("liar")?.status?.phase === "Running", 60_000);
  node.api.deletePod("liar");
  await node.until(() => node.api.pod("liar") === undefined, 60_000);
});

test("a file that is wrong keeps no other from running", async () => {
  const node = await started(new Folder({ path: "/etc/manifests/a.yaml", text: "kind: [" }, manifest()));
  assert.equal([...node.kubelet.workers()].length, 1);
});

for (const { rule, text, says } of [
  { rule: "another kind", text: "{apiVersion: v1, kind: Service}", says: /^it is no v1 Pod$/ },
  {
    rule: "a pod without containers",
    text: "{apiVersion: v1, kind: Pod, metadata: {name: a}}",
    says: /spec\.containers/,
  },
  {
    rule: "a volume of the API's",
    text: manifest("web:1", ", volumes: [{name: v, configMap: {name: c}}]").text,
    says: /^its volume "v" refers to the API, which a static pod may not$/,
  },
]) {
  test(`${rule} is refused`, () => {
    assert.throws(
      () => staticPod({ path: "/a", text }, "node-1", 0),
      (error: Error) => {
        assert.match(error.message, says);
        return true;
      },
    );
  });
}
