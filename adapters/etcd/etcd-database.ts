/** etcd v3 as the database that several API servers share, over gRPC. */
import { randomBytes } from "node:crypto";
import type { Encodable } from "../../src/machinery/protobuf-wire.ts";
import { DatabaseCompacted, LeaseLost } from "../../src/store/shared-database.ts";
import type {
  DatabaseListing,
  DatabaseRow,
  DatabaseSink,
  DatabaseWatch,
  SharedDatabase,
  Transaction,
  TransactionResult,
} from "../../src/store/shared-database.ts";
import { EtcdConnection } from "./connection.ts";
import type { EtcdOptions } from "./connection.ts";
import { COMPACT, endOf, LEASE_GRANT, LEASE_KEEP_ALIVE, LEASE_REVOKE, RANGE, TXN } from "./messages.ts";
import type { EtcdTables } from "./messages.ts";
import { checkVersions } from "./version.ts";
import { EtcdWatch } from "./watch.ts";

export type { EtcdOptions } from "./connection.ts";

/** So many keys come with one answer of a list. */
const PAGE = 1000;

/** Throws where the options cannot be understood; connects when first used. */
export function openEtcd(options: EtcdOptions): SharedDatabase {
  return new EtcdDatabase(new EtcdConnection(options));
}

class EtcdDatabase implements SharedDatabase {
  readonly #connection: EtcdConnection;
  readonly #watches = new Set<EtcdWatch>();
  /** Asked once: who lists is about to follow. */
  #checked: Promise<void> | undefined;

  constructor(connection: EtcdConnection) {
    this.#connection = connection;
  }

  async list(prefix: string): Promise<DatabaseListing> {
    const rangeEnd = endOf(prefix);
    await this.#check();
    const rows: DatabaseRow[] = [];
    let revision = 0;
    let key = prefix;
    for (;;) {
      const request = { key, rangeEnd, limit: PAGE, revision };
      let page;
      try {
        page = await this.#connection.repeat(RANGE, request, "long");
      } catch (error) {
        if (!(error instanceof DatabaseCompacted) || revision === 0) throw error;
        // It took so long that the moment is gone: another one.
        rows.length = 0;
        revision = 0;
        key = prefix;
        continue;
      }
      revision ||= page.header!.revision;
      for (const { key: at, value, modRevision } of page.kvs) rows.push({ key: at, value, revision: modRevision });
      if (!page.more) return { revision, rows };
      key = `${rows.at(-1)!.key}\0`;
    }
  }

  async #check(): Promise<void> {
    try {
      await (this.#checked ??= checkVersions(this.#connection));
    } catch (error) {
      // A member may be newer the next time.
      this.#checked = undefined;
      throw error;
    }
  }

  async get(key: string): Promise<{ revision: number; row: DatabaseRow | undefined }> {
    const { header, kvs } = await this.#connection.repeat(RANGE, { key });
    const [found] = kvs;
    const row = found && { key, value: found.value, revision: found.modRevision };
    return { revision: header!.revision, row };
  }

  async revision(): Promise<number> {
    const { header } = await this.#connection.repeat(RANGE, { key: "/", countOnly: true });
    return header!.revision;
  }

  async commit(transaction: Transaction): Promise<TransactionResult> {
    const { header, succeeded } = await this.#connection.once(TXN, requestOf(transaction));
    return { succeeded, revision: header!.revision };
  }

  watch(prefix: string, after: number, sink: DatabaseSink): DatabaseWatch {
    const watch = new EtcdWatch(this.#connection, prefix, after, sink, (over) => this.#watches.delete(over));
    this.#watches.add(watch);
    return watch;
  }

  async compact(revision: number): Promise<void> {
    try {
      await this.#connection.repeat(COMPACT, { revision });
    } catch (error) {
      if (!(error instanceof DatabaseCompacted)) throw error;
    }
  }

  async grantLease(seconds: number): Promise<number> {
    // etcd's own choice would be wider than a number holds.
    const id = randomBytes(6).readUIntBE(0, 6) + 1;
    try {
      await this.#connection.repeat(LEASE_GRANT, { id, ttl: seconds });
    } catch (error) {
      // The first attempt was carried out, only its answer was lost.
      if (!(error as Error).message.includes("lease already exists")) throw error;
    }
    return id;
  }

  async renewLease(lease: number): Promise<void> {
    const { stream, endpoint } = await this.#connection.stream(LEASE_KEEP_ALIVE);
    const ttl = await new Promise<number>((resolve, reject) => {
      stream.on("data", (answer: { ttl: number }) => resolve(answer.ttl));
      stream.on("error", (error) => reject(this.#connection.streamError(error, endpoint)));
      stream.on("end", () => resolve(0));
      stream.write({ id: lease });
    });
    stream.on("error", () => {});
    stream.cancel();
    if (ttl <= 0) throw new LeaseLost(`lease ${lease} is over`);
  }

  async revokeLease(lease: number): Promise<void> {
    try {
      await this.#connection.repeat(LEASE_REVOKE, { id: lease });
    } catch (error) {
      // Then it is over already, perhaps by an attempt whose answer was lost.
      if (!(error instanceof LeaseLost)) throw error;
    }
  }

  async close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    this.#connection.close();
  }
}

function requestOf({ compare, puts, deletes }: Transaction): Encodable<EtcdTables, "TxnRequest"> {
  return {
    compare: compare.map(({ key, revision }) => ({ target: "MOD", key, modRevision: revision }) as const),
    success: [...puts.map((put) => ({ put })), ...deletes.map((key) => ({ deleteRange: { key } }))],
  };
}
