import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { openStore } from "./local-store.ts";
import { resetStore } from "./reset.ts";
import type { Store, Write } from "./store.ts";
import { jsonCodec } from "./testing/json-codec.ts";

const open = (): Promise<Store> => openStore({ clock: new VirtualClock(), codec: jsonCodec });

async function put(store: Store, name: string, value: number | undefined): Promise<number> {
  const key = `/core/configmaps/${name}`;
  const write: Write = {
    key,
    expected: store.head(key)?.revision ?? 0,
    object:
      value === undefined ? undefined : (revision) => ({ metadata: { resourceVersion: String(revision) }, value }),
  };
  return (await store.commit([write], {})).revision;
}

const content = (store: Store): Record<string, unknown> =>
  Object.fromEntries(
    [...store.snapshot().range("")].map(({ key, object }) => [key.slice(17), (object as { value: number }).value]),
  );

async function scene() {
  const store = await open();
  await put(store, "kept", 1);
  await put(store, "changed", 1);
  const past = await put(store, "removed", 1);
  await put(store, "changed", 2);
  await put(store, "removed", undefined);
  const last = await put(store, "made", 2);
  return { store, past, last };
}

test("a reset is one more revision, in which everything is as it was; another one undoes it", async () => {
  const { store, past, last } = await scene();
  const told: string[] = [];
  store.watch("", last, {
    changes: (changes) => {
      for (const { key, revision, before, after } of changes) {
        const how = before === undefined ? "+" : after === undefined ? "-" : "~";
        told.push(`${revision} ${how}${key.slice(17)}`);
      }
    },
  });
  const done = await resetStore(store, store.snapshotAt(past), { user: "jane" });
  assert.deepEqual(done, { revision: last + 1, objects: 3 });
  assert.deepEqual(content(store), { kept: 1, changed: 1, removed: 1 });
  assert.deepEqual(told, [`${last + 1} ~changed`, `${last + 1} -made`, `${last + 1} +removed`]);
  const { metadata } = store.head("/core/configmaps/changed")!.object as { metadata: { resourceVersion: string } };
  assert.equal(metadata.resourceVersion, String(last + 1));
  assert.equal(store.record(last + 1)?.user, "jane");
  await resetStore(store, store.snapshotAt(last), {});
  assert.deepEqual(content(store), { kept: 1, changed: 2, made: 2 });
});

test("what stays is left alone, and a reset that changes nothing writes nothing", async () => {
  const { store, past, last } = await scene();
  const done = await resetStore(store, store.snapshotAt(past), {}, (key) => !key.endsWith("/made"));
  assert.deepEqual(
    [done, content(store)],
    [
      { revision: last + 1, objects: 1 },
      { kept: 1, changed: 2 },
    ],
  );
  assert.deepEqual(await resetStore(store, store.snapshot(), {}), { revision: last + 1, objects: 0 });
});

for (const [rule, limits, revisions] of [
  ["few writes", { writes: 2, characters: 1000 }, 2],
  ["few characters", { writes: 100, characters: 10 }, 3],
] as const)
  test(`a store that takes ${rule} at once gets several revisions`, async () => {
    const { store, past, last } = await scene();
    const { snapshot, head, commit, revision } = bound(store);
    const narrow = { limits, revision, snapshot, head, commit } as Store;
    const done = await resetStore(narrow, store.snapshotAt(past), {});
    assert.deepEqual([done.revision, content(store)], [last + revisions, { kept: 1, changed: 1, removed: 1 }]);
  });

function bound(store: Store): Pick<Store, "revision" | "snapshot" | "head" | "commit"> {
  return {
    revision: store.revision,
    snapshot: () => store.snapshot(),
    head: (key) => store.head(key),
    commit: (writes, record) => store.commit(writes, record),
  };
}

test("a fork is reset to its beginning, whatever became of its origin", async () => {
  const { store } = await scene();
  const fork = store.fork();
  const beginning = fork.snapshot();
  await put(fork, "kept", 9);
  await put(store, "kept", 5);
  await resetStore(fork, beginning, {});
  assert.deepEqual([content(fork), content(store)["kept"]], [{ kept: 1, changed: 2, made: 2 }, 5]);
});
