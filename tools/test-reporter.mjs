// A node:test reporter: a line for each file's progress would drown what matters, so it prints failures whole, names
// what was skipped, and writes the counts where tools/test.mjs adds them up.
import { writeFileSync } from "node:fs";

export default async function* report(source) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of source) {
    if (type === "test:pass" && isTest(data)) {
      if (data.skip !== undefined || data.todo !== undefined) {
        counts.skipped++;
        yield `skipped: ${data.name}${typeof data.skip === "string" ? ` (${data.skip})` : ""}\n`;
      } else counts.passed++;
    } else if (type === "test:fail" && isTest(data)) {
      if (data.details.error?.failureType === "subtestsFailed") continue;
      counts.failed++;
      const error = data.details.error?.cause ?? data.details.error;
      yield `\nFAILED: ${data.name}\n  at ${data.file ?? "?"}:${data.line ?? "?"}\n${error?.stack ?? error}\n\n`;
    } else if (type === "test:stderr" || type === "test:stdout") yield data.message;
  }
  if (process.env.TIPHYS_TEST_COUNTS) writeFileSync(process.env.TIPHYS_TEST_COUNTS, JSON.stringify(counts));
}

/** Suites and files only hold tests; counting them too would count twice. */
function isTest(data) {
  return data.details?.type !== "suite";
}
