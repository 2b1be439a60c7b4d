import type { Journal, JournalCommit, JournalSink } from "./journal.ts";

/** Keeps nothing and is done at once: a commit through it is visible before `commit` returns. */
export function memoryJournal(): Journal {
  let sink: JournalSink | undefined;
  return {
    durable: false,
    load: async () => ({ revision: 0, compacted: 0, commits: [] }),
    start(given: JournalSink): void {
      sink = given;
    },
    append(commit: JournalCommit): void {
      sink?.durable(commit.revision);
    },
    compact: async () => {},
    close: async () => {
      sink = undefined;
    },
  };
}
