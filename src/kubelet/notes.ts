/** The steps that led to a pod's next status, told beside the write: pulls, sandboxes, containers, with times. */
import type { Clock } from "../machinery/clock.ts";
import type { Cause, Note } from "../machinery/door.ts";

/** More than a pod's start takes; older ones are dropped. */
const MAX_NOTES = 64;
const MAX_REVISIONS = 16;

export class PodNotes {
  readonly #clock: Clock;
  #notes: Note[] = [];
  readonly #revisions = new Set<number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A version of the pod that the kubelet acted on. */
  saw(resourceVersion: string): void {
    const revision = Number(resourceVersion);
    if (!Number.isSafeInteger(revision)) return;
    this.#revisions.add(revision);
    if (this.#revisions.size > MAX_REVISIONS) {
      const [oldest] = this.#revisions;
      this.#revisions.delete(oldest!);
    }
  }

  add(note: Note): void {
    this.#notes.push(note);
    if (this.#notes.length > MAX_NOTES) this.#notes.shift();
  }

  /** Does a step and notes when it began and ended; failures are told with their text. */
  async step<T>(step: string, detail: Readonly<Record<string, unknown>>, work: () => Promise<T>): Promise<T> {
    const began = this.#clock.now();
    try {
      const result = await work();
      this.add({ step, began, ended: this.#clock.now(), detail });
      return result;
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      this.add({ step, began, ended: this.#clock.now(), detail: { ...detail, failure } });
      throw error;
    }
  }

  /** What is told with the next write; the notes are told once. */
  take(): Cause {
    const revisions = [...this.#revisions];
    const cause = { revisions, notes: this.#notes };
    this.#notes = [];
    for (const revision of revisions.slice(0, -1)) this.#revisions.delete(revision);
    return cause;
  }

  /** The write failed: tell them with the next one. */
  giveBack(cause: Cause): void {
    this.#notes = [...(cause.notes ?? []), ...this.#notes].slice(-MAX_NOTES);
    const newer = [...this.#revisions];
    this.#revisions.clear();
    for (const revision of [...cause.revisions, ...newer].slice(-MAX_REVISIONS)) this.#revisions.add(revision);
  }
}
