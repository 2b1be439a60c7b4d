/** An etcd that becomes, or was, the place of a cluster's state: to migrate to and from, and to restore into. */
import { advanceDatabase } from "../../src/store/migration/advance.ts";
import { emptyDatabase } from "../../src/store/migration/empty.ts";
import type { MigrationTarget } from "../../src/store/migration/migrate.ts";
import { MasterLeases } from "../../src/store/master-leases.ts";
import type { SharedDatabase } from "../../src/store/shared-database.ts";
import type { Store } from "../../src/store/store.ts";
import { UserError } from "./command.ts";
import { type Datastore, openDatastore } from "./datastore.ts";

export interface EtcdTarget extends MigrationTarget {
  readonly text: string;
  readonly datastore: Datastore;
  /** A server that goes on writing to it would lose these writes. `what` it is, such as "the source". */
  assertNobodyServes(what: string): Promise<void>;
  /** Removes all that is below the prefix. */
  empty(): Promise<void>;
}

/** `open` makes a store of what it is given, as a server would. */
export function etcdTarget(
  datastore: Datastore,
  prefix: string,
  open: (storage: { database: SharedDatabase; databasePrefix: string }) => Promise<Store>,
): EtcdTarget {
  const using = async <T>(body: (database: SharedDatabase) => Promise<T>): Promise<T> => {
    const database = (await openDatastore(datastore))!;
    return body(database).finally(() => database.close());
  };
  return {
    text: datastore.endpoints.join(","),
    datastore,
    open: async () => open({ database: (await openDatastore(datastore))!, databasePrefix: prefix }),
    advance: (revision, told) => using((database) => advanceDatabase(database, revision, told)),
    empty: () => using((database) => emptyDatabase(database, `${prefix}/`)),
    assertNobodyServes: (what) =>
      using(async (database) => {
        const servers = await new MasterLeases(database, `${prefix}/`).list();
        if (servers.length === 0) return;
        throw new UserError(
          `API servers use ${what}: ${servers.join(", ")}. Stop them (one that was killed counts for 15 s more) and try again`,
        );
      }),
  };
}
