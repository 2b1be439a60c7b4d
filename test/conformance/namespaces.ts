/** Namespaces: their changes, and what goes with them; quotas and limits in them. */
import assert from "node:assert/strict";
import type { Json } from "./caller.ts";
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const OF = "[sig-api-machinery] Namespaces [Serial]";
const LIMITS = "[sig-scheduling] LimitRange";
const FINALIZER = "e2e.example.com/fakeFinalizer";

const resources = (cpu: string, memory: string, storage: string): Json => ({
  cpu,
  memory,
  "ephemeral-storage": storage,
});

const pod = (name: string, requests?: Json, limits?: Json): Json => ({
  metadata: { name },
  spec: { containers: [{ name: "pause", image: "pause", resources: { requests, limits } }] },
});

export const namespaces: Specs = {
  async [`${OF} should ensure that all services are removed when a namespace is deleted`](rig) {
    const name = await rig.namespace();
    await rig.until(`/api/v1/namespaces/${name}/serviceaccounts/default`, ({ kind }) => kind === "ServiceAccount");
    const service = `/api/v1/namespaces/${name}/services`;
    const ports = [{ port: 80, targetPort: 80 }];
    await rig.post(service, { metadata: { name: "test-service" }, spec: { selector: { foo: "bar" }, ports } });
    await rig.delete(`/api/v1/namespaces/${name}`);
    await rig.until(`/api/v1/namespaces/${name}`, ({ code }) => code === 404);
    await rig.post("/api/v1/namespaces", { metadata: { name } });
    await rig.gone(`${service}/test-service`);
  },

  async [`${OF} should patch a Namespace`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}`;
    await rig.patch(path, { metadata: { labels: { testLabel: "testValue" } } }, "strategic");
    assert.equal((await rig.get(path)).metadata.labels.testLabel, "testValue");
  },

  async [`${OF} should apply changes to a namespace status`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}`;
    const { phase } = (await rig.get(`${path}/status`)).status;
    assert.equal(phase, "Active");
    const patched = { type: "StatusPatch", status: "True", reason: "E2E", message: "Patched by an e2e test" };
    const after = await rig.patch(`${path}/status`, {
      metadata: { annotations: { "e2e-patched-ns-status": "yes" } },
      status: { conditions: [patched] },
    });
    assert.equal(after.metadata.annotations["e2e-patched-ns-status"], "yes");
    assert.partialDeepStrictEqual(after.status.conditions, [patched]);
    const updated = { type: "StatusUpdate", status: "True", reason: "E2E", message: "Updated by an e2e test" };
    const last = await rig.update(`${path}/status`, ({ status, ...rest }) => ({
      ...rest,
      status: { ...status, conditions: [...status.conditions, updated] },
    }));
    assert.partialDeepStrictEqual(last.status.conditions, [patched, updated]);
  },

  async [`${OF} should apply an update to a Namespace`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}`;
    const updated = await rig.update(path, ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, labels: { ...metadata.labels, e2e: "updated" } },
    }));
    assert.equal(updated.metadata.labels.e2e, "updated");
  },

  async [`${OF} should apply a finalizer to a Namespace`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}`;
    const { spec } = await rig.get(path);
    assert.deepEqual(spec.finalizers, ["kubernetes"]);
    const finalizers =
      (wanted: readonly string[]) =>
      ({ spec, ...rest }: Json) => ({
        ...rest,
        spec: { ...spec, finalizers: wanted },
      });
    const finalize = async (wanted: readonly string[]): Promise<void> => {
      const changed = await rig.put(`${path}/finalize`, finalizers(wanted)(await rig.get(path)));
      assert.deepEqual(changed.spec.finalizers, wanted);
    };
    await finalize(["kubernetes", FINALIZER]);
    await finalize(["kubernetes"]);
  },

  async "[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota."(rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/resourcequotas`;
    const quota = (hard: Json): Json => ({ metadata: { name: "test-quota" }, spec: { hard } });
    await rig.post(path, quota({ cpu: "1", memory: "500Mi" }));
    assert.deepEqual((await rig.get(`${path}/test-quota`)).spec.hard, { cpu: "1", memory: "500Mi" });
    const updated = await rig.put(`${path}/test-quota`, quota({ cpu: "2", memory: "1Gi" }));
    assert.deepEqual(updated.spec.hard, { cpu: "2", memory: "1Gi" });
    assert.deepEqual((await rig.get(`${path}/test-quota`)).spec.hard, { cpu: "2", memory: "1Gi" });
    await rig.delete(`${path}/test-quota`);
    await rig.gone(`${path}/test-quota`);
  },

  "[sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota": lifecycle({
    of: "v1/resourcequotas",
    kind: "ResourceQuota",
    namespaced: true,
    object: { spec: { hard: { cpu: "1", memory: "500Mi" } } },
    change: { spec: { hard: { memory: "750Mi" } } },
  }),

  async [`${LIMITS} should create a LimitRange with defaults and ensure pod has those defaults applied.`](rig) {
    const namespace = `/api/v1/namespaces/${await rig.namespace()}`;
    await using watch = await rig.watch(`${namespace}/limitranges`);
    const limit = {
      type: "Container",
      min: resources("50m", "100Mi", "100Gi"),
      max: resources("500m", "500Mi", "500Gi"),
      defaultRequest: resources("100m", "200Mi", "200Gi"),
      default: resources("300m", "300Mi", "300Gi"),
    };
    const made = await rig.post(`${namespace}/limitranges`, {
      metadata: { name: "limit-range" },
      spec: { limits: [limit] },
    });
    assert.deepEqual((await watch.seen("ADDED")).spec, made.spec);
    assert.partialDeepStrictEqual((await rig.get(`${namespace}/limitranges/limit-range`)).spec.limits[0], limit);
    const has = async (body: Json, requests: Json, limits: Json): Promise<void> => {
      const { spec } = await rig.post(`${namespace}/pods`, body);
      assert.deepEqual(spec.containers[0].resources, { requests, limits });
    };
    await has(pod("pod-no-resources"), limit.defaultRequest, limit.default);
    await has(
      pod("pod-partial-resources", { cpu: "150m", memory: "150Mi" }, { cpu: "300m", "ephemeral-storage": "250Gi" }),
      // A limit without a request is the request, before the LimitRange is asked.
      resources("150m", "150Mi", "250Gi"),
      resources("300m", "300Mi", "250Gi"),
    );
    const refused = async (body: Json): Promise<void> => {
      assert.equal((await rig.refused(403, "POST", `${namespace}/pods`, { body })).reason, "Forbidden");
    };
    await refused(pod("too-little", resources("10m", "50Mi", "50Gi"), {}));
    await refused(pod("too-much", resources("600m", "600Mi", "600Gi"), resources("600m", "600Mi", "600Gi")));
    const min = resources("9m", "49Mi", "49Gi");
    await rig.update(`${namespace}/limitranges/limit-range`, (object) => ({
      ...object,
      spec: { limits: [{ ...object.spec.limits[0], min }] },
    }));
    assert.partialDeepStrictEqual((await watch.seen("MODIFIED")).spec.limits[0].min, min);
    await rig.post(`${namespace}/pods`, pod("little", resources("10m", "50Mi", "50Gi"), {}));
    await refused(pod("too-much", resources("600m", "600Mi", "600Gi"), resources("600m", "600Mi", "600Gi")));
    await rig.delete(`${namespace}/limitranges/limit-range`);
    await rig.gone(`${namespace}/limitranges/limit-range`);
    await rig.post(
      `${namespace}/pods`,
      pod("much", resources("600m", "600Mi", "600Gi"), resources("600m", "600Mi", "600Gi")),
    );
  },

  [`${LIMITS} should list, patch and delete a LimitRange by collection`]: lifecycle({
    of: "v1/limitranges",
    kind: "LimitRange",
    namespaced: true,
    object: {
      spec: {
        limits: [
          { type: "Container", min: resources("50m", "100Mi", "100Gi"), max: resources("500m", "500Mi", "500Gi") },
        ],
      },
    },
    change: {
      spec: {
        limits: [
          { type: "Container", min: resources("40m", "80Mi", "80Gi"), max: resources("500m", "500Mi", "500Gi") },
        ],
      },
    },
  }),
};
