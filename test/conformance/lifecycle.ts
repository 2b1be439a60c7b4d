/**
 * What "should support X API operations" specs do with a resource: it is in the discovery documents, and create, get,
 * list, watch, the four ways to patch, update, the status subresource, delete and deletecollection work.
 */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";

export interface Lifecycle {
  /** `batch/v1/cronjobs`, or `v1/configmaps`. */
  readonly of: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  /** All but metadata. Those of a number are for kinds whose names or contents must differ. */
  readonly object: Json | ((at: number) => Json);
  /** Names, where the kind does not take any. */
  readonly names?: readonly string[];
  /** A merge patch of something but metadata, for the kinds that can be changed. */
  readonly change?: Json;
  /** A merge patch of the status subresource. */
  readonly status?: Json;
  /** The status endpoint leaves metadata as it is. */
  readonly statusAlone?: boolean;
  /** What is left after a delete, for kinds that others must let go of first. */
  readonly finalized?: boolean;
}

const LABEL = "e2e-lifecycle";

export function lifecycle(about: Lifecycle): (rig: Caller) => Promise<void> {
  return async (rig) => {
    const [version, plural] = splitLast(about.of);
    const root = `${version.includes("/") ? "/apis" : "/api"}/${version}`;
    await isDiscovered(rig, about, root, plural);

    const label = rig.name("value");
    const namespace = about.namespaced ? await rig.namespace() : undefined;
    const collection = namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
    const selected = `${collection}?labelSelector=${LABEL}%3D${label}`;
    const names = about.names ?? ["a", "b", "c"].map((letter) => `${rig.name(letter)}`);
    const { resourceVersion } = (await rig.get(selected)).metadata;
    await using watch = await rig.watch(`${selected}&resourceVersion=${resourceVersion}`);

    for (const [at, name] of names.entries()) {
      const object = typeof about.object === "function" ? about.object(at) : about.object;
      const head = { apiVersion: version, kind: about.kind, metadata: { name, labels: { [LABEL]: label } } };
      const made = await rig.post(collection, { ...head, ...object });
      assert.match(made.metadata.resourceVersion, /^[1-9][0-9]*$/);
      assert.equal((await watch.seen("ADDED")).metadata.name, name);
    }
    const target = `${collection}/${names[0]}`;
    const made = await rig.get(target);
    assert.deepEqual([made.apiVersion, made.kind, made.metadata.name], [version, about.kind, names[0]]);
    await isListed(rig, about, { root, plural, selected, label, names });

    await patches(rig, target, made, about);
    await watch.seen("MODIFIED", ({ metadata }) => metadata.annotations?.merge === "true");
    const updated = await rig.update(target, annotated("updated"));
    assert.equal(updated.metadata.annotations.updated, "true");
    assert.equal(updated.metadata.uid, made.metadata.uid);
    await watch.seen("MODIFIED", ({ metadata }) => metadata.annotations?.updated === "true");
    if (about.status) await statusOf(rig, target, about, made.metadata.uid);

    await rig.delete(target);
    if (about.finalized) {
      const kept = await rig.call("GET", target);
      assert.ok(kept.status === 404 || kept.body.metadata.deletionTimestamp !== undefined);
    } else {
      assert.equal((await watch.seen("DELETED")).metadata.name, names[0]);
      await rig.gone(target);
      assert.equal((await rig.items(selected)).length, names.length - 1);
    }
    await rig.delete(selected);
    await rig.until(selected, ({ items }) => items.length === 0);
  };
}

/** Of `/apis`, of the group's own document and of its version's, each names what it should. */
async function isDiscovered(
  rig: Caller,
  { of, kind, namespaced }: Lifecycle,
  root: string,
  plural: string,
): Promise<void> {
  const [group, version] = splitLast(splitLast(of)[0]);
  if (group === "") {
    assert.ok((await rig.get("/api")).versions.includes(version));
  } else {
    const { groups } = await rig.get("/apis");
    const listed = (groups as Json[]).find(({ name }) => name === group);
    assert.ok(
      listed?.versions.some((each: Json) => each.version === version),
      `${group} is not in /apis`,
    );
    const document = await rig.get(`/apis/${group}`);
    assert.ok(document.versions.some((each: Json) => each.version === version));
  }
  const { resources } = await rig.get(root);
  const resource = (resources as Json[]).find(({ name }) => name === plural);
  assert.deepEqual([resource?.kind, resource?.namespaced], [kind, namespaced ?? false]);
  const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  assert.deepEqual(resource?.verbs, verbs);
}

interface Listed {
  readonly root: string;
  readonly plural: string;
  readonly selected: string;
  readonly label: string;
  readonly names: readonly string[];
}

async function isListed(
  rig: Caller,
  about: Lifecycle,
  { root, plural, selected, label, names }: Listed,
): Promise<void> {
  const found = async (target: string): Promise<unknown> =>
    (await rig.items(target)).map(({ metadata }) => metadata.name).toSorted();
  assert.deepEqual(await found(selected), names.toSorted());
  if (about.namespaced)
    assert.deepEqual(await found(`${root}/${plural}?labelSelector=${LABEL}%3D${label}`), names.toSorted());
}

/** Each of the four ways; the merge patch also brings the change. */
async function patches(rig: Caller, target: string, made: Json, about: Lifecycle): Promise<void> {
  const { apiVersion, kind } = made;
  const { name, uid } = made.metadata;
  const note = (how: string): Json => ({ metadata: { annotations: { [how]: "true" } } });
  const merged = await rig.patch(target, { ...note("merge"), ...about.change });
  if (about.change) assert.partialDeepStrictEqual(merged, about.change);
  assert.ok(Number(merged.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
  await rig.patch(target, note("strategic"), "strategic");
  await rig.patch(target, [{ op: "add", path: "/metadata/annotations/json", value: "true" }], "json");
  const applied = { apiVersion, kind, metadata: { name, uid, annotations: { apply: "true" } } };
  const last = await rig.patch(`${target}?fieldManager=e2e&force=true`, applied, "apply");
  const all = { merge: "true", strategic: "true", json: "true", apply: "true" };
  assert.partialDeepStrictEqual(last.metadata.annotations, all);
}

async function statusOf(rig: Caller, target: string, about: Lifecycle, uid: string): Promise<void> {
  const { status, statusAlone } = about;
  const noted = statusAlone ? undefined : "true";
  const patched = await rig.patch(`${target}/status`, {
    metadata: { annotations: { patchedstatus: "true" } },
    ...status,
  });
  assert.partialDeepStrictEqual(patched, status!);
  assert.equal(patched.metadata.annotations.patchedstatus, noted);
  assert.equal((await rig.get(`${target}/status`)).metadata.uid, uid);
  const updated = await rig.update(`${target}/status`, annotated("updatedstatus"));
  assert.equal(updated.metadata.annotations.updatedstatus, noted);
  assert.partialDeepStrictEqual(updated, status!);
}

/** The same with one more annotation. */
export const annotated =
  (key: string) =>
  ({ metadata, ...rest }: Json): Json => ({
    ...rest,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [key]: "true" } },
  });

function splitLast(text: string): [string, string] {
  const at = text.lastIndexOf("/");
  return [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
}
