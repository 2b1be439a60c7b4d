import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, PersistentVolume, PersistentVolumeClaim } from "../../api/core/index.ts";
import { StorageClass } from "../../api/storage/index.ts";
import { testCluster } from "../testing/cluster.ts";
import type { TestCluster } from "../testing/cluster.ts";
import { bestVolume } from "../../api/core/volume-binding.ts";

const volume = (name: string, size: string, more: object = {}, status: object = { phase: "Available" }) =>
  ({
    metadata: { name },
    spec: { capacity: { storage: size }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/v" }, ...more },
    status,
  }) as unknown as PersistentVolume;

const claim = (name: string, more: object = {}) =>
  ({
    metadata: { name, namespace: "default", uid: `uid-${name}` },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } }, ...more },
  }) as unknown as PersistentVolumeClaim;

const BOTH = { accessModes: ["ReadWriteOnce", "ReadOnlyMany"] };
const ref = (name: string, uid?: string) => ({ claimRef: { namespace: "default", name, uid } });

for (const { rule, volumes, asked = claim("c"), best } of [
  { rule: "the smallest that is large enough", volumes: [volume("a", "9Gi"), volume("b", "3Gi")], best: "b" },
  { rule: "none that is too small", volumes: [volume("a", "1Gi")], best: undefined },
  { rule: "few modes before a small size", volumes: [volume("a", "2Gi", BOTH), volume("b", "9Gi")], best: "b" },
  { rule: "none that lacks a mode", volumes: [volume("a", "2Gi")], asked: claim("c", BOTH), best: undefined },
  { rule: "of its class", volumes: [volume("a", "2Gi", { storageClassName: "x" })], best: undefined },
  { rule: "of its mode", volumes: [volume("a", "2Gi", { volumeMode: "Block" })], best: undefined },
  { rule: "what was made for it", volumes: [volume("a", "2Gi"), volume("b", "9Gi", ref("c"))], best: "b" },
  {
    rule: "what was made for it, of whatever class",
    volumes: [volume("b", "9Gi", { ...ref("c"), storageClassName: "x" })],
    best: "b",
  },
  { rule: "of its attributes", volumes: [volume("a", "2Gi", { volumeAttributesClassName: "x" })], best: undefined },
  { rule: "nobody else's", volumes: [volume("a", "2Gi", ref("d"))], best: undefined },
  { rule: "nor that of a former one of its name", volumes: [volume("a", "2Gi", ref("c", "old"))], best: undefined },
  { rule: "nothing that is not free yet", volumes: [volume("a", "2Gi", {}, { phase: "Pending" })], best: undefined },
  {
    rule: "what it selects",
    volumes: [volume("a", "2Gi")],
    asked: claim("c", { selector: { matchLabels: { disk: "fast" } } }),
    best: undefined,
  },
]) {
  test(`a claim gets ${rule}`, () => assert.equal(bestVolume(asked, volumes)?.metadata.name, best));
}

const CONTROLLERS = [
  "persistentvolume-binder-controller",
  "persistentvolume-release-controller",
  "pvc-protection-controller",
  "pv-protection-controller",
];

async function cluster() {
  const made = await testCluster({ only: CONTROLLERS });
  const create = (object: PersistentVolume | PersistentVolumeClaim): Promise<unknown> => {
    const { uid: _, ...metadata } = object.metadata;
    const kind = "hostPath" in object.spec ? PersistentVolume : PersistentVolumeClaim;
    return made.client.create(kind as never, { ...object, metadata } as never);
  };
  return { ...made, create };
}

const claimOf = ({ client }: TestCluster, name: string) => client.get(PersistentVolumeClaim, name, "default");
const phaseOf = async ({ client }: TestCluster, name: string) =>
  (await client.get(PersistentVolume, name)).status.phase;
const toldOf = async ({ client }: TestCluster, name: string): Promise<string[]> => {
  const { items } = await client.list(Event, { namespace: "default" });
  const own = items.filter(({ involvedObject }) => involvedObject.name === name);
  assert.ok(own.every(({ source }) => source?.component === "persistentvolume-controller"));
  return own.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
};

