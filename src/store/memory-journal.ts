import type { Clock } from "../machinery/clock.ts";
import type { Journal, JournalCommit, JournalSink } from "./journal.ts";

/**
 * Milliseconds that commits may follow one another before timers and connections get their turn. Writers that answer one another
 * from memory never wait for either, and would keep the whole process for as long as they go on.
 */
const LONGEST_TURN = 50;

/** Keeps nothing and is done at once: a commit through it is visible before `commit` returns, but now and then with a `clock`. */
export function memoryJournal(clock?: Clock): Journal {
  let sink: JournalSink | undefined;
  let turnBegan: number | undefined;
  let waiting: number | undefined;
  const endTurn = (): void => {
    const revision = waiting;
    turnBegan = waiting = undefined;
    if (revision !== undefined) sink?.durable(revision);
  };
  const turnIsOver = (timers: Clock): boolean => {
    const now = timers.now();
    if (turnBegan === undefined) timers.after(0, endTurn);
    turnBegan ??= now;
    return now - turnBegan > LONGEST_TURN;
  };
  return {
    durable: false,
    load: async () => ({ revision: 0, compacted: 0, commits: [] }),
    start(given: JournalSink): void {
      sink = given;
    },
    append({ revision }: JournalCommit): void {
      if (waiting !== undefined || (clock !== undefined && turnIsOver(clock))) waiting = revision;
      else sink?.durable(revision);
    },
    compact: async () => {},
    close: async () => {
      if (waiting !== undefined) endTurn();
      sink = undefined;
    },
  };
}
