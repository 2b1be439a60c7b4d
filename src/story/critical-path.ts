/**
 * Where the time went: from the end back to the beginning along the causes.
 *
 * The end is the last pod of the chapter to become Ready, or else its last write. Before each write lies the time since
 * the revision that caused it: what its notes cover is theirs, the rest is the writer's own (queues, waiting, thinking).
 * The write itself is the API server's. So every millisecond is counted once, and the parts make the whole.
 */
import type { Note } from "../machinery/door.ts";
import type { ToldChange } from "../machinery/told-change.ts";
import { stepOf } from "./steps.ts";
import type { Act, Story } from "./story.ts";
import { whoOf } from "./words.ts";

export interface CriticalPath {
  readonly began: number;
  readonly ended: number;
  /** What was reached then: `Pod web-1 was Ready`. Absent: it is only the last write. */
  readonly goal?: string;
  /** The longest first; together they are the whole time. */
  readonly parts: readonly Part[];
}

export interface Part {
  readonly text: string;
  readonly milliseconds: number;
  /** Of the whole, 0 to 1. */
  readonly share: number;
}

/** Shorter than this is no time that went anywhere, in milliseconds. */
const SHORTEST = 1;

/** Undefined where nothing took any time worth telling. */
export function criticalPath(chapter: Act, story: Story): CriticalPath | undefined {
  const changes = changesOf(chapter, story);
  const first = changes[0];
  const last = changes.findLast(isReady) ?? changes.at(-1);
  if (first === undefined || last === undefined || last.committed - first.received < SHORTEST) return undefined;
  const spent = new Map<string, number>();
  const spend = (text: string, milliseconds: number): void => {
    if (milliseconds > 0) spent.set(text, (spent.get(text) ?? 0) + milliseconds);
  };
  const byRevision = new Map(changes.map((change) => [change.revision, change]));
  let from = last.committed;
  for (let at: ToldChange | undefined = last; at !== undefined;) {
    spend("API server", from - Math.min(at.received, from));
    from = Math.min(at.received, from);
    const cause: ToldChange | undefined = causeOf(at, byRevision) ?? (at === first ? undefined : first);
    if (cause === undefined) break;
    const since = Math.min(cause.committed, from);
    between(at, since, from, spend);
    from = since;
    at = cause;
  }
  const total = last.committed - first.received;
  const parts = [...spent].map(([text, milliseconds]) => ({ text, milliseconds, share: milliseconds / total }));
  return {
    began: first.received,
    ended: last.committed,
    ...(isReady(last) && { goal: `Pod ${last.objects[0]!.name} was Ready` }),
    parts: parts.toSorted((a, b) => b.milliseconds - a.milliseconds),
  };
}

function changesOf(chapter: Act, { changes }: Story): ToldChange[] {
  const revisions = new Set<number>();
  const visit = (act: Act): void => {
    for (const revision of act.revisions) revisions.add(revision);
    act.children.forEach(visit);
  };
  visit(chapter);
  return changes.filter(({ revision }) => revisions.has(revision));
}

function causeOf(change: ToldChange, known: ReadonlyMap<number, ToldChange>): ToldChange | undefined {
  return change.causes
    .flatMap((revision) => known.get(revision) ?? [])
    .reduce<ToldChange | undefined>(
      (newest, each) => (newest && newest.revision > each.revision ? newest : each),
      undefined,
    );
}

/** Shares the time from `since` to `until` among what `change` notes about it. */
function between(
  change: ToldChange,
  since: number,
  until: number,
  spend: (text: string, milliseconds: number) => void,
): void {
  const who = whoOf(change);
  const notes = change.notes.filter(({ began, ended }) => began < until && ended > since);
  const edges = new Set([since, until]);
  for (const { began, ended } of notes) edges.add(clamp(began, since, until)).add(clamp(ended, since, until));
  const times = [...edges].toSorted((a, b) => a - b);
  for (let i = 1; i < times.length; i++) {
    const [left, right] = [times[i - 1]!, times[i]!];
    const note = innermost(notes, left, right);
    spend(note === undefined ? who : `${who} ${doneIn(note)}`, right - left);
  }
}

const doneIn = (note: Note): string => (note.step === "schedule" ? "chose a node" : stepOf(note).text);

/** Of the notes that cover a stretch the one that began last. */
function innermost(notes: readonly Note[], left: number, right: number): Note | undefined {
  let found: Note | undefined;
  for (const note of notes) {
    if (note.began <= left && note.ended >= right && (found === undefined || note.began >= found.began)) found = note;
  }
  return found;
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

function isReady({ objects: [object] }: ToldChange): boolean {
  if (object?.kind !== "Pod") return false;
  return object.fields.some(({ path, to }) => path === "status.conditions[Ready].status" && to === '"True"');
}
