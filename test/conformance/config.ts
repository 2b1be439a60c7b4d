/** Config maps and secrets. */
import assert from "node:assert/strict";
import type { Caller } from "./caller.ts";
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const encoded = (text: string): string => Buffer.from(text).toString("base64");

/** Once immutable, neither data nor the mark changes; metadata does, and a new object takes the name. */
const becomesImmutable = (plural: string, value: (text: string) => string) => async (rig: Caller) => {
  const path = `/api/v1/namespaces/${await rig.namespace()}/${plural}`;
  const target = `${path}/immutable`;
  await rig.post(path, { metadata: { name: "immutable" }, data: { "data-1": value("value-1") } });
  await rig.update(target, (object) => ({ ...object, data: { "data-1": value("value-2") } }));
  const marked = await rig.update(target, (object) => ({ ...object, immutable: true }));
  for (const changed of [
    { ...marked, data: { "data-1": value("value-3") } },
    { ...marked, immutable: false },
    { ...marked, immutable: undefined },
  ]) {
    assert.equal((await rig.refused(422, "PUT", target, { body: changed })).reason, "Invalid");
  }
  await rig.patch(target, { metadata: { labels: { still: "changes" } } });
  await rig.delete(target);
  await rig.post(path, { metadata: { name: "immutable" }, data: { "data-1": value("value-4") } });
};

const emptyKey = (plural: string, value: string) => async (rig: Caller) => {
  const path = `/api/v1/namespaces/${await rig.namespace()}/${plural}`;
  const body = { metadata: { name: "empty-key" }, data: { "": value } };
  assert.equal((await rig.refused(422, "POST", path, { body })).reason, "Invalid");
};

export const config: Specs = {
  "[sig-node] ConfigMap should fail to create ConfigMap with empty key": emptyKey("configmaps", "value-1"),

  async "[sig-node] ConfigMap should update ConfigMap successfully"(rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/configmaps`;
    await rig.post(path, { metadata: { name: "update" }, data: { "data-1": "value-1" } });
    await rig.update(`${path}/update`, (object) => ({ ...object, data: { data: "value" } }));
    assert.deepEqual((await rig.get(`${path}/update`)).data, { data: "value" });
  },

  "[sig-node] ConfigMap should run through a ConfigMap lifecycle": lifecycle({
    of: "v1/configmaps",
    kind: "ConfigMap",
    namespaced: true,
    object: { data: { valueName: "value" } },
    change: { data: { valueName: "value1" } },
  }),

  "[sig-node] Secrets should fail to create secret due to empty secret key": emptyKey("secrets", encoded("value-1")),

  "[sig-node] Secrets should patch a secret": lifecycle({
    of: "v1/secrets",
    kind: "Secret",
    namespaced: true,
    object: { type: "Opaque", data: { key: encoded("value") } },
    change: { data: { key: encoded("value1") } },
  }),

  "[sig-storage] ConfigMap should be immutable if `immutable` field is set": becomesImmutable(
    "configmaps",
    (text) => text,
  ),

  "[sig-storage] Secrets should be immutable if `immutable` field is set": becomesImmutable("secrets", encoded),
};
