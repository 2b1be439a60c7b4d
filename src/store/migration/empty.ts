import { DATABASE_LIMITS } from "../batches.ts";
import type { SharedDatabase } from "../shared-database.ts";

/** Deletes every key below `prefix`, in as many transactions as that needs. */
export async function emptyDatabase(database: SharedDatabase, prefix: string): Promise<void> {
  const { rows } = await database.list(prefix);
  for (let at = 0; at < rows.length; at += DATABASE_LIMITS.writes) {
    const deletes = rows.slice(at, at + DATABASE_LIMITS.writes).map(({ key }) => key);
    await database.commit({ compare: [], puts: [], deletes });
  }
}
