/** Watches of config maps, and lists in pages. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { openKeys } from "../../adapters/keys/cluster-keys.ts";
import { remoteDoor } from "../../adapters/node-http/client.ts";
import { listen } from "../../adapters/node-http/listener.ts";
import { startApiServer } from "../../apps/tiphys/api-server.ts";
import { createClient } from "../../src/client/index.ts";
import { silent } from "../../src/machinery/log.ts";
import type { Store } from "../../src/store/store.ts";
import { Caller, type Json, type Watch } from "./caller.ts";
import type { Specs } from "./rig.ts";

const OF = "[sig-api-machinery] Watchers";
const LABEL = "watch-this-configmap";

const configMap = (name: string, value: string): Json => ({ metadata: { name, labels: { [LABEL]: value } } });

const told = ({ metadata, data }: Json): unknown => [metadata.name, data?.mutation];

/** All templates of a namespace in pages of `limit`, from a token on; each page is looked at. */
async function pages(
  rig: Caller,
  path: string,
  from: string,
  limit: number,
  look: (list: Json, before: number) => void,
): Promise<number> {
  let found = 0;
  let token: string | undefined = from;
  while (token !== undefined) {
    const query: string = token === "" ? "" : `&continue=${encodeURIComponent(token)}`;
    const list: Json = await rig.get(`${path}?limit=${limit}${query}`);
    assert.ok(list.items.length <= limit);
    look(list, found);
    found += list.items.length;
    token = list.metadata.continue;
  }
  return found;
}

const TEMPLATES = 200;
const TEMPLATE = { template: { spec: { containers: [{ name: "test", image: "test2" }] } } };
const templateName = (at: number): string => `template-${String(at).padStart(4, "0")}`;

async function makeTemplates(rig: Caller): Promise<string> {
  const path = `/api/v1/namespaces/${await rig.namespace()}/podtemplates`;
  const all = Array.from({ length: TEMPLATES }, (_, at) => at);
  while (all.length) {
    const some = all.splice(0, 20);
    await Promise.all(some.map((at) => rig.post(path, { metadata: { name: templateName(at) }, ...TEMPLATE })));
  }
  return path;
}

/** What each page is: the next templates, of one revision, with the number of those that are left. */
function inOrder(before: number): (list: Json, found: number) => void {
  let resourceVersion: string | undefined;
  return ({ metadata, items }, found) => {
    resourceVersion ??= metadata.resourceVersion;
    assert.equal(metadata.resourceVersion, resourceVersion);
    const names = (items as Json[]).map((item) => item.metadata.name);
    assert.deepEqual(
      names,
      Array.from(names, (_, at) => templateName(before + found + at)),
    );
    const left = TEMPLATES - before - found - names.length;
    assert.equal(metadata.remainingItemCount, metadata.continue === undefined ? undefined : left);
  };
}

