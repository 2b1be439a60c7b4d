/**
 * Which API servers use a shared database: a key for each address, `/registry/masterleases/<address>`, with a lease. Key and
 * value are upstream's (an Endpoints with the one address), so that reference servers on the same database count, too.
 */
import type { SharedDatabase } from "./shared-database.ts";

/** Below this lie the addresses. */
export const MASTER_LEASES = "masterleases/";

export class MasterLeases {
  readonly #database: SharedDatabase;
  readonly #prefix: string;
  #generation = 0;

  /** `prefix` as the layout's. */
  constructor(database: SharedDatabase, prefix: string) {
    this.#database = database;
    this.#prefix = prefix + MASTER_LEASES;
  }

  async renew(address: string, seconds: number): Promise<void> {
    const lease = await this.#database.grantLease(seconds);
    const value = {
      kind: "Endpoints",
      apiVersion: "v1",
      metadata: { generation: ++this.#generation },
      subsets: [{ addresses: [{ ip: address }] }],
    };
    const put = { key: this.#prefix + address, value: encoder.encode(`${JSON.stringify(value)}\n`), lease };
    await this.#database.commit({ compare: [], puts: [put], deletes: [] });
  }

  async list(): Promise<readonly string[]> {
    const { rows } = await this.#database.list(this.#prefix);
    return rows.map(({ key }) => key.slice(this.#prefix.length));
  }

  async remove(address: string): Promise<void> {
    await this.#database.commit({ compare: [], puts: [], deletes: [this.#prefix + address] });
  }
}

const encoder = new TextEncoder();
