/**
 * How long a start takes that finds many objects: from opening the journal until the store can be read, and until an API server over it
 * has answered its first request; how deep looks into the past and a fork are, beside it.
 *
 *     node bench/store-load.ts [OBJECTS [CHANGES]]      # default 100000 pods of 3 KiB, changed 20000 times
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "../adapters/clock/system-clock.ts";
import { newKey, privatePem } from "../adapters/keys/certificate.ts";
import { tokenKeys } from "../adapters/keys/token-keys.ts";
import { openLmdbJournal } from "../adapters/lmdb/lmdb-journal.ts";
import { startApiServer } from "../apps/tiphys/api-server.ts";
import { builtinKinds } from "../src/api/index.ts";
import { silent } from "../src/machinery/log.ts";
import { createScheme } from "../src/machinery/scheme.ts";
import { objectCodec } from "../src/server/encoding/json.ts";
import { openStore } from "../src/store/local-store.ts";
import { resetStore } from "../src/store/reset.ts";
import type { Store, Write } from "../src/store/store.ts";
import { podLike } from "./store-pod.ts";

const [objects = 100_000, changes = 20_000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "tiphys-load-"));
const codec = objectCodec(createScheme(builtinKinds));
const open = async (): Promise<Store> =>
  openStore({ clock: systemClock, codec, journal: await openLmdbJournal(folder) });

async function fill(): Promise<void> {
  const store = await open();
  const keyOf = (i: number): string => `/core/pods/default/web-${i}`;
  const write = (i: number): Write => ({
    key: keyOf(i),
    expected: store.head(keyOf(i))?.revision ?? 0,
    object: () => podLike(i),
  });
  let waiting: Promise<unknown>[] = [];
  for (let i = 0; i < objects; i += 100) {
    waiting.push(
      store.commit(
        Array.from({ length: Math.min(100, objects - i) }, (_, n) => write(i + n)),
        {},
      ),
    );
    if (waiting.length === 50) waiting = [await Promise.all(waiting)].slice(1) as [];
  }
  for (let i = 0; i < changes; i++) {
    waiting.push(store.commit([write(i % objects)], { user: "bench" }));
    if (waiting.length === 500) waiting = [await Promise.all(waiting)].slice(1) as [];
  }
  await Promise.all(waiting);
  await store.close();
}

async function timed<T>(what: string, run: () => Promise<T> | T): Promise<T> {
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await run();
  const took = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  console.log(`${took.toFixed(1).padStart(8)} ms, ${((user + system) / 1000).toFixed(1).padStart(8)} of CPU  ${what}`);
  return result;
}

try {
  await fill();
  const size = statSync(join(folder, "data.mdb")).size;
  console.log(`${objects} pods, ${changes} changes, ${(size / 2 ** 20).toFixed(0)} MiB on the disk`);
  for (let round = 1; round <= 3; round++) {
    const store = await timed("from the journal to a store that can be read", open);
    if (store.snapshot().count("/core/pods/") !== objects) throw new Error("objects are missing");
    const far = store.compactedRevision + 2000;
    await timed(`a read as of ${store.revision - far} revisions ago, first`, () =>
      store.snapshotAt(far).get("/core/pods/default/web-7"),
    );
    await timed("a read near it", () => store.snapshotAt(far + 100).get("/core/pods/default/web-7"));
    const fork = await timed("a fork", () => store.fork());
    await timed(
      "all of its differences to where it came from",
      () => [...store.snapshot().differences(fork.snapshot())].length,
    );
    const beginning = fork.snapshot();
    await fork.commit(
      [
        {
          key: "/core/pods/default/web-1",
          expected: fork.head("/core/pods/default/web-1")!.revision,
          object: undefined,
        },
      ],
      {},
    );
    await timed("a reset of the fork to its beginning", () => resetStore(fork, beginning, {}));
    await store.close();
  }
  await timed("from the journal to an API server's first answer", async () => {
    const api = await startApiServer({
      clock: systemClock,
      random: systemRandom,
      log: silent,
      journal: await openLmdbJournal(folder),
      keys: tokenKeys(privatePem(newKey().privateKey)),
    });
    const peer = { address: "bench", user: { username: "admin", groups: ["system:masters"] } };
    const signal = new AbortController().signal;
    const { status } = await api.door({ method: "GET", path: "/readyz", query: "", headers: {}, peer, signal });
    if (status !== 200) throw new Error(`readyz answered ${status}`);
    await api.close();
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
