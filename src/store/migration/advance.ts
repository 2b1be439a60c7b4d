/** Raises a database's revision, so that it goes on behind another's. */
import type { SharedDatabase } from "../shared-database.ts";

/** Each of our writes is one revision. Lies beside all objects. */
const KEY = "tiphys_advance";
/** How many writes are under way at once. */
const AT_ONCE = 64;
/** Further than this the database's own tool is the better way. */
const MOST = 5_000_000;

/** Afterwards the newest revision is at least `revision`, and what was before is compacted. */
export async function advanceDatabase(
  database: SharedDatabase,
  revision: number,
  told: (done: number, total: number) => void = () => {},
): Promise<void> {
  const begin = await database.revision();
  const total = Math.max(revision - begin, 0);
  if (total > MOST) {
    throw new Error(
      `the target is ${total} revisions behind the source: begin it with "etcdutl snapshot restore … ` +
        `--bump-revision ${total} --mark-compacted" of a snapshot of the empty etcd, and migrate then`,
    );
  }
  let left = total;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left--;
      await database.commit({ compare: [], puts: [{ key: KEY, value: new Uint8Array(0) }], deletes: [] });
      told(total - left, total);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (total === 0) return;
  const { revision: newest } = await database.commit({ compare: [], puts: [], deletes: [KEY] });
  await database.compact(newest);
}
