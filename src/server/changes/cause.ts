/**
 * What made the sender of a request act: what its door hands on, or what its headers say.
 *
 * - `tiphys-cause: 207,208` names the revisions that it saw change. Components that run alone send it.
 * - `traceparent: 00-<trace>-<span>-01`, of W3C Trace Context, joins what one pipeline or operator does.
 *
 * Anybody may claim a cause: it is a hint for the story, and nothing is decided by it.
 */
import type { ApiRequest, Note } from "../../machinery/door.ts";
import type { ChangeRecord } from "../../store/store.ts";

const MOST_CAUSES = 16;
/** What is kept of one write's notes, in characters of JSON; a little below what a record may have in all. */
const LONGEST_NOTES = 12 * 1024;

const TRACE = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const REVISIONS = /^\d{1,15}(?:, ?\d{1,15})*$/;

export function causeOf({ cause, headers }: ApiRequest): Pick<ChangeRecord, "causes" | "notes" | "trace"> {
  const trace = traceOf(headers["traceparent"]);
  const causes = cause?.revisions ?? revisionsOf(headers["tiphys-cause"]);
  const notes = cause?.notes;
  return {
    ...(causes !== undefined && { causes: causes.slice(-MOST_CAUSES) }),
    ...(notes !== undefined && notes.length > 0 && { notes: bounded(notes) }),
    ...(trace !== undefined && { trace }),
  };
}

function traceOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : TRACE.exec(header)?.[1];
}

function revisionsOf(header: string | undefined): number[] | undefined {
  return header !== undefined && REVISIONS.test(header) ? header.split(",").map(Number) : undefined;
}

/** The newest notes that fit; one that is too long by itself loses its detail. */
export function bounded(notes: readonly Note[]): readonly Note[] {
  let left = LONGEST_NOTES;
  const kept: Note[] = [];
  for (let at = notes.length - 1; at >= 0; at--) {
    let note = notes[at]!;
    let length = JSON.stringify(note).length;
    if (length > LONGEST_NOTES / 2) {
      const { step, began, ended } = note;
      note = { step, began, ended };
      length = JSON.stringify(note).length;
    }
    if (length > left) break;
    left -= length;
    kept.push(note);
  }
  return kept.toReversed();
}
