/** The store of a cluster, embedded or over a database, with the objects as the API server keeps them. */
import { builtinKinds, type CustomResourceDefinition } from "../../src/api/index.ts";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Random } from "../../src/machinery/random.ts";
import type { Scheme } from "../../src/machinery/scheme.ts";
import { customKinds } from "../../src/server/custom-resources/custom-kinds.ts";
import { objectCodec } from "../../src/server/encoding/json.ts";
import { sharedCodec } from "../../src/server/encoding/shared.ts";
import { encryptedDatabase } from "../../src/store/encryption/encrypted-database.ts";
import { encryptedJournal } from "../../src/store/encryption/encrypted-journal.ts";
import { CannotOpen } from "../../src/store/encryption/transformer.ts";
import type { Encryption, TransformerOf } from "../../src/store/encryption/transformer.ts";
import type { Keep } from "../../src/store/history.ts";
import type { Journal } from "../../src/store/journal.ts";
import { openStore } from "../../src/store/local-store.ts";
import { memoryJournal } from "../../src/store/memory-journal.ts";
import { registryLayout } from "../../src/store/registry-layout.ts";
import type { SharedDatabase } from "../../src/store/shared-database.ts";
import { openSharedStore } from "../../src/store/shared-store.ts";
import type { Snapshot, Store } from "../../src/store/store.ts";

export interface StoreSettings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Absent: memory. */
  readonly journal?: Journal;
  /** A database that other API servers use, too; in place of a journal. Closed with the store. */
  readonly database?: SharedDatabase;
  /** Of all keys in that database. Default: upstream's `/registry`. */
  readonly databasePrefix?: string;
  /** How far back the past can be read. */
  readonly keep?: Partial<Keep>;
  /** How values lie on the disk, by the store's keys. Whoever opened it closes it. */
  readonly encryption?: Encryption;
  /** Milliseconds between two compactions of the database; 0: others see to it. Default: 5 minutes. */
  readonly compactEvery?: number;
}

/** Rejects, naming an object and what to do, where what is there is encrypted and nothing says how. */
export async function openClusterStore(settings: StoreSettings, scheme: Scheme): Promise<Store> {
  const store = await openIt(settings, scheme);
  try {
    checkReadable(store.snapshot());
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openIt(settings: StoreSettings, scheme: Scheme): Promise<Store> {
  const { clock, random, log, database, databasePrefix, compactEvery, encryption, keep } = settings;
  if (database === undefined) {
    const journal = settings.journal ?? memoryJournal(clock);
    const sealed = encryption ? encryptedJournal(journal, encryption.of) : journal;
    return openStore({ clock, codec: objectCodec(scheme), journal: sealed, keep, log });
  }
  const stored = builtinKinds.filter(({ verbs }) => verbs.includes("get")).map(({ storage }) => storage);
  const layout = registryLayout(stored, databasePrefix);
  const of: TransformerOf = (place) => {
    const key = layout.fromDatabase(place);
    return key === undefined ? undefined : encryption!.of(key);
  };
  const sealed = encryption ? encryptedDatabase(database, of) : database;
  const codec = sharedCodec(scheme);
  try {
    return await openSharedStore({ database: sealed, layout, codec, clock, random, keep, log, compactEvery });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Looks at the first object of each resource: a server that was started without its keys shall say so now. */
function checkReadable(snapshot: Snapshot): void {
  let after: string | undefined;
  for (;;) {
    const [first] = snapshot.range("", after);
    if (first === undefined) return;
    try {
      void first.object;
    } catch (error) {
      // What is wrong with that object alone is told to who reads it.
      if (error instanceof CannotOpen) throw error;
    }
    // The first name that is behind all of this resource.
    after = `${first.key.split("/").slice(0, 3).join("/")}0`;
  }
}

/** Teaches `scheme` the kinds that the store's own objects define; a server does so as it runs. */
export function addCustomKinds(scheme: Scheme, store: Store): void {
  for (const { object } of store.snapshot().range("/apiextensions.k8s.io/customresourcedefinitions/")) {
    for (const kind of customKinds(object as CustomResourceDefinition)) scheme.add(kind);
  }
}
