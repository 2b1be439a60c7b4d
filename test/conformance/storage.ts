/** Volumes, storage classes and what CSI drivers register. */
import assert from "node:assert/strict";
import type { Json } from "./caller.ts";
import { annotated, lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const CSI = "[sig-storage] CSIInlineVolumes";
const DRIVER = "e2e.example.com";
const condition = (type: string): Json => ({ type, status: "True", reason: "E2E", message: "Set from an e2e test" });

export const storage: Specs = {
  async [`${CSI} should support CSIVolumeSource in Pod API`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/pods`;
    const volumes = [
      { name: "csi-inline-vol1", csi: { driver: DRIVER } },
      { name: "csi-inline-vol2", csi: { driver: DRIVER, fsType: "ext4", readOnly: true } },
    ];
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/mnt/${name}` }));
    const body = {
      metadata: { name: "pod-csi-inline-volumes" },
      spec: { volumes, containers: [{ name: "main", image: "busybox", volumeMounts }] },
    };
    const made = await rig.post(path, body);
    assert.partialDeepStrictEqual(made.spec.volumes, volumes);
    assert.equal((await rig.refused(409, "POST", path, { body })).reason, "AlreadyExists");
    const target = `${path}/pod-csi-inline-volumes`;
    assert.equal((await rig.get(target)).metadata.uid, made.metadata.uid);
    assert.equal((await rig.items(path)).length, 1);
    const patched = await rig.patch(target, { metadata: { annotations: { patched: "true" } } });
    assert.equal(patched.metadata.annotations.patched, "true");
    await rig.delete(target);
    await rig.until(target, ({ code, metadata }) => code === 404 || metadata.deletionTimestamp !== undefined);
  },

  [`${CSI} should run through the lifecycle of a CSIDriver`]: lifecycle({
    of: "storage.k8s.io/v1/csidrivers",
    kind: "CSIDriver",
    object: { spec: { volumeLifecycleModes: ["Ephemeral"], fsGroupPolicy: "ReadWriteOnceWithFSType" } },
  }),

  "[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode": lifecycle({
    of: "storage.k8s.io/v1/csinodes",
    kind: "CSINode",
    object: { spec: { drivers: [] } },
    change: { spec: { drivers: [{ name: DRIVER, nodeID: "e2e-node", topologyKeys: null }] } },
  }),

  "[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations": lifecycle({
    of: "storage.k8s.io/v1/csistoragecapacities",
    kind: "CSIStorageCapacity",
    namespaced: true,
    object: { storageClassName: "example-e2e-csc", capacity: "100Gi" },
    change: { capacity: "200Gi" },
  }),

  async "[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status"(rig) {
    const name = rig.name("pv");
    const namespace = await rig.namespace();
    const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    const labels = { "e2e-pv-pool": name };
    const spec = {
      accessModes: ["ReadWriteOnce"],
      storageClassName: name,
      resources: { requests: { storage: "1Gi" } },
      selector: { matchLabels: labels },
    };
    await rig.post(claims, { metadata: { name, labels }, spec });
    await rig.post("/api/v1/persistentvolumes", {
      metadata: { name, labels },
      spec: {
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "1Gi" },
        hostPath: { path: "/tmp/e2e" },
        storageClassName: name,
        claimRef: { namespace, name },
      },
    });
    for (const all of ["/api/v1/persistentvolumes", claims]) {
      assert.equal((await rig.items(`${all}?labelSelector=e2e-pv-pool%3D${name}`)).length, 1);
    }
    const claim = `${claims}/${name}/status`;
    assert.equal((await rig.get(claim)).metadata.name, name);
    const patched = await rig.patch(claim, { status: { conditions: [condition("StatusPatched")] } });
    assert.partialDeepStrictEqual(patched.status.conditions, [condition("StatusPatched")]);
    const updated = await rig.update(claim, ({ status, ...rest }) => ({
      ...rest,
      status: { ...status, conditions: [condition("StatusUpdated")] },
    }));
    assert.partialDeepStrictEqual(updated.status.conditions, [condition("StatusUpdated")]);
    const repatched = await rig.patch(
      claim,
      [{ op: "add", path: "/status/conditions/-", value: condition("Again") }],
      "json",
    );
    assert.equal(repatched.status.conditions.length, 2);

    const volume = `/api/v1/persistentvolumes/${name}/status`;
    assert.equal((await rig.get(volume)).metadata.name, name);
    const first = await rig.patch(volume, { status: { message: "StatusPatched", reason: "E2E patchStatus" } });
    assert.deepEqual([first.status.message, first.status.reason], ["StatusPatched", "E2E patchStatus"]);
    const second = await rig.update(volume, ({ status, ...rest }) => ({
      ...rest,
      status: { ...status, message: "StatusUpdated", reason: "E2E updateStatus" },
    }));
    assert.deepEqual([second.status.message, second.status.reason], ["StatusUpdated", "E2E updateStatus"]);
    const third = await rig.patch(volume, { status: { message: "StatusRepatched" } }, "strategic");
    assert.equal(third.status.message, "StatusRepatched");
  },

  async "[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass"(rig) {
    await lifecycle({
      of: "storage.k8s.io/v1/storageclasses",
      kind: "StorageClass",
      object: { provisioner: "e2e-fake-provisioner", reclaimPolicy: "Retain", volumeBindingMode: "Immediate" },
    })(rig);
    // What a StorageClass says of volumes never changes.
    const path = "/apis/storage.k8s.io/v1/storageclasses";
    const name = rig.name("e2e");
    const made = await rig.post(path, { metadata: { name }, provisioner: "e2e-fake-provisioner" });
    assert.deepEqual([made.reclaimPolicy, made.volumeBindingMode], ["Delete", "Immediate"]);
    await rig.update(`${path}/${name}`, annotated("updated"));
    await rig.delete(`${path}/${name}`);
  },
};
