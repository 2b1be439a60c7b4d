import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { openLmdbJournal } from "../../adapters/lmdb/lmdb-journal.ts";
import { builtinKinds } from "../../src/api/index.ts";
import type { KubeObject } from "../../src/machinery/kind.ts";
import { createScheme } from "../../src/machinery/scheme.ts";
import type { SnapshotKeyFile } from "../../src/machinery/told-snapshot.ts";
import { objectCodec } from "../../src/server/encoding/json.ts";
import { testServer } from "../../src/server/testing/server.ts";
import { openStore } from "../../src/store/local-store.ts";
import { Compacted, type Store } from "../../src/store/store.ts";
import { openSharedStore } from "../../src/store/shared-store.ts";
import { MemoryDatabase } from "../../src/store/testing/memory-database.ts";
import { registryLayout } from "../../src/store/registry-layout.ts";
import { sharedCodec } from "../../src/server/encoding/shared.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { contentsOf } from "./snapshot-contents.ts";
import { restoreInto, restoreJournal } from "./snapshot-restore.ts";
import { saveSnapshot } from "./snapshot-save.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-snapshot-"));
after(() => rmSync(root, { recursive: true, force: true }));

const quiet = (): void => {};

async function scene() {
  const server = await testServer({ clock: systemClock });
  const { send, door } = server;
  for (const name of ["default", "kube-system"]) await send("POST", "/api/v1/namespaces", { metadata: { name } });
  for (let i = 0; i < 250; i++) {
    await send("POST", "/api/v1/namespaces/default/configmaps", {
      metadata: { name: `m${i}` },
      data: { i: String(i), text: 'ü\n"' },
    });
  }
  const chunks = async (): Promise<AsyncIterable<Uint8Array>> => {
    const signal = new AbortController().signal;
    const peer = { address: "test", user: { username: "admin", groups: [] } };
    const response = await door({ method: "GET", path: "/tiphys/v1/snapshot", query: "", headers: {}, peer, signal });
    assert.ok(response.body.form === "stream");
    return response.body.chunks;
  };
  return { ...server, chunks };
}

/** Everything but the revisions. */
const content = (store: Store): object[] =>
  [...store.snapshot().range("")].map(({ key, object }) => {
    const { metadata, ...rest } = JSON.parse(JSON.stringify(object)) as KubeObject;
    return { key, ...rest, metadata: { ...metadata, resourceVersion: undefined } };
  });

const scheme = createScheme(builtinKinds);
const reopen = async (folder: string): Promise<Store> =>
  openStore({ clock: systemClock, codec: objectCodec(scheme), journal: await openLmdbJournal(folder) });

test("a cluster restored from a snapshot is the same one, far beyond all revisions that its clients have seen", async () => {
  const { store, chunks } = await scene();
  const keys = join(root, "keys");
  mkdirSync(keys);
  writeFileSync(join(keys, "ca.key"), "the key");
  writeFileSync(join(keys, "notes.txt"), "no key");
  const path = join(root, "whole.snapshot");
  const { head } = await saveSnapshot(path, chunks, keys, quiet);
  assert.deepEqual([head.objects, head.revision, head.keys], [252, store.revision, true]);

  const { resources, keys: names, objects } = await contentsOf(path, quiet);
  assert.deepEqual([objects, resources, names], [252, { configmaps: 250, namespaces: 2 }, ["ca.key"]]);

  const folder = join(root, "journal");
  const files: SnapshotKeyFile[] = [];
  const newest = await restoreJournal(path, await openLmdbJournal(folder), head.revision + 1_000_000, {
    objects: quiet,
    key: (file) => files.push(file),
  });
  assert.deepEqual(files, [{ file: "ca.key", text: "the key" }]);
  const restored = await reopen(folder);
  assert.deepEqual(content(restored), content(store));
  for (const { revision, object } of restored.snapshot().range("")) {
    assert.ok(revision > head.revision + 1_000_000);
    assert.equal((object as KubeObject).metadata.resourceVersion, String(revision));
  }
  assert.deepEqual([restored.revision, restored.compactedRevision], [newest, newest]);
  assert.throws(() => restored.watch("", head.revision + 5, { changes: quiet }), Compacted);
  await restored.close();
});

test("the same file fills a shared database, in as many revisions as that needs", async () => {
  const { store, chunks } = await scene();
  const path = join(root, "shared.snapshot");
  await saveSnapshot(path, chunks, undefined, quiet);
  const shared = await openSharedStore({
    database: new MemoryDatabase().door(),
    layout: registryLayout(builtinKinds.filter(({ verbs }) => verbs.includes("get")).map(({ storage }) => storage)),
    codec: sharedCodec(scheme),
    clock: systemClock,
    random: new SeededRandom(1),
    compactEvery: 0,
  });
  await restoreInto(path, shared, { objects: quiet, key: quiet });
  assert.deepEqual(content(shared), content(store));
  await shared.close();
});

test("a stream that ends early leaves no file", async () => {
  const { chunks } = await scene();
  const path = join(root, "lost.snapshot");
  async function* first(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of await chunks()) {
      yield chunk.subarray(0, chunk.length >> 1);
      return;
    }
  }
  await assert.rejects(
    saveSnapshot(path, async () => first(), undefined, quiet),
    /the connection was lost before the snapshot was complete: nothing was kept/,
  );
  assert.ok(!existsSync(path));
});
