import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openStore } from "../../src/store/local-store.ts";
import type { Store } from "../../src/store/store.ts";
import { jsonCodec } from "../../src/store/testing/json-codec.ts";
import { systemClock } from "../clock/system-clock.ts";
import { openLmdbJournal } from "./lmdb-journal.ts";

const root = mkdtempSync(join(tmpdir(), "tiphys-fork-"));
after(() => rmSync(root, { recursive: true, force: true }));

const open = async (name: string): Promise<Store> =>
  openStore({ clock: systemClock, codec: jsonCodec, journal: await openLmdbJournal(join(root, name)) });

const put = (store: Store, key: string, value: number): Promise<unknown> =>
  store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => ({ value }) }], {});

test("what a fork has stays readable when its origin has changed it and forgotten what it was", async () => {
  const first = await open("a");
  for (const key of ["/changed", "/gone", "/read"]) await put(first, key, 1);
  await first.close();
  // Opened again, nothing has been read yet.
  const store = await open("a");
  const fork = store.fork();
  assert.deepEqual(fork.snapshot().get("/read")?.object, { value: 1 });
  await put(store, "/changed", 2);
  await store.commit([{ key: "/gone", expected: store.head("/gone")!.revision, object: undefined }], {});
  await Promise.all(Array.from({ length: 1100 }, (_, i) => put(store, "/read", i)));
  await store.compact(store.revision);
  assert.deepEqual(
    [...fork.snapshot().range("")].map(({ key, object }) => [key, object]),
    [
      ["/changed", { value: 1 }],
      ["/gone", { value: 1 }],
      ["/read", { value: 1 }],
    ],
  );
  await store.close();
});
