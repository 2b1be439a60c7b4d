/** CustomResourceDefinitions as objects, and what they do to the custom ones. */
import assert from "node:assert/strict";
import type { Json } from "./caller.ts";
import { ANYTHING, define } from "./definitions.ts";
import type { Specs } from "./rig.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const RESOURCES = "[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin]";

export const crd: Specs = {
  async "[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects"(
    rig,
  ) {
    await using made = await define(rig, { scope: "Cluster" });
    const { resourceVersion } = (await rig.get(made.objects)).metadata;
    const watched = (name: string) =>
      rig.watch(`${made.objects}?fieldSelector=metadata.name%3D${name}&resourceVersion=${resourceVersion}`);
    await using first = await watched("name1");
    await using second = await watched("name2");
    const object = (name: string): Json => ({
      apiVersion: `${made.group}/${made.version}`,
      kind: made.kind,
      metadata: { name },
    });
    for (const name of ["name1", "name2"]) await rig.post(made.objects, object(name));
    for (const name of ["name1", "name2"]) await rig.patch(`${made.objects}/${name}`, { num: { num1: 1 } });
    for (const name of ["name1", "name2"]) await rig.delete(`${made.objects}/${name}`);
    for (const [watch, name] of [
      [first, "name1"],
      [second, "name2"],
    ] as const) {
      assert.deepEqual(await watch.told(3, ({ metadata, num }) => [metadata.name, num?.num1]), [
        ["ADDED", [name, undefined]],
        ["MODIFIED", [name, 1]],
        ["DELETED", [name, 1]],
      ]);
    }
  },

  async [`${RESOURCES} Simple CustomResourceDefinition creating/deleting custom resource definition objects works`](
    rig,
  ) {
    const made = await define(rig, { scope: "Cluster" });
    await rig.get(made.objects);
    await rig.delete(made.path);
    await rig.until(made.path, ({ code }) => code === 404);
    await rig.gone(made.objects);
  },

  async [`${RESOURCES} Simple CustomResourceDefinition listing custom resource definition objects works`](rig) {
    const labels = { "e2e-list-test-uuid": rig.name("uuid") };
    const selected = `${DEFINITIONS}?labelSelector=e2e-list-test-uuid%3D${labels["e2e-list-test-uuid"]}`;
    const made = [];
    for (let at = 0; at < 10; at++) made.push(await define(rig, { scope: "Cluster", labels }));
    await using other = await define(rig, { scope: "Cluster" });
    const items = await rig.items(selected);
    assert.deepEqual(items.map(({ spec }) => spec.names.kind).toSorted(), made.map(({ kind }) => kind).toSorted());
    for (const { metadata, spec } of items)
      assert.deepEqual(spec, (await rig.get(`${DEFINITIONS}/${metadata.name}`)).spec);
    await rig.delete(selected);
    await rig.until(selected, (list) => list.items.length === 0);
    await rig.get(other.path);
  },

  async [`${RESOURCES} Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works`](
    rig,
  ) {
    await using made = await define(rig, { scope: "Cluster" });
    const messages = ({ status }: Json): string[] => status.conditions.map(({ message }: Json) => message);
    const updated = await (async () => {
      const read = await rig.get(`${made.path}/status`);
      assert.deepEqual(read.spec, (await rig.get(made.path)).spec);
      // A condition without type or status is stored as it is.
      read.status.conditions.push({ type: "", status: "", lastTransitionTime: null, reason: "", message: "updated" });
      return rig.put(`${made.path}/status`, read);
    })();
    assert.ok(messages(updated).includes("updated"));
    const patch = [{ op: "add", path: "/status/conditions", value: [{ message: "patched" }] }];
    assert.ok(messages(await rig.patch(`${made.path}/status`, patch, "json")).includes("patched"));
  },

  async [`${RESOURCES} should include custom resource definition resources in discovery documents`](rig) {
    const { groups } = await rig.get("/apis");
    const group = (groups as Json[]).find(({ name }) => name === "apiextensions.k8s.io");
    assert.ok(group?.versions.some(({ version }: Json) => version === "v1"));
    const document = await rig.get("/apis/apiextensions.k8s.io");
    assert.equal(document.name, "apiextensions.k8s.io");
    assert.ok(document.versions.some(({ version }: Json) => version === "v1"));
    const { groupVersion, resources } = await rig.get("/apis/apiextensions.k8s.io/v1");
    assert.equal(groupVersion, "apiextensions.k8s.io/v1");
    assert.ok((resources as Json[]).some(({ name }) => name === "customresourcedefinitions"));
  },

  async [`${RESOURCES} custom resource defaulting for requests and from storage works`](rig) {
    const schema = { ...ANYTHING, properties: { a: { type: "string" }, b: { type: "string" } } };
    await using made = await define(rig, { scope: "Cluster", schema });
    const { group, version, kind } = made;
    const object = (name: string): Json => ({ apiVersion: `${group}/${version}`, kind, metadata: { name } });
    const at = (field: string): string => `/spec/versions/0/schema/openAPIV3Schema/properties/${field}/default`;
    assert.equal((await rig.post(made.objects, object("one"))).a, undefined);
    await rig.patch(made.path, [{ op: "add", path: at("a"), value: "A" }], "json");
    await rig.until(`${made.objects}/one`, ({ a }) => a === "A");
    assert.equal((await rig.post(made.objects, object("two"))).a, "A");
    const second = [
      { op: "remove", path: at("a") },
      { op: "add", path: at("b"), value: "B" },
    ];
    await rig.patch(made.path, second, "json");
    // What was stored with its default keeps it; what is defaulted when it is read does not.
    assert.equal((await rig.until(`${made.objects}/two`, ({ b }) => b === "B")).a, "A");
    assert.equal((await rig.until(`${made.objects}/one`, ({ b }) => b === "B")).a, undefined);
  },
};
