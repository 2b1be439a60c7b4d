/**
 * Moves a large cluster from the embedded store to etcd and back by the command that an administrator types, and compares what
 * arrives with what there was.
 *
 *     node test/soak/migrate.ts [--objects 100000] [--size 2000] [--directory /tmp]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import { openLmdbJournal } from "../../adapters/lmdb/lmdb-journal.ts";
import { openDataDirectory } from "../../apps/tiphys/data-dir.ts";
import { builtinKinds } from "../../src/api/index.ts";
import { createScheme } from "../../src/machinery/scheme.ts";
import { objectCodec } from "../../src/server/encoding/json.ts";
import { openStore } from "../../src/store/local-store.ts";
import type { Write } from "../../src/store/store.ts";
import { EtcdCluster, noEtcd } from "../etcd/etcd-server.ts";
import { soak } from "./soak.ts";

const TIPHYS = resolve(import.meta.dirname, "../../apps/tiphys/bin.ts");
const AT_ONCE = 100;

await soak({ objects: 100_000, size: 2000 }, async ({ objects, size, directory }) => {
  if (noEtcd !== undefined) throw new Error(noEtcd);
  mkdirSync(directory);
  const [before, after] = [join(directory, "before"), join(directory, "after")];
  await fill(before, objects, size);
  const etcd = await EtcdCluster.start();
  try {
    const [endpoint] = etcd.endpoints;
    const there = migrate(before, endpoint!);
    const back = migrate(endpoint!, after);
    if (there.checksum !== back.checksum) throw new Error("what came back is not what went there");
    return `${objects} objects of ${size} B went to etcd in ${there.seconds} s and back in ${back.seconds} s, and are the same`;
  } finally {
    await etcd.stop();
  }
});

async function fill(path: string, objects: number, size: number): Promise<void> {
  const data = openDataDirectory(path);
  const codec = objectCodec(createScheme(builtinKinds));
  const store = await openStore({ clock: systemClock, codec, journal: await openLmdbJournal(data.journal) });
  for (let first = 0; first < objects; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, objects - first);
    await store.commit(
      Array.from({ length: count }, (_, i) => configMap(first + i, size)),
      {},
    );
  }
  await store.close();
  data.release();
}

function configMap(number: number, size: number): Write {
  const name = `map-${number}`;
  return {
    key: `/core/configmaps/default/${name}`,
    expected: 0,
    object: (revision) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "default", uid: `uid-${number}`, resourceVersion: String(revision) },
      data: { text: String(number).repeat(size).slice(0, size) },
    }),
  };
}

/** The command verifies by itself; the checksum that it tells is of all objects without their revisions. */
function migrate(from: string, to: string): { checksum: string; seconds: string } {
  const began = performance.now();
  const words = [TIPHYS, "datastore", "migrate", "--from", from, "--to", to];
  const said = execFileSync(process.execPath, words, { encoding: "utf8" });
  const [, checksum] = /compared with the source: sha256 (\w+)/.exec(said) ?? [];
  if (checksum === undefined) throw new Error(said);
  return { checksum, seconds: ((performance.now() - began) / 1000).toFixed(1) };
}
