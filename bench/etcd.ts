/**
 * The embedded store, the store over one etcd, and that etcd alone, on the same disk in one run.
 *
 *     node bench/etcd.ts [directory]        (etcd's path in TIPHYS_TEST_ETCD, or below .tools as the tests fetch it)
 *
 * Durable puts of 1 and 4 KiB, each writer changing an object of its own; consistent reads; and changes told to 1,000 watchers. They
 * take turns, and the rounds are repeated, so that the machine's moods hit all alike. "etcd alone" is the same client sending
 * bare requests: what is above it costs our store.
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
import { median, perSecond, put } from "./measure.ts";

const SECONDS = 0.4;
const ROUNDS = 9;
const WATCHERS = 1000;

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
  console.log("a second, median of rounds            embedded   over etcd  etcd alone   embedded / over / alone");
  for (const size of [1024, 4096]) {
    const text = "x".repeat(size - 40);
    const value = new TextEncoder().encode(JSON.stringify({ text }));
    for (const writers of [1, 16, 256]) {
      await row(`durable puts of ${size} B, ${writers} writers`, writers, [
        (writer) => put(embedded, keyOf(writer), { text }),
        (writer) => put(shared, keyOf(writer), { text }),
        (writer) => database.commit({ compare: [], puts: [{ key: `/bench/${writer}`, value }], deletes: [] }),
      ]);
    }
  }
  await row("consistent reads, 16 readers", 16, [
    (reader) => read(embedded, reader),
    (reader) => read(shared, reader),
    (reader) => database.get(`/bench/${reader}`),
  ]);
  await watched();
} finally {
  await Promise.all([embedded.close(), shared.close(), database.close()]);
  await etcd.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** Each of the three, in turn, `ROUNDS` times. */
async function row(
  what: string,
  workers: number,
  three: readonly ((worker: number) => Promise<unknown>)[],
): Promise<void> {
  const rates = three.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, work] of three.entries()) rates[at]!.push(await perSecond(workers, SECONDS, work));
  }
  say(what, rates.map(median));
}

/** One writer, and all watchers are told of each change before the next. */
async function watched(): Promise<void> {
  const ends: (() => void)[] = [];
  let told = 0;
  for (const store of [embedded, shared]) {
    for (let i = 0; i < WATCHERS; i++) {
      ends.push(store.watch("/core/configmaps/", store.revision, { changes: () => told++ }));
    }
  }
  let arrived = 0;
  let all = (): void => {};
  const { revision } = await database.list("/bench/");
  const watches = Array.from({ length: WATCHERS }, () =>
    database.watch("/bench/", revision, {
      events: () => void (++arrived % WATCHERS === 0 && all()),
      progress() {},
      lost() {},
    }),
  );
  const text = "x".repeat(1000);
  const value = new TextEncoder().encode(text);
  await row(`changes told to ${WATCHERS} watchers`, 1, [
    () => put(embedded, keyOf(0), { text }),
    () => put(shared, keyOf(0), { text }),
    async () => {
      const everybody = new Promise<void>((resolve) => (all = resolve));
      await database.commit({ compare: [], puts: [{ key: "/bench/0", value }], deletes: [] });
      await everybody;
    },
  ]);
  if (told === 0) throw new Error("nobody was told");
  for (const end of ends) end();
  for (const watch of watches) watch.close();
}

async function read(store: Store, reader: number): Promise<void> {
  await store.refresh?.();
  if (store.snapshot().get(keyOf(reader))?.object === undefined) throw new Error(`${keyOf(reader)} is not there`);
}

function keyOf(writer: number): string {
  return `/core/configmaps/a/${writer}`;
}

function say(what: string, [local, over, alone]: readonly number[]): void {
  const cells = [local!, over!, alone!].map((rate) => `${Math.round(rate)}`.padStart(11));
  console.log(what.padEnd(34), ...cells, `  ${(local! / over!).toFixed(1)}, ${(local! / alone!).toFixed(1)}`);
}