test("a claim waits for a volume, gets it, and leaves it released", async () => {
  const made = await cluster();
  await made.create(claim("c", { storageClassName: "" }));
  await made.run(3000);
  assert.deepEqual(await toldOf(made, "c"), [
    "Normal FailedBinding: no persistent volumes available for this claim and no storage class is set",
  ]);
  await made.create(volume("v", "5Gi", {}, {}));
  await made.run(3000);
  const { metadata, spec, status } = await claimOf(made, "c");
  assert.equal(spec.volumeName, "v");
  assert.deepEqual(status, { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "5Gi" } });
  assert.deepEqual(metadata.annotations, {
    "pv.kubernetes.io/bind-completed": "yes",
    "pv.kubernetes.io/bound-by-controller": "yes",
  });
  const bound = await made.client.get(PersistentVolume, "v");
  assert.equal(bound.status.phase, "Bound");
  assert.equal(bound.spec.claimRef?.uid, metadata.uid);
  const before = made.requests.length;
  await made.run(60_000);
  assert.deepEqual(
    made.requests.slice(before).filter(({ method }) => method !== "GET"),
    [],
  );
  await made.client.delete(PersistentVolumeClaim, "c", "default");
  await made.run(3000);
  assert.equal(await phaseOf(made, "v"), "Released");
  assert.deepEqual(made.complaints, []);
  made.stop();
});

test("claims and volumes that name each other", async () => {
  const made = await cluster();
  await made.create(volume("v", "5Gi", ref("c"), {}));
  await made.create(volume("w", "2Gi", {}, {}));
  await made.run(3000);
  assert.equal(await phaseOf(made, "v"), "Available");
  await made.create(claim("d", { storageClassName: "", volumeName: "v" }));
  await made.create(claim("c", { storageClassName: "" }));
  await made.create(claim("e", { storageClassName: "", volumeName: "late" }));
  await made.run(3000);
  assert.equal((await claimOf(made, "c")).spec.volumeName, "v");
  assert.deepEqual(await toldOf(made, "d"), ['Warning FailedBinding: volume "v" already bound to a different claim.']);
  await made.create(volume("late", "2Gi", {}, {}));
  await made.run(3000);
  assert.equal((await claimOf(made, "e")).status.phase, "Bound");
  await made.client.delete(PersistentVolume, "late");
  const body = { metadata: { finalizers: null } };
  await made.client.patch(PersistentVolume, "late", undefined, { type: "merge", body });
  await made.run(3000);
  assert.equal((await claimOf(made, "e")).status.phase, "Lost");
  made.stop();
});

test("a claim without a class takes the default one, also when that comes later", async () => {
  const made = await cluster();
  const provisioner = "disks.example.com";
  const kind = (name: string, annotations: object) =>
    made.client.create(StorageClass, { metadata: { name, annotations }, provisioner } as never);
  await made.create(claim("c"));
  await made.create(claim("none", { storageClassName: "" }));
  await kind("other", {});
  await made.run(3000);
  assert.equal((await claimOf(made, "c")).spec.storageClassName, undefined);
  await kind("usual", { "storageclass.kubernetes.io/is-default-class": "true" });
  await made.run(3000);
  assert.equal((await claimOf(made, "c")).spec.storageClassName, "usual");
  assert.equal((await claimOf(made, "none")).spec.storageClassName, "");
  assert.match((await toldOf(made, "c")).at(-1)!, /ExternalProvisioning/);
  assert.deepEqual(made.complaints, []);
  made.stop();
});

test("a provisioner is asked, at once or when the node is chosen", async () => {
  const made = await cluster();
  const provisioner = "disks.example.com";
  const kind = (name: string, more: object = {}) =>
    made.client.create(StorageClass, { metadata: { name }, provisioner, ...more } as never);
  await kind("now");
  await kind("later", { volumeBindingMode: "WaitForFirstConsumer" });
  await made.create(claim("c", { storageClassName: "now" }));
  await made.create(claim("d", { storageClassName: "later" }));
  await made.create(claim("e", { storageClassName: "none" }));
  await made.run(3000);
  const asked = async (name: string) =>
    (await claimOf(made, name)).metadata.annotations?.["volume.kubernetes.io/storage-provisioner"];
  assert.deepEqual([await asked("c"), await asked("d")], [provisioner, undefined]);
  assert.match(
    (await toldOf(made, "c"))[0]!,
    /^Normal ExternalProvisioning: Waiting .* provisioner 'disks\.example\.com'/,
  );
  assert.deepEqual(await toldOf(made, "d"), [
    "Normal WaitForFirstConsumer: waiting for first consumer to be created before binding",
  ]);
  assert.deepEqual(await toldOf(made, "e"), [
    'Warning ProvisioningFailed: storageclass.storage.k8s.io "none" not found',
  ]);
  const body = { metadata: { annotations: { "volume.kubernetes.io/selected-node": "n1" } } };
  await made.client.patch(PersistentVolumeClaim, "d", "default", { type: "merge", body });
  await made.run(3000);
  assert.equal(await asked("d"), provisioner);
  made.stop();
});
