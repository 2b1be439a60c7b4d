/** `tiphys datastore migrate`: a cluster's state from the embedded store to etcd, or back. Keys and certificates stay where they are. */
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemClock, systemRandom } from "../../../adapters/clock/system-clock.ts";
import { builtinKinds } from "../../../src/api/index.ts";
import { createScheme } from "../../../src/machinery/scheme.ts";
import { timeToLive } from "../../../src/server/stages/store.ts";
import { migrate, type MigrationTarget } from "../../../src/store/migration/migrate.ts";
import type { Store } from "../../../src/store/store.ts";
import { addCustomKinds, openClusterStore } from "../cluster-store.ts";
import { type Invocation, UserError } from "../command.ts";
import { componentLog } from "../component.ts";
import { type DataDirectory, dataDirectoryPath, openDataDirectory } from "../data-dir.ts";
import { accessOf, datastoreOf, encryptionOf } from "../datastore.ts";
import { etcdTarget } from "../etcd-target.ts";
import { openJournal } from "../edge.ts";
import type { migrateFlags } from "./state.commands.ts";

type Values = Invocation<typeof migrateFlags>["values"];

/** One end of it. */
interface End extends MigrationTarget {
  readonly text: string;
  /** The data directory, held by this process; absent for etcd. */
  readonly data?: DataDirectory;
  assertNobodyServes?(what: string): Promise<void>;
}

export async function migrateDatastore({ values }: Invocation<typeof migrateFlags>): Promise<number> {
  if (!values.from || !values.to) {
    throw new UserError("from where to where? Give --from and --to: a data directory, or etcd as https://HOST:PORT,…");
  }
  const [from, to] = [placeOf(values.from), placeOf(values.to)];
  if (from === to) throw new UserError(`--from and --to are the same place, ${from}: give another for one of them`);
  if (!isEtcd(from) && !existsSync(join(from, "journal"))) throw new UserError(`there is no cluster in ${from}`);
  const log = await componentLog(values);
  const scheme = createScheme(builtinKinds);
  const encryption = await encryptionOf(values["encryption-provider-config"], log);
  const ports = { clock: systemClock, random: systemRandom, log, encryption, compactEvery: 0 };
  const open = (storage: object): Promise<Store> => openClusterStore({ ...ports, ...storage }, scheme);
  const ends: End[] = [];
  try {
    const source = endOf(from, values, open);
    ends.push(source);
    const target = endOf(to, values, open);
    ends.push(target);
    await source.assertNobodyServes?.("the source");
    const store = await source.open();
    try {
      addCustomKinds(scheme, store);
      const { objects, revision, checksum } = await migrate({
        source: store,
        target,
        from: source.text,
        ttl: timeToLive,
        digest: (bytes) => createHash("sha256").update(bytes).digest(),
        told: progress(),
      });
      process.stdout.write(
        `${objects} objects as of revision ${revision} are in ${target.text}, compared with the source: sha256 ${checksum}\n`,
      );
    } finally {
      await store.close();
    }
    process.stdout.write(nextStep(source, target));
    return 0;
  } finally {
    for (const { data } of ends) data?.release();
    encryption?.close();
  }
}

const isEtcd = (place: string): boolean => place.includes("://");
const placeOf = (given: string): string => (isEtcd(given) ? given : dataDirectoryPath(given));

function endOf(place: string, values: Values, open: (storage: object) => Promise<Store>): End {
  if (isEtcd(place)) {
    const datastore = datastoreOf({ endpoints: place.split(","), ...accessOf(values) })!;
    return etcdTarget(datastore, values["etcd-prefix"], open);
  }
  const data = openDataDirectory(place);
  return {
    text: data.path,
    data,
    open: async () => open({ journal: await openJournal(data.journal) }),
    async advance(revision) {
      const journal = await openJournal(data.journal);
      await journal.compact(revision, []).finally(() => journal.close());
    },
  };
}

/** A line for each tenth of a step. */
export function progress(): (step: "revisions" | "objects", done: number, total: number) => void {
  let said = "";
  return (step, done, total) => {
    const line = `${step}: ${total === 0 ? 100 : Math.floor((done / total) * 10) * 10}%`;
    if (line === said) return;
    said = line;
    process.stdout.write(`  ${line} of ${total}\n`);
  };
}

function nextStep(source: End, target: End): string {
  if (target.data === undefined) {
    const place = source.data?.path ?? "DIR";
    return `Next: tiphys up --data-dir ${place} --datastore-endpoint ${target.text}\nWhat is in the source is kept as it was.\n`;
  }
  // What it was used for before is over: the next start must not go to etcd again.
  rmSync(target.data.datastore, { force: true });
  const keys = existsSync(join(target.data.pki, "ca.key"))
    ? ""
    : `Copy the folder pki of the old data directory to ${target.data.pki} first, so that tokens and certificates stay valid.\n`;
  return `${keys}Next: tiphys up --data-dir ${target.data.path}\nWhat is in the source is kept as it was.\n`;
}
