/** Puts three frames into a log in the directory of its argument, as where writes do not flush themselves, and prints each. */
import { writeSync } from "node:fs";
import { rowKey } from "../rows.ts";
import { lengthOf, WriteAhead } from "../write-ahead.ts";

const log = new WriteAhead(process.argv[2]!, 1, false);
for (const revision of [1, 2, 3]) {
  const rows = [{ key: rowKey(revision, "value", "/k"), value: Buffer.from("x") }];
  await log.append(rows, lengthOf(rows)!, revision - 1);
  writeSync(1, `${revision}\n`);
}
log.close();
