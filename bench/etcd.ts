/**
 * Durable puts a second: the embedded store, the store over one etcd, and that etcd alone, on the same disk in one run.
 *
 *     node bench/etcd.ts [directory]        (etcd's path in TIPHYS_TEST_ETCD, or below .tools as the tests fetch it)
 *
 * Values are of 1 and 4 KiB, each writer changes an object of its own. The three take turns, so that the machine's moods
 * hit all alike. "etcd alone" is the same client sending bare puts: what is above it costs our store.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, systemRandom } from "../adapters/clock/system-clock.ts";
import { openEtcd } from "../adapters/etcd/etcd-database.ts";
import { openLmdbJournal } from "../adapters/lmdb/lmdb-journal.ts";
import { openStore } from "../src/store/local-store.ts";
import { registryLayout } from "../src/store/registry-layout.ts";
import { openSharedStore } from "../src/store/shared-store.ts";
import type { Store } from "../src/store/store.ts";
import { jsonCodec } from "../src/store/testing/json-codec.ts";
import { sharedJsonCodec } from "../src/store/testing/shared-codec.ts";
import { EtcdCluster, noEtcd } from "../test/etcd/etcd-server.ts";

const SECONDS = 2;
const record = { user: "bench", verb: "update", path: "/api/v1/namespaces/a/configmaps/p", received: 1 };

if (noEtcd) {
  console.error(noEtcd);
  process.exit(1);
}
const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "tiphys-bench-"));
process.env["TMPDIR"] = directory;
const etcd = await EtcdCluster.start();
const database = openEtcd(etcd.options);
const embedded = await openStore({
  clock: systemClock,
  codec: jsonCodec,
  journal: await openLmdbJournal(join(directory, "lmdb")),
});
const shared = await openSharedStore({
  database: openEtcd(etcd.options),
  layout: registryLayout([{ group: "core", resource: "configmaps" }]),
  codec: sharedJsonCodec,
  clock: systemClock,
  random: systemRandom,
});
try {
  console.log("value   writers   embedded   over etcd   etcd alone   embedded / over etcd");
  for (const size of [1024, 4096]) {
    const text = "x".repeat(size - 40);
    const value = new TextEncoder().encode(JSON.stringify({ text }));
    for (const writers of [1, 16, 256]) {
      const local = await perSecond(writers, (writer) => put(embedded, writer, text));
      const over = await perSecond(writers, (writer) => put(shared, writer, text));
      const alone = await perSecond(writers, (writer) =>
        database.commit({ compare: [], puts: [{ key: `/bench/${writer}`, value }], deletes: [] }),
      );
      const cells = [local, over, alone].map((rate) => `${Math.round(rate)}/s`.padStart(10));
      console.log(`${size} B`.padEnd(8), String(writers).padEnd(6), ...cells, `   ${(local / over).toFixed(1)}`);
    }
  }
} finally {
  await Promise.all([embedded.close(), shared.close(), database.close()]);
  await etcd.stop();
  rmSync(directory, { recursive: true, force: true });
}

function put(store: Store, writer: number, text: string): Promise<unknown> {
  const key = `/core/configmaps/a/${writer}`;
  return store.commit([{ key, expected: store.head(key)?.revision ?? 0, object: () => ({ text }) }], record);
}

async function perSecond(writers: number, write: (writer: number) => Promise<unknown>): Promise<number> {
  let done = 0;
  const began = performance.now();
  const end = began + SECONDS * 1000;
  const one = async (writer: number): Promise<void> => {
    for (; performance.now() < end; done++) await write(writer);
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => one(writer)));
  return done / ((performance.now() - began) / 1000);
}