/** A server whose store the spec can compact, as five minutes do elsewhere. */
async function compactable(act: (rig: Caller, store: Store) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-pages-"));
  const keys = openKeys(folder, { now: systemClock.now() });
  const api = await startApiServer({
    clock: systemClock,
    random: systemRandom,
    log: silent,
    keys: keys.tokens,
    tokenFile: "token,admin,1,system:masters\n",
  });
  const listener = await listen(api.door, { port: 0, tls: { ...keys.serving, clientCa: keys.ca } });
  const remote = remoteDoor({ url: listener.url, ca: keys.ca, token: "token" });
  try {
    await api.bootstrap();
    await act(new Caller(createClient(remote.door, { userAgent: "e2e.test" })), api.store);
  } finally {
    remote.close();
    await listener.close(0);
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const watch: Specs = {
  async [`${OF} should observe add, update, and delete watch notifications on configmaps`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/configmaps`;
    const open = (values: string): Promise<Watch> =>
      rig.watch(`${path}?labelSelector=${encodeURIComponent(`${LABEL} in (${values})`)}`);
    await using ofA = await open("multiple-watchers-A");
    await using ofB = await open("multiple-watchers-B");
    await using ofBoth = await open("multiple-watchers-A,multiple-watchers-B");
    await rig.post(path, configMap("a", "multiple-watchers-A"));
    for (const mutation of ["1", "2"]) await rig.patch(`${path}/a`, { data: { mutation } });
    await rig.delete(`${path}/a`);
    await rig.post(path, configMap("b", "multiple-watchers-B"));
    await rig.delete(`${path}/b`);
    const a = [
      ["ADDED", ["a", undefined]],
      ["MODIFIED", ["a", "1"]],
      ["MODIFIED", ["a", "2"]],
      ["DELETED", ["a", "2"]],
    ];
    const b = [
      ["ADDED", ["b", undefined]],
      ["DELETED", ["b", undefined]],
    ];
    assert.deepEqual(await ofA.told(4, told), a);
    assert.deepEqual(await ofB.told(2, told), b);
    assert.deepEqual(await ofBoth.told(6, told), [...a, ...b]);
  },

  async [`${OF} should be able to start watching from a specific resource version`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/configmaps`;
    await rig.post(path, configMap("e2e", "from-resource-version"));
    const first = await rig.patch(`${path}/e2e`, { data: { mutation: "1" } });
    await rig.patch(`${path}/e2e`, { data: { mutation: "2" } });
    await rig.delete(`${path}/e2e`);
    const { resourceVersion } = first.metadata;
    await using watching = await rig.watch(
      `${path}?labelSelector=${LABEL}%3Dfrom-resource-version&resourceVersion=${resourceVersion}`,
    );
    assert.deepEqual(await watching.told(2, told), [
      ["MODIFIED", ["e2e", "2"]],
      ["DELETED", ["e2e", "2"]],
    ]);
  },

  async [`${OF} should be able to restart watching from the last resource version observed by the previous watch`](
    rig,
  ) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/configmaps`;
    const selected = `${path}?labelSelector=${LABEL}%3Dwatch-closed-and-restarted`;
    let last: Json;
    {
      await using before = await rig.watch(selected);
      await rig.post(path, configMap("e2e", "watch-closed-and-restarted"));
      await rig.patch(`${path}/e2e`, { data: { mutation: "1" } });
      await before.seen("ADDED");
      last = await before.seen("MODIFIED");
    }
    await rig.patch(`${path}/e2e`, { data: { mutation: "2" } });
    await rig.delete(`${path}/e2e`);
    await using restarted = await rig.watch(`${selected}&resourceVersion=${last.metadata.resourceVersion}`);
    assert.deepEqual(await restarted.told(2, told), [
      ["MODIFIED", ["e2e", "2"]],
      ["DELETED", ["e2e", "2"]],
    ]);
  },

  async [`${OF} should observe an object deletion if it stops meeting the requirements of the selector`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/configmaps`;
    await using watching = await rig.watch(`${path}?labelSelector=${LABEL}%3Dto-be-changed`);
    const label = (value: string): Promise<Json> =>
      rig.patch(`${path}/e2e`, { metadata: { labels: { [LABEL]: value } } });
    await rig.post(path, configMap("e2e", "to-be-changed"));
    await rig.patch(`${path}/e2e`, { data: { mutation: "1" } });
    await label("wrong-value");
    await rig.patch(`${path}/e2e`, { data: { mutation: "2" } });
    await label("to-be-changed");
    await rig.patch(`${path}/e2e`, { data: { mutation: "3" } });
    await rig.delete(`${path}/e2e`);
    assert.deepEqual(await watching.told(6, told), [
      ["ADDED", ["e2e", undefined]],
      ["MODIFIED", ["e2e", "1"]],
      ["DELETED", ["e2e", "1"]],
      ["ADDED", ["e2e", "2"]],
      ["MODIFIED", ["e2e", "3"]],
      ["DELETED", ["e2e", "3"]],
    ]);
  },

  async [`${OF} should receive events on concurrent watches in same order`](rig) {
    const path = `/api/v1/namespaces/${await rig.namespace()}/configmaps`;
    let { resourceVersion } = (await rig.get(path)).metadata;
    const writes = (async () => {
      for (let at = 0; at < 40; at++) {
        const name = `cm-${at % 7}`;
        const { status } = await rig.call("POST", path, { body: { metadata: { name } } });
        if (status === 409 && at % 2) await rig.patch(`${path}/${name}`, { data: { mutation: String(at) } });
        else if (status === 409) await rig.delete(`${path}/${name}`);
      }
    })();
    const watches: Watch[] = [];
    const next = async (each: Watch): Promise<string> => (await each.next()).object.metadata.resourceVersion;
    for (let round = 0; round < 30; round++) {
      watches.push(await rig.watch(`${path}?resourceVersion=${resourceVersion}`));
      resourceVersion = await next(watches[0]!);
      for (const other of watches.slice(1)) assert.equal(await next(other), resourceVersion);
    }
    for (const each of watches) await each[Symbol.asyncDispose]();
    await writes;
  },

  async "[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls"(
    rig,
  ) {
    const path = await makeTemplates(rig);
    for (const limit of [7, 40, TEMPLATES + 1]) {
      assert.equal(await pages(rig, path, "", limit, inOrder(0)), TEMPLATES);
    }
  },

  "[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Slow]":
    () =>
      compactable(async (rig, store) => {
        const path = await makeTemplates(rig);
        const limit = TEMPLATES / 10;
        const first = await rig.get(`${path}?limit=${limit}`);
        await rig.post("/api/v1/namespaces", { metadata: { name: "later" } });
        await store.compact(store.revision);
        const token = encodeURIComponent(first.metadata.continue);
        const expired = await rig.refused(410, "GET", `${path}?limit=${limit}&continue=${token}`);
        assert.equal(expired.reason, "Expired");
        const again = await rig.get(`${path}?limit=${limit}&continue=${encodeURIComponent(expired.metadata.continue)}`);
        assert.notEqual(again.metadata.resourceVersion, first.metadata.resourceVersion);
        inOrder(limit)(again, 0);
        const rest = await pages(rig, path, again.metadata.continue, limit, inOrder(2 * limit));
        assert.equal(rest, TEMPLATES - 2 * limit);
      }),
};
